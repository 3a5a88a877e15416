/// How long a stretch of a rollup is. Stretches stand on the grid of Unix time in UTC. Raw values are stored.
public enum RollupTier: UInt8, Sendable, CaseIterable {
    case fiveMinutes = 1
    case hour = 2
    case day = 3

    /// Nanoseconds.
    public var step: Int64 { milliseconds * 1_000_000 }

    var milliseconds: Int64 {
        switch self {
        case .fiveMinutes: 300_000
        case .hour: 3_600_000
        case .day: 86_400_000
        }
    }

    /// Returns the number of the stretch that contains a millisecond.
    func index(of millisecond: Int64) -> Int64 {
        let (whole, rest) = millisecond.quotientAndRemainder(dividingBy: milliseconds)
        return rest < 0 ? whole - 1 : whole
    }

    /// Whether a stretch begins at a time that nanoseconds of 64 bits can tell.
    func isInRange(_ index: Int64) -> Bool {
        let (time, overflow) = index.multipliedReportingOverflow(by: milliseconds)
        return !overflow && Milliseconds.limits.contains(time)
    }

    /// Returns the nanosecond at which a stretch begins.
    func start(_ index: Int64) -> Int64 {
        let (time, overflow) = index.multipliedReportingOverflow(by: milliseconds)
        return Milliseconds.nanoseconds(overflow ? (index < 0 ? .min : .max) : time)
    }
}
