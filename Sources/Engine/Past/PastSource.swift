import Core

/// Returns what numbers were: from the history, or from the simulated past of a demo. All calls are on the main thread.
@MainActor
public protocol PastSource: AnyObject {
    /// Asks for curves.
    ///
    /// - Parameter answer: Called once, later, on the main thread. It is not called after the program has begun to end.
    func ask(_ question: PastQuestion, _ answer: @escaping @MainActor (PastAnswer) -> Void)
}

/// A number of a plugin: an instance and a metric.
public struct PastSeries: Sendable, Hashable {
    /// The instance's name.
    public let instance: String
    /// The metric's id.
    public let metric: String

    /// Creates a name of a series.
    public init(instance: String, metric: String) {
        self.instance = instance
        self.metric = metric
    }
}

/// Asks for curves of some series of one source over one window.
public struct PastQuestion: Sendable {
    /// The source of the series.
    public var key: SeriesKey
    /// The series.
    public var series: [PastSeries]
    /// Texts whose changes are asked for too.
    public var texts: [PastSeries] = []
    /// The span of time and its stretches.
    public var window: HistoryWindow

    /// Creates a question.
    public init(_ key: SeriesKey, _ series: [PastSeries], _ window: HistoryWindow) {
        self.key = key
        self.series = series
        self.window = window
    }
}

/// A text that a metric had from a time on.
public struct PastText: Sendable, Equatable {
    /// Unix time in nanoseconds.
    public var time: Int64
    /// The text.
    public var text: String

    /// Creates it.
    public init(_ text: String, at time: Int64) {
        self.time = time
        self.text = text
    }
}

/// The answer to a ``PastQuestion``.
public struct PastAnswer: Sendable {
    /// One for each series of the question, in its order. What was never recorded is a curve of gaps.
    public var curves: [SeriesCurve]
    /// What each of the texts of the question was, in its order; a text that a source does not know has no changes.
    public var texts: [[PastText]] = []
    /// Why nothing can be read; nil: it could. The curves are then empty.
    public var trouble: String?

    /// Creates an answer.
    public init(curves: [SeriesCurve], trouble: String? = nil) {
        self.curves = curves
        self.trouble = trouble
    }
}
