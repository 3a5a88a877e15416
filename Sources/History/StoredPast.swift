import Core
import Engine
import Platform

/// Answers questions about the past from the database. A thread reads; where the same program records, it is the thread
/// that writes, so that an answer holds everything up to its question.
@MainActor
public final class StoredPast: PastSource {
    private let place: HistoryPlace
    private let thread: WorkThread
    private let mailbox: LoopMailbox
    private let flush: @MainActor () -> Void

    /// Creates a source for a program that does not record.
    public convenience init(_ place: HistoryPlace, _ mailbox: LoopMailbox) {
        self.init(place, mailbox, thread: WorkThread()) {}
    }

    /// Creates a source for a program that records.
    ///
    /// - Parameter thread: The thread that records.
    /// - Parameter flush: Called before each question; has the thread write what has come.
    init(
        _ place: HistoryPlace, _ mailbox: LoopMailbox, thread: WorkThread,
        flush: @escaping @MainActor () -> Void
    ) {
        self.place = place
        self.mailbox = mailbox
        self.thread = thread
        self.flush = flush
    }

    public func ask(_ question: PastQuestion, _ answer: @escaping @MainActor (PastAnswer) -> Void) {
        flush()
        thread.add { [place, mailbox] in
            let found = Self.answer(question, place)
            mailbox.post { answer(found) }
        }
    }

    /// Waits until all questions are answered; no further one is.
    public func stop() { thread.finish() }

    private nonisolated static func answer(_ question: PastQuestion, _ place: HistoryPlace) -> PastAnswer {
        guard place.exists else { return .nothing(for: question) }
        do throws(HistoryError) {
            let reader = try HistoryReader(place)
            var answer = PastAnswer(curves: try reader.curves(question))
            answer.texts = try reader.texts(question)
            return answer
        } catch { return .nothing(for: question, error.sentence) }
    }
}

extension PastAnswer {
    static func nothing(for question: PastQuestion, _ trouble: String? = nil) -> PastAnswer {
        let window = question.window
        let empty = SeriesCurve(
            start: window.start, step: window.step, buckets: Array(repeating: .gap, count: window.count))
        return PastAnswer(curves: question.series.map { _ in empty }, trouble: trouble)
    }
}
