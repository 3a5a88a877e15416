/// The judgement of a value, an instance or a host. Raw values are those of `CM_STATUS_…`.
public enum Status: UInt8, Sendable {
    /// Not judged: there are no limits, or there is no value to compare with them.
    case auto = 0
    case ok, warning, critical, unknown

    /// The one of two statuses that represents both; from worst to best: critical, warning, unknown, ok, auto.
    public static func worse(_ left: Status, _ right: Status) -> Status {
        left.severity >= right.severity ? left : right
    }

    /// How much room a value with this status claims: 0 where it is well or not judged, 3 where it is critical.
    public var trouble: Int {
        switch self {
        case .auto, .ok: 0
        case .unknown: 1
        case .warning: 2
        case .critical: 3
        }
    }

    private var severity: Int {
        switch self {
        case .auto: 0
        case .ok: 1
        case .unknown: 2
        case .warning: 3
        case .critical: 4
        }
    }
}

/// The result of a call into a plugin. Raw values are those of `CM_OK`, `CM_FAILED`, ….
///
/// `failed` is any failure without a case of its own; `unavailable`: the machine does not have what is asked for,
/// which is no fault; `denied`: permission is missing; `timeout`: a source did not answer in time; `invalid`: an
/// option or argument is wrong; `limit`: the host takes no more samples.
public enum Outcome: UInt8, Sendable {
    case ok = 0
    case failed, unavailable, denied, timeout, invalid, limit
}

/// A meaning of text or graphics, to which the theme assigns a colour. Raw values are those of `CM_ROLE_…`.
///
/// `value` is ordinary text, `label` the name of a value, `muted` something unimportant, `title` a heading,
/// `accent` something to notice, `graph` a bar or curve; the others show a status.
public enum Role: UInt8, Sendable, CaseIterable {
    case value = 0
    case label, muted, title, accent, graph, ok, warning, critical, unknown
}

/// Where a text stands in cells that are wider than it. Raw values are those of `CM_ALIGN_…`.
public enum Alignment: UInt8, Sendable {
    case left = 0
    case right, center
}

/// Warning and critical limit of a metric, in its unit; NaN where there is none.
public struct Limits: Sendable, Equatable {
    /// A value at or beyond it has the status warning.
    public var warning: Double
    /// A value at or beyond it has the status critical.
    public var critical: Double

    public init(warning: Double = .nan, critical: Double = .nan) {
        self.warning = warning
        self.critical = critical
    }

    /// No limits at all.
    public static var none: Limits { Limits() }

    /// Compares bit patterns, so that two limits that are both absent (NaN) are equal.
    public static func == (left: Limits, right: Limits) -> Bool {
        left.warning.bitPattern == right.warning.bitPattern
            && left.critical.bitPattern == right.critical.bitPattern
    }
}

/// One metric as its plugin declares it: `cm_metric`.
public struct MetricDeclaration: Sendable, Equatable {
    /// The type of a metric's values. Raw values are those of `CM_METRIC_…`.
    ///
    /// `gauge` is a number that goes up and down, `counter` one that only rises or starts again from 0, `text` a
    /// name or version, `state` a word for a condition whose status the plugin sets.
    public enum Kind: UInt8, Sendable {
        case gauge = 0
        case counter, text, state
    }

    /// Which values of a metric are worse; limits need a direction. Raw values are those of `CM_DIRECTION_…`.
    public enum Direction: UInt8, Sendable {
        case none = 0
        case higherIsWorse, lowerIsWorse
    }

    /// `[a-z][a-z0-9_]*`, at most 64 bytes; unique in the plugin.
    public var id: String
    /// Short heading for people, at most 96 bytes; may be empty.
    public var label: String
    /// "bytes", "seconds", "percent", … as `cm_plugin.h` lists them; empty for a bare number.
    public var unit: String
    /// One sentence: the meaning of the metric and where its value comes from.
    public var help: String
    /// The type of the values.
    public var kind: Kind
    /// Which values are worse.
    public var direction: Direction
    /// The default limits, in ``unit``.
    public var limits: Limits
    /// Whether `draw` is given the recent values of the metric.
    public var wantsHistory: Bool
    /// Whether the metric is one of the few that the overview of hosts shows for the plugin.
    public var isHeadline: Bool
    /// Whether an instance with a value of the metric is a thing that lasts: one that is missing is told of as gone.
    public var isLasting: Bool
    /// Whether the value is the time since something, so that it grows while the snapshot stays.
    public var isAge: Bool
    /// Days for which the host should keep values of the metric; 0: the host's default.
    public var rememberDays: UInt32
    /// How the metric is foretold.
    public var forecast: ForecastDeclaration
    /// How far a value must be from what is usual to be marked, in ``unit``; 0: none is.
    public var minimumEffect: Double
    /// What the host makes the metric of; nil: the plugin emits it.
    public var derived: DerivedMetric?

