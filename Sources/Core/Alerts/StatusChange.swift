import Contract

/// A change of a host's status, as facts; ``words`` makes a sentence of them.
public struct StatusChange: Sendable, Equatable {
    /// What has changed.
    public enum What: Sendable, Equatable {
        /// A metric of an instance has another status: its schema, its index there, its value after the change.
        case metric(Schema, Int, Value, instance: String)
        /// The note of a snapshot has another status, and no value says why.
        case note(Schema, sentence: String)
        /// An instance was in the last snapshot and is missing in this one.
        case gone(Schema, instance: String)
        /// The host does not answer.
        case unreachable
        /// The host answers again, after this many nanoseconds.
        case back(after: Int64)
    }

    /// The status after the change.
    public let status: Status
    /// What has changed.
    public let what: What
    /// The time of the snapshot with the change, in Unix nanoseconds.
    public let taken: Int64

    /// Creates a change.
    public init(status: Status, _ what: What, taken: Int64) {
        self.status = status
        self.what = what
        self.taken = taken
    }

    /// Finds the most important change between two snapshots of one key: the worst trouble that has begun, else the worst
    /// that has ended; nil: there is none. All trouble in a first snapshot counts as just begun.
    public init?(from old: Snapshot?, to new: Snapshot) {
        guard Self.isTrouble(old?.status) || Self.isTrouble(new.status) else { return nil }
        var before: [String: Snapshot.Instance] = [:]
        for instance in old?.shaped(by: new.schema).instances ?? [] { before[instance.name] = instance }
        var best: (weight: Int, status: Status, what: What)?
        for instance in new.instances {
            let known = before[instance.name]?.cells ?? []
            // The status of a single instance is more precise than the sum over all.
            let isSum = instance.name.isEmpty && new.instances.count > 1
            for (metric, cell) in instance.cells.enumerated() where metric < new.schema.metrics.count {
                let old = metric < known.count ? known[metric].status : .auto
                // A number is more precise than a word that repeats the status.
                let isEcho = cell.value == .text(cell.status.name)
                let weight =
                    3 * Self.weight(from: old, to: cell.status) - (isEcho ? 1 : 0) - (isSum ? 1 : 0)
                guard weight > best?.weight ?? 0 else { continue }
                best = (
                    weight, cell.status, .metric(new.schema, metric, cell.value, instance: instance.name)
                )
            }
        }
        if let best {
            (status, what, taken) = (best.status, best.what, new.taken)
        } else if let note = new.note, Self.isTrouble(note.status), old?.note?.status != note.status {
            (status, what, taken) = (note.status, .note(new.schema, sentence: note.sentence), new.taken)
        } else {
            return nil
        }
    }

    /// Does the same, and unpacks the older snapshot only where one of the two is in trouble. Where nothing has become worse,
    /// an instance that was in the older one and is gone is the change.
    public init?(from old: SnapshotStore.Entry, to new: Snapshot) {
        guard let gone = new.gone.last, gone.lastSeen == old.taken else {
            self.init(ofTroubleFrom: old, to: new)
            return
        }
        let change = StatusChange(ofTroubleFrom: old, to: new)
        let isWorse = change.map { Status.worse($0.status, .unknown) != .unknown } ?? false
        self =
            isWorse
            ? change!
            : StatusChange(status: .unknown, .gone(new.schema, instance: gone.name), taken: new.taken)
    }

    private init?(ofTroubleFrom old: SnapshotStore.Entry, to new: Snapshot) {
        guard Self.isTrouble(old.judged) || Self.isTrouble(new.status) else { return nil }
        self.init(from: old.snapshot, to: new)
    }

    private static func isTrouble(_ status: Status?) -> Bool { status == .warning || status == .critical }

    /// Returns the importance of a change of status; 0: none.
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

    /// "NVMe wear 91% (nvme0n1)", "Backup state ok", "back after 12s".
    public var words: String {
        switch what {
        case .unreachable: return "unreachable"
        case .note(_, let sentence): return sentence
        case .gone(let schema, let instance):
            return "\(schema.name.split(separator: " ").first ?? "") \(instance) is gone"
        case .back(let after): return "back after \(Format.duration(Double(after / 1_000_000_000)))"
        case .metric(let schema, let index, let value, let instance):
            let metric = schema.metrics[index]
            let name = instance.isEmpty ? "" : " (\(instance))"
            return "\(schema.title(of: metric)) \(Self.text(value, metric))\(name)"
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
