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
        /// The past five minutes of its numbers; nil: none are kept, and the snapshot is kept packed.
        private var recent: History? = History()
        /// The past of a longer span; nil: the recent one is on the screen.
        private var longer: History?
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
                held = newValue.map { recent == nil ? .packed(PackedSnapshot($0)) : .whole($0) } ?? .nothing
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

        /// The past of its numbers over the span that is on the screen; nil: none is kept.
        public var history: History? { longer ?? recent }

        /// Begins or ends keeping the past; ending it drops what was kept.
        mutating func keepHistory(_ span: HistorySpan?) {
            guard span != history?.span else { return }
            let latest = snapshot
            let isKept = span != nil
            guard isKept == (recent != nil) else {
                recent = isKept ? History() : nil
                (longer, historySchema) = (nil, nil)
                if let latest, let made {
                    if isKept { append(latest, at: made) }
                    snapshot = latest
                }
                return keepHistory(span)
            }
            longer = span.flatMap { span in
                recent.flatMap { span == $0.span ? nil : History(span: span, from: $0) }
            }
        }

        /// Adds a snapshot's numbers to the past. The past of another version of the plugin goes on by metric ids.
        mutating func append(_ snapshot: Snapshot, at time: Int64) {
            guard recent != nil else { return }
            if let old = historySchema, !old.hasSameCells(as: snapshot.schema) {
                let places = snapshot.schema.places(in: old)
                recent!.rearrange(places)
                longer?.rearrange(places)
            }
            historySchema = snapshot.schema
            recent!.append(snapshot, at: time, every: interval)
            longer?.append(snapshot, at: time, every: interval)
        }

        mutating func skip() {
            recent?.skip()
            longer?.skip()
        }

        /// Counts the longer memory as not asked, after a jump of the time on display.
        mutating func askAgain() {
            recent?.askAgain()
            longer?.askAgain()
        }

        /// Returns what the longer memory has not been asked about: the window, and the numbers of instances that are
        /// new in the snapshot. They count as asked.
        mutating func question(at time: Int64) -> PastNumbers? {
            guard let snapshot, let history else { return nil }
            let names = longer == nil ? recent!.unasked(in: snapshot) : longer!.unasked(in: snapshot)
            let metrics = snapshot.schema.metrics.filter { $0.wantsHistory && $0.isNumeric }.map(\.id)
            guard !names.isEmpty, !metrics.isEmpty else { return nil }
            return PastNumbers(instances: names, metrics: metrics, window: history.window(at: time))
        }

        /// Takes in the answer, one curve for each metric of each instance.
        mutating func recall(_ numbers: PastNumbers, _ curves: [SeriesCurve]) {
            guard let schema = historySchema, numbers.window.step == history?.step else { return }
            var curves = curves.makeIterator()
            for instance in numbers.instances {
                for id in numbers.metrics {
                    guard let curve = curves.next(), let metric = schema.index(of: id) else { continue }
                    if longer == nil {
                        recent?.recall(instance, metric, curve)
                    } else {
                        longer!.recall(instance, metric, curve)
                    }
                }
            }
            generation += 1
        }

        /// Returns the entry without its past. While a copy of the past exists, adding to it copies all of it.
        public func withoutPast() -> Entry {
            var entry = self
            (entry.recent, entry.longer, entry.historySchema) = (nil, nil, nil)
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

        /// Returns the name of the instance of a cell that ``cells(of:)`` returns, by its index there; nil: there is none.
        public func instance(ofCell place: Int, of metric: Int) -> String? {
            guard let instances = snapshot?.instances.filter({ metric < $0.cells.count }) else { return nil }
            return instances.indices.contains(place) ? instances[place].name : nil
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

/// Numbers of one source whose past is asked for: every metric of every instance.
public struct PastNumbers: Sendable, Equatable {
    /// The names of the instances.
    public var instances: [String]
    /// The ids of the metrics.
    public var metrics: [String]
    /// The span of time and its stretches.
    public var window: HistoryWindow
}
