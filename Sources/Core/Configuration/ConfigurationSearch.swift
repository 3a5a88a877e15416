/// One of the two configuration files.
public enum ConfigurationFile: String, Sendable, CaseIterable {
    case hosts = "hosts.toml"
    case dashboard = "dashboard.toml"

    /// Which of the two a path is meant as, by its name; nil: it cannot be told.
    public init?(path: String) {
        let name = Array(path.utf8.split(separator: UInt8(ascii: "/")).last ?? [])
        let isHosts = Self.contains(name, "hosts")
        guard isHosts != Self.contains(name, "dashboard") else { return nil }
        self = isHosts ? .hosts : .dashboard
    }

    private static func contains(_ name: [UInt8], _ word: StaticString) -> Bool {
        word.withUTF8Buffer { word in
            name.count >= word.count
                && (0...(name.count - word.count)).contains { name[$0..<$0 + word.count].elementsEqual(word) }
        }
    }
}

/// Finds the configuration files that count. It touches no disk itself: it is told what exists.
public struct ConfigurationSearch {
    /// What is wrong with the command line, as a sentence.
    public struct Failure: Error, Equatable {
        public var sentence: String
    }

    /// Folders that are looked in, each file by itself; the first that has it wins.
    public var directories: [String]
    public var fileExists: (String) -> Bool
    public var isFolder: (String) -> Bool

    public init(
        directories: [String], fileExists: @escaping (String) -> Bool, isFolder: @escaping (String) -> Bool
    ) {
        self.directories = directories
        self.fileExists = fileExists
        self.isFolder = isFolder
    }

    /// The user's folder and the machine's.
    public static func directories(configHome: String?, home: String?) -> [String] {
        // A relative XDG_CONFIG_HOME is to be ignored, says its specification.
        if let configHome, configHome.utf8.first == UInt8(ascii: "/") {
            return ["\(configHome)/cm-dashboard", "/etc/cm-dashboard"]
        }
        guard let home, !home.isEmpty else { return ["/etc/cm-dashboard"] }
        return ["\(home)/.config/cm-dashboard", "/etc/cm-dashboard"]
    }

    /// The path of each file that is there.
    ///
    /// - Parameter arguments: what `--config` says: files and folders. A file stands for itself and leaves the
    ///   other to the usual folders; a folder takes their place.
    public func find(_ arguments: [String]) throws(Failure) -> [ConfigurationFile: String] {
        var (found, folders) = ([ConfigurationFile: String](), [String]())
        for argument in arguments {
            let name = Problem.quoted(argument)
            if isFolder(argument) {
                folders.append(argument)
                continue
            }
            guard fileExists(argument) else { throw Failure(sentence: "there is no file or folder \(name)") }
            guard let file = ConfigurationFile(path: argument) else {
                throw Failure(
                    sentence:
                        "\(name) does not tell by its name what it is; expected hosts.toml or dashboard.toml,"
                        + " or a name with one of the words hosts and dashboard in it")
            }
            guard found[file] == nil else { throw Failure(sentence: "\(name) is a second \(file.rawValue)") }
            found[file] = argument
        }
        for file in ConfigurationFile.allCases where found[file] == nil {
            let paths = (folders.isEmpty ? directories : folders).map { "\($0)/\(file.rawValue)" }
            found[file] = paths.first(where: fileExists)
        }
        if let folder = folders.first, found.isEmpty {
            throw Failure(
                sentence: "there is neither a hosts.toml nor a dashboard.toml in \(Problem.quoted(folder))")
        }
        return found
    }
}
