/// What a series of numbers was in one stretch of time.
public struct SeriesBucket: Sendable, Equatable {
    /// The number of samples; 0: a gap, whose numbers are NaN.
    public var count: UInt32
    /// The smallest sample.
    public var minimum: Double
    /// The mean of the samples.
    public var mean: Double
    /// The largest sample.
    public var maximum: Double
    /// The latest sample.
    public var last: Double

    /// Creates a stretch with samples.
    public init(count: UInt32, minimum: Double, mean: Double, maximum: Double, last: Double) {
        self.count = count
        self.minimum = minimum
        self.mean = mean
        self.maximum = maximum
        self.last = last
    }

    /// A stretch without a sample.
    public static let gap = SeriesBucket(count: 0, minimum: .nan, mean: .nan, maximum: .nan, last: .nan)

    /// Compares numbers by bit pattern, so that two gaps are equal.
    public static func == (left: SeriesBucket, right: SeriesBucket) -> Bool {
        left.count == right.count && left.minimum.bitPattern == right.minimum.bitPattern
            && left.mean.bitPattern == right.mean.bitPattern
            && left.maximum.bitPattern == right.maximum.bitPattern
            && left.last.bitPattern == right.last.bitPattern
    }
}

/// A series of numbers over a span of time, in stretches of the same length.
public struct SeriesCurve: Sendable, Equatable {
    /// Unix time in nanoseconds at which the first stretch begins.
    public var start: Int64
    /// The length of a stretch in nanoseconds.
    public var step: Int64
    /// The stretches, the oldest first.
    public var buckets: [SeriesBucket]

    /// Creates a curve.
    public init(start: Int64, step: Int64, buckets: [SeriesBucket]) {
        self.start = start
        self.step = step
        self.buckets = buckets
    }
}
