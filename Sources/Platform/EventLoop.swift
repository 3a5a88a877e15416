import CPosix

/// One `poll` for the terminal, signals, workers and timers: everything happens in one thread, in order.
@MainActor
public final class EventLoop {
    private struct Watch {
        var isFirst = false
        var wantsWrite = false
        let onReadable: @MainActor () -> Void
        var onWritable: (@MainActor () -> Void)?
    }

    /// Creates a loop that watches nothing.
    public init() {}

    private var watches: [Int32: Watch] = [:]
    private var timers: [ObjectIdentifier: (deadline: UInt64, fire: @MainActor () -> Void)] = [:]
    private var soon: [@MainActor () -> Void] = []
    private var isStopped = false
    /// From which of the descriptors on the next turn goes, and how many turns have ended early.
    private var from = 0
    private var busyTurns = 0

    /// Nanoseconds after which a turn ends though more is ready: a key must not wait behind a hundred answers.
    public static let turn: UInt64 = 3_000_000
    /// So many turns may end early before what waits for a quiet moment is done all the same.
    private static let mostBusyTurns = 8

    /// Nanoseconds of CLOCK_MONOTONIC.
    public var now: UInt64 { cposix_monotonic() }

    /// - Parameter isFirst: It is looked at before all others.
    public func watch(_ descriptor: Int32, isFirst: Bool = false, onReadable: @escaping @MainActor () -> Void)
    {
        watches[descriptor] = Watch(isFirst: isFirst, onReadable: onReadable)
    }

    /// Calls once the descriptor takes bytes again; nil ends that.
    public func whenWritable(_ descriptor: Int32, _ action: (@MainActor () -> Void)?) {
        watches[descriptor]?.wantsWrite = action != nil
        watches[descriptor]?.onWritable = action
    }

    public func unwatch(_ descriptor: Int32) { watches[descriptor] = nil }

    /// One timer for each owner; a new one replaces the old, nil ends it.
    public func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void) {
        timers[ObjectIdentifier(owner)] = deadline.map { ($0, fire) }
    }

    /// Calls once, when all that is ready now has been dealt with.
    public func whenIdle(_ action: @escaping @MainActor () -> Void) { soon.append(action) }

    public func stop() { isStopped = true }

    /// Runs until it is stopped; at once when that has happened already.
    public func run() {
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
        if busyTurns % Self.mostBusyTurns == 0 { finish() }
        var descriptors = watches.map { descriptor, watch in
            pollfd(
                fd: descriptor, events: Int16(POLLIN) | (watch.wantsWrite ? Int16(POLLOUT) : 0), revents: 0)
        }
        let isBusy = wait(&descriptors) > 0 && serve(descriptors)
        busyTurns = isBusy ? busyTurns + 1 : 0
        fireTimers()
    }

    /// True when it has ended early.
    private func serve(_ descriptors: [pollfd]) -> Bool {
        let start = now
        for entry in descriptors where watches[entry.fd]?.isFirst == true { serve(entry) }
        for index in descriptors.indices {
            let place = (from + index) % descriptors.count
            guard descriptors[place].revents != 0, watches[descriptors[place].fd]?.isFirst == false else {
                continue
            }
            serve(descriptors[place])
            if now - start > Self.turn {
                // The others are ready at the next look as well; they are the first then.
                from = place + 1
                return true
            }
        }
        return false
    }

    private func serve(_ entry: pollfd) {
        if entry.revents & Int16(POLLOUT) != 0 { watches[entry.fd]?.onWritable?() }
        if entry.revents & ~Int16(POLLOUT) != 0 { watches[entry.fd]?.onReadable() }
    }

    private func fireTimers() {
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
        // What waits for a quiet moment must not wait for the next event.
        guard soon.isEmpty else { return cposix_poll(&descriptors, descriptors.count, 0) }
        guard let next = timers.values.map(\.deadline).min() else {
            return cposix_poll(&descriptors, descriptors.count, UInt64.max)
        }
        let moment = now
        return cposix_poll(&descriptors, descriptors.count, next > moment ? next - moment : 0)
    }
}
