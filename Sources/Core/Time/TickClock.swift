/// A clock with ticks at `start + n × refresh` on the monotonic clock, which never drift. The current time is passed
/// in, so that tests can choose it.
public struct TickClock: Sendable {
    /// CLOCK_MONOTONIC of tick 0, nanoseconds.
    public let start: UInt64
    /// Nanoseconds between two ticks, at least 1.
    public let refresh: UInt64
    private var last: UInt64?

    /// Creates a clock whose tick 0 is at `start`.
    public init(start: UInt64, refresh: UInt64) {
        self.start = start
        self.refresh = max(refresh, 1)
    }

    /// Returns the number of the tick that is due at a monotonic time, each number once; nil: none is due. Missed
    /// ticks are skipped.
    public mutating func due(at now: UInt64) -> UInt64? {
        guard now >= start else { return nil }
        let number = (now - start) / refresh
        if let last, number <= last { return nil }
        last = number
        return number
    }

    /// Returns the monotonic time of the next tick.
    public func next() -> UInt64 { start + (last.map { $0 + 1 } ?? 0) * refresh }

    /// Returns the monotonic time of a tick.
    public func moment(of tick: UInt64) -> UInt64 { start + tick * refresh }

    /// Returns whether a widget with an interval in nanoseconds, which last collected at tick `last`, is due at
    /// `tick`: a multiple of the interval lies between them.
    public func isDue(_ tick: UInt64, after last: UInt64, every interval: UInt64) -> Bool {
        let ticks = max(interval / refresh, 1)
        return tick / ticks > last / ticks
    }
}

/// The delay before the next attempt: doubles with each failure, from one second up to a minute.
public struct Backoff: Sendable {
    /// The number of failures since the last success.
    public private(set) var failures = 0

    public init() {}

    /// Records a failure and returns the nanoseconds until the next attempt.
    public mutating func fail() -> UInt64 {
        failures += 1
        return min(1 << UInt64(min(failures - 1, 6)), 60) * 1_000_000_000
    }

    /// Resets the number of failures.
    public mutating func succeed() { failures = 0 }
}
