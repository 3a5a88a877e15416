import Contract

/// Something that went wrong, as a record tells it.
public struct HistoryTrouble: Sendable, Equatable {
    /// Unix nanoseconds.
    public var time: Int64
    /// What went wrong, in words.
    public var words: String
}

extension ChunkReader {
    /// Returns when something went wrong, in no order: a value got the status warning or critical from a better one, or the
    /// host left the states in which it is well. What was so before the first row is not among them.
    public func troubleTimes() throws(ChunkDamage) -> [Int64] {
        var times: Set<Int64> = []
        for instance in instances {
            for metric in schema?.metrics ?? [] {
                let statuses = try statuses(instance: instance, metric: metric.id)
                for (before, after) in zip(statuses, statuses.dropFirst())
                where Self.isTrouble(after.value) && (after.value ?? .auto).isWorse(than: before.value) {
                    times.insert(after.time)
                }
            }
        }
        let states = try hostStates()
        for (before, after) in zip(states, states.dropFirst())
        where after.value.isTrouble && !after.value.isSameEvent(as: before.value) {
            times.insert(after.time)
        }
        guard let first = span?.lowerBound else { return [] }
        return times.filter { $0 >= first }
    }

    /// Returns what went wrong at one of ``troubleTimes()``; nil: nothing did.
    public func trouble(at time: Int64) throws(ChunkDamage) -> HistoryTrouble? {
        let (before, after) = (try moment(at: time - 1), try moment(at: time))
        guard let after else { return nil }
        if let new = after.snapshot, let change = StatusChange(from: before?.snapshot, to: new),
            Self.isTrouble(change.status)
        {
            return HistoryTrouble(time: time, words: change.words)
        }
        return after.host.flatMap { $0.isTrouble ? HistoryTrouble(time: time, words: $0.word) : nil }
    }

    private static func isTrouble(_ status: Status?) -> Bool { status == .warning || status == .critical }
}

extension RollupReader {
    /// Returns the beginnings of the stretches in which something went wrong that was well in the stretch before. What was
    /// so in the first stretch is not among them.
    public func troubleTimes() throws(ChunkDamage) -> [Int64] {
        var rows: Set<Int> = []
        for instance in instances {
            for metric in schema?.metrics ?? [] {
                let stretches = try stretches(instance: instance, metric: metric.id) ?? []
                for row in stretches.indices.dropFirst() {
                    let status = stretches[row].status
                    guard status == .warning || status == .critical else { continue }
                    if status.isWorse(than: stretches[row - 1].status) { rows.insert(row) }
                }
            }
        }
        let states = try outages().map(\.host)
        for row in states.indices.dropFirst() {
            guard let after = states[row], let before = states[row - 1] else { continue }
            if after.isTrouble, !after.isSameEvent(as: before) { rows.insert(row) }
        }
        return rows.map { starts[$0] }
    }

    /// Returns what went wrong in a stretch that begins at one of ``troubleTimes()``; nil: nothing did.
    public func trouble(at time: Int64) throws(ChunkDamage) -> HistoryTrouble? {
        guard let row = starts.firstIndex(of: time), row > 0 else { return nil }
        if let new = try snapshot(at: time),
            let change = StatusChange(from: try snapshot(at: starts[row - 1]), to: new)
        {
            return HistoryTrouble(time: time, words: change.words)
        }
        return try outages()[row].host.flatMap {
            $0.isTrouble ? HistoryTrouble(time: time, words: $0.word) : nil
        }
    }
}

extension Status {
    fileprivate func isWorse(than other: Status?) -> Bool {
        trouble > (other ?? .auto).trouble
    }
}

extension HostState {
    /// Whether it is an event when a host gets this state. A slow answer is none, and old values are none where the host
    /// does not say so itself.
    fileprivate var isTrouble: Bool {
        switch self {
        case .waiting, .unresolved, .online, .slow, .maintenance, .stale(_, saysSo: false): false
        case .skewed, .stale, .unreachable, .wrong, .busy, .partly: true
        }
    }
}
