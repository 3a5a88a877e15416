import Core
import Engine
import HTTPSource
import Platform

/// Creates and keeps the source of each host: the configured one, and this machine for hosts that are not configured.
@MainActor
final class HostSources: SourceDirectory {
    private(set) var configuration: Configuration
    /// The index of each host in the configuration.
    private var places: [String: Int]
    private let local = LocalSource()
    /// The simulated fleet, which replaces the configured hosts; nil: the hosts are real.
    private let demo: DemoFleet?
    private lazy var demoDocuments = DemoDocuments()
    private var remote: [String: any SnapshotSource] = [:]
    /// Hosts with a source that have been removed from the configuration.
    private var gone: Set<String> = []
    private let loop: EventLoop
    private var client: HTTPClient?
    private var timers: TimerQueue?
    /// Called with a sentence about a host that cannot be polled. Sentences from before it is set are passed to it then.
    var onNotice: ((String) -> Void)? {
        didSet {
            for sentence in unheard { onNotice?(sentence) }
            unheard = []
        }
    }
    private var unheard: [String] = []

    init(_ configuration: Configuration, demo: DemoFleet? = nil, loop: EventLoop) {
        self.configuration = configuration
        self.demo = demo
        self.loop = loop
        places = configuration.placesByName
    }

    func configuration(of name: String) -> HostConfiguration? {
        places[name].map { configuration.hosts[$0] }
    }

    /// Returns the source of a host, and creates it, with its connections, on the first call.
    func source(of name: String, in engine: Engine) -> any SnapshotSource {
        if let source = remote[name] { return source }
        // A captured machine is a single machine, whatever host a widget names.
        guard engine.root.isEmpty, !isThisMachine(name) else { return local }
        let source = newSource(of: name, engine.clock)
        remote[name] = source
        return source
    }

    /// Whether a host is this machine. If no other machine is configured, every name in a layout stands for it.
    private func isThisMachine(_ name: String) -> Bool {
        if let host = configuration(of: name) { return host.source == .local }
        return name == Files.hostName
            || (!gone.contains(name) && !configuration.watchesOthers)
    }

    private func newSource(of name: String, _ clock: any Clock) -> any SnapshotSource {
        guard let host = configuration(of: name) else {
            let cause = Failure.Cause.unknownHost(
                name, file: ConfigurationFile.hosts.rawValue, wasThere: gone.contains(name))
            return AbsentSource(HostAPI.allCases.map(\.rawValue), Failure(.failed, cause))
        }
        if let demo, let number = demo.number(of: name) {
            return DemoSource(host, number: number, of: demo, made: demoDocuments, clock: clock)
        }
        do throws(SystemError) {
            let (client, timers) = try connections()
            return HTTPSource(
                host, client: client, timers: timers, clock: clock, loop: loop
            ) { [weak self] in self?.notify($0) }
        } catch {
            notify(error.sentence)
            return AbsentSource(host.documents, Failure(.failed, .unusableTransport(error.sentence)))
        }
    }

    private func notify(_ sentence: String) {
        if let onNotice { onNotice(sentence) } else { unheard.append(sentence) }
    }

    /// Returns the HTTP client and the timers that all hosts share, and creates them on the first call.
    private func connections() throws(SystemError) -> (HTTPClient, TimerQueue) {
        if let client, let timers { return (client, timers) }
        let timers = TimerQueue(loop)
        let client = try HTTPClient(servers: configuration.hosts.count * 3, loop: loop, timers: timers)
        (self.timers, self.client) = (timers, client)
        return (client, timers)
    }

    /// Applies another configuration. Hosts whose settings are unchanged keep their source; all other sources are
    /// ended.
    func adopt(_ new: Configuration) {
        let wanted = new.placesByName
        for (name, source) in remote {
            if let old = configuration(of: name), let host = wanted[name].map({ new.hosts[$0] }),
                host.isAsked(as: old)
            {
                continue
            }
            source.stop()
            remote[name] = nil
        }
        gone.formUnion(configuration.hosts.filter { $0.source == .http }.map(\.name))
        gone.subtract(wanted.keys)
        configuration = new
        places = wanted
    }

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

    /// Whether a host is this machine. Where no other machine is configured, every name stands for it.
    func isThisMachine(_ name: String, named own: String) -> Bool {
        if let host = host(name) { return host.source == .local }
        return name == own || !watchesOthers
    }

    /// Whether it contains hosts other than this machine.
    var watchesOthers: Bool { hosts.contains { $0.source != .local } }

    /// The name of the only host, if its values come from elsewhere; nil: there are several hosts, or none but this
    /// machine.
    var onlyRemoteHost: String? { hosts.count == 1 && hosts[0].source != .local ? hosts[0].name : nil }

    /// The index of each host in ``hosts``, by name.
    var placesByName: [String: Int] {
        Dictionary(hosts.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

extension HostConfiguration {
    /// Whether the source of `other` can be kept for this host.
    fileprivate func isAsked(as other: HostConfiguration) -> Bool {
        address == other.address && source == other.source && endpoints == other.endpoints
            && refresh == other.refresh && timeout == other.timeout
    }
}
