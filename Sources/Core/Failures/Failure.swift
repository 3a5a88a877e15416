import Contract

/// Why there is no new snapshot, as facts. Words are made of it where it is shown: ``words(_:)``.
public struct Failure: Error, Equatable, Sendable {
    private struct Facts: Equatable, Sendable {
        var code: Outcome
        var cause: Cause
        var attempt: Int
        var next: Next
    }

    /// On the heap: thousands of places hold no failure most of the time, and need one word for it.
    private indirect enum Held: Equatable, Sendable { case facts(Facts) }

    private var held: Held
    private var facts: Facts {
        get {
            switch held {
            case .facts(let facts): facts
            }
        }
        set { held = .facts(newValue) }
    }

    /// What kind of failure it is, for programs: the code of the exported JSON.
    public var code: Outcome {
        get { facts.code }
        set { facts.code = newValue }
    }
    /// What has happened.
    public var cause: Cause {
        get { facts.cause }
        set { facts.cause = newValue }
    }
    /// Which failure in a row this is; 1 for the first.
    public var attempt: Int {
        get { facts.attempt }
        set { facts.attempt = newValue }
    }
    /// What happens next.
    public var next: Next {
        get { facts.next }
        set { facts.next = newValue }
    }

    /// When and by what the next attempt comes.
    public enum Next: Equatable, Sendable {
        /// With the next tick or document.
        case usual
        /// At a Unix time in nanoseconds.
        case retry(at: Int64)
        /// Only when the user asks or the file changes.
        case onRequest
        /// Only when the user asks, after so many attempts that trying again is of no use.
        case givenUp
        /// When the plugin's file is there.
        case onFile
    }

    /// Creates a failure; without `attempt` and `next` it is the first one, and the next tick or document tries again.
    public init(_ code: Outcome, _ cause: Cause, attempt: Int = 1, next: Next = .usual) {
        held = .facts(Facts(code: code, cause: cause, attempt: attempt, next: next))
    }

    /// Returns whether both are the same event: what changes with every attempt, as a count, a time or a number of bytes,
    /// does not make a new one.
    public func isSameEvent(as other: Failure) -> Bool {
        code == other.code && cause.event == other.cause.event
    }

    /// Neither the host nor the plugin is at fault: what the plugin shows does not exist there.
    public var isUnavailable: Bool { code == .unavailable }
}

extension Failure {
    /// What has happened, with all that a sentence about it names.
    public indirect enum Cause: Equatable, Sendable {
        /// The plugin's own sentence.
        case plugin(String)
        /// A mistake in a widget's options or in the limits of the configuration.
        case option(Problem)
        /// A layout names a plugin that no folder holds.
        case unknownPlugin(Problem, folders: [String])
        /// There is no file of the plugin; `folder` is where it was, empty where it never was.
        case missingFile(plugin: String, folder: String)
        /// The plugin's file is not loaded because others may write it.
        case untrustedFile(String)
        /// The file is no plugin; the reason as the worker gives it.
        case refusedFile(path: String, reason: String)
        /// The operating system did not start the worker.
        case workerNotStarted(program: String, error: String)
        /// The worker has ended; `call` is what it was asked for, nil between two calls.
        case workerEnded(call: String?, WorkerEnd, lastLine: String)
        /// The worker ended again and again for one host's document or one widget's picture, which is left out.
        case quarantined(Quarantine)
        /// A call has not been answered for so many nanoseconds.
        case late(call: String, nanoseconds: UInt64)
        /// A document came and is of no use; `place` is "srv01:6127".
        case document(place: String, DocumentFault)
        /// No document came.
        case transport(TransportFailure)
        /// The plugin reads none of the documents that the host serves.
        case notServed(plugin: String, host: String)
        /// The host is not in `hosts.toml`; `wasThere` until a while ago.
        case unknownHost(String, file: String, wasThere: Bool)
        /// The library for a transport is not usable.
        case unusableTransport(String)
    }

    /// Why a document is of no use.
    public enum DocumentFault: Equatable, Sendable {
        /// The plugin's own sentence about it.
        case unreadable(String)
        /// The host serves another document there.
        case swapped(serves: String, expected: String, host: String)
        /// Its time lies so many nanoseconds ahead.
        case future(document: String, nanoseconds: Int64)
        /// Its time counts milliseconds.
        case milliseconds(document: String)
        /// Its time has stood still for too long; nanoseconds since then.
        case still(document: String, nanoseconds: Int64)
    }

    /// How a worker ended.
    public enum WorkerEnd: Equatable, Sendable {
        /// By itself: "crashed: SIGSEGV (Segmentation fault)".
        case ended(String)
        /// It used more memory than a worker may have; megabytes.
        case outOfMemory(String, used: UInt64, limit: UInt64)
        /// It gave no answer within so many nanoseconds.
        case deadline(UInt64)
        /// It used so many nanoseconds of processor time in one call.
        case processorTime(UInt64)
        /// It answered what it was not asked.
        case wrongAnswer
        /// It sent bytes that are no message; what is wrong with them.
        case brokenFrame(String)
        /// It sent more lines for the log than a call may.
        case tooManyLogLines(Int)
        /// It closed its connection and went on.
        case closedConnection
    }

    /// The exclusion of a host or a widget from a plugin for a limited time.
    public struct Quarantine: Equatable, Sendable {
        /// The call during which the worker ended; nil: between two calls.
        public var call: String?
        /// How the worker ended.
        public var end: WorkerEnd
        /// The number of times it ended so.
        public var times: Int
        /// The host whose document caused it; nil: a widget's picture or collect did.
        public var host: String?
        /// The length of the exclusion in nanoseconds.
        public var nanoseconds: UInt64

        /// Creates the facts of a quarantine.
        public init(call: String?, end: WorkerEnd, times: Int, host: String?, nanoseconds: UInt64) {
            self.call = call
            self.end = end
            self.times = times
            self.host = host
            self.nanoseconds = nanoseconds
        }
    }
}

extension Failure.Cause {
    /// Whether the host's state should name it. A plugin that does not load is the same on every host, and is told once.
    public var concernsHost: Bool {
        switch self {
        case .unknownPlugin, .missingFile, .untrustedFile, .refusedFile, .workerNotStarted: false
        case .workerEnded(let call, _, _): call != "load"
        default: true
        }
    }

    /// What tells one event from another: the kind and its subject, without measured values.
    var event: String {
        switch self {
        case .plugin(let sentence): "plugin \(sentence)"
        case .option(let problem): "option \(problem)"
        case .unknownPlugin: "unknown plugin"
        case .missingFile: "missing file"
        case .untrustedFile: "untrusted file"
        case .refusedFile: "refused file"
        case .workerNotStarted: "worker not started"
        case .workerEnded(let call, _, _): "worker ended \(call ?? "")"
        case .quarantined: "quarantined"
        case .late(let call, _): "late \(call)"
        case .document(let place, let fault): "document \(place) \(fault.event)"
        case .transport(let failure): "transport \(failure.place) \(failure.kind.name)"
        case .notServed: "not served"
        case .unknownHost: "unknown host"
        case .unusableTransport: "unusable transport"
        }
    }
}

extension Failure.DocumentFault {
    fileprivate var event: String {
        switch self {
        case .unreadable(let sentence): sentence
        case .swapped: "swapped"
        case .future: "future"
        case .milliseconds: "milliseconds"
        case .still: "still"
        }
    }
}
