/// Thousands of timers behind one of the loop's, whose own are few.
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
    /// A binary heap; what was cancelled or replaced stays until its time comes.
    private var heap: [Entry] = []
    private var current: [ObjectIdentifier: Current] = [:]
    private var count: UInt64 = 0
    /// What the loop's timer stands at.
    private var armed: UInt64?

    public init(_ loop: EventLoop) { self.loop = loop }

    /// One timer for each owner; a new one replaces the old.
    public func set(_ owner: AnyObject, at deadline: UInt64, _ fire: @escaping @MainActor () -> Void) {
        let key = ObjectIdentifier(owner)
        count += 1
        current[key] = Current(number: count, fire: fire)
        push(Entry(deadline: deadline, owner: key, number: count))
        arm()
    }

    public func cancel(_ owner: AnyObject) { current[ObjectIdentifier(owner)] = nil }

    private func expire() {
        armed = nil
        let moment = loop.now
        // Hundreds that are due together are not done in one go: the loop looks at its keys in between.
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
