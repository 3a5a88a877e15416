/// The one clock: ticks stand at `start + n × refresh` on the monotonic clock, so they never drift. Time is
/// passed in; tests turn it by hand.
public struct TickClock: Sendable {
    /// CLOCK_MONOTONIC of tick 0, nanoseconds.
    public let start: UInt64
    public let refresh: UInt64
    private var last: UInt64?

    public init(start: UInt64, refresh: UInt64) {
        self.start = start
        self.refresh = max(refresh, 1)
    }

    /// The tick that is due at a moment, once; nil when it was given already. Ticks that were missed are skipped.
    public mutating func due(at now: UInt64) -> UInt64? {
        guard now >= start else { return nil }
        let number = (now - start) / refresh
        if let last, number <= last { return nil }
        last = number
        return number
    }

    /// When the next tick stands.
    public func next() -> UInt64 { start + (last.map { $0 + 1 } ?? 0) * refresh }

    /// The moment of a tick.
    public func moment(of tick: UInt64) -> UInt64 { start + tick * refresh }

    /// Whether a widget that collects every `interval` nanoseconds, and did so last at tick `last`, is due at a
    /// tick: a boundary of its interval lies between them.
    public func isDue(_ tick: UInt64, after last: UInt64, every interval: UInt64) -> Bool {
        let ticks = max(interval / refresh, 1)
        return tick / ticks > last / ticks
    }
}

/// How long to wait before the next attempt: doubling from one second to a minute.
public struct Backoff: Sendable {
    public private(set) var failures = 0

    public init() {}

    /// Notes a failure; nanoseconds to wait.
    public mutating func fail() -> UInt64 {
        failures += 1
        return min(1 << UInt64(min(failures - 1, 6)), 60) * 1_000_000_000
    }

    public mutating func succeed() { failures = 0 }
}
