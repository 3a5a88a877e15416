import Contract
import Core

/// Finds the instances of a collector that were in one snapshot and are missing in the next, and adds them to the
/// snapshots of the following minute: the sum of what is left looks well, and is not all that there was.
struct Attendance {
    /// How many intervals, and how many nanoseconds at least, an instance is told of as gone.
    private static let (intervals, least): (UInt64, UInt64) = (10, 60_000_000_000)
    /// The largest number of instances that are told of.
    private static let most = 100

    /// A digest of the names in the last snapshot, so that the snapshot itself is not looked at while they stay the
    /// same; nil: there is no snapshot to compare with.
    private var names: Int?
    /// What is gone, and until when that is told, Unix nanoseconds.
    private var absent: [(gone: Snapshot.Gone, until: Int64)] = []

    /// Whether something is gone.
    var isIncomplete: Bool { !absent.isEmpty }

    /// Completes a snapshot by what is gone.
    ///
    /// - Parameter before: Returns the snapshot before it. Called only where other instances have come.
    /// - Parameter now: When the snapshot came, Unix nanoseconds.
    /// - Parameter interval: Nanoseconds from one snapshot to the next.
    mutating func complete(
        _ snapshot: inout Snapshot, after before: () -> Snapshot?, at now: Int64, interval: UInt64
    ) {
        let digest = Self.digest(of: snapshot)
        defer { names = digest }
        if names != digest {
            let present = Set(snapshot.instances.map(\.name))
            absent.removeAll { present.contains($0.gone.name) }
            if names != nil, let before = before() { miss(before, present, until: Self.end(now, interval)) }
        }
        absent.removeAll { $0.until <= now }
        snapshot.gone = absent.map(\.gone)
    }

    /// Returns the latest snapshot without what has been gone for long; nil: nothing has changed.
    mutating func expire(at now: Int64, _ latest: () -> Snapshot?) -> Snapshot? {
        guard absent.contains(where: { $0.until <= now }), var snapshot = latest() else { return nil }
        absent.removeAll { $0.until <= now }
        snapshot.gone = absent.map(\.gone)
        return snapshot
    }

    private mutating func miss(_ before: Snapshot, _ present: Set<String>, until end: Int64) {
        for instance in before.instances where !instance.name.isEmpty && !present.contains(instance.name) {
            guard absent.count < Self.most else { return }
            absent.append((Snapshot.Gone(name: instance.name, lastSeen: before.taken), end))
        }
    }

    private static func end(_ now: Int64, _ interval: UInt64) -> Int64 {
        let (span, isEndless) = interval.multipliedReportingOverflow(by: intervals)
        return now.addingReportingOverflow(Int64(clamping: isEndless ? .max : max(span, least))).partialValue
    }

    private static func digest(of snapshot: Snapshot) -> Int {
        var hasher = Hasher()
        for instance in snapshot.instances { hasher.combine(instance.name) }
        return hasher.finalize()
    }
}
