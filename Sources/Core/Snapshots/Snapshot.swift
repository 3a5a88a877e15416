import Contract

/// What one plugin found on one host at one moment: a table of instances by metrics, judged. A plain value that
/// can be copied, compared, sent, stored and replayed; every feature is a source or a sink of these.
public struct Snapshot: Sendable, Equatable {
    public struct Cell: Sendable, Equatable {
        public var value: Value
        /// `auto` where nothing judged it.
        public var status: Status

        public init(value: Value, status: Status = .auto) {
            self.value = value
            self.status = status
        }
    }

    public struct Instance: Sendable, Equatable {
        public var name: String
        /// One for each metric of the plugin, by its index.
        public var cells: [Cell]

        public init(name: String, cells: [Cell]) {
            self.name = name
            self.cells = cells
        }
    }

    public struct Note: Sendable, Equatable {
        public var status: Status
        public var sentence: String

        public init(status: Status, sentence: String) {
            self.status = status
            self.sentence = sentence
        }
    }

    public var host: String
    public var widget: String
    public var plugin: String
    /// Unix time, nanoseconds.
    public var taken: Int64
    public var note: Note?
    public var instances: [Instance]

    public init(
        host: String, widget: String, plugin: String, taken: Int64, note: Note? = nil,
        instances: [Instance] = []
    ) {
        self.host = host
        self.widget = widget
        self.plugin = plugin
        self.taken = taken
        self.note = note
        self.instances = instances
    }

    /// The worst of all cells and of the note.
    public var status: Status {
        var worst = note?.status ?? .auto
        for instance in instances {
            for cell in instance.cells { worst = Status.worse(worst, cell.status) }
        }
        return worst
    }
}

/// Why a widget has no new snapshot.
public struct Failure: Error, Equatable {
    public var outcome: Outcome
    public var sentence: String

    public init(_ outcome: Outcome, _ sentence: String) {
        self.outcome = outcome
        self.sentence = sentence
    }
}

/// Applies a metric's limits to a value.
public enum Judge {
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
