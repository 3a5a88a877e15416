/// Finds the layout file to read. Does not access the disk itself: the closures say what exists.
public struct LayoutSearch {
    /// The result of a search.
    public enum Outcome: Equatable, Sendable {
        case found(String)
        /// A sentence for the user on what was looked for and where.
        case missing(String)
    }

    /// The name of this machine, with or without its domain.
    public var hostName: String
    /// Folders of layouts; the first one that has the file wins.
    public var directories: [String]
    /// Whether there is a file at a path, even one that cannot be read: that is for who reads it to say.
    public var fileExists: (String) -> Bool
    /// The file names in a folder, for suggestions; empty where it cannot be read.
    public var list: (String) -> [String]

    /// `list` may be left out; there are no suggestions then.
    public init(
        hostName: String, directories: [String], fileExists: @escaping (String) -> Bool,
        list: @escaping (String) -> [String] = { _ in [] }
    ) {
        self.hostName = hostName
        self.directories = directories
        self.fileExists = fileExists
        self.list = list
    }

    /// The default folders: the user's, the machine's, and the installation's. `configHome` and `home` are the
    /// values of XDG_CONFIG_HOME and HOME.
    public static func directories(configHome: String?, home: String?, prefix: String) -> [String] {
        var result: [String] = []
        // The XDG base directory specification requires that a relative path is ignored.
        if let configHome, configHome.utf8.first == UInt8(ascii: "/") {
            result.append("\(configHome)/cm-dashboard/layouts")
        } else if let home, !home.isEmpty {
            result.append("\(home)/.config/cm-dashboard/layouts")
        }
        return result + ["/etc/cm-dashboard/layouts", "\(prefix)/share/cm-dashboard/layouts"]
    }

    /// Searches for a layout.
    ///
    /// - Parameter argument: the value of `--layout`: a path, or a name in one of the folders; nil: the layout with
    ///   this machine's name, else the default layout.
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

    /// The machine's name up to the first dot; nil where that cannot be a file name.
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
