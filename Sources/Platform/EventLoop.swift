import CPosix

/// The program's event loop: one `poll` for the terminal, signals, workers and timers. All callbacks run on the main
/// thread, one after another.
@MainActor
public final class EventLoop {
    private struct Watch {
        var isFirst = false
        var wantsWrite = false
        /// nil: only writing is waited for.
        var onReadable: (@MainActor () -> Void)?
        var onWritable: (@MainActor () -> Void)?
    }

    /// Creates a loop without descriptors and timers.
    public init() {}

    private var watches: [Int32: Watch] = [:]
    private var timers: [ObjectIdentifier: (deadline: UInt64, fire: @MainActor () -> Void)] = [:]
    private var soon: [@MainActor () -> Void] = []
    private var isStopped = false
    /// The index of the descriptor that the next turn begins with, and the number of turns in a row that ended early.
    private var from = 0
    private var busyTurns = 0

    /// Nanoseconds after which a turn ends although more descriptors are ready, so that a key does not wait behind a
    /// hundred answers.
    public static let turn: UInt64 = 3_000_000
    /// The number of turns in a row that may end early before idle actions run all the same.
    private static let mostBusyTurns = 8

    /// The current time of CLOCK_MONOTONIC in nanoseconds.
    public var now: UInt64 { cposix_monotonic() }

    /// Calls `onReadable` whenever a descriptor has bytes to read, has been closed by its peer, or has failed. The
    /// caller keeps the ownership of the descriptor, and calls ``unwatch(_:)`` before closing it.
    ///
    /// - Parameter isFirst: Whether it is served before all other descriptors of a turn.
    public func watch(_ descriptor: Int32, isFirst: Bool = false, onReadable: @escaping @MainActor () -> Void)
    {
        watches[descriptor] = Watch(isFirst: isFirst, onReadable: onReadable)
    }

    /// Calls `action` in each turn in which a descriptor can be written or has failed; nil ends that. The descriptor
    /// need not be watched for reading.
    public func whenWritable(_ descriptor: Int32, _ action: (@MainActor () -> Void)?) {
        guard var watch = watches[descriptor] ?? action.map({ _ in Watch(onReadable: nil) }) else { return }
        watch.wantsWrite = action != nil
        watch.onWritable = action
        watches[descriptor] = watch.wantsWrite || watch.onReadable != nil ? watch : nil
    }

    /// Ends all callbacks of a descriptor; without effect on one that is not watched.
    public func unwatch(_ descriptor: Int32) { watches[descriptor] = nil }

    /// Calls `fire` once at a monotonic time in nanoseconds. Each owner has one timer: a new one replaces it, and nil
    /// cancels it. The owner is not retained and must cancel its timer before it is released.
    public func setTimer(_ owner: AnyObject, at deadline: UInt64?, _ fire: @escaping @MainActor () -> Void) {
        timers[ObjectIdentifier(owner)] = deadline.map { ($0, fire) }
    }

    /// Calls `action` once, after all descriptors that are ready now have been served.
    public func whenIdle(_ action: @escaping @MainActor () -> Void) { soon.append(action) }

    /// Makes ``run()`` return after the current turn.
    public func stop() { isStopped = true }

    /// Runs the loop until ``stop()`` is called. Returns at once if it has been called before.
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
            let events = (watch.onReadable == nil ? 0 : POLLIN) | (watch.wantsWrite ? POLLOUT : 0)
            return pollfd(fd: descriptor, events: Int16(events), revents: 0)
        }
        let isBusy = wait(&descriptors) > 0 && serve(descriptors)
        busyTurns = isBusy ? busyTurns + 1 : 0
        fireTimers()
    }

    /// Serves the descriptors that are ready. Returns whether it ended early.
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
                // The other descriptors are ready in the next turn as well, which begins with them.
                from = place + 1
                return true
            }
        }
        return false
    }

    private func serve(_ entry: pollfd) {
        guard let watch = watches[entry.fd] else { return }
        // A descriptor that is not open would be ready for ever.
        if entry.revents & Int16(POLLNVAL) != 0 { watches[entry.fd] = nil }
        let hasFailed = entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
        if entry.revents & Int16(POLLOUT) != 0 || (hasFailed && watch.onReadable == nil) {
            watch.onWritable?()
        }
        if entry.revents & ~Int16(POLLOUT) != 0,
            entry.revents & Int16(POLLNVAL) != 0 || watches[entry.fd] != nil
        {
            watch.onReadable?()
        }
    }

    private func fireTimers() {
        let moment = now
        for (owner, timer) in timers where timer.deadline <= moment {
            // An earlier timer may have cancelled or moved this one.
            guard let current = timers[owner], current.deadline <= moment else { continue }
            timers[owner] = nil
            current.fire()
        }
    }

    /// Waits until a descriptor is ready or the next timer is due. With nanosecond precision, since a sixtieth of a
    /// second is not a whole number of milliseconds.
    private func wait(_ descriptors: inout [pollfd]) -> Int32 {
        // Idle actions are pending and must not wait for the next event.
        guard soon.isEmpty else { return cposix_poll(&descriptors, descriptors.count, 0) }
        guard let next = timers.values.map(\.deadline).min() else {
            return cposix_poll(&descriptors, descriptors.count, UInt64.max)
        }
        let moment = now
        return cposix_poll(&descriptors, descriptors.count, next > moment ? next - moment : 0)
    }
}
