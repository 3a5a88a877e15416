import Contract

/// What went wrong on the hosts and when it was over, the latest entries first. A value that is in trouble in one
/// snapshot and well in a later one makes one entry. A value that is no longer there is not over: nobody saw it well.
public struct EventLog: Sendable {
    /// One trouble of an instance or of a host.
    public struct Entry: Sendable, Equatable {
        /// The host's name.
        public var host: String
        /// The plugin that saw it; empty: the host itself.
        public var plugin: String
        /// The worst that it was.
        public var status: Status
        /// What is or was wrong, in words.
        public var words: String
        /// The time at which it began, in Unix nanoseconds.
        public var began: Int64
        /// The time at which it was over, in Unix nanoseconds; nil: it is not over, or nobody knows.
        public var cleared: Int64?
    }

    private struct Subject: Hashable, Sendable {
        let key: SeriesKey
        let instance: String
    }

    /// The largest number of entries; the oldest are dropped.
    public static let capacity = 1000
    /// All entries in the order in which they began.
    private var kept: [Entry] = []
    /// The number of entries dropped so far, so that numbers of entries stay valid.
    private var dropped = 0
    /// The number of the open entry of each subject.
    private var open: [Subject: Int] = [:]

    /// Creates an empty log.
    public init() {}

    /// The entries, the latest first.
    public var entries: [Entry] { kept.reversed() }

    /// Whether a snapshot can change the log.
    public func concerns(_ snapshot: Snapshot) -> Bool {
        Self.isTrouble(snapshot.status) || !snapshot.gone.isEmpty
            || open.contains { $0.key.key == snapshot.key }
    }

    /// Records the troubles of a snapshot that have begun, become worse or ended, and the instances that are gone.
    public mutating func record(_ snapshot: Snapshot) {
        let hasOpen = open.contains { $0.key.key == snapshot.key }
        var count = 0
        for instance in snapshot.instances.prefix(Self.mostInstances) {
            // What the whole list says is said by its instances already.
            let isSum = instance.name.isEmpty && snapshot.instances.count > 1
            if isSum || !instance.cells.contains(where: { Self.isTrouble($0.status) }) {
                if hasOpen { clear(Subject(key: snapshot.key, instance: instance.name), at: snapshot.taken) }
            } else if count < Self.mostTroubles, let worst = Self.worst(of: instance, snapshot.schema) {
                count += 1
                let subject = Subject(key: snapshot.key, instance: instance.name)
                record(worst.words, worst.status, of: subject, at: snapshot.taken)
            }
        }
        for gone in snapshot.gone {
            let change = StatusChange(
                status: .unknown, .gone(snapshot.schema, instance: gone.name), taken: gone.lastSeen)
            let subject = Subject(key: snapshot.key, instance: gone.name)
            record(change.words, change.status, of: subject, at: gone.lastSeen)
        }
    }

    /// The largest numbers of instances that are looked at, and of those whose trouble is recorded, in one snapshot.
    private static let (mostInstances, mostTroubles) = (5000, 100)

    /// Records the state of a host: what another state of it began is over.
    ///
    /// - Parameter trouble: What is wrong, in words without ages; nil: the host is well.
    public mutating func record(host: String, state: HostState, trouble: String?, at now: Int64) {
        let key = SeriesKey(host: host, plugin: "")
        let subject = Subject(key: key, instance: state.word)
        for other in open.keys where other.key == key && (trouble == nil || other != subject) {
            clear(other, at: now)
        }
        if let trouble { record(trouble, state.status, of: subject, at: now) }
    }

    private mutating func record(_ words: String, _ status: Status, of subject: Subject, at now: Int64) {
        if let number = open[subject] {
            let index = number - dropped
            guard kept.indices.contains(index) else { return open[subject] = nil }
            if Status.worse(kept[index].status, status) != kept[index].status {
                kept[index].status = status
                kept[index].words = words
            }
            return
        }
        kept.append(
            Entry(
                host: subject.key.host, plugin: subject.key.plugin, status: status, words: words, began: now))
        open[subject] = dropped + kept.count - 1
        guard kept.count > Self.capacity else { return }
        kept.removeFirst()
        dropped += 1
        open = open.filter { $0.value >= dropped }
    }

    private mutating func clear(_ subject: Subject, at now: Int64) {
        guard let number = open.removeValue(forKey: subject) else { return }
        let index = number - dropped
        if kept.indices.contains(index) { kept[index].cleared = max(now, kept[index].began) }
    }

    private static func isTrouble(_ status: Status) -> Bool { status == .warning || status == .critical }

    /// Returns the worst cell of an instance in words; nil: none is in trouble. Of equally bad ones a number is more
    /// precise than a word that repeats the status.
    private static func worst(of instance: Snapshot.Instance, _ schema: Schema) -> (
        words: String, status: Status
    )? {
        var best: (rank: Int, metric: Int, cell: Snapshot.Cell)?
        for (metric, cell) in instance.cells.enumerated() where metric < schema.metrics.count {
            guard isTrouble(cell.status) else { continue }
            let isEcho = cell.value == .text(cell.status.name)
            let rank = (cell.status == .critical ? 4 : 2) - (isEcho ? 1 : 0)
            if rank > best?.rank ?? 0 { best = (rank, metric, cell) }
        }
        guard let best else { return nil }
        let what = StatusChange.What.metric(schema, best.metric, best.cell.value, instance: instance.name)
        return (StatusChange(status: best.cell.status, what, taken: 0).words, best.cell.status)
    }
}
