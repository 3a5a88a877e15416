/// The name of a series on the command line and in exported documents: `HOST/PLUGIN/INSTANCE/METRIC`, or
/// `HOST/PLUGIN/METRIC` of an instance without a name. A plugin that collects with options of its own is followed by `@`
/// and their digest: `nvme@1f2e3d4c5b6a7988`.
///
/// Slashes, `%`, `@`, quotes, blanks and control characters of a part are written as `%` and two hexadecimal digits for
/// each byte of UTF-8, so that a name is one word on one line.
public struct SeriesName: Hashable, Sendable {
    /// The source.
    public var key: SeriesKey
    /// The instance's name, which may be empty.
    public var instance: String
    /// The metric's id.
    public var metric: String

    /// Creates a name of its parts.
    public init(_ key: SeriesKey, _ instance: String, _ metric: String) {
        (self.key, self.instance, self.metric) = (key, instance, metric)
    }

    /// Reads a name; nil: it is none.
    public init?(_ text: String) {
        var parts: [String] = []
        for part in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard parts.count < 4, let plain = Self.unescaped(part) else { return nil }
            parts.append(plain)
        }
        guard parts.count >= 3, !parts[0].isEmpty, let plugin = Self.plugin(parts[1]) else { return nil }
        key = SeriesKey(host: parts[0], plugin: plugin.id, options: plugin.options)
        instance = parts.count == 4 ? parts[2] : ""
        metric = parts[parts.count - 1]
    }

    /// The name as ``init(_:)`` reads it.
    public var text: String {
        Self.text(key) + (instance.isEmpty ? "" : "/" + Self.escaped(instance)) + "/" + Self.escaped(metric)
    }

    /// The name of a source: `HOST/PLUGIN`.
    public static func text(_ key: SeriesKey) -> String {
        let options = key.options == .none ? "" : "@" + hexadecimal(key.options)
        return escaped(key.host) + "/" + escaped(key.plugin) + options
    }

    /// A digest as 16 digits.
    public static func hexadecimal(_ options: OptionsDigest) -> String {
        let digits = String(options.value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// Returns a part of a name as one word.
    public static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if isPlain(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                for byte in String(scalar).utf8 {
                    result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            }
        }
        return result
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        if Problem.isControl(scalar) || scalar.properties.isWhitespace { return false }
        return !"/%@\"'\\`$*?[]{}()<>|&;~#!".unicodeScalars.contains(scalar)
    }

    /// nil: a `%` without two digits behind it, or bytes that are no UTF-8.
    private static func unescaped(_ part: Substring.UTF8View.SubSequence) -> String? {
        var bytes: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    private static func plugin(_ part: String) -> (id: String, options: OptionsDigest)? {
        let halves = part.split(separator: "@", omittingEmptySubsequences: false)
        guard let id = halves.first, !id.isEmpty, halves.count <= 2 else { return nil }
        guard halves.count == 2 else { return (String(id), .none) }
        guard halves[1].utf8.count == 16, let value = UInt64(halves[1], radix: 16) else { return nil }
        return (String(id), OptionsDigest(value: value))
    }
}
