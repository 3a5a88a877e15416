import Core
import Engine

/// A past that the test makes up. Its answers come with the next idle turn.
@MainActor
final class StubPast: PastSource {
    /// Returns what a metric of an instance was at a Unix time in nanoseconds; nil: nothing was recorded.
    var value: (_ instance: String, _ metric: String, _ time: Int64) -> Double? = { _, _, _ in nil }
    /// Returns the changes of a text.
    var texts: (_ instance: String, _ metric: String) -> [PastText] = { _, _ in [] }
    private(set) var questions: [PastQuestion] = []
    private let clock: ManualClock

    /// Samples of one stretch.
    private static let samples: Int64 = 4

    init(_ clock: ManualClock) { self.clock = clock }

    func ask(_ question: PastQuestion, _ answer: @escaping @MainActor (PastAnswer) -> Void) {
        questions.append(question)
        var found = PastAnswer(curves: question.series.map { curve($0, question.window) })
        found.texts = question.texts.map { texts($0.instance, $0.metric) }
        clock.whenIdle { [found] in answer(found) }
    }

    private func curve(_ series: PastSeries, _ window: HistoryWindow) -> SeriesCurve {
        let buckets = (0..<window.count).map { index -> SeriesBucket in
            let begin = window.start + window.step * Int64(index)
            let values = (1...Self.samples).compactMap {
                value(series.instance, series.metric, begin + window.step * $0 / Self.samples - 1)
            }
            guard let last = values.last else { return .gap }
            return SeriesBucket(
                count: UInt32(values.count), minimum: values.min()!,
                mean: values.reduce(0, +) / Double(values.count), maximum: values.max()!, last: last)
        }
        return SeriesCurve(start: window.start, step: window.step, buckets: buckets)
    }
}

/// Work that is done with the next idle turn.
@MainActor
final class IdleWork: BackgroundWork {
    private let clock: ManualClock

    init(_ clock: ManualClock) { self.clock = clock }

    func perform<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, _ done: @escaping @MainActor (Result) -> Void
    ) {
        clock.whenIdle { done(work()) }
    }
}
