import Core

/// The source of each host: what the configuration says, and this machine for all that it does not name.
@MainActor
final class HostSources {
    private(set) var configuration: Configuration
    /// Hosts on which the newest configuration sets other limits than the one before, and whether it does on those that
    /// it does not name; until it is in force.
    private var limitsChanged: Set<String> = []
    private var generalLimitsChanged = false
    /// Where each host stands in the configuration.
    private var places: [String: Int]
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
        places = configuration.placesByName
    }

    var isSimulated: Bool { demo != nil }

    func host(_ name: String) -> HostConfiguration? { places[name].map { configuration.hosts[$0] } }

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
        if let host = host(name) { return host.source == .local }
        return name == Files.hostName
            || (!gone.contains(name) && !configuration.watchesOthers)
    }

    private func newSource(of name: String, for dashboard: Dashboard) -> any SnapshotSource {
        guard let host = host(name) else {
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
        let wanted = new.placesByName
        for (name, source) in remote {
            if let old = host(name), let host = wanted[name].map({ new.hosts[$0] }), host.isAsked(as: old) {
                continue
            }
            source.stop()
            remote[name] = nil
        }
        limitsChanged = Set(
            configuration.hosts.filter { old in
                wanted[old.name].map {
                    !configuration.limits(on: old).isSame(as: new.limits(on: new.hosts[$0]))
                } ?? false
            }.map(\.name))
        generalLimitsChanged = !configuration.settings.thresholds.isSame(as: new.settings.thresholds)
        gone.formUnion(configuration.hosts.filter { $0.source == .http }.map(\.name))
        gone.subtract(wanted.keys)
        configuration = new
        places = wanted
    }

    /// Whether the newest configuration sets other limits on a host than the one before.
    func limitsChanged(on host: String) -> Bool {
        places[host] == nil ? generalLimitsChanged : limitsChanged.contains(host)
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

    /// Where each host stands among ``hosts``.
    var placesByName: [String: Int] {
        Dictionary(hosts.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension HostConfiguration {
    /// Whether its source can go on as that of the other.
    fileprivate func isAsked(as other: HostConfiguration) -> Bool {
        address == other.address && source == other.source && endpoints == other.endpoints
            && refresh == other.refresh && timeout == other.timeout
    }
}
