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

    private var last: (party: Party, times: Int)?
    private var excluded: [Party: Failure] = [:]
    /// Once may be chance.
    private static let patience = 2

    /// The worker has ended in a call for one of the clients. When that was not the first time, and there are others, it
    /// is left out from now on, and true is returned.
    ///
    /// - Parameter why: How it ended, "collect crashed: SIGSEGV (Segmentation fault)".
    mutating func note(
        _ why: String, in call: PluginCall, for client: any PluginSupervisor.Client,
        of clients: [any PluginSupervisor.Client], hint: String
    ) -> Bool {
        let host = call == .collect ? client.feeder : nil
        let party = host.map { Party.host($0) } ?? .client(client.id)
        last = (party, last?.party == party ? last!.times + 1 : 1)
        guard last!.times >= Self.patience,
            clients.contains(where: { $0.showsValues && !concerns(party, $0) })
        else { return false }
        last = nil
        excluded[party] = Failure(
            .failed,
            "\(why), twice in a row on what \(host ?? "this widget") \(host == nil ? "asks" : "serves"); left out, "
                + "so that \(host == nil ? "other widgets" : "other hosts") go on\(hint)")
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

    /// It ran for long, or ended for another reason: what comes next is not one of a row.
    mutating func forgive() { last = nil }

    /// All are tried again.
    mutating func forget() { (last, excluded) = (nil, [:]) }

    /// Its widget is gone.
    mutating func forget(_ client: UInt32) { excluded[.client(client)] = nil }
}
