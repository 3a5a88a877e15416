import Engine

/// A clock that the test advances.
@MainActor
final class ManualClock: Clock {
    private(set) var now: UInt64 = 1_000_000_000
    /// Unix nanoseconds at monotonic time 0.
    var epoch: Int64 = 1_772_366_400_000_000_000
    private var timers: [ObjectIdentifier: (deadline: UInt64, fire: @MainActor () -> Void)] = [:]
    private var idle: [@MainActor () -> Void] = []

    var wall: Int64 { epoch + Int64(now) }

    func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void) {
        timers[ObjectIdentifier(owner)] = deadline.map { ($0, fire) }
    }

    func whenIdle(_ action: @escaping @MainActor () -> Void) { idle.append(action) }

    /// Runs the idle actions.
    func settle() {
        while !idle.isEmpty {
            let actions = idle
            idle = []
            for action in actions { action() }
        }
    }

    /// Advances the time. Timers fire in the order of their deadlines, each at its own time.
    func advance(by nanoseconds: UInt64) {
        let end = now + nanoseconds
        settle()
        while let next = timers.min(by: { $0.value.deadline < $1.value.deadline }),
            next.value.deadline <= end
        {
            now = max(now, next.value.deadline)
            timers[next.key] = nil
            next.value.fire()
            settle()
        }
        now = end
    }

    /// Advances the time at once, as after a stop of the process: each due timer fires once, late.
    func jump(by nanoseconds: UInt64) {
        now += nanoseconds
        advance(by: 0)
    }

    func advance(seconds: Int) { advance(by: UInt64(seconds) * 1_000_000_000) }
}
