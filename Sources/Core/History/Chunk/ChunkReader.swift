import Contract

/// Reads a chunk that ``ChunkWriter`` has written. The bytes are treated as hostile: what is damaged throws, here or where
/// it is read. Only what is asked for is decoded.
///
/// It holds 4 MiB and 12 times the bytes at most. A series adds 16 bytes for each row while it is read, a moment one
/// snapshot of 100,000 cells at most.
public struct ChunkReader: Sendable {
    /// Whose chunk it is.
    public let key: SeriesKey
    /// What the cells are; without the metrics' help, which is not stored. nil: there is no snapshot in the chunk.
    public let schema: Schema?
    /// The names of all instances, in the order of their first appearance.
    public let instances: [String]
    let bytes: [UInt8]
    let axis: ChunkRows
    let rosters: Rosters
    let texts: TextList
    let noteSection: HistoryCursor
    let goneSection: HistoryCursor
    let failureTable: [Failure]
    let failureSection: HistoryCursor
    let hostSection: HistoryCursor
    /// Where each column begins, and the end of the last.
    private let offsets: [UInt32]

    /// Opens a chunk: checks its mark, version and checksum, and reads all but the columns and what goes with them.
    public init(_ bytes: [UInt8]) throws(ChunkDamage) {
        self.bytes = bytes
        var cursor = try Container.open(bytes, .chunk)
        key = try cursor.key()
        var schemaSection = try cursor.section()
        schema = schemaSection.remaining == 0 ? nil : try schemaSection.schema(of: key.plugin)
        axis = try ChunkRows(cursor.section())
        var names = try cursor.section()
        instances = try Self.names(bytes, &names)
        let metrics = schema?.metrics.count ?? 0
        guard (axis.samples == 0) == (schema == nil),
            HistoryFormat.hasRoom(axis.samples, instances: instances.count, metrics: metrics)
        else { throw .outOfRange }
        rosters = try Rosters(
            cursor.section(), instances: instances.count, samples: axis.samples,
            most: WireLimits.snapshotCells / max(metrics, 1))
        var textSection = try cursor.section()
        texts = try TextList(bytes, &textSection)
        noteSection = try cursor.section()
        goneSection = try cursor.section()
        var failures = try cursor.section()
        failureTable = try FailureTable.read(&failures)
        failureSection = try cursor.section()
        hostSection = try cursor.section()
        var directory = try cursor.section()
        offsets = try Self.offsets(&directory, columns: instances.count * metrics, body: cursor.section())
        try cursor.finish()
    }

    static func names(_ bytes: [UInt8], _ cursor: inout HistoryCursor) throws(ChunkDamage) -> [String] {
        let list = try TextList(bytes, &cursor)
        guard list.count <= HistoryFormat.mostInstances else { throw .outOfRange }
        var names: [String] = []
        names.reserveCapacity(list.count)
        for place in 0..<list.count { names.append(try list.text(place)) }
        return names
    }

    static func offsets(_ directory: inout HistoryCursor, columns: Int, body: HistoryCursor)
        throws(ChunkDamage) -> [UInt32]
    {
        guard columns <= directory.remaining else { throw .truncated }
        var offsets = [UInt32(body.position)]
        offsets.reserveCapacity(columns + 1)
        let end = body.position + body.remaining
        for _ in 0..<columns {
            offsets.append(offsets.last! + UInt32(try directory.count(atMost: end - Int(offsets.last!))))
        }
        try directory.finish()
        return offsets
    }

    /// Unix nanoseconds of all rows (samples, holds, failures, host states), without those of the opening state.
    public var times: [Int64] { Array(axis.times[axis.carried...]) }

    /// Unix nanoseconds of the first and the latest row; nil: there is none but of the opening state.
    public var span: ClosedRange<Int64>? {
        guard axis.carried < axis.times.count, let last = axis.times.last else { return nil }
        return axis.times[axis.carried]...last
    }

    /// The number of snapshots, without those of the opening state.
    public var sampleCount: Int { axis.samples - axis.rows[..<axis.carried].count { $0 == .sample } }

    /// The usual time between two samples or holds in nanoseconds; 0: there are fewer than two. A median.
    public var usualInterval: Int64 {
        let times = axis.rows.indices.filter {
            $0 >= axis.carried && [.sample, .hold].contains(axis.rows[$0])
        }
        .map { axis.times[$0] }
        let distances = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
        return distances.isEmpty ? 0 : distances[distances.count / 2]
    }

    /// Returns the index of a metric; nil: the schema has none with this id.
    func column(_ instance: String, _ metric: String) -> (instance: Int, metric: Int)? {
        guard let metric = schema?.index(of: metric), let instance = instances.firstIndex(of: instance) else {
            return nil
        }
        return (instance, metric)
    }

    /// Returns the cells of a column of `count` cells.
    func reader(_ instance: Int, _ metric: Int, count: Int) throws(ChunkDamage) -> ColumnReader {
        let column = instance * schema!.metrics.count + metric
        let range = Int(offsets[column])..<Int(offsets[column + 1])
        return try ColumnReader(HistoryCursor(bytes, range), count: count)
    }

    /// Returns a cell as it was judged then.
    func cell(_ column: inout ColumnReader, _ texts: inout TextCache) throws(ChunkDamage) -> Snapshot.Cell {
        let (state, text, number) = try column.next()
        var cell = Snapshot.Cell(value: .absent, status: state.status, isOwnStatus: state.isOwnStatus)
        if state.isNumber { cell.value = .number(number) }
        if state.isText { cell.value = .text(try texts.text(text)) }
        return cell
    }
}
