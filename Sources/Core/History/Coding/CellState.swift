import Contract

/// What a cell is beside its number or text, in one byte: bits 0–1 absent, number or text, bits 2–4 the status, bit 5 that
/// the plugin gave it. A rollup has two more: bit 6 that the text changed, bit 7 that the instance came in the stretch.
struct CellState: Equatable, Sendable {
    var byte: UInt8

    static let number: UInt8 = 1
    static let text: UInt8 = 2
    static let textChanged: UInt8 = 0x40
    static let present: UInt8 = 0x80
    /// An absent cell that nothing judges.
    static let nothing = CellState(byte: 0)

    init(byte: UInt8) { self.byte = byte }

    init(kind: UInt8, status: Status, isOwnStatus: Bool = false) {
        byte = kind | status.rawValue << 2 | (isOwnStatus ? 0x20 : 0)
    }

    init(_ cell: Snapshot.Cell) {
        let kind: UInt8 =
            switch cell.value {
            case .absent: 0
            case .number(let number): number.isFinite ? Self.number : 0
            case .text: Self.text
            }
        self.init(kind: kind, status: cell.status, isOwnStatus: cell.isOwnStatus)
    }

    var isNumber: Bool { byte & 3 == Self.number }
    var isText: Bool { byte & 3 == Self.text }
    var status: Status { Status(rawValue: byte >> 2 & 7) ?? .unknown }
    var isOwnStatus: Bool { byte & 0x20 != 0 }

    /// Throws unless a writer may have written it.
    func checked(rollup: Bool) throws(ChunkDamage) -> CellState {
        guard byte & 3 != 3, byte >> 2 & 7 <= Status.unknown.rawValue, rollup || byte < 0x40 else {
            throw .unknownTag
        }
        return self
    }
}

/// A list of what changes, by the number of samples from one change to the next.
struct ChangeList: Sendable {
    private var bytes = HistoryBytes()
    private(set) var count = 0
    private var last = 0

    /// The number of bytes of it.
    var size: Int { bytes.bytes.count }

    /// Begins a change at a place; returns where its value is to be written.
    mutating func change(at place: Int, _ write: (inout HistoryBytes) -> Void) {
        bytes.count(place - last)
        last = place
        count += 1
        write(&bytes)
    }

    /// Appends the number of changes, and the changes.
    func write(to other: inout HistoryBytes) {
        other.count(count)
        other.bytes += bytes.bytes
    }
}

/// Reads a ``ChangeList`` one change after another.
struct ChangeReader: Sendable {
    var cursor: HistoryCursor
    private var left: Int
    private var isFirst = true
    /// The place of the next change; nil: there is none.
    private(set) var place: Int?

    /// Reads the number of changes and the place of the first.
    init(_ cursor: HistoryCursor) throws(ChunkDamage) {
        self.cursor = cursor
        left = try self.cursor.elements(atMost: HistoryFormat.mostRows)
        try step()
    }

    /// Reads the place of the next change. The value of the one before has been read from ``cursor``.
    mutating func step() throws(ChunkDamage) {
        guard left > 0 else {
            place = nil
            return
        }
        left -= 1
        let distance = try cursor.count(atMost: HistoryFormat.mostRows)
        guard isFirst || distance > 0 else { throw .outOfRange }
        isFirst = false
        place = (place ?? 0) + distance
    }
}
