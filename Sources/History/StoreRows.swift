import Core

/// What looks at, rewrites or removes rows of all sources.
extension HistoryStore {
    /// A row without its bytes.
    struct Row: Equatable {
        let id: RowID
        let size: Int
    }

    /// All rows of a tier with their sizes, by source and time.
    func sizes(_ tier: HistoryTier) throws(HistoryError) -> [Row] {
        let statement = try database.statement(
            "SELECT id, length(data) FROM chunk WHERE id >= ?1 AND id < ?2 ORDER BY id")
        try statement.bind(RowID(tier, source: 0, start: 0).value, at: 1)
        // The end of the last tier is no number of 63 bits.
        let last = tier == .day ? Int64.max : RowID.first(ofTier: tier.rawValue + 1)
        try statement.bind(last, at: 2)
        defer { statement.reset() }
        var rows: [Row] = []
        while try statement.step() {
            rows.append(Row(id: RowID(value: statement.integer(0)), size: Int(statement.integer(1))))
        }
        return rows
    }

    /// The hours since 1970 in which native rows begin, the latest first.
    func hours() throws(HistoryError) -> [Int64] {
        let statement = try database.statement(
            "SELECT DISTINCT (id >> 12 & 268435455) / 60 FROM chunk WHERE id < ?1 ORDER BY 1 DESC")
        try statement.bind(RowID.first(ofTier: 1), at: 1)
        defer { statement.reset() }
        var hours: [Int64] = []
        while try statement.step() { hours.append(statement.integer(0)) }
        return hours
    }

    /// The bytes of a row; nil: it is not there.
    func data(of id: RowID) throws(HistoryError) -> [UInt8]? {
        let statement = try database.statement("SELECT data FROM chunk WHERE id=?1")
        try statement.bind(id.value, at: 1)
        defer { statement.reset() }
        return try statement.step() ? statement.bytes(0) : nil
    }

    /// Removes a row.
    func remove(_ id: RowID) throws(HistoryError) {
        let statement = try database.statement("DELETE FROM chunk WHERE id=?1")
        try statement.bind(id.value, at: 1)
        try statement.finish()
    }

    /// Removes a source, whose rows must be gone.
    func remove(source id: Int64) throws(HistoryError) {
        let statement = try database.statement("DELETE FROM source WHERE id=?1")
        try statement.bind(id, at: 1)
        try statement.finish()
        forgetNumbers()
    }

    /// The bytes of the database that hold something, without free pages.
    func usedBytes() throws(HistoryError) -> Int64 {
        let pages = try database.integer("PRAGMA page_count") - database.integer("PRAGMA freelist_count")
        return pages * (try database.integer("PRAGMA page_size"))
    }
}

extension RowID {
    /// The smallest number of a tier's rows.
    static func first(ofTier tier: Int64) -> Int64 { tier << 60 }
}
