import Engine

/// Has a thread of its own do work beside the main thread.
@MainActor
public final class ThreadWork: BackgroundWork {
    private let thread = WorkThread()
    private let mailbox: LoopMailbox

    /// Creates it; the thread begins with the first work.
    public init(_ mailbox: LoopMailbox) { self.mailbox = mailbox }

    public func perform<Result: Sendable>(
        _ work: @escaping @Sendable () -> Result, _ done: @escaping @MainActor (Result) -> Void
    ) {
        thread.add { [mailbox] in
            let result = work()
            mailbox.post { done(result) }
        }
    }
}
