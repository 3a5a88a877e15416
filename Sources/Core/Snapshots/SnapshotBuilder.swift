import Contract

/// Turns the samples of a collect into a snapshot: rows in order of first appearance, every number judged.
public struct SnapshotBuilder: Sendable {
    public var host: String
    public var widget: String
    public var plugin: String
    public var metrics: [MetricDeclaration]
    /// In force, one for each metric.
    public var limits: [Limits]

    public init(host: String, widget: String, plugin: String, metrics: [MetricDeclaration], limits: [Limits])
    {
        self.host = host
        self.widget = widget
        self.plugin = plugin
        self.metrics = metrics
        self.limits = limits
    }

    public func snapshot(of collected: Collected, taken: Int64) -> Snapshot {
        var snapshot = Snapshot(host: host, widget: widget, plugin: plugin, taken: taken)
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
        var status = sample.status
        if status == .auto, case .number(let number) = sample.value {
            status = Judge.status(
                of: number, limits: limits[sample.metric], direction: metrics[sample.metric].direction)
        }
        return Snapshot.Cell(value: sample.value, status: sample.value == .absent ? .auto : status)
    }
}
