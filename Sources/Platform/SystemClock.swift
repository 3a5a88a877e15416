import CPosix
import Engine

/// The machine's clock with the timers of the event loop. The wall clock on display may be fixed to one time.
@MainActor
public final class SystemClock: Clock {
    private let loop: EventLoop
    /// The fixed Unix time in nanoseconds; nil: the machine's own.
    private let fixed: Int64?

    /// Creates a clock; `fixed` is a Unix time in nanoseconds at which the wall clock on display stands still.
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
