import Core

/// Returns what was known at a moment, and when something went wrong. All calls are on the main thread.
@MainActor
public protocol MomentSource: AnyObject {
    /// Asks what was known of some sources at a moment.
    ///
    /// - Parameter answer: Called once, later, on the main thread. It is not called after the program has begun to end.
    func ask(_ question: MomentQuestion, _ answer: @escaping @MainActor (MomentAnswer) -> Void)
    /// Asks for the nearest moment at which something went wrong. A later search takes the place of one that goes on, whose
    /// `answer` is then not called.
    func find(_ question: EventQuestion, _ answer: @escaping @MainActor (EventAnswer) -> Void)
}

/// Asks what was known of some sources at a moment.
public struct MomentQuestion: Sendable {
    /// The sources.
    public var keys: [SeriesKey]
    /// Unix nanoseconds.
    public var time: Int64

    /// Creates a question.
    public init(_ keys: [SeriesKey], at time: Int64) {
        self.keys = keys
        self.time = time
    }
}

/// What was known of a source at a moment, and how finely that was kept.
public struct RecordedMoment: Sendable, Equatable {
    /// What was known.
    public var known: HistoryMoment
    /// Nanoseconds of the stretch of time that the values stand for; 0: they are values as they came.
    public var step: Int64

    /// Creates a moment.
    public init(_ known: HistoryMoment, step: Int64 = 0) {
        self.known = known
        self.step = step
    }

    /// Unix nanoseconds of the end of what it tells of.
    var end: Int64 { known.time.addingReportingOverflow(step).partialValue }
}

/// The answer to a ``MomentQuestion``.
public struct MomentAnswer: Sendable {
    /// What is known; a source of which nothing was recorded until then is not among them.
    public var moments: [SeriesKey: RecordedMoment]
    /// Unix nanoseconds of the first record of any source; nil: there is none, or it was not looked for because all sources
    /// were found.
    public var begin: Int64?
    /// Why something cannot be read; nil: everything could.
    public var trouble: String?

    /// Creates an answer.
    public init(moments: [SeriesKey: RecordedMoment], begin: Int64? = nil, trouble: String? = nil) {
        self.moments = moments
        self.begin = begin
        self.trouble = trouble
    }
}

/// Asks for the nearest moment at which something went wrong.
public struct EventQuestion: Sendable {
    /// The sources that are searched.
    public var keys: [SeriesKey]
    /// Unix nanoseconds; what happened at this very moment is not meant.
    public var time: Int64
    /// Whether the next one is wanted, not the one before.
    public var isForward: Bool

    /// Creates a question.
    public init(_ keys: [SeriesKey], from time: Int64, isForward: Bool) {
        self.keys = keys
        self.time = time
        self.isForward = isForward
    }
}

/// The answer to an ``EventQuestion``.
public struct EventAnswer: Sendable, Equatable {
    /// Something that went wrong.
    public struct Event: Sendable, Equatable {
        /// Unix nanoseconds.
        public var time: Int64
        /// The host.
        public var host: String
        /// What went wrong, in words: "NVMe wear 91% (nvme0n1)".
        public var words: String

        /// Creates an event.
        public init(time: Int64, host: String, words: String) {
            self.time = time
            self.host = host
            self.words = words
        }
    }

    /// The event; nil: there is none.
    public var event: Event?
    /// Why something cannot be read; nil: everything could.
    public var trouble: String?

    /// Creates an answer.
    public init(event: Event?, trouble: String? = nil) {
        self.event = event
        self.trouble = trouble
    }
}
