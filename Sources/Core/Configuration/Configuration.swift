/// What `hosts.toml` and `dashboard.toml` say, with defaults for all that they do not.
public struct Configuration: Sendable {
    /// In the order of the file; never empty.
    public var hosts: [HostConfiguration]
    public var settings: DashboardSettings

    public init(hosts: [HostConfiguration], settings: DashboardSettings = DashboardSettings()) {
        self.hosts = hosts
        self.settings = settings
    }

    /// The limits that a plugin's metrics have on a host, each once: the host's own before those of all hosts.
    /// What its layout says goes before both.
    public func thresholds(of plugin: String, on host: HostConfiguration) -> [PluginThresholds] {
        limits(on: host).filter { $0.plugin == plugin }
    }

    /// Those of all plugins.
    public func limits(on host: HostConfiguration) -> [PluginThresholds] {
        settings.thresholds.overridden(by: host.thresholds)
    }
}

/// What `dashboard.toml` says. nil: it says nothing, and the layout or the default counts.
public struct DashboardSettings: Sendable {
    /// Nanoseconds between two ticks, for layouts without one of their own.
    public var refresh: UInt64?
    /// A theme's name, for layouts without one of their own.
    public var theme: String?
    public var icons: IconSet?
    /// Where the values of hosts come from that do not say otherwise.
    public var dataSource = DataSource.http
    /// Folders that are looked in for plugins before the usual ones.
    public var pluginFolders: [Placed<String>] = []
    public var overview = OverviewSettings()
    /// For all hosts.
    public var thresholds: [PluginThresholds] = []
    /// Where each key of the top of the file stands; those that are not there have their default.
    public var positions: [String: Position] = [:]

    public init() {}
}

/// How the overview of all hosts looks.
public struct OverviewSettings: Sendable {
    /// Behind the host's name; nil: what the plugins have marked as their headline.
    public var columns: [Placed<OverviewColumn>]?
    /// nil: in the order of `hosts.toml`.
    public var sort: OverviewSort?
    /// Roles in the order they are shown in; others follow in that of their names.
    public var roles: [String] = []

    public init() {}
}

/// One column of the overview, as a configuration names it.
public enum OverviewColumn: Sendable, Hashable {
    case host, role, address, state, status, age, alert
    case metric(plugin: String, id: String)

    /// Those that are no metric.
    public static let words = ["host", "role", "address", "state", "status", "age", "alert"]

    /// "nvme.wear", or one of the words; nil where it is neither.
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

    /// As it is written.
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
    public var key: OverviewColumn
    public var isDescending: Bool

    public init(key: OverviewColumn, isDescending: Bool = false) {
        self.key = key
        self.isDescending = isDescending
    }

    /// As it is written: "-nvme.wear".
    public var text: String { (isDescending ? "-" : "") + key.text }
}

/// The limits that a configuration sets for one plugin's metrics, still to be checked against what it declares.
public struct PluginThresholds: Sendable {
    public var plugin: String
    /// Each key is METRIC_warning or METRIC_critical.
    public var settings: [Setting]
    /// The file that they stand in, for messages.
    public var source: String
    public var position: Position

    public init(plugin: String, settings: [Setting], source: String, position: Position) {
        self.plugin = plugin
        self.settings = settings
        self.source = source
        self.position = position
    }
}

extension [PluginThresholds] {
    /// Whether both set the same limits, wherever they stand.
    public func isSame(as others: [PluginThresholds]) -> Bool {
        elementsEqual(others) { left, right in
            left.plugin == right.plugin
                && left.settings.elementsEqual(right.settings) { $0.key == $1.key && $0.value == $1.value }
        }
    }

    /// Both, without those of these that the others set anew.
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

/// A value with its place in the file.
public struct Placed<Value: Sendable>: Sendable {
    public var value: Value
    public var position: Position

    public init(_ value: Value, at position: Position = Position()) {
        self.value = value
        self.position = position
    }
}

/// The versions of the two files, and their keys.
public enum ConfigurationKeys {
    /// The version that this program writes, and the highest that it reads.
    public static let version = 1
    public static let hosts = ["version", "defaults", "host"]
    /// In a `[host.NAME]`.
    public static let host = [
        "address", "role", "source", "layout", "refresh", "timeout", "ports", "paths", "thresholds",
    ]
    /// In `[defaults]`.
    public static let defaults = ["role", "layout", "refresh", "timeout", "ports", "paths", "thresholds"]
    public static let dashboard = [
        "version", "refresh", "theme", "icons", "data_source", "plugins", "overview", "thresholds",
    ]
    public static let overview = ["columns", "sort", "roles"]
}
