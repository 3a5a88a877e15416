import CPosix

/// One `poll` for the terminal, signals, workers and timers: everything happens in one thread, in order.
@MainActor
final class EventLoop {
    private struct Watch {
        var wantsWrite = false
        let onReadable: @MainActor () -> Void
        var onWritable: (@MainActor () -> Void)?
    }

    private var watches: [Int32: Watch] = [:]
    private var timers: [ObjectIdentifier: (deadline: UInt64, fire: @MainActor () -> Void)] = [:]
    private var soon: [@MainActor () -> Void] = []
    private var isStopped = false

    /// Nanoseconds of CLOCK_MONOTONIC.
    var now: UInt64 { cposix_monotonic() }

    func watch(_ descriptor: Int32, onReadable: @escaping @MainActor () -> Void) {
        watches[descriptor] = Watch(onReadable: onReadable)
    }

    /// Calls once the descriptor takes bytes again; nil ends that.
    func whenWritable(_ descriptor: Int32, _ action: (@MainActor () -> Void)?) {
        watches[descriptor]?.wantsWrite = action != nil
        watches[descriptor]?.onWritable = action
    }

    func unwatch(_ descriptor: Int32) { watches[descriptor] = nil }

    /// One timer for each owner; a new one replaces the old, nil ends it.
    func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void) {
        timers[ObjectIdentifier(owner)] = deadline.map { ($0, fire) }
    }

    /// Calls once, when all that is ready now has been dealt with.
    func whenIdle(_ action: @escaping @MainActor () -> Void) { soon.append(action) }

    func stop() { isStopped = true }

    /// Runs until it is stopped; at once when that has happened already.
    func run() {
        while !isStopped { step() }
        isStopped = false
    }

    private func finish() {
        while !soon.isEmpty {
            let actions = soon
            soon.removeAll(keepingCapacity: true)
            for action in actions { action() }
        }
    }

    private func step() {
        finish()
        var descriptors = watches.map { descriptor, watch in
            pollfd(
                fd: descriptor, events: Int16(POLLIN) | (watch.wantsWrite ? Int16(POLLOUT) : 0), revents: 0)
        }
        let ready = wait(&descriptors)
        if ready > 0 {
            for entry in descriptors where entry.revents != 0 {
                if entry.revents & Int16(POLLOUT) != 0 { watches[entry.fd]?.onWritable?() }
                if entry.revents & ~Int16(POLLOUT) != 0 { watches[entry.fd]?.onReadable() }
            }
        }
        let moment = now
        for (owner, timer) in timers where timer.deadline <= moment {
            // An earlier timer may have ended or moved this one.
            guard let current = timers[owner], current.deadline <= moment else { continue }
            timers[owner] = nil
            current.fire()
        }
    }

    /// Until a descriptor is ready or the next timer is due. To the nanosecond, since a sixtieth of a second is no whole
    /// number of milliseconds.
    private func wait(_ descriptors: inout [pollfd]) -> Int32 {
        guard let next = timers.values.map(\.deadline).min() else {
            return cposix_poll(&descriptors, descriptors.count, UInt64.max)
        }
        let moment = now
        return cposix_poll(&descriptors, descriptors.count, next > moment ? next - moment : 0)
    }
}
