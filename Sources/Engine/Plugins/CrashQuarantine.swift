import Contract
import Core

/// Counts which client's document or picture ends a plugin's worker, and excludes clients for which that happens
/// repeatedly. One host's document or one widget's picture then does not cost all other clients their values.
@MainActor
struct CrashQuarantine {
    private enum Party: Hashable {
        case client(UInt32)
        /// All clients that read documents of this host.
        case host(String)
    }

    /// The number of worker ends by party, since the worker last ran for a long time.
    private var ends: [Party: Int] = [:]
    private var excluded: [Party: Failure] = [:]
    /// The number of ends after which a party is excluded; a single one may be chance.
    private static let tolerated = 2
    /// The number of excluded parties above which the plugin itself is considered faulty.
    private static let most = 4
    /// Nanoseconds until excluded parties are tried again.
    static let duration: UInt64 = 600_000_000_000

    /// Records that the worker has ended during a call for a client. Returns whether the client, or its host, is
    /// excluded from now on: it must have happened before, and other clients must remain.
    ///
    /// - Parameter isLast: Whether this end would otherwise stop the plugin for all clients. A first end excludes
    ///   then.
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

    /// Returns why a client is excluded; nil: it is not.
    func failure(for client: any PluginSupervisor.Client) -> Failure? {
        excluded[.client(client.id)] ?? client.servedHost.flatMap { excluded[.host($0)] }
    }

    /// Clears the counts after a worker has run for a long time, since later ends are unrelated to them.
    mutating func forgive() { ends = [:] }

    /// Clears all counts and exclusions.
    mutating func clear() { (ends, excluded) = ([:], [:]) }

    /// Removes a client, and its host where no remaining client reads that host's documents.
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