    public init(
        id: String, label: String, unit: String = "", help: String = "", kind: Kind = .gauge,
        direction: Direction = .none, limits: Limits = .none, wantsHistory: Bool = false,
        isHeadline: Bool = false, isLasting: Bool = false, isAge: Bool = false, rememberDays: UInt32 = 0,
        forecast: ForecastDeclaration = .none, minimumEffect: Double = 0, derived: DerivedMetric? = nil
    ) {
        self.id = id
        self.label = label
        self.unit = unit
        self.help = help
        self.kind = kind
        self.direction = direction
        self.limits = limits
        self.wantsHistory = wantsHistory
        self.isHeadline = isHeadline
        self.isLasting = isLasting
        self.isAge = isAge
        self.rememberDays = rememberDays
        self.forecast = forecast
        self.minimumEffect = minimumEffect
        self.derived = derived
    }

    /// Whether values are numbers and not texts.
    public var isNumeric: Bool { kind == .gauge || kind == .counter }
}

/// One option as its plugin declares it: `cm_option`.
public struct OptionDeclaration: Sendable, Equatable {
    /// The type of an option's value. Raw values are those of `CM_OPTION_…`. `duration` is a number of seconds,
    /// `size` one of bytes, `list` a list of texts.
    public enum Kind: UInt8, Sendable {
        case bool = 0
        case integer, float, text, duration, size, list
    }

    /// The key in a layout: `[a-z][a-z0-9_]*`, at most 64 bytes; unique in the plugin.
    public var key: String
    /// The type of the value.
    public var kind: Kind
    /// The default as a layout would write it, without quotes; the items of a list are separated by commas.
    public var defaultValue: String
    /// The smallest allowed number in base units (seconds, bytes); NaN: no bound.
    public var minimum: Double
    /// The largest allowed number in base units; NaN: no bound.
    public var maximum: Double
    /// One sentence on what the option does.
    public var help: String

    public init(
        key: String, kind: Kind, defaultValue: String = "", minimum: Double = .nan,
        maximum: Double = .nan, help: String = ""
    ) {
        self.key = key
        self.kind = kind
        self.defaultValue = defaultValue
        self.minimum = minimum
        self.maximum = maximum
        self.help = help
    }

    /// Compares bounds by bit pattern, so that two absent bounds (NaN) are equal.
    public static func == (left: OptionDeclaration, right: OptionDeclaration) -> Bool {
        left.key == right.key && left.kind == right.kind && left.defaultValue == right.defaultValue
            && left.minimum.bitPattern == right.minimum.bitPattern
            && left.maximum.bitPattern == right.maximum.bitPattern && left.help == right.help
    }
}

/// What a plugin declares about itself: `cm_plugin` without its functions.
public struct PluginDescription: Sendable, Equatable {
    /// `[a-z][a-z0-9_-]*`, at most 32 bytes; the name in a layout and of the file.
    public var id: String
    /// Name for people, at most 64 bytes.
    public var name: String
    /// An emoji for the title, or empty.
    public var icon: String
    /// The plugin's own version, at most 32 bytes; not interpreted.
    public var version: String
    /// One sentence on what the plugin shows.
    public var summary: String
    /// The `CM_ABI_VERSION` that the plugin was compiled with: major version << 16 | minor version.
    public var abi: UInt32
    /// Whether the plugin draws; otherwise the host shows its default picture.
    public var hasDraw: Bool
    /// The columns of the plugin's snapshots; samples and cells refer to them by index.
    public var metrics: [MetricDeclaration]
    /// The keys that a layout may set for a widget.
    public var options: [OptionDeclaration]
    /// Kinds of documents that the plugin turns into snapshots (`cm_ingest.kinds`); empty without `cm.ingest/1`.
    public var documents: [String]

    public init(
        id: String, name: String, icon: String = "", version: String = "", summary: String = "",
        abi: UInt32 = 0, hasDraw: Bool = true, metrics: [MetricDeclaration] = [],
        options: [OptionDeclaration] = [], documents: [String] = []
    ) {
        self.id = id
        self.name = name
        self.icon = icon
        self.version = version
        self.summary = summary
        self.abi = abi
        self.hasDraw = hasDraw
        self.metrics = metrics
        self.options = options
        self.documents = documents
    }
}

/// The value of one option for one widget.
public enum OptionValue: Sendable, Equatable {
    /// Bool (0 or 1), integer, float, duration in seconds, or size in bytes.
    case number(Double)
    case text(String)
    case list([String])
}
