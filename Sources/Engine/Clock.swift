/// Time and timers as the engine sees them. A program passes in the machine's; a test turns one by hand; a replay sets it.
@MainActor
public protocol Clock: AnyObject {
    /// Monotonic time in nanoseconds; it never goes back.
    var now: UInt64 { get }
    /// Unix time in nanoseconds, as it is shown.
    var wall: Int64 { get }

    /// Calls `fire` once at a monotonic time. Each owner has one timer: a new one replaces the old one, and nil ends it.
    /// The owner is not retained, and has to end its timer before it goes.
    func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void)

    /// Calls once, when everything that is ready now has been dealt with.
    func whenIdle(_ action: @escaping @MainActor () -> Void)
}

/// An owner for a timer, where one object needs several.
final class TimerOwner {}
