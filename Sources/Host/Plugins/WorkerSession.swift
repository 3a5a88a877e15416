import Contract

/// What the host waits for from a worker; each has a deadline.
enum PluginCall: String {
    case load, create, collect, draw, destroy

    /// Nanoseconds until the worker is killed.
    var patience: UInt64 {
        switch self {
        case .load, .create: 10_000_000_000
        case .collect: 20_000_000_000
        case .draw, .destroy: 3_000_000_000
        }
    }
}

/// One worker and what was asked of it: requests in order, each with a deadline, until the worker is gone.
@MainActor
final class WorkerSession {
    private struct Request {
        let id: UInt32
        let call: PluginCall
        let patience: UInt64
    }

    private let id: String
    private let path: String
    private let loop: EventLoop
    private let log: Log
    private let worker: WorkerProcess
    private var waiting: [Request] = []
    private var headSince: UInt64 = 0
    /// Processor time of the worker when the oldest request was first found late.
    private var headProcessorTime: UInt64?
    private var logLines = 0

    /// The plugin is loaded.
    var onHello: (PluginDescription) -> Void = { _ in }
    /// The file is no plugin, in words why; the session is over.
    var onRefused: (String) -> Void = { _ in }
    /// An answer to what was asked for a widget.
    var onAnswer: (WorkerMessage, UInt32) -> Void = { _, _ in }
    /// So many nanoseconds have passed without the answer to a widget's collect.
    var onLate: (UInt32, UInt64) -> Void = { _, _ in }
    /// The session is over.
    var onLost: (Loss) -> Void = { _ in }

    struct Loss {
        /// Which call it was, and how the worker ended: "collect crashed: SIGSEGV (Segmentation fault)".
        let sentence: String
        /// What it last wrote.
        let lastLine: String
        /// The call, and the widget that it was for; nil: between two calls.
        let call: (PluginCall, id: UInt32)?
    }

    /// The processor time that one call may take, and how often a late one is looked at.
    private static let processorTime: UInt64 = 5_000_000_000
    private static let look: UInt64 = 1_000_000_000

    init(
        id: String, path: String, program: String, mayGainPrivileges: Bool, loop: EventLoop, log: Log
    ) throws(WorkerProcess.Failure) {
        self.id = id
        self.path = path
        self.loop = loop
        self.log = log
        worker = try WorkerProcess(
            program: program, plugin: path, mayGainPrivileges: mayGainPrivileges, loop: loop)
        worker.onMessage = { [weak self] in self?.receive($0) }
        worker.onOutput = { log.warning("\(id) wrote: \($0)") }
        worker.onEnd = { [weak self] in self?.ended($0) }
        expect(Request(id: 0, call: .load, patience: PluginCall.load.patience))
    }

    /// - Parameter message: Asked for when the worker has room for it.
    func send(_ message: @escaping () -> HostMessage, id: UInt32, call: PluginCall, patience: UInt64? = nil) {
        worker.send(message)
        expect(Request(id: id, call: call, patience: patience ?? call.patience))
    }

    /// Ends the worker at once, and says nothing about it.
    func end() {
        worker.onEnd = { _ in }
        worker.kill("")
        loop.setTimer(self, at: nil) {}
    }

    // MARK: Deadlines

    private func expect(_ request: Request) {
        waiting.append(request)
        if waiting.count == 1 { watchHead() }
    }

    /// A worker answers in order, so only the oldest request can be late.
    private func watchHead() {
        headSince = loop.now
        headProcessorTime = nil
        guard let head = waiting.first else {
            loop.setTimer(self, at: nil) {}
            return
        }
        waitForHead(min(head.patience, Self.look))
    }

    private func waitForHead(_ nanoseconds: UInt64) {
        loop.setTimer(self, at: loop.now + nanoseconds) { [weak self] in self?.lookAtHead() }
    }

    private func lookAtHead() {
        guard let head = waiting.first else { return }
        let passed = loop.now - headSince
        if passed >= head.patience {
            worker.kill("gave no answer within \(head.patience / 1_000_000_000) s and was killed")
            return
        }
        let used = worker.processorTime
        if let before = headProcessorTime, used > before + Self.processorTime - Self.look {
            worker.kill("used \(Self.processorTime / 1_000_000_000) s of processor time and was killed")
            return
        }
        headProcessorTime = headProcessorTime ?? used
        if head.call == .collect, passed >= head.patience / 4 { onLate(head.id, passed) }
        waitForHead(min(head.patience - passed, Self.look))
    }

    // MARK: What the worker says

    private func receive(_ message: WorkerMessage) {
        switch message {
        case .hello(let description): if take(0, .load) { onHello(description) }
        case .refused(let sentence):
            end()
            onRefused(sentence)
        case .log(let level, let line): takeLog(level, line)
        case .created(let id), .createFailed(let id, _, _): answer(message, id, .create)
        case .collected(let id, _): answer(message, id, .collect)
        case .drawn(let id, _): answer(message, id, .draw)
        case .destroyed(let id): answer(message, id, .destroy)
        }
    }

    private func answer(_ message: WorkerMessage, _ id: UInt32, _ call: PluginCall) {
        if take(id, call) { onAnswer(message, id) }
    }

    /// Whether this is the answer that is due.
    private func take(_ id: UInt32, _ call: PluginCall) -> Bool {
        guard let head = waiting.first, head.id == id, head.call == call else {
            worker.kill("answered what it was not asked and was killed")
            return false
        }
        waiting.removeFirst()
        logLines = 0
        watchHead()
        return true
    }

    /// The worker's own code keeps to the bound; what is beyond comes from a plugin that writes frames itself.
    private func takeLog(_ level: UInt8, _ line: String) {
        logLines += 1
        guard logLines <= WireLimits.logLines else {
            worker.kill("sent more than \(WireLimits.logLines) lines for the log in one call and was killed")
            return
        }
        log.plugin(id, level: level, line)
    }

    private func ended(_ how: String) {
        loop.setTimer(self, at: nil) {}
        let head = waiting.first
        onLost(
            Loss(
                sentence: "\(head?.call.rawValue ?? "between two calls it") \(how)",
                lastLine: worker.lastLine,
                call: head.map { ($0.call, $0.id) }))
    }
}
