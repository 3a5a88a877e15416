import Core

/// The source of each host: what the configuration says, and this machine for all that it does not name.
@MainActor
final class HostSources {
    let configuration: Configuration
    private let local = LocalSource()
    /// Stands in for the hosts of the configuration.
    private let demo: DemoFleet?
    private var remote: [String: any SnapshotSource] = [:]
    private var client: HTTPClient?
    private var timers: TimerQueue?

    init(_ configuration: Configuration, demo: DemoFleet? = nil) {
        self.configuration = configuration
        self.demo = demo
    }

    /// The source of a host; connections are made when the first widget asks for one.
    func source(of name: String, for dashboard: Dashboard) -> any SnapshotSource {
        if let source = remote[name] { return source }
        // A captured machine is one machine, whatever its widgets say.
        guard dashboard.root.isEmpty, let host = configuration.host(name), host.source == .http else {
            return local
        }
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
}
