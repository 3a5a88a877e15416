/// The settings of `hosts.toml` and `dashboard.toml`, with defaults for those that are missing.
public struct Configuration: Sendable {
    /// The watched hosts in the order of the file; never empty.
    public var hosts: [HostConfiguration]
    /// The settings of `dashboard.toml`.
    public var settings: DashboardSettings

    public init(hosts: [HostConfiguration], settings: DashboardSettings = DashboardSettings()) {
        self.hosts = hosts
        self.settings = settings
    }

    /// The limits of one plugin's metrics on a host: those of all hosts, overridden by the host's own. The host's
    /// layout overrides both.
    public func thresholds(of plugin: String, on host: HostConfiguration) -> [PluginThresholds] {
        limits(on: host).filter { $0.plugin == plugin }
    }

    /// The limits of all plugins on a host, merged in the same way.
    public func limits(on host: HostConfiguration) -> [PluginThresholds] {
        settings.thresholds.overridden(by: host.thresholds)
    }
}

/// The settings of `dashboard.toml`. nil: the file does not set the key, and the layout or the default decides.
public struct DashboardSettings: Sendable {
    /// Nanoseconds between two ticks, for layouts that do not set their own.
    public var refresh: UInt64?
    /// A theme's name, for layouts that do not set their own.
    public var theme: String?
    /// The icons, for layouts that do not set their own.
    public var icons: IconSet?
    /// The data source of hosts that do not set their own.
    public var dataSource = DataSource.http
    /// Folders that are searched for plugins before the default ones.
    public var pluginFolders: [Placed<String>] = []
    /// The settings of the overview.
    public var overview = OverviewSettings()
    /// Limits for all hosts.
    public var thresholds: [PluginThresholds] = []
    /// The past that is kept.
    public var history = HistorySettings()
    /// Positions of the top-level keys that are in the file; the others have their defaults.
    public var positions: [String: Position] = [:]

    public init() {}
}

/// The columns and the order of the overview of hosts.
public struct OverviewSettings: Sendable {
    /// Columns behind the host's name; nil: the metrics that the plugins declare as headline.
    public var columns: [Placed<OverviewColumn>]?
    /// What the rows are sorted by; nil: the order of `hosts.toml`.
    public var sort: OverviewSort?
    /// Roles in the order of their groups; other roles follow in alphabetical order.
    public var roles: [String] = []

    public init() {}
}

/// One column of the overview, as a configuration names it.
public enum OverviewColumn: Sendable, Hashable {
    case host, role, address, state, status, age, alert
    case metric(plugin: String, id: String)

    /// Names of the columns that are not metrics.
    public static let words = ["host", "role", "address", "state", "status", "age", "alert"]

    /// Parses a column name such as "nvme.wear", or one of ``words``; nil for anything else. Whether the plugin and
    /// the metric exist is not checked.
    public init?(_ text: String) {
        switch text {
        case "host": self = .host
        case "role": self = .role
        case "address": self = .address
        case "state": self = .state
        case "status": self = .status
        case "age": self = .age
        case "alert": self = .alert
        default:
            let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            guard parts.count == 2, let plugin = parts.first, let id = parts.last,
                Self.isName(plugin), Self.isName(id)
            else { return nil }
            self = .metric(
                plugin: String(decoding: plugin, as: UTF8.self), id: String(decoding: id, as: UTF8.self))
        }
    }

    /// The name as a configuration writes it.
    public var text: String {
        switch self {
        case .host: "host"
        case .role: "role"
        case .address: "address"
        case .state: "state"
        case .status: "status"
        case .age: "age"
        case .alert: "alert"
        case .metric(let plugin, let id): "\(plugin).\(id)"
        }
    }

    private static func isName(_ bytes: Substring.UTF8View.SubSequence) -> Bool {
        !bytes.isEmpty && bytes.count <= 64 && bytes.allSatisfy(HostAddress.isNameByte)
    }
}

/// What the rows of the overview are sorted by within their role.
public struct OverviewSort: Sendable, Equatable {
    /// The column that is compared.
    public var key: OverviewColumn
    /// Whether the largest value comes first.
    public var isDescending: Bool

    public init(key: OverviewColumn, isDescending: Bool = false) {
        self.key = key
        self.isDescending = isDescending
    }

    /// The setting as a configuration writes it: "-nvme.wear" is descending.
    public var text: String { (isDescending ? "-" : "") + key.text }
}

/// Limits that a configuration sets for one plugin's metrics. Not yet checked against the plugin's declarations.
public struct PluginThresholds: Sendable {
    /// The plugin's id.
    public var plugin: String
    /// Each key is METRIC_warning or METRIC_critical.
    public var settings: [Setting]
    /// The file that sets them, for messages.
    public var source: String
    /// Position of the table of limits in the file.
    public var position: Position

    public init(plugin: String, settings: [Setting], source: String, position: Position) {
        self.plugin = plugin
        self.settings = settings
        self.source = source
        self.position = position
    }
}

extension [PluginThresholds] {
    /// Whether both set the same limits; their positions in the files are not compared.
    public func isSame(as others: [PluginThresholds]) -> Bool {
        elementsEqual(others) { left, right in
            left.plugin == right.plugin
                && left.settings.elementsEqual(right.settings) { $0.key == $1.key && $0.value == $1.value }
        }
    }

    /// Returns the union of both lists. Where both set a key of the same plugin, `others` wins.
    public func overridden(by others: [PluginThresholds]) -> [PluginThresholds] {
        if isEmpty { return others }
        let kept = map { limits in
            var limits = limits
            for other in others where other.plugin == limits.plugin {
                limits.settings.removeAll { own in other.settings.contains { $0.key == own.key } }
            }
            return limits
        }
        return kept.filter { !$0.settings.isEmpty } + others
    }
}

/// A value with its position in the file.
public struct Placed<Value: Sendable>: Sendable {
    /// The value.
    public var value: Value
    /// Position of the value in its file.
    public var position: Position

    public init(_ value: Value, at position: Position = Position()) {
        self.value = value
        self.position = position
    }
}

/// The format version and the keys of the two configuration files.
public enum ConfigurationKeys {
    /// The version that this program writes, and the highest that it reads.
    public static let version = 1
    /// The top-level keys of `hosts.toml`.
    public static let hosts = ["version", "defaults", "host"]
    /// The keys of a `[host.NAME]` in `hosts.toml`.
    public static let host = [
        "address", "role", "source", "layout", "refresh", "timeout", "ports", "paths", "thresholds",
    ]
    /// The keys of `[defaults]` in `hosts.toml`.
    public static let defaults = ["role", "layout", "refresh", "timeout", "ports", "paths", "thresholds"]
    /// The top-level keys of `dashboard.toml`.
    public static let dashboard = [
        "version", "refresh", "theme", "icons", "data_source", "plugins", "overview", "thresholds", "history",
    ]
    /// The keys of `[overview]` in `dashboard.toml`.
    public static let overview = ["columns", "sort", "roles"]
}
