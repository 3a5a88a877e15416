import CPosix
import Engine

/// The machine's clock and the event loop's timers. The wall clock that is shown may be set, and then stands still.
@MainActor
public final class SystemClock: Clock {
    private let loop: EventLoop
    /// Unix nanoseconds; nil: the machine's own wall clock.
    private let fixed: Int64?

    /// Creates a clock; `fixed` sets the wall clock that is shown.
    public init(_ loop: EventLoop, fixed: Int64? = nil) {
        self.loop = loop
        self.fixed = fixed
    }

    public var now: UInt64 { loop.now }
    public var wall: Int64 { fixed ?? cposix_wall() }

    public func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void) {
        loop.setTimer(owner, at: deadline, fire)
    }

    public func whenIdle(_ action: @escaping @MainActor () -> Void) { loop.whenIdle(action) }
}
