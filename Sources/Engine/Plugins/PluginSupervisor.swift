import Contract
import Core

/// Keeps the worker of one plugin running, restarts it after failures, and replaces it when a newer file works. Used
/// on the main thread only.
@MainActor
public final class PluginSupervisor {
    /// A user of a plugin: a collector, or a probe that waits for the description.
    @MainActor
    protocol Client: AnyObject {
        var id: UInt32 { get }
        /// Whether it has an instance of the plugin, or has requested one.
        var hasInstance: Bool { get }
        /// Whether it shows values, and therefore needs the worker.
        var showsValues: Bool { get }
        /// The host whose documents it reads; nil: it collects on this machine.
        var servedHost: String? { get }
        /// Whether programs started by the plugin may gain privileges.
        var mayGainPrivileges: Bool { get }
        /// Returns the request that creates an instance with this description, or why there can be none.
        func request(for description: PluginDescription) -> Result<CreateRequest, Failure>
        /// Reports that a worker has loaded the plugin. It has no instance for the client yet.
        func pluginLoaded(_ description: PluginDescription)
        /// Reports that another file has replaced the plugin. It has an instance for the client already.
        func pluginReplaced(_ description: PluginDescription)
        /// Reports that there is no worker, and why.
        func pluginLost(_ failure: Failure)
        /// Reports that a collect has been unanswered for this number of nanoseconds.
        func pluginIsLate(_ nanoseconds: UInt64)
        /// Receives the answer to a request of the client.
        func answered(_ message: WorkerMessage)
    }

    /// The state of a plugin for a client that is added.
    enum Standing {
        /// The plugin has neither loaded nor failed yet; the client is called when it has.
        case awaited
        case loaded(PluginDescription)
        case failed(Failure)
    }

    /// The plugin's id.
    public let id: String
    private let catalog: any PluginCatalog
    private let clock: any Clock
    private let log: EngineLog
    private var clientsById: [UInt32: any Client] = [:]
    var isUnused: Bool { clientsById.isEmpty }
    /// All clients, the oldest first.
    var clients: [any Client] { clientsById.values.sorted { $0.id < $1.id } }
    private var session: WorkerSession?
    /// A newer file that is being tried beside the running one.
    private var candidate: PluginCandidate?
    /// The file that was last loaded, or tried.
    private var path = ""
    private var identity: [Int]?
    private var backoff = Backoff()
    private var quarantine = CrashQuarantine()
    private var startedAt: UInt64?
    private let retryTimer = TimerOwner()
    private let pardonTimer = TimerOwner()
    /// The plugin's description; nil: it has never loaded.
    public private(set) var description: PluginDescription?
    /// Why there is no worker; nil: there is one, or none has been started.
    private(set) var failure: Failure?
    /// Why a newer file is not used while the old one runs on; nil: there is no such file.
    public private(set) var notice: String?
    /// Called when ``notice`` has changed.
    var onChange: () -> Void = {}

    /// The number of failures in a row after which only the user restarts the plugin.
    private static let mostFailures = 6
    /// Nanoseconds after which a worker counts as having worked. Its end is then not one in a row of failures.
    private static let probation: UInt64 = 120_000_000_000

    init(id: String, catalog: any PluginCatalog, clock: any Clock, log: EngineLog) {
        self.id = id
        self.catalog = catalog
        self.clock = clock
        self.log = log
    }

    /// Whether it has been started, successfully or not.
    var isStarted: Bool { startedAt != nil }

    /// The ids of all plugins, and the folders that are searched for them.
    var available: [String] { catalog.available }
    var folders: [String] { catalog.folders }

    /// Adds a client and returns the plugin's state for it.
    func add(_ client: any Client) -> Standing {
        clientsById[client.id] = client
        return standing(for: client)
    }

    private func standing(for client: any Client) -> Standing {
        if let failure = quarantine.failure(for: client) { return .failed(failure) }
        if session != nil { return description.map { .loaded($0) } ?? .awaited }
        return failure.map { .failed($0) } ?? .awaited
    }

    /// Removes a client, and destroys its instance.
    func remove(_ client: any Client) {
        clientsById[client.id] = nil
        quarantine.remove(client, leaving: clientsById.values)
        if session != nil, client.hasInstance {
            send({ [id = client.id] in .destroy(id: id) }, id: client.id, call: .destroy)
        }
    }

    func start() {
        startedAt = clock.now
        clock.setTimer(retryTimer, at: nil) {}
        switch catalog.find(id) {
        case .missing:
            identity = nil
            description = nil
            let folder = String(path.dropLast(id.utf8.count + 4))
            lost(.failed, .missingFile(plugin: id, folder: folder), .waitsForFile)
        case .untrusted(let sentence):
            identity = catalog.path(of: id).flatMap(catalog.identity)
            lost(.denied, .untrustedFile(sentence), .waits)
        case .file(let path):
            self.path = path
            identity = catalog.identity(of: path)
            open(path)
        }
    }

    private func open(_ path: String) {
        do throws(Failure) {
            let session = try newSession(path)
            self.session = session
            follow(session)
            session.onHello = { [weak self] description in
                guard let self else { return }
                self.description = description
                failure = nil
                for client in clients where quarantine.failure(for: client) == nil {
                    client.pluginLoaded(description)
                }
            }
        } catch {
            lost(error.code, error.cause, .retries)
        }
    }

    private func newSession(_ path: String) throws(Failure) -> WorkerSession {
        let mayGainPrivileges = clients.contains(where: \.mayGainPrivileges)
        return WorkerSession(
            id: id, worker: try catalog.launch(path, mayGainPrivileges: mayGainPrivileges), clock: clock,
            log: log)
    }

