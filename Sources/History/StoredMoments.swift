import Core
import Engine
import Platform
import Synchronization

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
    /// The search that goes on.
    private var search = Search()

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
        // A new search ends the one before, whose answer nobody waits for.
        search.end()
        search = Search()
        flush(.max) { [thread, place, mailbox, search] in
            thread.add {
                let found = EventFinder.find(question, place) { search.isWanted }
                if search.isWanted { mailbox.post { answer(found) } }
            }
        }
    }

    /// Ends a search, and waits until all questions are answered; no further one is.
    public func stop() {
        search.end()
        thread.finish()
    }
}

/// Tells the thread whether the answer to a search is still wanted.
private final class Search: Sendable {
    private let wanted = Mutex(true)

    var isWanted: Bool { wanted.withLock { $0 } }
    func end() { wanted.withLock { $0 = false } }
}

/// Something that one thread alone uses, and that others hand to it.
private final class Confined<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
