/// Writes fields of stored history: numbers of variable length, seven bits a byte, the lowest first.
struct HistoryBytes: Sendable {
    var bytes: [UInt8] = []

    mutating func u8(_ value: UInt8) { bytes.append(value) }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// A number that is not negative.
    mutating func count(_ value: Int) { unsigned(UInt64(clamping: value)) }

    /// A signed number, by ``zigzag(_:)``.
    mutating func signed(_ value: Int64) { unsigned(zigzag(value)) }

    mutating func fixed(_ value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Its length and its UTF-8, cut to ``HistoryFormat/mostText``.
    mutating func text(_ value: String) {
        let cut = Self.cut(value)
        count(cut.utf8.count)
        bytes.append(contentsOf: cut.utf8)
    }

    /// Its length, and the bytes of another writer.
    mutating func section(_ other: HistoryBytes) { section(other.bytes) }

    mutating func section(_ other: [UInt8]) {
        count(other.count)
        bytes.append(contentsOf: other)
    }

    /// The text without what is beyond ``HistoryFormat/mostText``, whole characters of Unicode only.
    static func cut(_ text: String) -> String {
        let most = HistoryFormat.mostText
        guard text.utf8.count > most else { return text }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: most)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}

/// Maps numbers of a small size, whatever their sign, to small ones: 0, -1, 1, -2 to 0, 1, 2, 3.
func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

/// The reverse of ``zigzag(_:)``.
func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }
