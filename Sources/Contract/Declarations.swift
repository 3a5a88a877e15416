/// How good or bad something is. Raw values are those of `CM_STATUS_…`.
public enum Status: UInt8, Sendable {
    /// Not judged: no limits, or nothing to compare.
    case auto = 0
    case ok, warning, critical, unknown

    /// Which of two to show for both: critical, warning, unknown, ok, not judged.
    public static func worse(_ left: Status, _ right: Status) -> Status {
        left.severity >= right.severity ? left : right
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

/// What a call into a plugin came to. Raw values are those of `CM_OK`, `CM_FAILED`, ….
public enum Outcome: UInt8, Sendable {
    case ok = 0
    case failed, unavailable, denied, timeout, invalid, limit
}

/// A style by its meaning; a theme gives it a colour. Raw values are those of `CM_ROLE_…`.
public enum Role: UInt8, Sendable, CaseIterable {
    case value = 0
    case label, muted, title, accent, graph, ok, warning, critical, unknown
}

public enum Alignment: UInt8, Sendable {
    case left = 0
    case right, center
}

/// Warning and critical value of a metric; NaN where there is none.
public struct Limits: Sendable, Equatable {
    public var warning: Double
    public var critical: Double

    public init(warning: Double = .nan, critical: Double = .nan) {
        self.warning = warning
        self.critical = critical
    }

    public static var none: Limits { Limits() }

    /// NaN stands for "none", and two "none" are the same limits.
    public static func == (left: Limits, right: Limits) -> Bool {
        left.warning.bitPattern == right.warning.bitPattern
            && left.critical.bitPattern == right.critical.bitPattern
    }
}

/// One metric as its plugin declares it: `cm_metric`.
public struct MetricDeclaration: Sendable, Equatable {
    public enum Kind: UInt8, Sendable {
        case gauge = 0
        case counter, text, state
    }

    public enum Direction: UInt8, Sendable {
        case none = 0
        case higherIsWorse, lowerIsWorse
    }

    public var id: String
    public var label: String
    public var unit: String
    public var help: String
    public var kind: Kind
    public var direction: Direction
    public var limits: Limits
    /// `draw` wants the recent past of this number.
    public var wantsHistory: Bool
    /// One of the few that stand for the plugin in an overview of hosts.
    public var isHeadline: Bool
    public var rememberDays: UInt32

    public init(
        id: String, label: String, unit: String = "", help: String = "", kind: Kind = .gauge,
        direction: Direction = .none, limits: Limits = .none, wantsHistory: Bool = false,
        isHeadline: Bool = false, rememberDays: UInt32 = 0
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
        self.rememberDays = rememberDays
    }

    public var isNumeric: Bool { kind == .gauge || kind == .counter }
}

/// One option as its plugin declares it: `cm_option`.
public struct OptionDeclaration: Sendable, Equatable {
    public enum Kind: UInt8, Sendable {
        case bool = 0
        case integer, float, text, duration, size, list
    }

    public var key: String
    public var kind: Kind
    public var defaultValue: String
    public var minimum: Double
    public var maximum: Double
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

    public static func == (left: OptionDeclaration, right: OptionDeclaration) -> Bool {
        left.key == right.key && left.kind == right.kind && left.defaultValue == right.defaultValue
            && left.minimum.bitPattern == right.minimum.bitPattern
            && left.maximum.bitPattern == right.maximum.bitPattern && left.help == right.help
    }
}

/// What a plugin is, as data: `cm_plugin` without its functions.
public struct PluginDescription: Sendable, Equatable {
    public var id: String
    public var name: String
    public var icon: String
    public var version: String
    public var summary: String
    /// `CM_ABI_VERSION` that the plugin was compiled with.
    public var abi: UInt32
    public var hasDraw: Bool
    public var metrics: [MetricDeclaration]
    public var options: [OptionDeclaration]
    /// Kinds of documents that it makes snapshots of: `cm_ingest.kinds`.
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
    /// Bool (0 or 1), integer, float, duration in seconds, size in bytes.
    case number(Double)
    case text(String)
    case list([String])
}
