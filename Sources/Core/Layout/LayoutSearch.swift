/// Finds the layout file that is meant. It touches no disk itself: it is told what exists.
public struct LayoutSearch {
    public enum Outcome: Equatable, Sendable {
        case found(String)
        /// One sentence for the user.
        case missing(String)
    }

    /// This machine's name, with or without its domain.
    public var hostName: String
    /// Folders of layouts, the first one found in wins.
    public var directories: [String]
    public var fileExists: (String) -> Bool
    /// The names in a folder; empty where it cannot be read.
    public var list: (String) -> [String]

    public init(
        hostName: String, directories: [String], fileExists: @escaping (String) -> Bool,
        list: @escaping (String) -> [String] = { _ in [] }
    ) {
        self.hostName = hostName
        self.directories = directories
        self.fileExists = fileExists
        self.list = list
    }

    /// The user's folder, the machine's, and that of the installation.
    public static func directories(configHome: String?, home: String?, prefix: String) -> [String] {
        var result: [String] = []
        // A relative XDG_CONFIG_HOME is to be ignored, says its specification.
        if let configHome, configHome.utf8.first == UInt8(ascii: "/") {
            result.append("\(configHome)/cm-dashboard/layouts")
        } else if let home, !home.isEmpty {
            result.append("\(home)/.config/cm-dashboard/layouts")
        }
        return result + ["/etc/cm-dashboard/layouts", "\(prefix)/share/cm-dashboard/layouts"]
    }

    /// - Parameter argument: what `--layout` says: a path, or a name in one of the folders; nil: the layout
    ///   named like this host, else the default.
    public func find(_ argument: String?) -> Outcome {
        guard let argument else { return findDefault() }
        guard !argument.isEmpty else { return .missing("the name of the layout is empty") }
        let isPath = argument.utf8.contains(UInt8(ascii: "/"))
        if isPath || argument.hasSuffix(".layout"), fileExists(argument) { return .found(argument) }
        if isPath { return .missing("there is no file \(Problem.quoted(argument))") }
        for path in candidates(argument) where fileExists(path) { return .found(path) }
        return .missing(sentence("no layout \(Problem.quoted(argument))", nearest: nearest(to: argument)))
    }

    private func findDefault() -> Outcome {
        let host = shortHost
        let names = host.map { [$0, "default"] } ?? ["default"]
        for name in names {
            for directory in directories where fileExists("\(directory)/\(name).layout") {
                return .found("\(directory)/\(name).layout")
            }
        }
        let sought = names.map { Problem.quoted($0 + ".layout") }.joined(separator: " or ")
        return .missing(sentence("no layout \(sought)", nearest: nil))
    }

    /// The host's name up to the first dot; nil where it cannot be a file's name.
    private var shortHost: String? {
        let name = hostName.utf8.prefix { $0 != UInt8(ascii: ".") }
        guard !name.isEmpty, !name.contains(UInt8(ascii: "/")), !name.contains(0) else { return nil }
        return String(name)
    }

    private func candidates(_ name: String) -> [String] {
        directories.flatMap { directory in
            name.hasSuffix(".layout")
                ? ["\(directory)/\(name)"] : ["\(directory)/\(name)", "\(directory)/\(name).layout"]
        }
    }

    private func nearest(to name: String) -> String? {
        let names = directories.flatMap(list).filter { $0.hasSuffix(".layout") }.sorted()
            .map { String($0.dropLast(".layout".count)) }
        let bare = name.hasSuffix(".layout") ? String(name.dropLast(".layout".count)) : name
        return Spelling.nearest(to: bare, in: names)
    }

    private func sentence(_ what: String, nearest: String?) -> String {
        let folders = directories.map(Problem.printable).joined(separator: ", ")
        let hint = nearest.map { "; did you mean \(Problem.quoted($0))?" } ?? ""
        return "\(what) in \(folders)\(hint)"
    }
}
