import Core
import Engine
import Platform

/// Answers from the database what was known at a moment. A thread of its own reads: a search through a month must not hold
/// back whoever records.
@MainActor
public final class StoredMoments: MomentSource {
    private let place: HistoryPlace
    private let mailbox: LoopMailbox
    private let thread = WorkThread()
    /// Used by the thread only.
    private let reader: Confined<MomentReader>
    private let flush: Flush

    /// Called before each question with its time in Unix nanoseconds. It calls what it gets once everything until then is
    /// written.
    public typealias Flush = @MainActor (Int64, @escaping WorkThread.Job) -> Void

    /// Creates a source; `flush` is that of a program that records.
    public init(_ place: HistoryPlace, _ mailbox: LoopMailbox, flush: @escaping Flush = { $1() }) {
        self.place = place
        self.mailbox = mailbox
        self.flush = flush
        reader = Confined(MomentReader(place))
    }

    public func ask(_ question: MomentQuestion, _ answer: @escaping @MainActor (MomentAnswer) -> Void) {
        flush(question.time) { [thread, reader, mailbox] in
            thread.add {
                let found = reader.value.answer(question)
                mailbox.post { answer(found) }
            }
        }
    }

    public func find(_ question: EventQuestion, _ answer: @escaping @MainActor (EventAnswer) -> Void) {
        flush(.max) { [thread, place, mailbox] in
            thread.add {
                let found = EventFinder.find(question, place)
                mailbox.post { answer(found) }
            }
        }
    }

    /// Waits until all questions are answered; no further one is.
    public func stop() { thread.finish() }
}

/// Something that one thread alone uses, and that others hand to it.
private final class Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
