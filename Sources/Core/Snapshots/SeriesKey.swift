/// Identifies what a collector finds: a host, a plugin, and the options that it collects with. The name and the place of
/// a widget are not part of it. With an instance's name and a metric's id it identifies one series of numbers.
public struct SeriesKey: Hashable, Sendable {
    /// The host's name in `hosts.toml`, or this machine's.
    public var host: String
    /// The plugin's id.
    public var plugin: String
    /// Tells apart collectors of one plugin on one host that collect with different options.
    public var options: OptionsDigest

    /// Creates a key; without `options` it is that of a widget that sets none.
    public init(host: String, plugin: String, options: OptionsDigest = .none) {
        self.host = host
        self.plugin = plugin
        self.options = options
    }
}

/// A digest of the options that change what a plugin collects. The same options in another order, and limits, which the
/// host applies by itself, give the same digest. It is stable across versions of the program.
public struct OptionsDigest: Hashable, Sendable {
    /// FNV-1a, 64 bits, over `key`, `=`, the value's canonical text and a newline for each option in the order of keys.
    public let value: UInt64

    /// Creates a digest from a value that was stored.
    public init(value: UInt64) { self.value = value }

    /// The digest of no options at all.
    public static let none = OptionsDigest([])

    /// Creates the digest of a widget's settings. Keys that end in `_warning` or `_critical` are limits and leave it
    /// unchanged.
    public init(_ settings: [Setting]) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for setting in settings.sorted(by: { $0.key < $1.key }) where !Self.isLimit(setting.key) {
            for byte in "\(setting.key)=\(setting.value.canonical)\n".utf8 {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        value = hash
    }

    /// Returns whether a key sets a limit of a metric.
    public static func isLimit(_ key: String) -> Bool {
        key.hasSuffix("_warning") || key.hasSuffix("_critical")
    }
}

extension Literal {
    /// One text for each value: texts are quoted, so that no two values have the same.
    fileprivate var canonical: String {
        switch self {
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .float(let value): "\(value)"
        case .text(let text): Self.quoted(text)
        case .list(let items): "[\(items.map(\.canonical).joined(separator: ","))]"
        case .table: "{}"
        case .other(let text): text
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text.unicodeScalars {
            if character == "\"" || character == "\\" { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result + "\""
    }
}
