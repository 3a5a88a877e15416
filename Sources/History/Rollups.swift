import Core

/// The tiers above the native one.
enum Rollups {
    /// Adds a record of stretches that lie in one row of their tier, and what it means for the longer stretches that they
    /// are parts of.
    static func add(_ bytes: [UInt8], of source: Int64, to store: HistoryStore) throws(HistoryError) {
        guard let part = reader(bytes), let start = part.starts.first else { return }
        if part.tier == .fiveMinutes { try store.add(.fiveMinutes, source: source, start: start, bytes) }
        for (tier, rollup) in [(HistoryTier.hour, RollupTier.hour), (.day, .day)]
        where part.tier.step <= rollup.step {
            try unite(part, into: tier, rollup, of: source, store)
        }
    }

    private static func unite(
        _ part: RollupReader, into tier: HistoryTier, _ rollup: RollupTier, of source: Int64,
        _ store: HistoryStore
    ) throws(HistoryError) {
        let start = part.starts[0] / tier.rowSpan * tier.rowSpan
        let first = RowID(tier, source: source, start: start)
        var known: (sequence: RowID, bytes: [UInt8])?
        try store.rows(tier, source: source, from: start, to: start) { (id, data) throws(HistoryError) in
            if id.start == first.start { known = (id, data) }
            return true
        }
        let parts = (known.flatMap { reader($0.bytes) }.map { [$0] } ?? []) + [part]
        // A plugin with other metrics begins a row of its own.
        if let united = try? RollupReader.merged(parts, to: rollup) {
            try store.put(id: known?.sequence ?? first, united)
        } else if let alone = try? RollupReader.merged([part], to: rollup) {
            try store.add(tier, source: source, start: start, alone)
        }
    }

    private static func reader(_ bytes: [UInt8]) -> RollupReader? { try? RollupReader(bytes) }
}
