/// A mark on a value that has been outside its usual range for a while; never an alert by itself.
public struct UnusualMark: Sendable, Equatable {
    /// Since when it has been outside, as a Unix time in nanoseconds.
    public var since: Int64
    /// The value is above its usual range, else below.
    public var isAbove: Bool
    /// The usual range at the time of the value.
    public var usual: UsualRange.Band

    /// Creates a mark.
    public init(since: Int64, isAbove: Bool, usual: UsualRange.Band) {
        self.since = since
        self.isAbove = isAbove
        self.usual = usual
    }
}

/// Sees how long the values of a series have been outside their usual range.
public struct UnusualWatch: Sendable, Equatable {
    /// Since when, and on which side.
    private var outside: (since: Int64, isAbove: Bool)?
    private var last: Int64?

    /// A value counts as unusual after this time: what is over sooner is not worth a look.
    static let patience = 15 * Span.minute
    /// After a longer time without a value nobody knows where it was.
    static let longestGap = 15 * Span.minute

    /// Creates a watch that has seen nothing.
    public init() {}

    /// Takes the next value.
    ///
    /// Returns a mark once all values of 15 minutes were outside on the same side. A gap of more than 15 minutes, a
    /// clock that was put back, and a value inside begin anew.
    ///
    /// - Parameter value: The value; NaN where there is none.
    /// - Parameter band: What is usual at that time; nil: not known.
    /// - Parameter time: Unix time in nanoseconds.
    public mutating func take(_ value: Double, usual band: UsualRange.Band?, at time: Int64) -> UnusualMark? {
        defer { last = time }
        if let last, time < last || time.subtractingReportingOverflow(last).partialValue > Self.longestGap {
            outside = nil
        }
        guard let band, value > band.high || value < band.low else {
            outside = nil
            return nil
        }
        let isAbove = value > band.high
        if outside?.isAbove != isAbove { outside = (time, isAbove) }
        guard let outside, time - outside.since >= Self.patience else { return nil }
        return UnusualMark(since: outside.since, isAbove: isAbove, usual: band)
    }

    public static func == (one: UnusualWatch, other: UnusualWatch) -> Bool {
        one.last == other.last && one.outside?.since == other.outside?.since
            && one.outside?.isAbove == other.outside?.isAbove
    }
}
