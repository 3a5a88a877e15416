import CPosix
import Core
import Engine

/// Where plugins lie: `<id>.so` in one of some folders; an earlier folder hides a later one.
public struct PluginFolder {
    public var folders: [String]
    /// Where the programs are that load them.
    public let programs: String
    /// A folder that is not doubted, that of this program: who may change the one may change the other.
    public let trusted: String
    /// Load also what others may write.
    public var isUnsafe = false

    public var worker: String { "\(programs)/cm-plugin-worker" }
    public var checker: String { "\(programs)/cm-plugin-check" }

    /// Creates the folders of plugins, the first of them being looked in first.
    public init(folders: [String], programs: String, trusted: String, isUnsafe: Bool = false) {
        self.folders = folders
        self.programs = programs
        self.trusted = trusted
        self.isUnsafe = isUnsafe
    }

    public func find(_ id: String) -> PluginFile {
        guard let path = path(of: id) else { return .missing }
        if let sentence = doubt(about: path) { return .untrusted(sentence) }
        return .file(path)
    }

    public func path(of id: String) -> String? {
        folders.map { "\($0)/\(id).so" }.first { access($0, F_OK) == 0 }
    }

    /// Why a file must not be loaded: who may write it and is neither root nor this user; nil: nobody.
    public func doubt(about path: String) -> String? {
        guard !isUnsafe else { return nil }
        var place = [CChar](repeating: 0, count: Int(PATH_MAX))
        var who = [CChar](repeating: 0, count: Int(CPOSIX_WHO))
        guard cposix_others_may_write(path, trusted, &place, &who) != 0 else { return nil }
        return
            "\(path) is not loaded, since \(text(place)) may be written by \(text(who)); "
            + "take that right away (chmod, chown), or start with --unsafe-plugins"
    }

    /// Ids of all plugins there are, sorted.
    public var available: [String] {
        var ids: Set<String> = []
        for folder in folders {
            for name in Files.names(in: folder) {
                if let id = Self.id(of: name) { ids.insert(id) }
            }
        }
        return ids.sorted()
    }

    /// There is no such plugin, in one sentence.
    public static func missing(_ id: String, available: [String], folders: [String]) -> String {
        "there is no plugin \(Problem.quoted(id)) in \(folders.joined(separator: ", "))"
            + Spelling.hint(for: id, in: available)
    }

    /// The plugin that a file of this name is.
    public static func id(of name: String) -> String? {
        guard name.hasSuffix(".so"), name.utf8.count > 3, !name.hasPrefix(".") else { return nil }
        return String(name.dropLast(3))
    }

    private func text(_ bytes: [CChar]) -> String {
        Problem.printable(
            String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
