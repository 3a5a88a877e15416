import Contract
import Core

/// Finds the clients whose document or picture ends a plugin's worker again and again, and leaves them out for a while, so
/// that one host's document or one widget's picture does not cost all others their values.
@MainActor
struct CrashQuarantine {
    private enum Party: Hashable {
        case client(UInt32)
        /// All clients that read what this host serves.
        case host(String)
    }

    /// Ends of the worker by party, since the worker last ran for long.
    private var ends: [Party: Int] = [:]
    private var excluded: [Party: Failure] = [:]
    /// The number of ends that exclude a party: one may be chance.
    private static let tolerated = 2
    /// With more excluded parties than this the plugin itself is at fault.
    private static let most = 4
    /// Nanoseconds until excluded parties are tried again.
    static let duration: UInt64 = 600_000_000_000

    /// Notes that the worker has ended in a call for a client. Returns true when the client, or its host, is excluded
    /// from then on: when that was not the first time, and there are others that the plugin can go on for.
    ///
    /// - Parameter isLast: The plugin would otherwise be given up for all clients.
    mutating func note(
        _ end: Failure.WorkerEnd, in call: PluginCall, for client: any PluginSupervisor.Client,
        of clients: [any PluginSupervisor.Client], isLast: Bool
    ) -> Bool {
        let host = call == .collect ? client.servedHost : nil
        let party = host.map { Party.host($0) } ?? .client(client.id)
        let times = ends[party, default: 0] + 1
        ends[party] = times
        guard isLast || times >= Self.tolerated, excluded.count < Self.most else { return false }
        let others = clients.filter { $0.showsValues && !concerns(party, $0) && failure(for: $0) == nil }
        guard !others.isEmpty else { return false }
        let facts = Failure.Quarantine(
            call: call.rawValue, end: end, times: times, host: host, nanoseconds: Self.duration)
        excluded[party] = Failure(.failed, .quarantined(facts))
        return true
    }

    private func concerns(_ party: Party, _ client: any PluginSupervisor.Client) -> Bool {
        switch party {
        case .client(let id): client.id == id
        case .host(let name): client.servedHost == name
        }
    }

    /// Returns why the plugin does nothing for a client; nil: it serves the client.
    func failure(for client: any PluginSupervisor.Client) -> Failure? {
        excluded[.client(client.id)] ?? client.servedHost.flatMap { excluded[.host($0)] }
    }

    /// Forgets the ends of a worker that has run for long: they are no row with what comes next.
    mutating func forgive() { ends = [:] }

    /// Ends all exclusions.
    mutating func clear() { (ends, excluded) = ([:], [:]) }

    /// Forgets a client that is gone, and its host where no other client reads what that serves.
    mutating func remove(
        _ client: any PluginSupervisor.Client, leaving left: some Sequence<any PluginSupervisor.Client>
    ) {
        remove(.client(client.id))
        guard !excluded.isEmpty || !ends.isEmpty, let host = client.servedHost,
            !left.contains(where: { $0.servedHost == host })
        else { return }
        remove(.host(host))
    }

    private mutating func remove(_ party: Party) {
        ends[party] = nil
        excluded[party] = nil
    }
}
