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

    /// The cells of the whole, the instance without a name, that were `ok` in the latest snapshot.
    private var doubted: [Int] = []

    /// Whether something is gone.
    var isIncomplete: Bool { !absent.isEmpty }

    /// Completes a snapshot by what is gone.
    ///
    /// - Parameter isWhole: The snapshot lists all that there is, so that each of its instances lasts. Otherwise those last
    ///   that have a value of a metric declared so.
    /// - Parameter before: Returns the snapshot before it. Called only where other instances have come.
    /// - Parameter now: When the snapshot came, Unix nanoseconds.
    /// - Parameter interval: Nanoseconds from one snapshot to the next.
    mutating func complete(
        _ snapshot: inout Snapshot, isWhole: Bool, after before: () -> Snapshot?, at now: Int64,
        interval: UInt64
    ) {
        let lasting = snapshot.schema.metrics.indices.filter { snapshot.schema.metrics[$0].isLasting }
        guard isWhole || !lasting.isEmpty else { return }
        let digest = Self.digest(of: snapshot)
        defer { names = digest }
        if names != digest {
            let present = Set(snapshot.instances.map(\.name))
            absent.removeAll { present.contains($0.gone.name) }
            if names != nil, let before = before() {
                let end = Self.end(now, interval)
                for instance in before.instances where !present.contains(instance.name) {
                    if isWhole || Self.lasts(instance, lasting) {
                        miss(instance.name, at: before.taken, until: end)
                    }
                }
            }
        }
        absent.removeAll { $0.until <= now }
        snapshot.gone = absent.map(\.gone)
        doubted = isIncomplete ? Self.doubt(&snapshot) : []
    }

    /// Makes the sums of a snapshot unknown that are good, since they are sums of what is left. Returns their metrics.
    private static func doubt(_ snapshot: inout Snapshot) -> [Int] {
        guard let whole = snapshot.instances.firstIndex(where: \.name.isEmpty) else { return [] }
        let cells = snapshot.instances[whole].cells
        let good = cells.indices.filter { cells[$0].status == .ok && cells[$0].isOwnStatus }
        for metric in good { snapshot.instances[whole].cells[metric].status = .unknown }
        return good
    }

    /// Returns the latest snapshot without what has been gone for long; nil: nothing has changed.
    mutating func expire(at now: Int64, _ latest: () -> Snapshot?) -> Snapshot? {
        guard absent.contains(where: { $0.until <= now }), var snapshot = latest() else { return nil }
        absent.removeAll { $0.until <= now }
        snapshot.gone = absent.map(\.gone)
        if !isIncomplete, let whole = snapshot.instances.firstIndex(where: \.name.isEmpty) {
            for metric in doubted { snapshot.instances[whole].cells[metric].status = .ok }
            doubted = []
        }
        return snapshot
    }

    private mutating func miss(_ name: String, at taken: Int64, until end: Int64) {
        guard !name.isEmpty, absent.count < Self.most else { return }
        absent.append((Snapshot.Gone(name: name, lastSeen: taken), end))
    }

    private static func lasts(_ instance: Snapshot.Instance, _ metrics: [Int]) -> Bool {
        metrics.contains { $0 < instance.cells.count && instance.cells[$0].value != .absent }
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
