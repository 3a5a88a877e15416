/// How finely values are kept.
public enum HistoryTier: Int64, Sendable, CaseIterable {
    /// The values as they came, at most every ten seconds.
    case native = 0
    /// The smallest, mean, largest and latest value of five minutes.
    case fiveMinutes = 1
    /// The same of an hour.
    case hour = 2
    /// The same of a day of UTC.
    case day = 3

    /// Nanoseconds that one stretch covers; nil: every value stands for itself.
    public var step: Int64? {
        switch self {
        case .native: nil
        case .fiveMinutes: 300_000_000_000
        case .hour: 3_600_000_000_000
        case .day: 86_400_000_000_000
        }
    }

    /// Nanoseconds that one row of the database covers.
    var rowSpan: Int64 {
        switch self {
        case .native, .fiveMinutes: 3_600_000_000_000
        case .hour: 86_400_000_000_000
        case .day: 32 * 86_400_000_000_000
        }
    }
}

/// Identifies a row: in the order of these numbers rows of one tier and source stand together, by time.
///
/// Bits from the top: 0, tier (2), source (20), minutes since 1970 (28), sequence (12).
struct RowID: Equatable {
    static let mostSources: Int64 = 1 << 20
    static let mostSequences: Int64 = 1 << 12
    private static let minute: Int64 = 60_000_000_000

    let value: Int64

    init(value: Int64) { self.value = value }

    /// Creates the number of a row; times outside of what 28 bits hold are moved to their ends.
    init(_ tier: HistoryTier, source: Int64, start: Int64, sequence: Int64 = 0) {
        let minutes = min(max(start / Self.minute, 0), 1 << 28 - 1)
        value = tier.rawValue << 60 | source << 40 | minutes << 12 | sequence
    }

    var tier: HistoryTier { HistoryTier(rawValue: value >> 60 & 3)! }
    var source: Int64 { value >> 40 & (Self.mostSources - 1) }
    /// Unix nanoseconds, whole minutes.
    var start: Int64 { (value >> 12 & (1 << 28 - 1)) * Self.minute }
    var sequence: Int64 { value & (Self.mostSequences - 1) }
}
