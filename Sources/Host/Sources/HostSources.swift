import Core

/// The source of each host: what the configuration says, and this machine for all that it does not name.
@MainActor
final class HostSources {
    private(set) var configuration: Configuration
    /// Hosts on which the newest configuration sets other limits than the one before, and whether it does on those that
    /// it does not name; until it is in force.
    private var limitsChanged: Set<String> = []
    private var generalLimitsChanged = false
    private var hosts: [String: HostConfiguration]
    private let local = LocalSource()
    /// Stands in for the hosts of the configuration.
    private let demo: DemoFleet?
    private var remote: [String: any SnapshotSource] = [:]
    /// Hosts that were asked, and are in the configuration no more.
    private var gone: Set<String> = []
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
        guard dashboard.root.isEmpty, !isThisMachine(name) else { return local }
        let source = newSource(of: name, for: dashboard)
        remote[name] = source
        return source
    }

    /// Where no other machine is watched, a host's name in a layout is but a title.
    private func isThisMachine(_ name: String) -> Bool {
        if let host = hosts[name] { return host.source == .local }
        return name == Files.hostName
            || (!gone.contains(name) && hosts.values.allSatisfy { $0.source == .local })
    }

    private func newSource(of name: String, for dashboard: Dashboard) -> any SnapshotSource {
        guard let host = hosts[name] else {
            let file = ConfigurationFile.hosts.rawValue
            let why =
                "there is \(gone.contains(name) ? "no longer a" : "no") host \(Problem.quoted(name)) in \(file)"
            return AbsentSource(Set(HostAPI.allCases), why: why)
        }
        if let demo, let number = demo.number(of: name) {
            return DemoSource(host, number: number, of: demo, dashboard: dashboard)
        }
        do throws(HTTPClient.Failure) {
            let (client, timers) = try connections(dashboard.loop)
            return HTTPSource(host, client: client, timers: timers, dashboard: dashboard)
        } catch {
            dashboard.notify(error.reason)
            return AbsentSource(host.served, why: error.reason)
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
        generalLimitsChanged = !configuration.settings.thresholds.isSame(as: new.settings.thresholds)
        gone.formUnion(hosts.values.filter { $0.source == .http }.map(\.name))
        gone.subtract(wanted.keys)
        configuration = new
        hosts = wanted
    }

    /// Whether the newest configuration sets other limits on a host than the one before.
    func limitsChanged(on host: String) -> Bool {
        hosts[host] == nil ? generalLimitsChanged : limitsChanged.contains(host)
    }

    func finishAdoption() { (limitsChanged, generalLimitsChanged) = ([], false) }

    func refresh() { for source in remote.values { source.refresh() } }
    func pause(_ isPaused: Bool) { for source in remote.values { source.pause(isPaused) } }

    func stop() {
        for source in remote.values { source.stop() }
        remote = [:]
        client?.close()
        client = nil
    }
}

extension Configuration {
    func host(_ name: String) -> HostConfiguration? { hosts.first { $0.name == name } }

    /// There are other machines than this one in it.
    var watchesOthers: Bool { hosts.contains { $0.source != .local } }

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
