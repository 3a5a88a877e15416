import Contract
import Core

/// Which of its clients a plugin's worker keeps ending of, so that it can go on for the others: one host's document, or
/// one widget's picture, must not cost all the rest their values.
@MainActor
struct Blame {
    private enum Party: Hashable {
        case client(UInt32)
        /// All who read what this host serves.
        case host(String)
    }

    /// Since it last ran for long.
    private var ends: [Party: Int] = [:]
    private var excluded: [Party: Failure] = [:]
    /// Once may be chance.
    private static let patience = 2
    /// With more of them it is the plugin's own fault.
    private static let most = 4
    /// Nanoseconds until they are tried again.
    static let exclusion: UInt64 = 600_000_000_000

    /// The worker has ended in a call for one of the clients. When that was not the first time, and there are others, it
    /// is left out from now on, and true is returned.
    ///
    /// - Parameters:
    ///   - why: How it ended, "collect crashed: SIGSEGV (Segmentation fault)".
    ///   - isLast: Otherwise the plugin is given up for all, since it ends of one and then of another.
    mutating func note(
        _ why: String, in call: PluginCall, for client: any PluginSupervisor.Client,
        of clients: [any PluginSupervisor.Client], isLast: Bool, hint: String
    ) -> Bool {
        let host = call == .collect ? client.feeder : nil
        let party = host.map { Party.host($0) } ?? .client(client.id)
        let times = ends[party, default: 0] + 1
        ends[party] = times
        guard isLast || times >= Self.patience, excluded.count < Self.most else { return false }
        let others = clients.filter { $0.showsValues && !concerns(party, $0) && failure(for: $0) == nil }
        guard !others.isEmpty else { return false }
        let often = times > 1 ? " \(times) times" : ""
        let place = host.map { "on what \($0) serves" } ?? "in this widget"
        excluded[party] = Failure(
            .failed,
            "\(why)\(often) \(place); left out for \(DurationText.exact(nanoseconds: Self.exclusion))\(hint)")
        return true
    }

    private func concerns(_ party: Party, _ client: any PluginSupervisor.Client) -> Bool {
        switch party {
        case .client(let id): client.id == id
        case .host(let name): client.feeder == name
        }
    }

    /// Why the plugin does nothing more for a client; nil: it does.
    func failure(for client: any PluginSupervisor.Client) -> Failure? {
        excluded[.client(client.id)] ?? client.feeder.flatMap { excluded[.host($0)] }
    }

    /// It ran for long: what comes next is not one of a row.
    mutating func forgive() { ends = [:] }

    /// All are tried again.
    mutating func forget() { (ends, excluded) = ([:], [:]) }

    /// A widget is gone, and with it perhaps the last of those that read what its host serves.
    mutating func forget(
        _ client: any PluginSupervisor.Client, of left: some Sequence<any PluginSupervisor.Client>
    ) {
        forget(.client(client.id))
        guard !excluded.isEmpty || !ends.isEmpty, let host = client.feeder,
            !left.contains(where: { $0.feeder == host })
        else { return }
        forget(.host(host))
    }

    private mutating func forget(_ party: Party) {
        ends[party] = nil
        excluded[party] = nil
    }
}