    private func follow(_ session: WorkerSession) {
        session.onRefused = { [weak self] sentence in
            guard let self else { return }
            self.session = nil
            lost(.failed, .refusedFile(path: path, reason: sentence), .waits)
        }
        session.onAnswer = { [weak self] message, id in
            self?.clientsById[id]?.answered(message)
        }
        session.onLate = { [weak self] id, passed in
            self?.clientsById[id]?.pluginIsLate(passed)
        }
        session.onLost = { [weak self] in self?.ended($0) }
    }

    /// Restarts the plugin at once, whatever the last failure was. If a worker runs, requests the instances again
    /// that it refused.
    func retry() {
        quarantine.clear()
        guard session != nil else {
            backoff.succeed()
            return start()
        }
        fileChanged()
        if let description {
            for client in clients where !client.hasInstance { client.pluginLoaded(description) }
        }
    }

    /// Sends a request for a client; without effect when there is no worker.
    ///
    /// - Parameter message: Builds the message; called when the worker can take it.
    func send(_ message: @escaping () -> HostMessage, id: UInt32, call: PluginCall, patience: UInt64? = nil) {
        session?.send(message, id: id, call: call, patience: patience)
    }

    /// Ends the worker at once: at the end of the program, or after the last client.
    func shutdown() {
        clientsById = [:]
        session?.end()
        session = nil
        candidate?.end()
        candidate = nil
        clock.setTimer(retryTimer, at: nil) {}
        clock.setTimer(pardonTimer, at: nil) {}
    }

    // MARK: Replacement of the file

    /// Loads the best file that exists, after a file of this plugin has appeared, changed or been removed. The
    /// running worker stays in use until the other file has created an instance for every client.
    func fileChanged() {
        guard let path = catalog.path(of: id) else {
            guard identity != nil || session != nil else { return }
            candidate?.end()
            candidate = nil
            session?.end()
            session = nil
            setNotice(nil)
            return start()
        }
        let identity = catalog.identity(of: path)
        guard identity != self.identity || path != self.path else { return }
        self.identity = identity
        quarantine.clear()
        guard session != nil else {
            backoff.succeed()
            return start()
        }
        if let doubt = catalog.doubt(about: path) { return reject(doubt) }
        candidate?.end()
        do throws(Failure) {
            candidate = PluginCandidate(try newSession(path), path: path, clients: clients)
        } catch {
            return reject(error.words(Wording(now: clock.wall)))
        }
        candidate?.onReady = { [weak self] in self?.promote($0) }
        candidate?.onRejected = { [weak self] in self?.reject($0) }
    }

    private func promote(_ winner: PluginCandidate) {
        candidate = nil
        session?.end()
        session = winner.session
        path = winner.path
        startedAt = clock.now
        backoff.succeed()
        follow(winner.session)
        description = winner.description
        setNotice(nil)
        log.warning("\(id): \(path) has taken over")
        guard let description else { return }
        for client in clients {
            winner.served.contains(client.id)
                ? client.pluginReplaced(description) : client.pluginLoaded(description)
        }
    }

    private func reject(_ sentence: String) {
        candidate = nil
        setNotice("A newer file is not used: \(sentence). The old one goes on.")
    }

    private func setNotice(_ sentence: String?) {
        guard notice != sentence else { return }
        notice = sentence
        if let sentence { log.warning("\(id): \(sentence)") }
        onChange()
    }

    // MARK: End of a worker

    private enum Prospect {
        /// The plugin is started again after a delay.
        case retries
        /// Until the file changes or the user restarts the plugin.
        case waits
        /// Until there is a file.
        case waitsForFile
    }

    private func ended(_ loss: WorkerSession.Loss) {
        session = nil
        candidate?.end()
        candidate = nil
        if let startedAt, clock.now - startedAt > Self.probation {
            backoff.succeed()
            quarantine.forgive()
        }
        if let (call, id) = loss.call, let client = clientsById[id] {
            let isExcluded = quarantine.note(
                loss.end, in: call, for: client, of: clients,
                isLast: backoff.failures + 1 >= Self.mostFailures)
            if isExcluded {
                backoff.succeed()
                clock.setTimer(pardonTimer, at: clock.now + CrashQuarantine.duration) { [weak self] in
                    self?.pardon()
                }
            }
        }
        lost(.failed, loss.cause, .retries)
    }

    /// Includes the excluded clients again.
    private func pardon() {
        let pardoned = clients.filter { quarantine.failure(for: $0) != nil }
        quarantine.clear()
        guard session != nil, let description else { return }
        for client in pardoned where !client.hasInstance { client.pluginLoaded(description) }
    }

    private func lost(_ code: Outcome, _ cause: Failure.Cause, _ prospect: Prospect) {
        let delay = backoff.fail()
        var failure = Failure(code, cause, attempt: backoff.failures)
        switch prospect {
        case .waitsForFile: failure.next = .onFile
        case .waits: failure.next = .onRequest
        case .retries where backoff.failures >= Self.mostFailures: failure.next = .givenUp
        case .retries:
            failure.next = .retry(at: clock.wall + Int64(delay))
            clock.setTimer(retryTimer, at: clock.now + delay) { [weak self] in self?.start() }
        }
        log.error("\(id): \(failure.words(Wording(now: clock.wall)))")
        self.failure = failure
        for client in clients { client.pluginLost(quarantine.failure(for: client) ?? failure) }
    }
}
