/// A clock whose time on display is a moment of the past. Its timers are those of the clock of the present.
@MainActor
public final class ReplayClock: Clock {
    private let present: any Clock
    /// The moment on display, in Unix nanoseconds.
    public internal(set) var wall: Int64

    /// Creates a clock that shows a moment.
    ///
    /// - Parameter wall: Unix nanoseconds.
    public init(_ wall: Int64, present: any Clock) {
        self.wall = wall
        self.present = present
    }

    /// The time of the present, in Unix nanoseconds.
    public var today: Int64 { present.wall }
    public var now: UInt64 { present.now }

    public func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void) {
        present.setTimer(owner, at: deadline, fire)
    }

    public func whenIdle(_ action: @escaping @MainActor () -> Void) { present.whenIdle(action) }
}
