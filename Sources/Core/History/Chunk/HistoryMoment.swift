/// What was known of a source at a moment.
public struct HistoryMoment: Sendable, Equatable {
    /// Unix nanoseconds of the latest row of the source.
    public var time: Int64
    /// The latest snapshot; also where a failure came after it, as on the live screen.
    public var snapshot: Snapshot?
    /// Why nothing newer came; nil: the source was well.
    public var failure: Failure?
    /// The state of the host, its ages as of the moment that was asked for; nil: it is not known.
    public var host: HostState?

    /// Creates what was known at a moment.
    public init(time: Int64, snapshot: Snapshot?, failure: Failure?, host: HostState?) {
        self.time = time
        self.snapshot = snapshot
        self.failure = failure
        self.host = host
    }
}

/// The values of one series as they were recorded.
public struct SeriesValues: Sendable, Equatable {
    /// Unix nanoseconds, never falling; whole milliseconds.
    public var times: [Int64]
    /// One for each time; NaN where the number was absent or the source failed.
    public var values: [Double]
}

/// Something that is known from a time until the next one.
public struct HistoryChange<Value: Sendable>: Sendable {
    /// Unix nanoseconds.
    public var time: Int64
    /// What is known from then on.
    public var value: Value

    /// Creates a change.
    public init(time: Int64, value: Value) {
        self.time = time
        self.value = value
    }
}

extension HistoryChange: Equatable where Value: Equatable {}
