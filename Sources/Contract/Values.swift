/// One cell of a snapshot.
public enum Value: Sendable, Equatable {
    case absent
    /// Always finite: NaN is `absent`, and infinities do not pass the sink.
    case number(Double)
    case text(String)

    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    public var text: String? {
        if case .text(let text) = self { text } else { nil }
    }
}

/// What a plugin emits: one cell of the table of instances and metrics.
public struct Sample: Sendable, Equatable {
    public var instance: String
    /// Index into the plugin's metrics.
    public var metric: Int
    public var value: Value
    /// `auto`: to be judged by the limits.
    public var status: Status

    public init(instance: String, metric: Int, value: Value, status: Status = .auto) {
        self.instance = instance
        self.metric = metric
        self.value = value
        self.status = status
    }
}

/// The moment that a collect stands for.
public struct Tick: Sendable, Equatable {
    public var number: UInt64
    /// CLOCK_MONOTONIC, nanoseconds.
    public var monotonic: UInt64
    /// Unix time, nanoseconds.
    public var wall: Int64
    /// Nanoseconds between two collects of the widget.
    public var interval: UInt64
    public var isFirst: Bool
    /// The user asked for fresh values.
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
    public struct Cell: Sendable, Equatable {
        public var value: Value
        public var status: Status
        /// Oldest first, the last one being `value`; empty unless the metric wants history.
        public var history: [Float]

        public init(value: Value, status: Status = .auto, history: [Float] = []) {
            self.value = value
            self.status = status
            self.history = history
        }
    }

    public struct Instance: Sendable, Equatable {
        public var name: String
        /// One for each metric of the plugin.
        public var cells: [Cell]

        public init(name: String, cells: [Cell]) {
            self.name = name
            self.cells = cells
        }
    }

    public var taken: Int64
    public var now: Int64
    public var interval: UInt64
    public var host: String
    public var note: String
    public var isStale: Bool
    public var isFocused: Bool
    public var isZoomed: Bool
    public var limits: [Limits]
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
