/// Reads what ``HistoryBytes`` has written, within a range of the bytes. Every function throws
/// ``ChunkDamage/truncated`` where the range ends inside the field.
struct HistoryCursor: Sendable {
    private let bytes: [UInt8]
    private(set) var position: Int
    private let end: Int

    /// Reads a range, which must lie within the bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Bytes that have not been read yet.
    var remaining: Int { end - position }

    mutating func u8() throws(ChunkDamage) -> UInt8 {
        guard position < end else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func unsigned() throws(ChunkDamage) -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = try u8()
            // The tenth byte holds the last bit of 64.
            guard shift < 63 || byte <= 1 else { throw .outOfRange }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    mutating func signed() throws(ChunkDamage) -> Int64 { unzigzag(try unsigned()) }

    /// Reads a number up to a bound, else throws ``ChunkDamage/outOfRange``.
    mutating func count(atMost limit: Int) throws(ChunkDamage) -> Int {
        let value = try unsigned()
        guard value <= UInt64(limit) else { throw .outOfRange }
        return Int(value)
    }

    /// Reads the number of elements that take at least a byte each, so that nothing is allocated for an impossible one.
    mutating func elements(atMost limit: Int) throws(ChunkDamage) -> Int {
        try count(atMost: min(limit, remaining))
    }

    mutating func fixed() throws(ChunkDamage) -> UInt64 {
        guard remaining >= 8 else { throw .truncated }
        defer { position += 8 }
        return (0..<8).reduce(0) { $0 | UInt64(bytes[position + $1]) << UInt64(8 * $1) }
    }

    mutating func text() throws(ChunkDamage) -> String {
        let range = try skip(count(atMost: HistoryFormat.mostText))
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw .encoding }
        return text
    }

    /// Moves past so many bytes and returns where they are.
    mutating func skip(_ length: Int) throws(ChunkDamage) -> Range<Int> {
        guard length <= remaining else { throw .truncated }
        defer { position += length }
        return position..<position + length
    }

    /// Moves past a section and returns a cursor for it.
    mutating func section() throws(ChunkDamage) -> HistoryCursor {
        HistoryCursor(bytes, try skip(count(atMost: HistoryFormat.mostBytes)))
    }

    /// Throws ``ChunkDamage/outOfRange`` unless all has been read.
    func finish() throws(ChunkDamage) {
        guard remaining == 0 else { throw .outOfRange }
    }
}
