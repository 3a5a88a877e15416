/// What every record of the history begins and ends with: a mark, the version, the kind; a checksum of all before it.
enum Container {
    static let headSize = 5
    static let tailSize = 4

    /// Returns a record of sections.
    static func record(_ kind: HistoryFormat.Kind, _ head: HistoryBytes, _ sections: [HistoryBytes])
        -> [UInt8]
    {
        var bytes = HistoryBytes()
        bytes.bytes.reserveCapacity(
            sections.reduce(head.bytes.count + 32) { $0 + $1.bytes.count + 3 })
        bytes.bytes = HistoryFormat.magic + [HistoryFormat.version, kind.rawValue] + head.bytes
        for section in sections { bytes.section(section) }
        return sealed(bytes.bytes)
    }

    /// Returns bytes with their checksum behind them.
    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let checksum = Checksum.of(bytes)
        return bytes + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(8 * $0)) }
    }

    /// Returns a cursor behind the head of a record that is whole.
    static func open(_ bytes: [UInt8], _ kind: HistoryFormat.Kind) throws(ChunkDamage) -> HistoryCursor {
        guard bytes.count >= headSize + tailSize else { throw .truncated }
        guard bytes.prefix(3).elementsEqual(HistoryFormat.magic) else { throw .notHistory }
        guard bytes.count <= HistoryFormat.mostBytes else { throw .outOfRange }
        // A newer version may have its checksum elsewhere, or another one.
        guard bytes[3] <= HistoryFormat.version else { throw .newer(version: bytes[3]) }
        let end = bytes.count - tailSize
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[end + $1]) << UInt32(8 * $1) }
        guard Checksum.of(bytes[..<end]) == stored else { throw .checksum }
        guard bytes[3] > 0 else { throw .notHistory }
        guard bytes[4] == kind.rawValue else {
            throw HistoryFormat.Kind(rawValue: bytes[4]) == nil ? .unknownTag : .otherKind
        }
        return HistoryCursor(bytes, headSize..<end)
    }
}
