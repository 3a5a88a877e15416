import Contract
import Core

/// The worker of a newer file, run beside the worker of the old file. It replaces the old worker once it has created
/// an instance for every widget that the old one serves.
@MainActor
final class PluginCandidate {
    let session: WorkerSession
    let path: String
    private let clients: [any PluginSupervisor.Client]
    private(set) var description: PluginDescription?
    /// The ids of the clients that it has created an instance for.
    private(set) var served: Set<UInt32> = []
    private var isAwaited: Set<UInt32> = []

    var onReady: (PluginCandidate) -> Void = { _ in }
    /// Called with the reason in one sentence when the file is not used; its worker has ended.
    var onRejected: (String) -> Void = { _ in }

    init(_ session: WorkerSession, path: String, clients: [any PluginSupervisor.Client]) {
        self.session = session
        self.path = path
        self.clients = clients
        session.onHello = { [weak self] in self?.loaded($0) }
        session.onRefused = { [weak self] in self?.onRejected("\(path) \($0)") }
        session.onLost = { [weak self] in self?.onRejected("\(path): \(PluginCandidate.words($0))") }
        session.onAnswer = { [weak self] message, id in self?.answered(message, id) }
    }

    /// Ends the worker.
    func end() { session.end() }

    /// Describes how the worker ended, without its last line of output.
    private static func words(_ loss: WorkerSession.Loss) -> String {
        let cause = Failure.Cause.workerEnded(call: loss.call?.0.rawValue, loss.end, lastLine: "")
        return Failure(.failed, cause).words(Wording(now: 0))
    }

    private func loaded(_ description: PluginDescription) {
        self.description = description
        var requests: [(UInt32, CreateRequest)] = []
        for client in clients where client.hasInstance {
            switch client.request(for: description) {
            case .success(let request): requests.append((client.id, request))
            case .failure(let failure): return reject(failure.words(Wording(now: 0)))
            }
        }
        isAwaited = Set(requests.map { $0.0 })
        for (id, request) in requests { session.send({ .create(id: id, request) }, id: id, call: .create) }
        if requests.isEmpty { onReady(self) }
    }

    private func answered(_ message: WorkerMessage, _ id: UInt32) {
        if case .createFailed(_, _, let sentence) = message { return reject("\(path): \(sentence)") }
        isAwaited.remove(id)
        served.insert(id)
        if isAwaited.isEmpty { onReady(self) }
    }

    private func reject(_ sentence: String) {
        session.end()
        onRejected(sentence)
    }
}
