import Contract
import Core

/// What the host waits for from a worker; each has a deadline.
enum PluginCall: String {
    case load, create, collect, draw, destroy

    /// Seconds until the worker is killed.
    var patience: UInt64 {
        switch self {
        case .load, .create: 10
        case .collect: 60
        case .draw, .destroy: 3
        }
    }
}

/// Keeps the worker of one plugin running, and says in words why it does not.
@MainActor
final class PluginSupervisor {
    /// The widgets of a plugin, told what becomes of it.
    @MainActor
    protocol Client: AnyObject {
        var id: UInt32 { get }
        /// The plugin has made no instance for it.
        var isRefused: Bool { get }
        func pluginLoaded(_ description: PluginDescription)
        /// The worker is gone. `call` is what this widget had asked of it, if it was this widget's call that failed.
        func pluginLost(_ failure: Failure)
        func answered(_ message: WorkerMessage)
    }

    private struct Request {
        let id: UInt32
        let call: PluginCall
    }

    let id: String
    let path: String
    private let program: String
    private let loop: EventLoop
    private let log: Log
    private var worker: WorkerProcess?
    private var clients: [any Client] = []
    private var waiting: [Request] = []
    private var backoff = Backoff()
    private var startedAt: UInt64 = 0
    /// There is a user at the keyboard, who can be told of keys.
    var offersKeys = false
    private(set) var description: PluginDescription?
    /// Why there is no worker now.
    private(set) var failure: Failure?

    /// After so many failures in a row only the user starts it again.
    private static let quarantine = 6
    /// A worker that lived so long, in nanoseconds, had worked: its end is not one of a row.
    private static let probation: UInt64 = 120_000_000_000

    init(id: String, path: String, program: String, loop: EventLoop, log: Log) {
        self.id = id
        self.path = path
        self.program = program
        self.loop = loop
        self.log = log
    }

    func add(_ client: any Client) { clients.append(client) }

    func start() {
        startedAt = loop.now
        do throws(WorkerProcess.Failure) {
            let worker = try WorkerProcess(program: program, plugin: path, loop: loop)
            worker.onMessage = { [weak self] in self?.receive($0) }
            worker.onOutput = { [weak self] text in
                guard let self else { return }
                log.warning("\(id) wrote: \(text)")
            }
            worker.onEnd = { [weak self] in self?.ended($0) }
            self.worker = worker
            expect(.load, of: 0)
        } catch {
            lost(Failure(.failed, error.reason), canRetry: true)
        }
    }

    /// Starts again now, whatever was wrong; a live worker is asked once more for the widgets that it has refused.
    func retry() {
        guard worker == nil else {
            if let description {
                for client in clients where client.isRefused { client.pluginLoaded(description) }
            }
            return
        }
        backoff.succeed()
        start()
    }

    func send(_ message: HostMessage, id: UInt32, call: PluginCall) {
        guard let worker else { return }
        worker.send(message)
        expect(call, of: id)
    }

    /// Ends the worker at once; used when the program ends.
    func shutdown() {
        clients = []
        worker?.onEnd = { _ in }
        worker?.kill("")
        worker = nil
        loop.setTimer(self, at: nil) {}
    }

    private func expect(_ call: PluginCall, of id: UInt32) {
        waiting.append(Request(id: id, call: call))
        if waiting.count == 1 { watchHead() }
    }

    /// A worker answers in order, so only the oldest request can be late.
    private func watchHead() {
        guard let head = waiting.first else {
            loop.setTimer(self, at: nil) {}
            return
        }
        loop.setTimer(self, at: loop.now + head.call.patience * 1_000_000_000) { [weak self] in
            self?.worker?.kill("gave no answer within \(head.call.patience) s and was killed")
        }
    }

    private func receive(_ message: WorkerMessage) {
        switch message {
        case .hello(let description):
            guard answered(.load) else { return }
            self.description = description
            failure = nil
            for client in clients { client.pluginLoaded(description) }
        case .refused(let sentence):
            waiting = []
            worker?.onEnd = { _ in }
            worker?.kill("")
            worker = nil
            lost(Failure(.failed, "\(path) \(sentence)"), canRetry: false)
        case .log(let level, let line):
            log.plugin(id, level: level, line)
        case .created(let id): deliver(message, to: id, .create)
        case .createFailed(let id, _, _): deliver(message, to: id, .create)
        case .collected(let id, _): deliver(message, to: id, .collect)
        case .drawn(let id, _): deliver(message, to: id, .draw)
        case .destroyed(let id): deliver(message, to: id, .destroy)
        }
    }

    private func deliver(_ message: WorkerMessage, to id: UInt32, _ call: PluginCall) {
        guard waiting.first?.id == id, waiting.first?.call == call else {
            worker?.kill("answered what it was not asked and was killed")
            return
        }
        guard answered(call) else { return }
        clients.first { $0.id == id }?.answered(message)
    }

    private func answered(_ call: PluginCall) -> Bool {
        guard waiting.first?.call == call else {
            worker?.kill("answered what it was not asked and was killed")
            return false
        }
        waiting.removeFirst()
        watchHead()
        return true
    }

    private func ended(_ how: String) {
        worker = nil
        if loop.now - startedAt > Self.probation { backoff.succeed() }
        let call = waiting.first?.call.rawValue ?? "its worker"
        lost(Failure(.failed, "\(call) \(how)"), canRetry: true)
    }

    private func lost(_ failure: Failure, canRetry: Bool) {
        waiting = []
        let delay = backoff.fail()
        var sentence = failure.sentence
        if backoff.failures > 1 { sentence += " (\(backoff.failures) times)" }
        if !canRetry || backoff.failures >= Self.quarantine {
            if canRetry { sentence += "; given up" }
            if offersKeys { sentence += "; R tries again" }
            loop.setTimer(self, at: nil) {}
        } else {
            sentence += "; next try in \(delay / 1_000_000_000) s"
            if offersKeys { sentence += ", R tries now" }
            loop.setTimer(self, at: loop.now + delay) { [weak self] in self?.start() }
        }
        log.error("\(id): \(sentence)")
        self.failure = Failure(failure.outcome, sentence)
        for client in clients { client.pluginLost(self.failure!) }
    }
}
