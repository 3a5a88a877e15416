import Contract

/// What has become worse or better on a host from one snapshot of a plugin to its next one.
public struct StatusChange: Sendable, Equatable {
    /// Of what has changed, after the change.
    public let status: Status
    /// "NVMe wear 91% (nvme0n1)", "Backup state ok".
    public let sentence: String
    /// When the newer snapshot was taken, Unix nanoseconds.
    public let taken: Int64

    public init(status: Status, sentence: String, taken: Int64) {
        self.status = status
        self.sentence = sentence
        self.taken = taken
    }

    /// The change that matters most: the worst that has come, else the worst that has gone. nil: there is none. Of a
    /// first snapshot all that is in trouble has just come.
    public init?(from old: Snapshot?, to new: Snapshot, _ plugin: PluginDescription) {
        guard Self.isTrouble(old?.status) || Self.isTrouble(new.status) else { return nil }
        var before: [String: Snapshot.Instance] = [:]
        for instance in old?.instances ?? [] { before[instance.name] = instance }
        var best: (weight: Int, status: Status, sentence: String)?
        for instance in new.instances {
            for (metric, cell) in instance.cells.enumerated() where metric < plugin.metrics.count {
                let cells = before[instance.name]?.cells
                let known = cells.flatMap { metric < $0.count ? $0[metric].status : nil } ?? .auto
                // A word that only repeats the status tells less than the number behind it.
                let isEcho = cell.value == .text("\(cell.status)")
                // Nor does one that stands for all instances.
                let isSum = instance.name.isEmpty && new.instances.count > 1
                let weight =
                    3 * Self.weight(from: known, to: cell.status) - (isEcho ? 1 : 0) - (isSum ? 1 : 0)
                guard weight > best?.weight ?? 0 else { continue }
                let title = plugin.title(of: plugin.metrics[metric])
                let value = Self.text(cell.value, plugin.metrics[metric])
                let name = instance.name.isEmpty ? "" : " (\(instance.name))"
                best = (weight, cell.status, "\(title) \(value)\(name)")
            }
        }
        guard let best else { return nil }
        (status, sentence, taken) = (best.status, best.sentence, new.taken)
    }

    /// The same; the older snapshot is looked at only where one of them tells of trouble.
    public init?(from old: SnapshotStore.Entry, to new: Snapshot, _ plugin: PluginDescription) {
        guard Self.isTrouble(old.judged) || Self.isTrouble(new.status) else { return nil }
        self.init(from: old.snapshot, to: new, plugin)
    }

    private static func isTrouble(_ status: Status?) -> Bool { status == .warning || status == .critical }

    /// 0: no change that anybody needs to hear of.
    private static func weight(from old: Status, to new: Status) -> Int {
        guard old != new else { return 0 }
        switch (old, new) {
        case (_, .critical): return 5
        case (.critical, .warning): return 2
        case (_, .warning): return 4
        case (.critical, .ok), (.critical, .auto): return 3
        case (.warning, .ok), (.warning, .auto): return 1
        default: return 0
        }
    }

    private static func text(_ value: Value, _ metric: MetricDeclaration) -> String {
        switch value {
        case .absent: ""
        case .number(let number): Format.number(number, unit: metric.unit)
        case .text(let text): text
        }
    }
}
