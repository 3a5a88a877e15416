import Core

/// The source of each host: what the configuration says, and this machine for all that it does not name.
@MainActor
final class HostSources {
    private(set) var configuration: Configuration
    /// Hosts on which the newest configuration sets other limits than the one before; until it is in force.
    private(set) var limitsChanged: Set<String> = []
    private var hosts: [String: HostConfiguration]
    private let local = LocalSource()
    /// Stands in for the hosts of the configuration.
    private let demo: DemoFleet?
    private var remote: [String: any SnapshotSource] = [:]
    private var client: HTTPClient?
    private var timers: TimerQueue?

    init(_ configuration: Configuration, demo: DemoFleet? = nil) {
        self.configuration = configuration
        self.demo = demo
        hosts = configuration.hostsByName
    }

    var isSimulated: Bool { demo != nil }

    func host(_ name: String) -> HostConfiguration? { hosts[name] }

    /// The source of a host; connections are made when the first collector asks for one.
    func source(of name: String, for dashboard: Dashboard) -> any SnapshotSource {
        if let source = remote[name] { return source }
        // A captured machine is one machine, whatever its widgets say.
        guard dashboard.root.isEmpty, let host = hosts[name], host.source == .http else { return local }
        if let demo, let number = demo.number(of: name) {
            let source = DemoSource(host, number: number, of: demo, dashboard: dashboard)
            remote[name] = source
            return source
        }
        do throws(HTTPClient.Failure) {
            let (client, timers) = try connections(dashboard.loop)
            let source = HTTPSource(host, client: client, timers: timers, dashboard: dashboard)
            remote[name] = source
            return source
        } catch {
            dashboard.onNotice(error.reason)
            return local
        }
    }

    /// One client for all hosts.
    private func connections(_ loop: EventLoop) throws(HTTPClient.Failure) -> (HTTPClient, TimerQueue) {
        if let client, let timers { return (client, timers) }
        let timers = TimerQueue(loop)
        let client = try HTTPClient(servers: configuration.hosts.count * 3, loop: loop, timers: timers)
        (self.timers, self.client) = (timers, client)
        return (client, timers)
    }

    /// Goes over to another configuration: hosts of which it says the same are asked on as before, of all others the
    /// connections end.
    func adopt(_ new: Configuration) {
        let wanted = new.hostsByName
        for (name, source) in remote {
            if let old = hosts[name], let host = wanted[name], host.isAsked(as: old) { continue }
            source.stop()
            remote[name] = nil
        }
        limitsChanged = Set(
            hosts.values.filter { old in
                wanted[old.name].map { !configuration.limits(on: old).isSame(as: new.limits(on: $0)) }
                    ?? false
            }.map(\.name))
        configuration = new
        hosts = wanted
    }

    func finishAdoption() { limitsChanged = [] }

    func refresh() { for source in remote.values { source.refresh() } }

    func stop() {
        for source in remote.values { source.stop() }
        remote = [:]
        client?.close()
        client = nil
    }
}

extension Configuration {
    func host(_ name: String) -> HostConfiguration? { hosts.first { $0.name == name } }

    var hostsByName: [String: HostConfiguration] {
        Dictionary(hosts.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension HostConfiguration {
    /// Whether its source can go on as that of the other.
    fileprivate func isAsked(as other: HostConfiguration) -> Bool {
        address == other.address && source == other.source && endpoints == other.endpoints
            && refresh == other.refresh && timeout == other.timeout
    }
}
