import Contract

/// Makes a rollup of stretches that are known already, as those of an exported document.
public struct RollupAssembly: Sendable {
    /// Whose rollup it is.
    public let key: SeriesKey
    /// How long its stretches are.
    public let tier: RollupTier
    private let schema: Schema
    private var axis = RollupAxis()
    private var names = TextTable()
    private var columns: [RollupColumn] = []
    private var texts = TextTable()

    /// Creates an empty rollup.
    public init(_ schema: Schema, of key: SeriesKey, tier: RollupTier) {
        (self.key, self.tier, self.schema) = (key, tier, schema)
    }

    /// Whether nothing has been taken in.
    public var isEmpty: Bool { axis.count == 0 }
    /// Unix nanoseconds at which the first stretch begins.
    public var start: Int64? { axis.first.map(tier.start) }

    /// Takes in a stretch, with one list for each instance and one element of it for each metric.
    ///
    /// - Parameters:
    ///   - time: Unix nanoseconds within the stretch.
    ///   - samples: The number of snapshots and holds in it.
    /// - Returns: `.clockWentBack` where the stretch does not lie behind the latest.
    public mutating func append(
        at time: Int64, samples: UInt32, failures: UInt32,
        _ instances: [(name: String, cells: [RollupStretch])]
    ) -> ChunkFit {
        let index = tier.index(of: Milliseconds.of(time))
        guard tier.isInRange(index), axis.latest.map({ index > $0 }) ?? true else { return .clockWentBack }
        let metrics = schema.metrics.count
        guard axis.count < HistoryFormat.mostRows,
            HistoryFormat.hasRoom(
                axis.count + 1, instances: names.count + instances.count, metrics: metrics)
        else { return .full }
        for (name, cells) in instances {
            let place = names.place(name)
            if place * metrics == columns.count { columns += schema.metrics.map(RollupColumn.init) }
            for (metric, cell) in cells.prefix(metrics).enumerated() {
                columns[place * metrics + metric].add(cell)
            }
        }
        for column in columns.indices { columns[column].seal(at: axis.count, &texts) }
        axis.append(index, RollupOutage(samples: samples, failures: failures))
        return .taken
    }

    /// Returns the rollup as bytes.
    public func encoded() -> [UInt8] {
        RollupRecord.encoded(key, tier, schema, axis, names, texts, columns)
    }
}

extension RollupStretch {
    /// Creates a stretch of numbers, of a text, or without either.
    public init(
        bucket: SeriesBucket = .gap, increase: Double = .nan, text: String? = nil, status: Status = .auto
    ) {
        self.init(
            bucket: bucket, increase: increase, text: text, textChanged: false, status: status,
            isPresent: true)
    }
}
