import Contract
import Core

/// Removes what a ``Retention`` does not keep, in steps that take milliseconds.
struct Expiry {
    let retention: Retention
    let store: HistoryStore

    /// Rows that one seal removes or rewrites at most.
    private static let step = 64
    /// Free pages that are kept for the tails of the next hour. Giving them back moves other pages about.
    private static let spare = 1024
    /// Rows that one seal looks at for kinds that are kept for a shorter time.
    private static let looks = 512
    /// Bytes of rows that one transaction removes, and how many of them follow one another at one seal.
    private static let batch = 4 << 20
    private static let batches = 64

    /// Removes some of what is older than it should be, and gives its room back. While the clock is not plausible
    /// nothing is removed.
    func apply(at time: Int64) throws(HistoryError) {
        guard try isPlausible(time) else { return try shorten() }
        var left = Self.step
        for source in try store.sources() where left > 0 {
            for tier in HistoryTier.allCases where left > 0 {
                let before = time - retention.span(tier, of: source.key.plugin)
                guard tier != .day || before > 0 else { continue }
                let kept = tier == .day ? try remembered(source.id, before: before, at: time) : before
                left -= try store.expire(tier, source: source.id, before: kept, most: left)
            }
        }
        for (kind, span) in retention.kinds where left > 0 {
            left -= try drop(kind, before: time - span, left)
        }
        try shorten()
        let free = try store.freePages()
        if free > Self.spare { try store.shrink(pages: min(free - Self.spare, Self.step * 4)) }
    }

    /// The time before which day rows go: metrics may ask for more days than the rest. The oldest row says it for those
    /// that follow.
    private func remembered(_ source: Int64, before: Int64, at time: Int64) throws(HistoryError) -> Int64 {
        var days: Int64 = 0
        try store.rows(.day, source: source, from: 0, to: before) { (_, data) throws(HistoryError) in
            if let metrics = (try? RollupReader(data))?.schema?.metrics {
                days = metrics.reduce(0) { max($0, Int64($1.rememberDays)) }
            }
            return false
        }
        let (span, isHuge) = days.multipliedReportingOverflow(by: Retention.day)
        return isHuge ? 0 : min(before, time - span)
    }

    /// Rewrites rows without a kind of values; returns how many.
    private func drop(_ kind: MetricDeclaration.Kind, before: Int64, _ most: Int) throws(HistoryError) -> Int
    {
        var (looks, rewritten) = (Self.looks, 0)
        let forgotten = Forgotten(kinds: [kind])
        for tier in HistoryTier.allCases {
            for row in try store.sizes(tier) where row.id.start < before - tier.rowSpan {
                guard looks > 0, rewritten < most else { return rewritten }
                looks -= 1
                guard let data = try store.data(of: row.id) else { continue }
                guard let new = Self.without(kind, forgotten, tier, data) else { continue }
                try store.put(id: row.id, new)
                rewritten += 1
            }
        }
        return rewritten
    }

    private static func without(
        _ kind: MetricDeclaration.Kind, _ forgotten: Forgotten, _ tier: HistoryTier, _ data: [UInt8]
    ) -> [UInt8]? {
        func hasKind(_ schema: Schema?) -> Bool { schema?.metrics.contains { $0.kind == kind } ?? false }
        if tier == .native {
            guard let chunk = try? ChunkReader(data), hasKind(chunk.schema) else { return nil }
            return try? chunk.rewritten(without: forgotten).encoded()
        }
        guard let rollup = try? RollupReader(data), hasKind(rollup.schema) else { return nil }
        return try? rollup.rewritten(without: forgotten)
    }

    /// Removes the oldest rows of the finest tier that has any until the database is within its size.
    private func shorten() throws(HistoryError) {
        var left = Self.batches
        for tier in HistoryTier.allCases {
            var excess = try store.usedBytes() - retention.mostBytes
            guard excess > 0, left > 0 else { break }
            var rows = try store.sizes(tier).sorted { $0.id.start < $1.id.start }[...]
            while excess > 0, left > 0, !rows.isEmpty {
                try removeBatch(of: &rows, excess)
                left -= 1
                excess = try store.usedBytes() - retention.mostBytes
            }
        }
        guard left < Self.batches else { return }
        try store.shrink(pages: .max / 2)
        _ = try store.database.checkpoint(truncates: true)
    }

    private func removeBatch(of rows: inout ArraySlice<HistoryStore.Row>, _ excess: Int64)
        throws(HistoryError)
    {
        try store.database.transaction { () throws(HistoryError) in
            var removed = 0
            while removed < min(Int(clamping: excess), Self.batch), let row = rows.popFirst() {
                try store.remove(row.id)
                removed += row.size
            }
        }
        _ = try store.database.checkpoint(truncates: true)
    }

    /// Hours that must have been recorded since a jump of the clock before it is believed.
    private static let proof = 168
    /// Hours without a record that make a jump.
    private static let jump: Int64 = 40 * 24

    /// A clock may jump by years and back. It is believed where there was no jump, or once a week of hours has been
    /// recorded by it.
    private func isPlausible(_ time: Int64) throws(HistoryError) -> Bool {
        let now = time / HistoryTier.hour.step!
        let hours = try store.hours()
        var (run, latest) = (0, now)
        for hour in hours {
            // What was recorded by a clock that was ahead proves nothing.
            guard hour <= now + 1 else { continue }
            guard latest - hour <= Self.jump else { break }
            run += 1
            latest = hour
        }
        return run >= Self.proof || run == hours.count
    }
}
