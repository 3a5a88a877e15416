import Contract

/// Reads a rollup that ``RollupWriter`` has written; the same rules and bounds as for ``ChunkReader``.
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
    let rows: RollupRows
    private let bytes: [UInt8]
    private let texts: TextList
    private let offsets: [UInt32]

    /// Opens a rollup: checks its mark, version and checksum, and reads all but the columns.
    public init(_ bytes: [UInt8]) throws(ChunkDamage) {
        self.bytes = bytes
        var cursor = try Container.open(bytes, .rollup)
        key = try cursor.key()
        guard let tier = RollupTier(rawValue: try cursor.u8()) else { throw .unknownTag }
        self.tier = tier
        var schemaSection = try cursor.section()
        schema = schemaSection.remaining == 0 ? nil : try schemaSection.schema(of: key.plugin)
        rows = try RollupRows(&cursor)
        guard [rows.indices.first, rows.indices.last].allSatisfy({ $0.map(tier.isInRange) ?? true }) else {
            throw .outOfRange
        }
        starts = rows.indices.map(tier.start)
        var names = try cursor.section()
        instances = try ChunkReader.names(bytes, &names)
        let metrics = schema?.metrics.count ?? 0
        guard schema != nil || instances.isEmpty,
            HistoryFormat.hasRoom(starts.count, instances: instances.count, metrics: metrics)
        else { throw .outOfRange }
        var textSection = try cursor.section()
        texts = try TextList(bytes, &textSection)
        var directory = try cursor.section()
        offsets = try ChunkReader.offsets(
            &directory, columns: instances.count * metrics, body: cursor.section())
        try cursor.finish()
    }

    /// Unix nanoseconds at which the first stretch begins and the latest ends; nil: there is none.
    public var span: Range<Int64>? {
        guard let first = starts.first, let last = rows.indices.last else { return nil }
        return first..<max(tier.start(last + 1), first)
    }

    /// Returns one series, one for each of ``starts``; nil: the rollup does not have the series. Other series are not
    /// decoded.
    ///
    /// - Parameter metric: The metric's id.
    public func stretches(instance: String, metric: String) throws(ChunkDamage) -> [RollupStretch]? {
        guard let metric = schema?.index(of: metric), let instance = instances.firstIndex(of: instance) else {
            return nil
        }
        var column = try reader(instance, metric)
        var texts = TextCache(texts)
        var stretches: [RollupStretch] = []
        stretches.reserveCapacity(starts.count)
        for _ in starts { stretches.append(try column.next(&texts)) }
        return stretches
    }

    /// Returns what happened to the source, one for each of ``starts``.
    public func outages() throws(ChunkDamage) -> [RollupOutage] { try rows.outages() }

    /// Returns the latest values and worst statuses of the stretch that contains a moment (Unix nanoseconds), as a
    /// snapshot taken at the stretch's end; nil: nothing came in it. Limits do not judge it anew: it may have had worse
    /// values than the latest.
    public func snapshot(at time: Int64) throws(ChunkDamage) -> Snapshot? {
        let index = tier.index(of: Milliseconds.of(time))
        let row = rows.indices.partitioningIndex { $0 > index } - 1
        guard let schema, row >= 0, rows.indices[row] == index, try outages()[row].samples > 0 else {
            return nil
        }
        var snapshot = Snapshot(key: key, schema: schema, taken: tier.start(index + 1))
        var texts = TextCache(texts)
        for (instance, name) in instances.enumerated() {
            var cells: [Snapshot.Cell] = []
            var isPresent = false
            for metric in schema.metrics.indices {
                var column = try reader(instance, metric)
                try column.skip(row)
                let stretch = try column.next(&texts)
                isPresent = isPresent || stretch.isPresent
                cells.append(Self.cell(stretch))
            }
            if isPresent { snapshot.instances.append(Snapshot.Instance(name: name, cells: cells)) }
        }
        return snapshot
    }

    private static func cell(_ stretch: RollupStretch) -> Snapshot.Cell {
        let value: Value =
            stretch.text.map { .text($0) }
            ?? (stretch.bucket.count > 0 ? .number(stretch.bucket.last) : .absent)
        return Snapshot.Cell(value: value, status: stretch.status, isOwnStatus: true)
    }

    private func reader(_ instance: Int, _ metric: Int) throws(ChunkDamage) -> RollupColumnReader {
        let column = instance * schema!.metrics.count + metric
        let range = Int(offsets[column])..<Int(offsets[column + 1])
        return try RollupColumnReader(
            HistoryCursor(bytes, range), count: starts.count, schema!.metrics[metric])
    }
}
