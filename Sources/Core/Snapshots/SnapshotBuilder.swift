import Contract

/// Turns the samples of a collect into a snapshot: rows in order of first appearance, every number judged.
public struct SnapshotBuilder: Sendable {
    /// Whose snapshots these are.
    public var key: SeriesKey
    /// Declares the metrics that samples name by index.
    public var schema: Schema
    /// The limits in force, one for each metric.
    public var limits: [Limits]

    /// Creates a builder; `limits` has one entry for each metric of the schema.
    public init(key: SeriesKey, schema: Schema, limits: [Limits]) {
        self.key = key
        self.schema = schema
        self.limits = limits
    }

    /// Returns the snapshot of one collect.
    ///
    /// - Parameter taken: Unix nanoseconds.
    /// - Parameter made: Unix nanoseconds of the tick; nil: the same.
    public func snapshot(of collected: Collected, taken: Int64, made: Int64? = nil) -> Snapshot {
        let metrics = schema.metrics
        var snapshot = Snapshot(key: key, schema: schema, taken: taken, made: made)
        if !collected.note.isEmpty {
            snapshot.note = Snapshot.Note(status: collected.noteStatus, sentence: collected.note)
        }
        let empty = [Snapshot.Cell](repeating: Snapshot.Cell(value: .absent), count: metrics.count)
        let mostInstances = min(WireLimits.instances, WireLimits.snapshotCells / max(metrics.count, 1))
        var places: [InstanceName: Int] = [:]
        places.reserveCapacity(min(collected.samples.count, mostInstances))
        var last = InstanceName("")
        var place: Int?
        var isCut = false
        for sample in collected.samples where metrics.indices.contains(sample.metric) {
            // Samples of an instance come together, so its place is nearly always the last one's.
            let name = InstanceName(sample.instance)
            if name != last { place = places[name] }
            last = name
            if place == nil {
                guard snapshot.instances.count < mostInstances else {
                    isCut = true
                    continue
                }
                place = snapshot.instances.count
                places[name] = place
                snapshot.instances.append(Snapshot.Instance(name: sample.instance, cells: empty))
            }
            snapshot.instances[place!].cells[sample.metric] = cell(sample)
        }
        if isCut && snapshot.note == nil {
            snapshot.note = Snapshot.Note(
                status: .unknown,
                sentence: "only the first \(mostInstances) instances are shown: more are not kept")
        }
        return snapshot
    }

    private func cell(_ sample: Sample) -> Snapshot.Cell {
        guard sample.value != .absent else { return Snapshot.Cell(value: .absent) }
        var status = sample.status
        if status == .auto, case .number(let number) = sample.value {
            status = Judge.status(
                of: number, limits: limits[sample.metric], direction: schema.metrics[sample.metric].direction)
        }
        return Snapshot.Cell(value: sample.value, status: status, isOwnStatus: sample.status != .auto)
    }
}
