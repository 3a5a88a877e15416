import Contract
import Core
import Engine

/// A plugin catalog in memory: files with an identity, and workers that answer at once unless a test changes that.
@MainActor
final class MemoryWorkers: PluginCatalog {
    /// The file of one plugin.
    struct File {
        var description: PluginDescription
        var identity = 1
        /// Returns the answer to a collect or an ingest; nil: no answer is sent.
        var collect: @MainActor (HostMessage) -> Collected? = { _ in Collected() }
        var doubt: String?
        var refusal: String?
    }

    var files: [String: File] = [:]
    private(set) var launched: [MemoryWorker] = []
    let folders = ["/plugins"]
    var available: [String] { files.keys.sorted() }

    func find(_ id: String) -> PluginFile {
        guard let file = files[id] else { return .missing }
        return file.doubt.map { .untrusted($0) } ?? .file("/plugins/\(id).so")
    }

    func path(of id: String) -> String? { files[id] == nil ? nil : "/plugins/\(id).so" }
    func identity(of path: String) -> [Int]? { files[Self.id(of: path)].map { [$0.identity] } }
    func doubt(about path: String) -> String? { files[Self.id(of: path)]?.doubt }

    func launch(_ path: String, mayGainPrivileges: Bool) throws(Failure) -> any WorkerConnection {
        let id = Self.id(of: path)
        guard let file = files[id] else {
            throw Failure(.failed, .workerNotStarted(program: path, error: "No such file"))
        }
        let worker = MemoryWorker(file)
        launched.append(worker)
        return worker
    }

    private static func id(of path: String) -> String {
        String(path.split(separator: "/").last?.dropLast(3) ?? "")
    }
}

/// A worker that records the messages sent to it, and can be ended by the test.
@MainActor
final class MemoryWorker: WorkerConnection {
    private let file: MemoryWorkers.File
    var onMessage: (WorkerMessage) -> Void = { _ in } {
        didSet { greet() }
    }
    var onOutput: (String) -> Void = { _ in }
    var onEnd: (Failure.WorkerEnd) -> Void = { _ in }
    var processorTime: UInt64 = 0
    var lastLine = ""
    private(set) var received: [HostMessage] = []
    private(set) var isEnded = false
    private var hasGreeted = false
    /// Answers that the next turn delivers.
    private var answers: [WorkerMessage] = []
    private var isAnswering = false

    init(_ file: MemoryWorkers.File) { self.file = file }

    /// Sends the first message after the call that sets the listener has returned.
    private func greet() {
        guard !hasGreeted else { return }
        hasGreeted = true
        answers.append(file.refusal.map { .refused($0) } ?? .hello(file.description))
        MemoryWorker.waiting.append(self)
    }

    func send(_ message: @escaping () -> HostMessage) {
        guard !isEnded else { return }
        let message = message()
        received.append(message)
        if let answer = answer(to: message) {
            answers.append(answer)
            MemoryWorker.waiting.append(self)
        }
    }

    func kill(_ reason: Failure.WorkerEnd) {
        guard !isEnded else { return }
        isEnded = true
        onEnd(reason)
    }

    private func answer(to message: HostMessage) -> WorkerMessage? {
        switch message {
        case .create(let id, _): .created(id: id)
        case .collect(let id, _), .ingest(let id, _, _, _, _):
            file.collect(message).map { .collected(id: id, $0) }
        case .draw(let id, _): .drawn(id: id, [])
        case .destroy(let id): .destroyed(id: id)
        }
    }

    /// Workers with undelivered answers.
    private static var waiting: [MemoryWorker] = []

    /// Delivers all answers, and the answers to messages sent because of them.
    static func deliver() {
        while !waiting.isEmpty {
            let workers = waiting
            waiting = []
            for worker in workers {
                let answers = worker.answers
                worker.answers = []
                for answer in answers where !worker.isEnded { worker.onMessage(answer) }
            }
        }
    }
}
