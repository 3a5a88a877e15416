import Contract

/// Keeps the latest snapshot of every series key, its recent past, and why there is no newer one.
public struct SnapshotStore: Sendable {
    private var entries: [SeriesKey: Entry] = [:]
    /// Rises with every change of any entry.
    public private(set) var changes = 0

    /// Creates an empty store.
    public init() {}

    /// The entry of a key; an empty one where nothing is known.
    public subscript(key: SeriesKey) -> Entry { entries[key] ?? Entry() }

    /// Sets how a key's snapshots arrive and how they are kept.
    ///
    /// - Parameter interval: Nanoseconds from one snapshot to the next.
    /// - Parameter patience: The number of intervals without a new snapshot after which the last one is stale.
    /// - Parameter history: The span of the past that is kept of its numbers, for curves; nil: none. Without a past the
    ///   snapshot is kept packed, which takes less memory.
    public mutating func configure(
        _ key: SeriesKey, every interval: UInt64, patience: UInt32 = Entry.usualPatience,
        history: HistorySpan? = .fiveMinutes
    ) {
        entries[key, default: Entry()].interval = interval
        entries[key]!.patience = patience
        if entries[key]!.history?.span != history {
            entries[key]!.keepHistory(history)
            entries[key]!.generation += 1
        }
    }

    /// Removes all that is known of a key.
    public mutating func forget(_ key: SeriesKey) { entries[key] = nil }

    /// Makes a snapshot the latest one of its key and clears the failure.
    public mutating func put(_ snapshot: Snapshot) {
        update(snapshot.key) { entry in
            entry.append(snapshot, at: snapshot.made)
            entry.snapshot = snapshot
            entry.failure = nil
            entry.generation += 1
        }
        changes += 1
    }

    /// Replaces the latest snapshot by the same values with other statuses; its past and its failure stay.
    public mutating func replace(_ snapshot: Snapshot) {
        guard entries[snapshot.key]?.hasSnapshot == true else { return }
        entries[snapshot.key]!.snapshot = snapshot
        entries[snapshot.key]!.generation += 1
        changes += 1
    }

    /// Counts the latest snapshot once more: its numbers are the newest of the past again. Returns whether a past is kept
    /// that this has changed.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func repeatLatest(_ key: SeriesKey, at time: Int64) -> Bool {
        guard entries[key]?.failure == nil else {
            entries[key]?.skip()
            return false
        }
        guard entries[key]?.history != nil, let snapshot = entries[key]?.snapshot else { return false }
        entries[key]!.append(snapshot, at: time)
        entries[key]!.generation += 1
        changes += 1
        return true
    }

    /// Notes why there is no newer snapshot. The latest one stays, unless it has no instances.
    public mutating func fail(_ key: SeriesKey, _ failure: Failure) {
        let isOther = update(key) { entry in
            if entry.isWithoutInstances { entry.snapshot = nil }
            entry.skip()
            guard entry.failure != failure else { return false }
            entry.failure = failure
            entry.generation += 1
            return true
        }
        if isOther { changes += 1 }
    }

    /// Returns what the longer memory has not been asked about; nil: nothing. It counts as asked.
    public mutating func question(about key: SeriesKey, at time: Int64) -> PastNumbers? {
        entries[key]?.question(at: time)
    }

    /// Takes in the answer of the longer memory, one curve for each metric of each instance.
    public mutating func recall(_ key: SeriesKey, _ numbers: PastNumbers, _ curves: [SeriesCurve]) {
        guard entries[key] != nil else { return }
        entries[key]!.recall(numbers, curves)
        changes += 1
    }

    /// Makes what was known at another time all that is known of a key. The longer memory is asked again, up to that time.
    public mutating func restore(_ key: SeriesKey, _ snapshot: Snapshot?, _ failure: Failure?) {
        update(key) { entry in
            entry.askAgain()
            if let snapshot { entry.append(snapshot, at: snapshot.made) }
            entry.snapshot = snapshot
            entry.failure = failure
            entry.generation += 1
        }
        changes += 1
    }

    /// Counts the longer memory as not asked, for every key.
    public mutating func askAgain() {
        for key in entries.keys { entries[key]!.askAgain() }
    }

    private mutating func update<Result>(_ key: SeriesKey, _ body: (inout Entry) -> Result) -> Result {
        body(&entries[key, default: Entry()])
    }

    /// Returns the latest snapshot as `draw` sees it; nil: there is none.
    ///
    /// - Parameter schema: That of the plugin that draws; a snapshot of another version is fitted to it by metric ids.
    /// - Parameter limits: One for each metric of `schema`; the limits that `draw` shows. The view has those of the metrics
    ///   that the plugin emits, which alone it knows.
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter columns: The columns of the widest curve that may be drawn; a past has about as many values.
    public func view(
        _ key: SeriesKey, schema: Schema, limits: [Limits], now: Int64, columns: Int = .max
    ) -> View? {
        guard let entry = entries[key], let snapshot = entry.snapshot?.shaped(by: schema) else { return nil }
        let history = entry.history
        let group = history?.group(columns: columns) ?? 1
        var view = View(
            taken: snapshot.taken, now: now, interval: UInt64(history?.step ?? 0) * UInt64(group),
            host: snapshot.key.host,
            note: snapshot.remark(at: now)?.sentence ?? "", isStale: entry.isStale(at: now),
            limits: Array(limits.prefix(schema.ownCount)))
        let wantsHistory = schema.metrics.map(\.wantsHistory)
        // A clock may tell an earlier time than that of the values.
        let end = max(now, entry.made ?? now)
        var histories = 0
        view.instances = snapshot.instances.map { instance in
            let foretold = snapshot.foretold(instance)
            let cells = instance.cells.prefix(schema.ownCount).enumerated().map { index, cell in
                var seen = View.Cell(value: cell.value, status: cell.status, foretold: foretold[index])
                if index < wantsHistory.count, wantsHistory[index], histories < WireLimits.histories,
                    let history
                {
                    let past = history.values(
                        instance: instance.name, metric: index, until: end, every: entry.interval,
                        group: group)
                    (seen.history, seen.highs) = (past.means, past.highs)
                    histories += (past.means.isEmpty ? 0 : 1) + (past.highs.isEmpty ? 0 : 1)
                }
                return seen
            }
            return View.Instance(name: instance.name, cells: cells)
        }
        return view
    }
}
