import Core

/// A record of a source, for whoever reads all of them.
public enum HistoryRecord: Sendable {
    /// Values as they came.
    case chunk(ChunkReader)
    /// Stretches; those that begin at `end` (Unix nanoseconds) or later stand in finer records too.
    case rollup(RollupReader, end: Int64)
}

extension HistoryReader {
    /// Calls a body with the records of a source, the oldest first: the finest of each time. Records that are damaged are
    /// left out. One record is in memory at a time, and the database is not held between two of them.
    ///
    /// - Parameters:
    ///   - start: Unix nanoseconds; a record that begins earlier may hold something of the span.
    ///   - end: Unix nanoseconds.
    public func forEachRecord(
        of key: SeriesKey, from start: Int64, to end: Int64,
        _ body: (HistoryRecord) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        guard end > start, let source = try store.find(key) else { return }
        var rows: [HistoryTier: [RowID]] = [:]
        for tier in HistoryTier.allCases {
            rows[tier] = try store.sizes(tier).map(\.id).filter { $0.source == source }
        }
        // A tier tells what lies before the first row of the finer ones.
        var firsts: [HistoryTier: Int64] = [:]
        var first = Int64.max
        for tier in HistoryTier.allCases {
            firsts[tier] = first
            if let row = rows[tier]?.first { first = min(first, try beginning(of: row) ?? row.start) }
        }
        for tier in HistoryTier.allCases.reversed() {
            // Stretches that finer records tell as a whole are left to them.
            let last = tier == .native || firsts[tier] == .max ? .max : firsts[tier]! - tier.step! + 1
            let (least, underflow) = start.subtractingReportingOverflow(2 * tier.rowSpan)
            for row in rows[tier]! where row.start <= end && (underflow || row.start >= least) {
                guard let data = try store.data(of: row) else { continue }
                if tier == .native {
                    if let chunk = try? ChunkReader(data), Self.overlaps(chunk, start, end) {
                        try body(.chunk(chunk))
                    }
                } else if let rollup = try? RollupReader(data), let span = rollup.span,
                    span.lowerBound < min(last, end), span.upperBound > start
                {
                    try body(.rollup(rollup, end: last))
                }
            }
        }
        for tail in try store.tails() {
            for part in Tail.parts(tail, of: source) {
                if let chunk = try? ChunkReader(part.chunk), Self.overlaps(chunk, start, end) {
                    try body(.chunk(chunk))
                }
            }
        }
    }

    private static func overlaps(_ chunk: ChunkReader, _ start: Int64, _ end: Int64) -> Bool {
        chunk.span.map { $0.lowerBound < end && $0.upperBound >= start } ?? false
    }

    /// Unix nanoseconds at which a row's content begins; nil: it is gone or damaged.
    func beginning(of id: RowID) throws(HistoryError) -> Int64? {
        guard let data = try store.data(of: id) else { return nil }
        return id.tier == .native
            ? (try? ChunkReader(data))?.span?.lowerBound : (try? RollupReader(data))?.starts.first
    }
}
