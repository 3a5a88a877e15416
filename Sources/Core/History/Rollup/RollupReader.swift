import Contract

/// What a series was in one stretch.
public struct RollupStretch: Sendable, Equatable {
    /// The numbers; a gap where there was none.
    public var bucket: SeriesBucket
    /// How much a counter rose, a reset counting from 0; NaN where the metric is no counter.
    public var increase: Double
    /// The latest text; nil: there was none.
    public var text: String?
    /// Whether the text changed within the stretch, or since the stretch before.
    public var textChanged: Bool
    /// The worst status.
    public var status: Status
}

/// Of a source as a whole, what happened in one stretch.
public struct RollupOutage: Sendable, Equatable {
    /// The snapshots and holds.
    public var samples: UInt32
    /// The failures.
    public var failures: UInt32
    /// The latest failure; nil: there was none.
    public var failure: Failure?
    /// The worst state of the host, by its rank; nil: it is not known.
    public var host: HostState?
}

/// Reads a rollup that ``RollupWriter`` has written; the same rules as for ``ChunkReader``.
public struct RollupReader: Sendable {
    /// Whose rollup it is.
    public let key: SeriesKey
    /// What the cells are; nil: there is no snapshot in it.
    public let schema: Schema?
    /// How long its stretches are.
    public let tier: RollupTier
    /// Unix nanoseconds at which the stretches begin, rising. A stretch in which nothing came is not among them.
    public let starts: [Int64]
    /// The names of all instances, in the order of their first appearance.
    public let instances: [String]

    /// Opens a rollup.
    public init(_ bytes: [UInt8]) throws(ChunkDamage) { fatalError() }

    /// Returns one series, one for each of ``starts``; nil: the rollup does not have the series.
    ///
    /// - Parameter metric: The metric's id.
    public func stretches(instance: String, metric: String) throws(ChunkDamage) -> [RollupStretch]? {
        fatalError()
    }

    /// Returns what happened to the source, one for each of ``starts``.
    public func outages() throws(ChunkDamage) -> [RollupOutage] { fatalError() }

    /// Returns the latest values and worst statuses of the stretch that contains a moment (Unix nanoseconds), as a
    /// snapshot taken at the stretch's end; nil: nothing came in it.
    public func snapshot(at time: Int64) throws(ChunkDamage) -> Snapshot? { fatalError() }

    /// Returns one rollup of several of the same source, in the order of time; stretches that several have are united.
    /// nil: their sources or metrics differ, or the result would be beyond a bound.
    ///
    /// - Parameter tier: That of the result, the same as or longer than those of the parts.
    public static func merged(_ parts: [RollupReader], to tier: RollupTier) throws(ChunkDamage) -> [UInt8]? {
        fatalError()
    }
}
