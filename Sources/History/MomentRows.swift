import Core

/// A row of the database without its bytes.
struct RowHead: Hashable {
    let id: Int64
    /// The number of bytes, by which a row that was rewritten is told from the one before.
    let length: Int64

    var row: RowID { RowID(value: id) }
}

/// A tail without its bytes. Numbers of tails are used again after a seal, so its last bytes tell it from others.
struct TailHead: Hashable {
    let id: Int64
    let length: Int64
    let end: [UInt8]
}

extension HistoryStore {
    /// Returns the rows of a tier and source that begin at or before a time, the latest first.
    func heads(_ tier: HistoryTier, source: Int64, until: Int64, most: Int) throws(HistoryError) -> [RowHead]
    {
        let statement = try database.statement(
            "SELECT id, length(data) FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC LIMIT ?3")
        try statement.bind(RowID(tier, source: source, start: 0).value, at: 1)
        let last = RowID(tier, source: source, start: until, sequence: RowID.mostSequences - 1)
        try statement.bind(last.value, at: 2)
        try statement.bind(Int64(most), at: 3)
        return try heads(statement)
    }

    /// Returns all rows of a tier and source, the oldest first.
    func heads(_ tier: HistoryTier, source: Int64) throws(HistoryError) -> [RowHead] {
        let statement = try database.statement(
            "SELECT id, length(data) FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id")
        try statement.bind(RowID(tier, source: source, start: 0).value, at: 1)
        try statement.bind(RowID(tier, source: source + 1, start: 0).value - 1, at: 2)
        return try heads(statement)
    }

    private func heads(_ statement: Statement) throws(HistoryError) -> [RowHead] {
        defer { statement.reset() }
        var heads: [RowHead] = []
        while try statement.step() {
            heads.append(RowHead(id: statement.integer(0), length: statement.integer(1)))
        }
        return heads
    }

    /// The bytes of a row; nil: it has been removed.
    func data(of head: RowHead) throws(HistoryError) -> [UInt8]? {
        let statement = try database.statement("SELECT data FROM chunk WHERE id=?1")
        try statement.bind(head.id, at: 1)
        defer { statement.reset() }
        return try statement.step() ? statement.bytes(0) : nil
    }

    /// All tails, the oldest first.
    func tailHeads() throws(HistoryError) -> [TailHead] {
        let statement = try database.statement(
            "SELECT id, length(data), substr(data, -16) FROM tail ORDER BY id")
        defer { statement.reset() }
        var heads: [TailHead] = []
        while try statement.step() {
            heads.append(
                TailHead(id: statement.integer(0), length: statement.integer(1), end: statement.bytes(2)))
        }
        return heads
    }

    /// The bytes of a tail; nil: it has been removed.
    func data(of head: TailHead) throws(HistoryError) -> [UInt8]? {
        let statement = try database.statement("SELECT data FROM tail WHERE id=?1")
        try statement.bind(head.id, at: 1)
        defer { statement.reset() }
        return try statement.step() ? statement.bytes(0) : nil
    }

    /// Unix nanoseconds at which the records of a source begin, as exactly as the finest tier tells that reaches back so
    /// far; nil: there is none.
    func begin(of source: Int64) throws(HistoryError) -> Int64? {
        var begin = try first(.native, source: source)?.start
        for tier in [HistoryTier.fiveMinutes, .hour, .day] {
            guard let id = try first(tier, source: source),
                let start = (try data(of: RowHead(id: id.value, length: 0))).flatMap({
                    (try? RollupReader($0))?.starts.first
                })
            else { continue }
            // A stretch in which the finer records begin is not older than they are.
            if begin.map({ start + tier.step! <= $0 }) ?? true { begin = start }
        }
        return begin
    }

    /// The first row of a tier and source; nil: there is none.
    func first(_ tier: HistoryTier, source: Int64) throws(HistoryError) -> RowID? {
        let statement = try database.statement("SELECT min(id) FROM chunk WHERE id BETWEEN ?1 AND ?2")
        try statement.bind(RowID(tier, source: source, start: 0).value, at: 1)
        try statement.bind(RowID(tier, source: source + 1, start: 0).value - 1, at: 2)
        defer { statement.reset() }
        guard try statement.step(), statement.integer(0) > 0 else { return nil }
        return RowID(value: statement.integer(0))
    }
}
