import Contract
import Core

/// The requests to one worker, in order and each with a deadline, until the worker ends. Used on the main thread
/// only.
@MainActor
public final class WorkerSession {
    private struct Request {
        let id: UInt32
        let call: PluginCall
        let patience: UInt64
    }

    private let id: String
    private let clock: any Clock
    private let log: EngineLog
    private let worker: any WorkerConnection
    private var waiting: [Request] = []
    private var headSince: UInt64 = 0
    /// The worker's processor time when the oldest request was first found late, in nanoseconds.
    private var headProcessorTime: UInt64?
    private var logLines = 0

    /// Called when the plugin has loaded.
    public var onHello: (PluginDescription) -> Void = { _ in }
    /// Called with the reason when the file is not a usable plugin. The session has ended.
    public var onRefused: (String) -> Void = { _ in }
    /// Called with each answer, and the instance that it is for.
    public var onAnswer: (WorkerMessage, UInt32) -> Void = { _, _ in }
    /// Called with an instance and the nanoseconds for which its collect has been unanswered.
    public var onLate: (UInt32, UInt64) -> Void = { _, _ in }
    /// Called when the worker has ended.
    public var onLost: (Loss) -> Void = { _ in }

    /// The end of a session.
    public struct Loss {
        /// How the worker ended.
        public let end: Failure.WorkerEnd
        /// The last line of the worker's output.
        public let lastLine: String
        /// The call during which it ended, with the instance; nil: it was idle.
        public let call: (PluginCall, id: UInt32)?

        /// The end as the cause of a failure.
        public var cause: Failure.Cause {
            .workerEnded(call: call?.0.rawValue, end, lastLine: lastLine)
        }
    }

    /// The processor time that one call may use, and the interval at which a late call is checked, in nanoseconds.
    private static let processorTime: UInt64 = 5_000_000_000
    private static let look: UInt64 = 1_000_000_000

    /// Creates the session of a worker that has just been started.
    ///
    /// - Parameter id: The plugin's id or file, for the log.
    public init(id: String, worker: any WorkerConnection, clock: any Clock, log: EngineLog) {
        self.id = id
        self.clock = clock
        self.log = log
        self.worker = worker
        worker.onMessage = { [weak self] in self?.receive($0) }
        worker.onOutput = { log.warning("\(id) wrote: \($0)") }
        worker.onEnd = { [weak self] in self?.ended($0) }
        waitFor(Request(id: 0, call: .load, patience: PluginCall.load.patience))
    }

    /// Sends a request and starts its deadline.
    ///
    /// - Parameter message: Builds the message; called when the worker can take it.
    /// - Parameter patience: Nanoseconds until the worker is killed; nil: the call's own deadline.
    func send(_ message: @escaping () -> HostMessage, id: UInt32, call: PluginCall, patience: UInt64? = nil) {
        worker.send(message)
        waitFor(Request(id: id, call: call, patience: patience ?? call.patience))
    }

    /// Ends the worker at once. ``onLost`` is not called.
    public func end() {
        worker.onEnd = { _ in }
        worker.kill(.ended(""))
        clock.setTimer(self, at: nil) {}
    }

    // MARK: Deadlines

    private func waitFor(_ request: Request) {
        waiting.append(request)
        if waiting.count == 1 { watchHead() }
    }

    /// Restarts the deadline for the oldest request; a worker answers in order, so only that one can be late.
    private func watchHead() {
        headSince = clock.now
        headProcessorTime = nil
        guard let head = waiting.first else {
            clock.setTimer(self, at: nil) {}
            return
        }
        waitForHead(min(head.patience, Self.look))
    }

    private func waitForHead(_ nanoseconds: UInt64) {
        clock.setTimer(self, at: clock.now + nanoseconds) { [weak self] in self?.lookAtHead() }
    }

    private func lookAtHead() {
        guard let head = waiting.first else { return }
        let passed = clock.now - headSince
        if passed >= head.patience {
            worker.kill(.deadline(head.patience))
            return
        }
        let used = worker.processorTime
        if let before = headProcessorTime, used > before + Self.processorTime - Self.look {
            worker.kill(.processorTime(Self.processorTime))
            return
        }
        headProcessorTime = headProcessorTime ?? used
        if head.call == .collect, passed >= head.patience / 4 { onLate(head.id, passed) }
        waitForHead(min(head.patience - passed, Self.look))
    }

    // MARK: Messages of the worker

    private func receive(_ message: WorkerMessage) {
        switch message {
        case .hello(let description): if take(0, .load) { onHello(description.withDerivedMetrics()) }
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

    /// Returns whether this is the answer to the oldest request; kills the worker otherwise.
    private func take(_ id: UInt32, _ call: PluginCall) -> Bool {
        guard let head = waiting.first, head.id == id, head.call == call else {
            worker.kill(.wrongAnswer)
            return false
        }
        waiting.removeFirst()
        logLines = 0
        watchHead()
        return true
    }

    /// The runtime in the worker limits the number of lines; only a plugin that writes frames itself can exceed it.
    private func takeLog(_ level: UInt8, _ line: String) {
        logLines += 1
        guard logLines <= WireLimits.logLines else {
            worker.kill(.tooManyLogLines(WireLimits.logLines))
            return
        }
        log.plugin(id, level: level, line)
    }

    private func ended(_ end: Failure.WorkerEnd) {
        clock.setTimer(self, at: nil) {}
        onLost(Loss(end: end, lastLine: worker.lastLine, call: waiting.first.map { ($0.call, $0.id) }))
    }
}
