/// What a number was over the last time, and where it goes. Made once for each new curve, since a ``Trend`` costs much
/// more than drawing it.
public struct Past: Sendable, Equatable {
    /// The values, usually of the last day.
    public let curve: SeriesCurve
    /// Which way they went; nil: not known.
    public let trend: Trend?

    /// Creates a past, and judges its trend.
    public init(_ curve: SeriesCurve) {
        self.curve = curve
        trend = Trend(curve)
    }

    /// Whether there is anything to draw.
    public var isEmpty: Bool { !curve.buckets.contains { $0.count > 0 && $0.mean.isFinite } }
}
