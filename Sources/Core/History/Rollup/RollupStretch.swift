import Contract

/// What a series was in one stretch.
public struct RollupStretch: Sendable, Equatable {
    /// The numbers; a gap where there was none.
    public var bucket: SeriesBucket
    /// How much a counter rose, what it shows after a reset counting in full; NaN where there is no number of a counter.
    public var increase: Double
    /// The latest text; nil: there was none, or there were numbers too.
    public var text: String?
    /// Whether the text changed within the stretch, or was another one than the latest before.
    public var textChanged: Bool
    /// The worst status.
    public var status: Status
    /// Whether the instance was there, if without a value.
    public var isPresent: Bool
}

extension RollupStretch {
    /// Compares bit patterns, so that two gaps are equal.
    public static func == (left: RollupStretch, right: RollupStretch) -> Bool {
        func numbers(_ stretch: RollupStretch) -> [UInt64] {
            [
                stretch.bucket.minimum, stretch.bucket.mean, stretch.bucket.maximum, stretch.bucket.last,
                stretch.increase,
            ].map(\.bitPattern)
        }
        return left.bucket.count == right.bucket.count && numbers(left) == numbers(right)
            && left.text == right.text && left.textChanged == right.textChanged
            && left.status == right.status && left.isPresent == right.isPresent
    }
}

/// Of a source as a whole, what happened in one stretch.
public struct RollupOutage: Sendable, Equatable {
    /// The number of snapshots and holds.
    public var samples: UInt32
    /// The number of failures.
    public var failures: UInt32
    /// The latest failure; nil: there was none.
    public var failure: Failure?
    /// The worst state of the host, by its rank; nil: it is not known.
    public var host: HostState?

    init(samples: UInt32 = 0, failures: UInt32 = 0, failure: Failure? = nil, host: HostState? = nil) {
        self.samples = samples
        self.failures = failures
        self.failure = failure
        self.host = host
    }

    /// Takes in what happened later in the same stretch.
    mutating func unite(_ later: RollupOutage) {
        samples = UInt32(clamping: UInt64(samples) + UInt64(later.samples))
        failures = UInt32(clamping: UInt64(failures) + UInt64(later.failures))
        failure = later.failure ?? failure
        if let state = later.host { see(state) }
    }

    /// Takes in a state of the host: the worst stays, of two of the same rank the later.
    mutating func see(_ state: HostState) {
        if host.map({ state.rank >= $0.rank }) ?? true { host = state }
    }
}
