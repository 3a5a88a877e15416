import CPosix
import Core
import Engine

/// The folders that hold plugins as `<id>.so`; an earlier folder takes precedence over a later one.
public struct PluginFolder {
    /// The folders, the first one searched first.
    public var folders: [String]
    /// The folder of the programs that load plugins.
    public let programs: String
    /// A folder that is exempt from the check, the one of this program: whoever may write it may replace the program
    /// as well.
    public let trusted: String
    /// Whether plugins are loaded even if other users may write them.
    public var isUnsafe = false

    /// The path of the program that runs a plugin.
    public var worker: String { "\(programs)/cm-plugin-worker" }
    /// The path of the program that runs the conformance suite.
    public var checker: String { "\(programs)/cm-plugin-check" }

    /// Creates the set of folders; `folders` in the order of the search.
    public init(folders: [String], programs: String, trusted: String, isUnsafe: Bool = false) {
        self.folders = folders
        self.programs = programs
        self.trusted = trusted
        self.isUnsafe = isUnsafe
    }

    /// Returns the file of a plugin, or why there is none that may be loaded.
    public func find(_ id: String) -> PluginFile {
        guard let path = path(of: id) else { return .missing }
        if let sentence = doubt(about: path) { return .untrusted(sentence) }
        return .file(path)
    }

    /// Returns the path of a plugin's file, whether or not it may be loaded; nil: there is no file.
    public func path(of id: String) -> String? {
        folders.map { "\($0)/\(id).so" }.first { access($0, F_OK) == 0 }
    }

    /// Returns why a file must not be loaded, in one sentence with the remedy: a user other than root and this one
    /// may write it. nil: it may be loaded.
    public func doubt(about path: String) -> String? {
        guard !isUnsafe else { return nil }
        var place = [CChar](repeating: 0, count: Int(PATH_MAX))
        var who = [CChar](repeating: 0, count: Int(CPOSIX_WHO))
        guard cposix_others_may_write(path, trusted, &place, &who) != 0 else { return nil }
        return
            "\(path) is not loaded, since \(text(place)) may be written by \(text(who)); "
            + "take that right away (chmod, chown), or start with --unsafe-plugins"
    }

    /// The ids of all plugins, sorted.
    public var available: [String] {
        var ids: Set<String> = []
        for folder in folders {
            for name in Files.names(in: folder) {
                if let id = Self.id(of: name) { ids.insert(id) }
            }
        }
        return ids.sorted()
    }

    /// Returns the sentence that a plugin does not exist, with the closest available id.
    public static func missing(_ id: String, available: [String], folders: [String]) -> String {
        "there is no plugin \(Problem.quoted(id)) in \(folders.joined(separator: ", "))"
            + Spelling.hint(for: id, in: available)
    }

    /// Returns the plugin id that belongs to a file name; nil: it is not the name of a plugin.
    public static func id(of name: String) -> String? {
        guard name.hasSuffix(".so"), name.utf8.count > 3, !name.hasPrefix(".") else { return nil }
        return String(name.dropLast(3))
    }

    private func text(_ bytes: [CChar]) -> String {
        Problem.printable(
            String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
