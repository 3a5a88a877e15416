/// One of the two configuration files.
public enum ConfigurationFile: String, Sendable, CaseIterable {
    case hosts = "hosts.toml"
    case dashboard = "dashboard.toml"

    /// The file that a path stands for: its last component contains the word "hosts" or "dashboard". nil: it
    /// contains neither or both.
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

/// Finds the configuration files to read. Does not access the disk itself: the closures say what exists.
public struct ConfigurationSearch {
    /// A mistake in the command line.
    public struct Mistake: Error, Equatable {
        /// What is wrong, as a sentence.
        public var sentence: String
    }

    /// Folders to search; for each file the first folder that has it wins.
    public var directories: [String]
    /// Whether there is a file at a path, even one that cannot be read: that is for who reads it to say.
    public var fileExists: (String) -> Bool
    /// Whether a path is a folder.
    public var isFolder: (String) -> Bool

    public init(
        directories: [String], fileExists: @escaping (String) -> Bool, isFolder: @escaping (String) -> Bool
    ) {
        self.directories = directories
        self.fileExists = fileExists
        self.isFolder = isFolder
    }

    /// The default folders: the user's, then the machine's. `configHome` and `home` are the values of
    /// XDG_CONFIG_HOME and HOME.
    public static func directories(configHome: String?, home: String?) -> [String] {
        // The XDG base directory specification requires that a relative path is ignored.
        if let configHome, configHome.utf8.first == UInt8(ascii: "/") {
            return ["\(configHome)/cm-dashboard", "/etc/cm-dashboard"]
        }
        guard let home, !home.isEmpty else { return ["/etc/cm-dashboard"] }
        return ["\(home)/.config/cm-dashboard", "/etc/cm-dashboard"]
    }

    /// Returns the path of each file that was found.
    ///
    /// - Parameter arguments: files and folders given with `--config`. A file replaces the search for that file
    ///   only; a folder replaces the default folders.
    public func find(_ arguments: [String]) throws(Mistake) -> [ConfigurationFile: String] {
        var (found, folders) = ([ConfigurationFile: String](), [String]())
        for argument in arguments {
            let name = Problem.quoted(argument)
            if isFolder(argument) {
                folders.append(argument)
                continue
            }
            guard fileExists(argument) else { throw Mistake(sentence: "there is no file or folder \(name)") }
            guard let file = ConfigurationFile(path: argument) else {
                throw Mistake(
                    sentence:
                        "\(name) does not tell by its name what it is; expected hosts.toml or dashboard.toml,"
                        + " or a name with one of the words hosts and dashboard in it")
            }
            guard found[file] == nil else { throw Mistake(sentence: "\(name) is a second \(file.rawValue)") }
            found[file] = argument
        }
        for file in ConfigurationFile.allCases where found[file] == nil {
            let paths = (folders.isEmpty ? directories : folders).map { "\($0)/\(file.rawValue)" }
            found[file] = paths.first(where: fileExists)
        }
        if let folder = folders.first, found.isEmpty {
            throw Mistake(
                sentence: "there is neither a hosts.toml nor a dashboard.toml in \(Problem.quoted(folder))")
        }
        return found
    }
}
