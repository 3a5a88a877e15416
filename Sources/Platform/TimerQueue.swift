/// A heap of timers behind a single timer of the event loop, for thousands of owners. Used on the main thread only.
@MainActor
public final class TimerQueue {
    private struct Entry {
        let deadline: UInt64
        let owner: ObjectIdentifier
        let number: UInt64
    }

    private struct Current {
        let number: UInt64
        let fire: @MainActor () -> Void
    }

    private let loop: EventLoop
    /// A binary heap by deadline. Cancelled and replaced entries stay in it until their deadline.
    private var heap: [Entry] = []
    private var current: [ObjectIdentifier: Current] = [:]
    private var count: UInt64 = 0
    /// The deadline that the loop's timer is set to; nil: it is not set.
    private var armed: UInt64?

    /// Creates a queue without timers; it retains `loop`.
    public init(_ loop: EventLoop) { self.loop = loop }

    /// Calls `fire` once at a monotonic time in nanoseconds. Each owner has one timer: a new one replaces it. The
    /// owner is not retained and must cancel its timer before it is released.
    public func set(_ owner: AnyObject, at deadline: UInt64, _ fire: @escaping @MainActor () -> Void) {
        let key = ObjectIdentifier(owner)
        count += 1
        current[key] = Current(number: count, fire: fire)
        push(Entry(deadline: deadline, owner: key, number: count))
        arm()
    }

    /// Cancels the timer of an owner, if it has one.
    public func cancel(_ owner: AnyObject) { current[ObjectIdentifier(owner)] = nil }

    private func expire() {
        armed = nil
        let moment = loop.now
        // Stops after one turn's time, so that the loop can serve keys between hundreds of timers that are due
        // together.
        while let first = heap.first, first.deadline <= moment, loop.now < moment + EventLoop.turn {
            pop()
            guard let timer = current[first.owner], timer.number == first.number else { continue }
            current[first.owner] = nil
            timer.fire()
        }
        arm()
    }

    private func arm() {
        while let first = heap.first, current[first.owner]?.number != first.number { pop() }
        guard let next = heap.first?.deadline else { return }
        if let armed, armed <= next { return }
        armed = next
        loop.setTimer(self, at: next) { [weak self] in self?.expire() }
    }

    private func push(_ entry: Entry) {
        heap.append(entry)
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].deadline < heap[parent].deadline else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    private func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
                if heap[child].deadline < heap[least].deadline { least = child }
            }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
