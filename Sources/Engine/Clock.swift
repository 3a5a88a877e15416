/// The time and the timers that the engine uses. The program passes in the system's clock, a test one that it
/// advances itself. All calls are on the main thread.
@MainActor
public protocol Clock: AnyObject {
    /// Monotonic time in nanoseconds.
    var now: UInt64 { get }
    /// Unix time in nanoseconds. It is the time on display, which may be fixed.
    var wall: Int64 { get }

    /// Calls `fire` once at a monotonic time. Each owner has one timer: a new one replaces it, and nil cancels it.
    /// The owner is not retained and must cancel its timer before it is released.
    func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void)

    /// Calls `action` once, after all events that are ready now have been handled.
    func whenIdle(_ action: @escaping @MainActor () -> Void)
}

/// An additional owner, for an object that needs several timers.
public final class TimerOwner {
    /// Creates an owner.
    public init() {}
}
