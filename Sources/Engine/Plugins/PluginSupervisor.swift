import Contract
import Core

/// Keeps the worker of one plugin running, and changes to another file when there is one that proves itself better.
@MainActor
public final class PluginSupervisor {
    /// Whoever has an instance of a plugin, or waits for one.
    @MainActor
    protocol Client: AnyObject {
        var id: UInt32 { get }
        /// It has an instance of the plugin, or has asked for one.
        var hasInstance: Bool { get }
        /// It shows values, and misses them without the worker.
        var showsValues: Bool { get }
        /// The host whose documents it reads; nil: it asks this machine.
        var servedHost: String? { get }
        /// The plugin's programs may gain privileges for it.
        var mayGainPrivileges: Bool { get }
        /// Returns what an instance of this plugin is to be made of, or why there can be none.
        func request(for description: PluginDescription) -> Result<CreateRequest, Failure>
        /// A worker has loaded the plugin; the client has no instance in it yet.
        func pluginLoaded(_ description: PluginDescription)
        /// Another file has taken over, and has made an instance for the client.
        func pluginReplaced(_ description: PluginDescription)
        /// The worker is gone, or there is none.
        func pluginLost(_ failure: Failure)
        /// A collect has not been answered for so many nanoseconds.
        func pluginIsLate(_ nanoseconds: UInt64)
        /// The answer to what the client has asked for.
        func answered(_ message: WorkerMessage)
    }

    /// What a plugin is like for a client that comes.
    enum Standing {
        /// Nothing is known yet; the client is called when it is.
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
    /// The oldest first.
    var clients: [any Client] { clientsById.values.sorted { $0.id < $1.id } }
    private var session: WorkerSession?
    /// A newer file that has yet to prove itself.
    private var candidate: PluginCandidate?
    /// The file that was loaded, or tried, last.
    private var path = ""
    private var identity: [Int]?
    private var backoff = Backoff()
    private var quarantine = CrashQuarantine()
    private var startedAt: UInt64?
    private let retryTimer = TimerOwner()
    private let pardonTimer = TimerOwner()
    /// What the plugin declares; nil: it has never loaded.
    public private(set) var description: PluginDescription?
    /// Why there is no worker.
    private(set) var failure: Failure?
    /// What is wrong with a newer file while the old one goes on.
    public private(set) var notice: String?
    /// Called when ``notice`` has changed.
    var onChange: () -> Void = {}

    /// After so many failures in a row only the user starts it again.
    private static let mostFailures = 6
    /// A worker that lived so long, in nanoseconds, had worked: its end is not one of a row.
    private static let probation: UInt64 = 120_000_000_000

    init(id: String, catalog: any PluginCatalog, clock: any Clock, log: EngineLog) {
        self.id = id
        self.catalog = catalog
        self.clock = clock
        self.log = log
    }

    /// It has been started, however that went.
    var isStarted: Bool { startedAt != nil }

    /// The plugins that there are, and where they were looked for.
    var available: [String] { catalog.available }
    var folders: [String] { catalog.folders }

    /// Adds a client and returns what the plugin is like for it.
    func add(_ client: any Client) -> Standing {
        clientsById[client.id] = client
        return standing(for: client)
    }

    private func standing(for client: any Client) -> Standing {
        if let failure = quarantine.failure(for: client) { return .failed(failure) }
        if session != nil { return description.map { .loaded($0) } ?? .awaited }
        return failure.map { .failed($0) } ?? .awaited
    }

    /// Removes a client; its instance is ended while others go on.
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

    /// Starts again at once, whatever was wrong; a live worker is asked once more for the instances that it has refused.
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

    /// Sends a request for a client; without a worker nothing happens.
    ///
    /// - Parameter message: Called when the worker has room for it.
    func send(_ message: @escaping () -> HostMessage, id: UInt32, call: PluginCall, patience: UInt64? = nil) {
        session?.send(message, id: id, call: call, patience: patience)
    }

    /// Ends the worker at once; when the program ends, or the last client has gone.
    func shutdown() {
        clientsById = [:]
        session?.end()
        session = nil
        candidate?.end()
        candidate = nil
        clock.setTimer(retryTimer, at: nil) {}
        clock.setTimer(pardonTimer, at: nil) {}
    }

    // MARK: Another file

    /// Loads the best file that there is after one of this plugin's name has come, changed or gone. What runs goes on
    /// until the other file has shown that it can serve all clients.
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

    // MARK: The end of a worker

    private enum Prospect {
        /// It is tried again after a while.
        case retries
        /// Until the file changes, or the user asks.
        case waits
        /// Until there is one.
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

    /// Tries the clients again that were left out.
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
