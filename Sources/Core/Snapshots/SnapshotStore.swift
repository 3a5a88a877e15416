import Contract

/// The latest snapshot of every host and widget, its past, and why there is no newer one.
public struct SnapshotStore: Sendable {
    public struct Key: Hashable, Sendable {
        public var host: String
        public var widget: String

        public init(host: String, widget: String) {
            self.host = host
            self.widget = widget
        }
    }

    public struct Entry: Sendable {
        private enum Held {
            case nothing
            indirect case whole(Snapshot)
            case packed(PackedSnapshot)
        }

        private var held = Held.nothing
        /// nil: nobody draws it. It has no past then, and is kept packed.
        public internal(set) var history: History? = History()
        /// When the snapshot was taken, Unix nanoseconds; nil: there is none.
        public private(set) var taken: Int64?
        /// The worst of the snapshot, whatever its age.
        public private(set) var judged = Status.auto
        /// There is a snapshot, and it has no instances.
        private(set) var isHollow = false
        /// Why the last collect gave nothing; the snapshot is then an older one.
        public var failure: Failure?
        /// Nanoseconds in which a new snapshot is due, and after how many of them it is missed.
        public var interval: UInt64 = 0
        public var patience: UInt64 = Self.usualPatience
        public static let usualPatience: UInt64 = 3
        /// Rises with every change: what is drawn from the entry is still good while it stands.
        public var generation = 0

        public init() {}

        /// Made anew at each look where it is kept packed.
        public var snapshot: Snapshot? {
            get {
                switch held {
                case .nothing: nil
                case .whole(let snapshot): snapshot
                case .packed(let packed): packed.snapshot
                }
            }
            set {
                held = newValue.map { history == nil ? .packed(PackedSnapshot($0)) : .whole($0) } ?? .nothing
                taken = newValue?.taken
                judged = newValue?.status ?? .auto
                isHollow = newValue?.instances.isEmpty ?? false
            }
        }

        /// Whether there is one.
        public var hasSnapshot: Bool { taken != nil }

        /// One metric's cell of each instance.
        public func cells(of metric: Int) -> [Snapshot.Cell] {
            switch held {
            case .nothing: []
            case .whole(let snapshot):
                snapshot.instances.compactMap { metric < $0.cells.count ? $0.cells[metric] : nil }
            case .packed(let packed): packed.cells(of: metric)
            }
        }

        /// Nanoseconds since the snapshot was taken.
        public func age(at now: Int64) -> Int64? { taken.map { max(0, now - $0) } }

        /// Older than its ``patience``, or the last attempt failed.
        public func isStale(at now: Int64) -> Bool {
            guard let age = age(at: now) else { return false }
            let (limit, isEndless) = interval.multipliedReportingOverflow(by: patience)
            return failure != nil || (!isEndless && age > Int64(clamping: limit))
        }

        /// What the widget's frame shows: the worst of its cells; unknown when there is no truth to tell.
        public func status(at now: Int64) -> Status {
            if let failure {
                if failure.outcome == .unavailable && !hasSnapshot { return .auto }
                return Status.worse(judged, .unknown)
            }
            return isStale(at: now) ? Status.worse(judged, .unknown) : judged
        }
    }

    private var entries: [Key: Entry] = [:]
    /// Rises with every change of any entry.
    public private(set) var changes = 0

    public init() {}

    public subscript(key: Key) -> Entry { entries[key] ?? Entry() }

    /// - Parameter isDrawn: Its numbers are remembered for as long as curves show them. Of what nobody draws there is
    ///   no past, and it takes less memory.
    /// - Parameter patience: After how many intervals without a new snapshot the last one is stale.
    public mutating func expect(
        _ key: Key, every interval: UInt64, patience: UInt64 = Entry.usualPatience, isDrawn: Bool = true
    ) {
        entries[key, default: Entry()].interval = interval
        entries[key]?.patience = patience
        if !isDrawn { entries[key]?.history = nil }
    }

    public mutating func forget(_ key: Key) { entries[key] = nil }

    public mutating func put(_ snapshot: Snapshot) {
        let key = Key(host: snapshot.host, widget: snapshot.widget)
        entries[key, default: Entry()].history?.append(snapshot)
        entries[key]!.snapshot = snapshot
        entries[key]!.failure = nil
        entries[key]!.generation += 1
        changes += 1
    }

    /// The last snapshot still holds: its numbers are the past's newest ones again. True where there is a past.
    public mutating func hold(_ key: Key) -> Bool {
        guard entries[key]?.failure == nil else {
            entries[key]?.history?.skip()
            return false
        }
        guard entries[key]?.history != nil, let snapshot = entries[key]?.snapshot else { return false }
        entries[key]!.history!.append(snapshot)
        entries[key]!.generation += 1
        changes += 1
        return true
    }

    /// The last snapshot stays, unless it holds nothing.
    public mutating func fail(_ key: Key, _ failure: Failure) {
        if entries[key]?.isHollow == true { entries[key]?.snapshot = nil }
        entries[key]?.history?.skip()
        guard entries[key]?.failure != failure else { return }
        entries[key, default: Entry()].failure = failure
        entries[key]!.generation += 1
        changes += 1
    }

    /// The latest snapshot of a widget as `draw` sees it.
    public func view(_ key: Key, metrics: [MetricDeclaration], limits: [Limits], now: Int64) -> View? {
        guard let entry = entries[key], let snapshot = entry.snapshot else { return nil }
        var view = View(
            taken: snapshot.taken, now: now, interval: entry.interval, host: snapshot.host,
            note: snapshot.note?.sentence ?? "", isStale: entry.isStale(at: now), limits: limits)
        let wantsHistory = metrics.map(\.wantsHistory)
        var histories = 0
        view.instances = snapshot.instances.map { instance in
            let cells = instance.cells.enumerated().map { index, cell in
                var seen = View.Cell(value: cell.value, status: cell.status)
                if index < wantsHistory.count, wantsHistory[index], histories < WireLimits.histories {
                    seen.history = entry.history?.values(instance: instance.name, metric: index) ?? []
                    histories += seen.history.isEmpty ? 0 : 1
                }
                return seen
            }
            return View.Instance(name: instance.name, cells: cells)
        }
        return view
    }
}
