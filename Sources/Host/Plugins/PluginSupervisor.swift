import Contract
import Core

/// Keeps the worker of one plugin running, says in words why it does not, and changes to another file when there
/// is one that is better.
@MainActor
final class PluginSupervisor {
    /// The widgets of a plugin, told what becomes of it.
    @MainActor
    protocol Client: AnyObject {
        var id: UInt32 { get }
        /// It has an instance of the plugin, or will get one.
        var isServed: Bool { get }
        /// It shows values, and would miss them without the worker.
        var showsValues: Bool { get }
        /// The host whose documents it reads; nil: it asks this machine.
        var feeder: String? { get }
        /// The plugin's programs may gain privileges for this widget.
        var mayGainPrivileges: Bool { get }
        /// What an instance of this plugin is to be made of, or why it cannot be.
        func request(for description: PluginDescription) -> Result<CreateRequest, Failure>
        func pluginLoaded(_ description: PluginDescription)
        /// Another file has taken over: its instance for this widget is made already.
        func pluginReplaced(_ description: PluginDescription)
        /// There is no file of this plugin in the folders; `available` are the plugins that there are.
        func pluginMissing(available: [String], folders: [String])
        /// The worker is gone.
        func pluginLost(_ failure: Failure)
        /// A collect has not been answered for so many nanoseconds.
        func pluginIsLate(_ nanoseconds: UInt64)
        func answered(_ message: WorkerMessage)
    }

    let id: String
    private let folder: PluginFolder
    private let loop: EventLoop
    private let log: Log
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
    private var blame = Blame()
    private var startedAt: UInt64 = 0
    private let retryTimer = Token()
    private let pardonTimer = Token()
    /// There is a user at the keyboard, who can be told of keys.
    var offersKeys = false
    private(set) var description: PluginDescription?
    /// Why there is no worker now.
    private(set) var failure: Failure?
    /// What is wrong with a newer file while the old one goes on.
    private(set) var notice: String?
    /// Something that widgets show has changed.
    var onChange: () -> Void = {}

    /// After so many failures in a row only the user starts it again.
    private static let quarantine = 6
    /// A worker that lived so long, in nanoseconds, had worked: its end is not one of a row.
    private static let probation: UInt64 = 120_000_000_000

    /// A timer belongs to an object; this is one.
    private final class Token {}

    init(id: String, folder: PluginFolder, loop: EventLoop, log: Log) {
        self.id = id
        self.folder = folder
        self.loop = loop
        self.log = log
    }

    /// It has been started, however that went.
    var isKnown: Bool { startedAt > 0 }

    /// A client that comes when the plugin is loaded is told so at once.
    func add(_ client: any Client) {
        clientsById[client.id] = client
        if let failure = blame.failure(for: client) { return client.pluginLost(failure) }
        if session != nil, let description { client.pluginLoaded(description) }
        if session == nil, let failure { tell(client, failure) }
    }

    /// The client's widget is gone; its instance is ended while others go on.
    func remove(_ client: any Client) {
        clientsById[client.id] = nil
        blame.forget(client, of: clientsById.values)
        if session != nil, client.isServed {
            send({ [id = client.id] in .destroy(id: id) }, id: client.id, call: .destroy)
        }
    }

    func start() {
        startedAt = loop.now
        loop.setTimer(retryTimer, at: nil) {}
        switch folder.find(id) {
        case .missing:
            identity = nil
            description = nil
            let place = path.dropLast(id.utf8.count + 4)
            let what =
                path.isEmpty
                ? "there is no \(id).so" : "\(id).so is gone from \(place): copy it back to go on"
            lost(Failure(.failed, what), .waitsForFile)
        case .refused(let sentence):
            identity = folder.path(of: id).flatMap(Files.identity)
            lost(Failure(.denied, sentence), .waits)
        case .file(let path):
            self.path = path
            identity = Files.identity(of: path)
            open(path)
        }
    }

    private func open(_ path: String) {
        do throws(WorkerProcess.Failure) {
            let session = try newSession(path)
            self.session = session
            follow(session)
            session.onHello = { [weak self] description in
                guard let self else { return }
                self.description = description
                failure = nil
                for client in clients where blame.failure(for: client) == nil {
                    client.pluginLoaded(description)
                }
            }
        } catch {
            lost(Failure(.failed, error.reason), .retries)
        }
    }

    private func newSession(_ path: String) throws(WorkerProcess.Failure) -> WorkerSession {
        try WorkerSession(
            id: id, path: path, program: folder.worker,
            mayGainPrivileges: clients.contains(where: \.mayGainPrivileges), loop: loop, log: log)
    }

