import Contract

extension SnapshotStore {
    /// What is known of one series key.
    public struct Entry: Sendable {
        private enum Held {
            case nothing
            indirect case whole(Snapshot)
            case packed(PackedSnapshot)
        }

        private var held = Held.nothing
        /// The recent past of its numbers; nil: none is kept, and the snapshot is kept packed.
        public private(set) var history: History? = History()
        /// What the indices of the history stand for.
        private var historySchema: Schema?
        /// When the snapshot was taken, Unix nanoseconds; nil: there is none.
        public private(set) var taken: Int64?
        /// When its values were emitted, Unix nanoseconds; nil: there is none.
        public private(set) var made: Int64?
        /// The worst status of the snapshot, whatever its age.
        public private(set) var judged = Status.auto
        /// There is a snapshot, and it has no instances.
        private(set) var isWithoutInstances = false
        /// Why the last attempt brought no snapshot; the one held is then an older one.
        public var failure: Failure?
        /// Nanoseconds from one snapshot to the next.
        public var interval: UInt64 = 0
        /// The number of intervals after which a new snapshot is missed.
        public var patience: UInt32 = Self.usualPatience
        /// The patience with a plugin that collects on this machine.
        public static let usualPatience: UInt32 = 3
        /// Rises with every change: a picture of the entry is valid while it stands.
        public var generation: UInt32 = 0

        /// Creates an empty entry.
        public init() {}

        /// The latest snapshot; where no history is kept it is unpacked anew at each call.
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
                made = newValue?.made
                judged = newValue?.status ?? .auto
                isWithoutInstances = newValue?.instances.isEmpty ?? false
            }
        }

        /// What the snapshot's cells are; nil: there is none.
        public var schema: Schema? {
            switch held {
            case .nothing: nil
            case .whole(let snapshot): snapshot.schema
            case .packed(let packed): packed.schema
            }
        }

        /// Whether there is a snapshot.
        public var hasSnapshot: Bool { taken != nil }

        /// Begins or ends keeping the past; ending it drops what was kept.
        mutating func keepHistory(_ isKept: Bool) {
            guard isKept != (history != nil) else { return }
            let latest = snapshot
            history = isKept ? History() : nil
            historySchema = nil
            if let latest {
                if isKept { append(latest) }
                snapshot = latest
            }
        }

        /// Adds a snapshot's numbers to the past. The past of another version of the plugin goes on by metric ids.
        mutating func append(_ snapshot: Snapshot) {
            guard history != nil else { return }
            if let old = historySchema, !old.hasSameCells(as: snapshot.schema) {
                history!.rearrange(snapshot.schema.places(in: old))
            }
            historySchema = snapshot.schema
            history!.append(snapshot)
        }

        /// Drops the past, where one is kept.
        mutating func beginHistory() {
            if history != nil { (history, historySchema) = (History(), nil) }
        }

        mutating func skip() { history?.skip() }

        /// Returns the entry without its past. While a copy of the past exists, adding to it copies all of it.
        public func withoutPast() -> Entry {
            var entry = self
            entry.history = nil
            entry.historySchema = nil
            return entry
        }

        /// Returns one metric's cell of each instance.
        public func cells(of metric: Int) -> [Snapshot.Cell] {
            switch held {
            case .nothing: []
            case .whole(let snapshot):
                snapshot.instances.compactMap { metric < $0.cells.count ? $0.cells[metric] : nil }
            case .packed(let packed): packed.cells(of: metric)
            }
        }

        /// Returns the nanoseconds since the snapshot was taken; nil: there is none.
        public func age(at now: Int64) -> Int64? { taken.map { max(0, now - $0) } }

        /// Returns a metric's cells as they are now: an age has grown since the values were emitted.
        public func cells(of metric: Int, _ declaration: MetricDeclaration, at now: Int64) -> [Snapshot.Cell]
        {
            let cells = cells(of: metric)
            guard declaration.isAge, let made, now > made else { return cells }
            return cells.map { cell in
                var cell = cell
                if case .number(let age) = cell.value { cell.value = .number(age + Double(now - made) / 1e9) }
                return cell
            }
        }

        /// Returns whether the snapshot is older than its ``patience``, or the last attempt failed.
        public func isStale(at now: Int64) -> Bool {
            guard let age = age(at: now) else { return false }
            let (limit, isEndless) = interval.multipliedReportingOverflow(by: UInt64(patience))
            return failure != nil || (!isEndless && age > Int64(clamping: limit))
        }

        /// Returns the worst status of the snapshot; at least `unknown` where it is stale or missing for a failure.
        public func status(at now: Int64) -> Status {
            if let failure {
                if failure.code == .unavailable && !hasSnapshot { return .auto }
                return Status.worse(judged, .unknown)
            }
            return isStale(at: now) ? Status.worse(judged, .unknown) : judged
        }
    }
}
