import Core

/// How long each tier is kept.
public struct Retention: Sendable, Equatable {
    /// Nanoseconds, for each tier.
    public var spans: [HistoryTier: Int64] = [
        .native: 7 * Self.day, .fiveMinutes: 30 * Self.day, .hour: 400 * Self.day, .day: 3650 * Self.day,
    ]
    /// Bytes of the database's files at most; the native tier is shortened first.
    public var mostBytes: Int64 = 1 << 30

    private static let day: Int64 = 86_400_000_000_000
    /// Rows that one seal removes at most, so that it takes milliseconds.
    private static let step = 64
    /// Free pages that are kept for the tails of the next hour. Giving them back moves other pages about.
    private static let spare = 1024

    /// Creates the usual retention.
    public init() {}

    /// Removes some of what is older than it should be, and gives its room back. While the clock is not plausible
    /// nothing is removed, but for the oldest of what is too much.
    func apply(to store: HistoryStore, at time: Int64) throws(HistoryError) {
        if store.place.size > mostBytes { try shorten(store) }
        guard try isPlausible(time, store) else { return }
        var left = Self.step
        for source in try store.sources() where left > 0 {
            for tier in HistoryTier.allCases where left > 0 {
                left -= try store.expire(tier, source: source.id, before: time - spans[tier]!, most: left)
            }
        }
        let free = try store.freePages()
        if free > Self.spare { try store.shrink(pages: min(free - Self.spare, Self.step * 4)) }
    }

    /// Removes the oldest native rows.
    private func shorten(_ store: HistoryStore) throws(HistoryError) {
        for source in try store.sources() {
            _ = try store.expire(.native, source: source.id, before: .max / 2, most: 4)
        }
        try store.shrink(pages: 1024)
    }

    /// Days that must have been recorded since a jump of the clock before it is believed.
    private static let proof = 7
    private static let jump = 40 * day

    /// A clock may jump by years and back. It is believed where days have been recorded until now without a jump. What it
    /// has recorded while it was ahead does not count.
    private func isPlausible(_ time: Int64, _ store: HistoryStore) throws(HistoryError) -> Bool {
        for source in try store.sources() {
            let days = try store.starts(.hour, source: source.id, until: time, most: Self.proof)
            let distances = zip([time] + days, days).map { $0 - $1 }
            if days.count == Self.proof, distances.allSatisfy({ $0 < Self.jump }) { return true }
        }
        return false
    }
}
