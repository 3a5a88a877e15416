import Contract

/// What all that is known of a host says of the host itself.
public struct HostState: Sendable {
    /// "online", "stale, 12s ago", "unreachable: " and why.
    public let words: String
    /// Nothing of it is as new as it should be.
    public let isStale: Bool

    public init(_ entries: [SnapshotStore.Entry], at now: Int64) {
        let failed = entries.filter { $0.failure.map { $0.outcome != .unavailable } ?? false }
        let known = entries.compactMap { $0.age(at: now) }
        let age = known.min().map { Format.duration(Double($0 / 1_000_000_000)) + " ago" }
        if entries.isEmpty || (known.isEmpty && failed.isEmpty) {
            (words, isStale) = ("waiting", false)
        } else if failed.count == entries.count {
            // One event, not one for each of its documents.
            let why = failed.compactMap(\.failure?.sentence).min() ?? ""
            (words, isStale) = ("unreachable\(age.map { ", \($0)" } ?? ""): \(why)", true)
        } else if failed.isEmpty {
            let isOld = entries.contains { $0.isStale(at: now) }
            (words, isStale) = (isOld ? "stale, \(age ?? "")" : "online", isOld)
        } else {
            (words, isStale) = ("\(failed.count) of \(entries.count) fail", false)
        }
    }
}
