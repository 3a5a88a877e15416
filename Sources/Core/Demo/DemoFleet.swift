/// Simulated hosts for screenshots, tests and demonstrations. The documents depend on the host's number and the
/// time only, so that the same moment always gives the same documents.
public struct DemoFleet: Sendable {
    /// The hosts, as a configuration of hosts that serve their documents over HTTP.
    public let configuration: Configuration
    private let hosts: [DemoHost]
    private let numbers: [String: Int]

    /// Number of hosts where none is given.
    public static let usualCount = 5
    /// The largest number of hosts.
    public static let mostHosts = 10_000

    /// - Parameter count: number of hosts, clamped to 1...``mostHosts``. The first five have individual data, the
    ///   others are generated.
    public init(count: Int = usualCount) {
        hosts = (0..<min(max(count, 1), Self.mostHosts)).map(DemoHost.host)
        configuration = Configuration(hosts: hosts.map(Self.configuration), settings: Self.settings)
        numbers = Dictionary(uniqueKeysWithValues: hosts.map { ($0.name, $0.number) })
    }

    /// The number of a host, from 0; nil: the fleet has no such host.
    public func number(of name: String) -> Int? { numbers[name] }

    /// The JSON document that a host serves at a Unix time in seconds; nil: it does not serve that.
    public func document(_ api: HostAPI, of number: Int, at seconds: Int64) -> [UInt8]? {
        guard hosts.indices.contains(number) else { return nil }
        let moment = DemoMoment(hosts[number], DemoTime(seconds))
        switch api {
        case .drives: return moment.drives.bytes
        case .services: return moment.services.bytes
        case .backups: return hosts[number].hasBackup ? moment.backups.bytes : nil
        }
    }

    /// Why a host does not answer at a Unix time; nil: it does.
    public func absence(_ api: HostAPI, of number: Int, at seconds: Int64) -> TransportFailure? {
        guard let host = host(number), host.isAway(at: DemoTime(seconds)) else { return nil }
        let place = "\(host.name):\(api.defaultPort)"
        return TransportFailure(.noConnection(HostConfiguration.defaultTimeout), at: place)
    }

    /// The host with a number; nil: there is none.
    func host(_ number: Int) -> DemoHost? { hosts.indices.contains(number) ? hosts[number] : nil }

    private static func configuration(of host: DemoHost) -> HostConfiguration {
        guard let address = try? HostAddress(host.name) else { fatalError("\(host.name) is no address") }
        var configuration = HostConfiguration(name: host.name, address: address)
        configuration.role = host.role.rawValue
        if !host.hasBackup { configuration.endpoints.backups = nil }
        return configuration
    }

    private static var settings: DashboardSettings {
        var settings = DashboardSettings()
        let limits = [("wear_warning", 70), ("wear_critical", 90)].map {
            Setting(key: $0.0, value: .integer($0.1), position: Position())
        }
        settings.thresholds = [
            PluginThresholds(plugin: "nvme", settings: limits, source: "--demo", position: Position())
        ]
        settings.overview.roles = ["server", "workstation", "lab", "gaming"]
        return settings
    }
}
