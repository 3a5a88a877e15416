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
    private let reader: KeptReader

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
        reader = KeptReader(place)
        // The database is open before the first question comes.
        thread.add { [reader] in reader.open() }
    }

    public func ask(_ question: PastQuestion, _ answer: @escaping @MainActor (PastAnswer) -> Void) {
        flush()
        thread.add { [reader, mailbox] in
            let found = reader.answer(question)
            mailbox.post { answer(found) }
        }
    }

    /// Waits until all questions are answered; no further one is.
    public func stop() { thread.finish() }
}

/// A reader that stays open between questions. Only one thread uses it.
private final class KeptReader: @unchecked Sendable {
    private let place: HistoryPlace
    private var reader: HistoryReader?
    private var identity: FileIdentity?

    init(_ place: HistoryPlace) { self.place = place }

    func open() { _ = try? current() }

    func answer(_ question: PastQuestion) -> PastAnswer {
        do throws(HistoryError) {
            guard let reader = try current() else { return .nothing(for: question) }
            var answer = PastAnswer(curves: try reader.curves(question))
            answer.texts = try reader.texts(question)
            return answer
        } catch {
            reader = nil
            return .nothing(for: question, error.sentence)
        }
    }

    /// The reader of the file that is there; nil: there is none.
    private func current() throws(HistoryError) -> HistoryReader? {
        let identity = place.identity
        guard identity != nil else {
            reader = nil
            return nil
        }
        if reader == nil || identity != self.identity {
            reader = try HistoryReader(place)
            self.identity = identity
        }
        return reader
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
