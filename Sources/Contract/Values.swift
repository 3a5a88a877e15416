/// The value of one cell of a snapshot.
public enum Value: Sendable, Equatable {
    case absent
    /// Always finite: the sink turns NaN and infinities into `absent`.
    case number(Double)
    case text(String)

    /// The number; nil for anything else.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The text; nil for anything else.
    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

/// What a plugin emits in a collect: one cell of the table of instances and metrics.
public struct Sample: Sendable, Equatable {
    /// Name of the drive, service, … that the value belongs to; empty for a plugin with a single instance.
    public var instance: String
    /// Index into the plugin's metrics.
    public var metric: Int
    /// The value in the metric's unit.
    public var value: Value
    /// The plugin's own judgement; `auto`: the host applies the metric's limits.
    public var status: Status

    public init(instance: String, metric: Int, value: Value, status: Status = .auto) {
        self.instance = instance
        self.metric = metric
        self.value = value
        self.status = status
    }
}

/// The moment of a collect. All widgets that collect at one tick get the same times.
public struct Tick: Sendable, Equatable {
    /// Ticks of the host's clock since the host started.
    public var number: UInt64
    /// Nanoseconds of CLOCK_MONOTONIC.
    public var monotonic: UInt64
    /// Nanoseconds of Unix time.
    public var wall: Int64
    /// Nanoseconds between two collects of the widget.
    public var interval: UInt64
    /// Whether it is the first collect of the instance.
    public var isFirst: Bool
    /// Whether the user asked for fresh values, so that cached ones should be read again.
    public var isRefresh: Bool

    public init(
        number: UInt64, monotonic: UInt64, wall: Int64, interval: UInt64, isFirst: Bool = false,
        isRefresh: Bool = false
    ) {
        self.number = number
        self.monotonic = monotonic
        self.wall = wall
        self.interval = interval
        self.isFirst = isFirst
        self.isRefresh = isRefresh
    }
}

/// A snapshot as `draw` sees it: `cm_view`.
public struct View: Sendable, Equatable {
    /// One value of an instance.
    public struct Cell: Sendable, Equatable {
        /// The latest value in the metric's unit.
        public var value: Value
        /// As judged by the plugin or by the limits; `auto`: not judged.
        public var status: Status
        /// The means of the latest stretches of time, oldest first, NaN for gaps. Empty unless the metric wants history.
        public var history: [Float]
        /// The largest value of each stretch; empty where they are the means.
        public var highs: [Float]
        /// What the past tells of the value; nil: nothing.
        public var foretold: Foretold?

        public init(
            value: Value, status: Status = .auto, history: [Float] = [], highs: [Float] = [],
            foretold: Foretold? = nil
        ) {
            self.value = value
            self.status = status
            self.history = history
            self.highs = highs
            self.foretold = foretold
        }
    }

    /// What the past of a number tells: what comes, and what is usual.
    public struct Foretold: Sendable, Equatable {
        /// What comes, in words of several lengths, the longest first; empty: nothing is foretold.
        public var words: [String]
        /// The status of what comes.
        public var status: Status
        /// What is usual at this hour of the week.
        public var usual: Band
        /// Whether the value is far from it.
        public var unusual: Unusual

        public init(
            words: [String] = [], status: Status = .auto, usual: Band = Band(), unusual: Unusual = .no
        ) {
            self.words = words
            self.status = status
            self.usual = usual
            self.unusual = unusual
        }
    }

    /// A range of values, in the unit of the metric; NaN: not known.
    public struct Band: Sendable, Equatable {
        /// The lower end.
        public var low: Double
        /// The upper end.
        public var high: Double

        public init(low: Double = .nan, high: Double = .nan) {
            self.low = low
            self.high = high
        }

        /// Compares bit patterns, so that two bands that are not known are equal.
        public static func == (left: Band, right: Band) -> Bool {
            left.low.bitPattern == right.low.bitPattern && left.high.bitPattern == right.high.bitPattern
        }
    }

    /// Whether a value is far from what it is at this hour of the week. Raw values are those of `CM_UNUSUAL_…`.
    public enum Unusual: UInt8, Sendable {
        case no = 0
        case high, low
    }

    /// One row of the snapshot: a drive, a service, a repository.
    public struct Instance: Sendable, Equatable {
        /// Name of the instance; empty where a plugin has only one.
        public var name: String
        /// One cell for each metric of the plugin, in the order of its declarations.
        public var cells: [Cell]

        public init(name: String, cells: [Cell]) {
            self.name = name
            self.cells = cells
        }
    }

    /// When the snapshot was collected, in nanoseconds of Unix time.
    public var taken: Int64
    /// The moment that is drawn, in nanoseconds of Unix time; ages relate to it.
    public var now: Int64
    /// Nanoseconds that one entry of a history stands for.
    public var interval: UInt64
    /// Name of the host that the values belong to.
    public var host: String
    /// The plugin's sentence on the whole snapshot, or empty.
    public var note: String
    /// Whether the snapshot is too old to be trusted.
    public var isStale: Bool
    /// Whether keys go to the widget.
    public var isFocused: Bool
    /// Whether the widget fills the screen.
    public var isZoomed: Bool
    /// The limits in force, one pair for each metric of the plugin.
    public var limits: [Limits]
    /// The rows of the snapshot.
    public var instances: [Instance]

    public init(
        taken: Int64, now: Int64, interval: UInt64, host: String = "", note: String = "",
        isStale: Bool = false, isFocused: Bool = false, isZoomed: Bool = false,
        limits: [Limits] = [], instances: [Instance] = []
    ) {
        self.taken = taken
        self.now = now
        self.interval = interval
        self.host = host
        self.note = note
        self.isStale = isStale
        self.isFocused = isFocused
        self.isZoomed = isZoomed
        self.limits = limits
        self.instances = instances
    }
}
