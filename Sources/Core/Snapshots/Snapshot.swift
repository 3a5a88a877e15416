import Contract

/// What one plugin found on one host at one moment: a table of instances by metrics, judged. A plain value that
/// can be copied, compared, sent, stored and replayed; every feature is a source or a sink of these.
public struct Snapshot: Sendable, Equatable {
    /// One value and what it is judged to be.
    public struct Cell: Sendable, Equatable {
        /// A number in the metric's unit, a text, or absent.
        public var value: Value
        /// `auto` where nothing judges it.
        public var status: Status
        /// The plugin gave the status itself, so limits do not change it.
        public var isOwnStatus: Bool

        /// Creates a cell; without `isOwnStatus` limits may judge it anew.
        public init(value: Value, status: Status = .auto, isOwnStatus: Bool = false) {
            self.value = value
            self.status = status
            self.isOwnStatus = isOwnStatus
        }
    }

    /// One row: a drive, a service, a repository; or the whole machine, whose name is empty.
    public struct Instance: Sendable, Equatable {
        /// Unique within the snapshot.
        public var name: String
        /// One for each metric of the schema, by its index.
        public var cells: [Cell]

        /// Creates a row.
        public init(name: String, cells: [Cell]) {
            self.name = name
            self.cells = cells
        }
    }

    /// A sentence that the plugin adds to its values, with the status that it gives the whole snapshot.
    public struct Note: Sendable, Equatable {
        /// The status of the note.
        public var status: Status
        /// The sentence.
        public var sentence: String

        /// Creates a note.
        public init(status: Status, sentence: String) {
            self.status = status
            self.sentence = sentence
        }
    }

    /// Whose snapshot it is.
    public var key: SeriesKey
    /// What its cells are; shared.
    public var schema: Schema
    /// Unix time in nanoseconds of the moment that the values stand for.
    public var taken: Int64
    /// What the plugin says beside its values.
    public var note: Note?
    /// In the order in which the plugin named them first.
    public var instances: [Instance]
    /// What was there a short time ago and is missing.
    public var gone: [Gone]

    /// Creates a snapshot.
    public init(
        key: SeriesKey, schema: Schema, taken: Int64, note: Note? = nil, instances: [Instance] = [],
        gone: [Gone] = []
    ) {
        self.key = key
        self.schema = schema
        self.taken = taken
        self.note = note
        self.instances = instances
        self.gone = gone
    }

    /// The worst of all cells and of the note; at least `unknown` where something is gone.
    public var status: Status {
        var worst = Status.worse(note?.status ?? .auto, gone.isEmpty ? .auto : .unknown)
        for instance in instances {
            for cell in instance.cells { worst = Status.worse(worst, cell.status) }
        }
        return worst
    }

    /// Returns the same values judged by other limits, one for each metric. A status that the plugin gave itself stays.
    public func judged(by limits: [Limits]) -> Snapshot {
        var judged = self
        for row in judged.instances.indices {
            for (metric, cell) in judged.instances[row].cells.enumerated() where metric < limits.count {
                guard case .number(let number) = cell.value, !cell.isOwnStatus,
                    metric < schema.metrics.count
                else { continue }
                judged.instances[row].cells[metric].status = Judge.status(
                    of: number, limits: limits[metric], direction: schema.metrics[metric].direction)
            }
        }
        return judged
    }

    /// Returns the same values in the cells of another version of the plugin's schema, metric by metric. What the other
    /// version declares and this one does not is absent.
    public func shaped(by other: Schema) -> Snapshot {
        guard !schema.hasSameCells(as: other) else { return self }
        let places = other.places(in: schema)
        var shaped = self
        shaped.schema = other
        for row in shaped.instances.indices {
            let cells = instances[row].cells
            shaped.instances[row].cells = places.map { place in
                place.flatMap { $0 < cells.count ? cells[$0] : nil } ?? Cell(value: .absent)
            }
        }
        return shaped
    }
}

/// Applies a metric's limits to a value.
public enum Judge {
    /// Returns the status of a number. Without a limit, a direction or a finite number it is `auto`.
    public static func status(of number: Double, limits: Limits, direction: MetricDeclaration.Direction)
        -> Status
    {
        guard direction != .none, number.isFinite else { return .auto }
        if limits.warning.isNaN && limits.critical.isNaN { return .auto }
        func isBeyond(_ limit: Double) -> Bool {
            // A comparison with NaN is false: no limit is never passed.
            direction == .higherIsWorse ? number >= limit : number <= limit
        }
        if isBeyond(limits.critical) { return .critical }
        return isBeyond(limits.warning) ? .warning : .ok
    }
}
