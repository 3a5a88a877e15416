/// A value of a series at a moment.
public struct TimedValue: Sendable, Equatable {
    /// Unix time in nanoseconds.
    public var time: Int64
    /// The value, in the unit of the series.
    public var value: Double

    /// Creates a value.
    public init(_ value: Double, at time: Int64) {
        self.time = time
        self.value = value
    }
}

/// When something is expected, in Unix nanoseconds.
public struct ForecastRange: Sendable, Equatable {
    /// It happens before this time in one case of ten.
    public var early: Int64
    /// It happens before this time in one case of two.
    public var likely: Int64
    /// It happens after this time in one case of ten; nil: this time is beyond what is forecast.
    public var late: Int64?

    /// Creates a range.
    public init(early: Int64, likely: Int64, late: Int64?) {
        self.early = early
        self.likely = likely
        self.late = late
    }
}

/// Lengths of time in nanoseconds.
enum Span {
    static let minute: Int64 = 60_000_000_000
    static let hour: Int64 = 60 * minute
    static let day: Int64 = 24 * hour
    static let week: Int64 = 7 * day
    static let year: Double = 365.25 * Double(day)

    /// Returns the time that lies this many nanoseconds after another; the last one there is where it is later.
    static func after(_ time: Int64, by length: Double) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(Int64(min(max(length, 0), 9.2e18)))
        return overflow ? .max : sum
    }
}
