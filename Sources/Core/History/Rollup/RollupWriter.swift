import Contract

/// How long a stretch of a rollup is. Stretches stand on the grid of Unix time in UTC.
public enum RollupTier: UInt8, Sendable, CaseIterable {
    case fiveMinutes = 1
    case hour = 2
    case day = 3

    /// Nanoseconds.
    public var step: Int64 {
        switch self {
        case .fiveMinutes: 300_000_000_000
        case .hour: 3_600_000_000_000
        case .day: 86_400_000_000_000
        }
    }
}

/// Sums up what one source publishes in stretches of one length: of each number the smallest, mean, largest and latest
/// and how many; of counters how much they rose, corrected for resets; of texts the latest and whether it changed; the
/// worst status; failures and the worst state of the host. It is fed with everything, so that no spike is lost.
///
/// It has the same rules as ``ChunkWriter``: what does not fit is told, and the caller goes on with ``next()``.
public struct RollupWriter: Sendable {
    /// Whose rollup it is.
    public let key: SeriesKey
    /// How long its stretches are.
    public let tier: RollupTier

    /// Creates an empty rollup.
    public init(key: SeriesKey, tier: RollupTier) {
        self.key = key
        self.tier = tier
    }

    /// The number of stretches, the one in progress included.
    public var stretchCount: Int { fatalError() }
    /// Whether nothing has been taken in.
    public var isEmpty: Bool { fatalError() }
    /// Unix nanoseconds at which the first stretch begins and the latest ends.
    public var span: Range<Int64>? { fatalError() }

    /// Takes in a snapshot, at its `made`.
    public mutating func append(_ snapshot: Snapshot) -> ChunkFit { fatalError() }

    /// Counts the latest snapshot once more, at a time in Unix nanoseconds.
    public mutating func hold(at time: Int64) -> ChunkFit { fatalError() }

    /// Counts a failure, at a time in Unix nanoseconds. Nothing but the latest of a stretch is kept.
    public mutating func fail(_ failure: Failure, at time: Int64) -> ChunkFit { fatalError() }

    /// Takes in the state of the host, at a time in Unix nanoseconds. Of a stretch the worst is kept.
    public mutating func host(_ state: HostState, at time: Int64) -> ChunkFit { fatalError() }

    /// Returns the rollup as bytes, the stretch in progress included. It can be called at any moment.
    public func encoded() -> [UInt8] { fatalError() }

    /// Returns the rollup that follows: empty, but counters go on from where they are.
    public func next() -> RollupWriter { fatalError() }
}
