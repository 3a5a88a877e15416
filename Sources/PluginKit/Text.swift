import CPosix

/// Splits text of the kernel and of command-line programs into lines, words and numbers. All of it works on bytes:
/// finding the boundaries of characters would cost more than reading the file.
extension StringProtocol {
    /// The lines without their line ends; a line end at the very end of the text adds no empty line.
    public var lines: [String] {
        var lines = split(on: UInt8(ascii: "\n"))
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// The parts between blanks, tabs and line ends, without empty ones.
    public var words: [String] {
        var words: [String] = []
        var word: [UInt8] = []
        for byte in utf8 {
            if byte == 0x20 || (byte >= 0x09 && byte <= 0x0d) {
                if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
                word.removeAll(keepingCapacity: true)
            } else {
                word.append(byte)
            }
        }
        if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
        return words
    }

    /// The parts between occurrences of `separator`, empty ones included.
    public func split(on separator: UInt8) -> [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        for byte in utf8 {
            if byte == separator {
                parts.append(String(decoding: part, as: UTF8.self))
                part.removeAll(keepingCapacity: true)
            } else {
                part.append(byte)
            }
        }
        parts.append(String(decoding: part, as: UTF8.self))
        return parts
    }

    /// The text without blanks, tabs, line ends and other control bytes at both ends.
    public var trimmed: String {
        let bytes = Array(utf8)
        var (start, end) = (0, bytes.count)
        while start < end && bytes[start] <= 0x20 { start += 1 }
        while end > start && bytes[end - 1] <= 0x20 { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// The text behind `prefix`; nil where it does not begin with that.
    public func after(_ prefix: String) -> String? {
        utf8.starts(with: prefix.utf8)
            ? String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : nil
    }
}

extension Double {
    /// The number that is the whole text, in the notation of strtod(3); nil for anything else, and for infinities
    /// and NaN.
    public init?(text: String) {
        guard !text.isEmpty else { return nil }
        var end: UnsafeMutablePointer<CChar>?
        let (value, consumed) = text.withCString { start in
            let value = strtod(start, &end)
            return (value, end.map { UnsafePointer($0) - start } ?? 0)
        }
        guard consumed == text.utf8.count, value.isFinite else { return nil }
        self = value
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    var isLetter: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
}

/// Whether a name matches a shell pattern ("cmtest-*"), in which "*" also matches "/" and a leading dot.
public func matches(_ name: String, pattern: String) -> Bool {
    // fnmatch(3) without flags.
    pattern.withCString { pattern in name.withCString { name in cposix_matches(pattern, name) != 0 } }
}
