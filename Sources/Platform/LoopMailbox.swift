import CPosix
import Glibc
import Synchronization

/// Lets other threads have something done on the main thread.
public final class LoopMailbox: Sendable {
    /// Something to do, on the main thread.
    public typealias Action = @MainActor @Sendable () -> Void

    private let event: Int32
    private let actions = Mutex<[Action]>([])

    /// Creates a mailbox that the loop empties. The loop retains it.
    @MainActor
    public init(_ loop: EventLoop) {
        event = cposix_event()
        guard event >= 0 else { return }
        loop.watch(event) { [self] in deliver() }
    }

    /// Has an action called in a later turn of the loop. May be called by any thread.
    public func post(_ action: @escaping Action) {
        let isFirst = actions.withLock { actions in
            actions.append(action)
            return actions.count == 1
        }
        if isFirst { cposix_event_raise(event) }
    }

    @MainActor
    private func deliver() {
        cposix_event_clear(event)
        let taken = actions.withLock { actions in
            defer { actions = [] }
            return actions
        }
        for action in taken { action() }
    }
}