    private func follow(_ session: WorkerSession) {
        session.onRefused = { [weak self] sentence in
            guard let self else { return }
            self.session = nil
            lost(Failure(.failed, "\(path) \(sentence)"), .waits)
        }
        session.onAnswer = { [weak self] message, id in
            self?.clientsById[id]?.answered(message)
        }
        session.onLate = { [weak self] id, passed in
            self?.clientsById[id]?.pluginIsLate(passed)
        }
        session.onLost = { [weak self] in self?.ended($0) }
    }

    /// Starts again now, whatever was wrong; a live worker is asked once more for the widgets that it has refused.
    func retry() {
        blame.forget()
        guard session != nil else {
            backoff.succeed()
            return start()
        }
        fileChanged()
        if let description {
            for client in clients where !client.isServed { client.pluginLoaded(description) }
        }
    }

    /// - Parameter message: Asked for when the worker has room for it.
    func send(_ message: @escaping () -> HostMessage, id: UInt32, call: PluginCall, patience: UInt64? = nil) {
        session?.send(message, id: id, call: call, patience: patience)
    }

    /// Ends the worker at once; when the program ends, or the last widget has gone.
    func shutdown() {
        clientsById = [:]
        session?.end()
        session = nil
        candidate?.end()
        candidate = nil
        loop.setTimer(retryTimer, at: nil) {}
        loop.setTimer(pardonTimer, at: nil) {}
    }

    // MARK: Another file

    /// A file of this plugin's name has come, changed or gone: the best one there is now is loaded, and what runs
    /// goes on until that one has shown that it can serve all widgets.
    func fileChanged() {
        guard let path = folder.path(of: id) else {
            guard identity != nil || session != nil else { return }
            candidate?.end()
            candidate = nil
            session?.end()
            session = nil
            setNotice(nil)
            return start()
        }
        let identity = Files.identity(of: path)
        guard identity != self.identity || path != self.path else { return }
        self.identity = identity
        blame.forget()
        guard session != nil else {
            backoff.succeed()
            return start()
        }
        if let doubt = folder.doubt(about: path) { return reject(doubt) }
        candidate?.end()
        do throws(WorkerProcess.Failure) {
            candidate = PluginCandidate(try newSession(path), path: path, clients: clients)
        } catch {
            return reject(error.reason)
        }
        candidate?.onReady = { [weak self] in self?.promote($0) }
        candidate?.onRejected = { [weak self] in self?.reject($0) }
    }

    private func promote(_ winner: PluginCandidate) {
        candidate = nil
        session?.end()
        session = winner.session
        path = winner.path
        startedAt = loop.now
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
        if loop.now - startedAt > Self.probation {
            backoff.succeed()
            blame.forgive()
        }
        if let (call, id) = loss.call, let client = clientsById[id] {
            let isLeftOut = blame.note(
                loss.sentence, in: call, for: client, of: clients,
                isLast: backoff.failures + 1 >= Self.quarantine, hint: offersKeys ? "; R tries again" : "")
            if isLeftOut {
                backoff.succeed()
                loop.setTimer(pardonTimer, at: loop.now + Blame.exclusion) { [weak self] in self?.pardon() }
            }
        }
        lost(Failure(.failed, loss.sentence), .retries, lastLine: loss.lastLine)
    }

    /// Who was left out is tried again.
    private func pardon() {
        let pardoned = clients.filter { blame.failure(for: $0) != nil }
        blame.forget()
        guard session != nil, let description else { return }
        for client in pardoned where !client.isServed { client.pluginLoaded(description) }
    }

    private func lost(_ failure: Failure, _ prospect: Prospect, lastLine: String = "") {
        let delay = backoff.fail()
        var sentence = failure.sentence
        if prospect == .retries, backoff.failures > 1 {
            sentence += ", \(Format.ordinal(backoff.failures)) time"
        }
        if prospect != .retries || backoff.failures >= Self.quarantine {
            if prospect == .retries { sentence += "; given up" }
            if offersKeys, prospect != .waitsForFile { sentence += "; R tries again" }
        } else {
            sentence += "; next try in \(delay / 1_000_000_000) s"
            if offersKeys { sentence += ", R tries now" }
            loop.setTimer(retryTimer, at: loop.now + delay) { [weak self] in self?.start() }
        }
        if !lastLine.isEmpty { sentence += "; it last wrote \(Problem.quoted(lastLine))" }
        log.error("\(id): \(sentence)")
        self.failure = Failure(failure.outcome, sentence)
        for client in clients { tell(client, blame.failure(for: client) ?? self.failure!) }
    }

    /// Who has never had this plugin hears which there are instead.
    private func tell(_ client: any Client, _ failure: Failure) {
        if path.isEmpty, identity == nil {
            client.pluginMissing(available: folder.available, folders: folder.folders)
        } else {
            client.pluginLost(failure)
        }
    }
}
