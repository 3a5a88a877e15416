import Core

/// Something that a source delivered, with the time at which it was known.
struct Observation: Sendable {
    /// What was learned.
    enum Fact: Sendable {
        case snapshot(Snapshot)
        /// The latest snapshot still holds.
        case hold
        case failure(Failure)
        case host(HostState)
    }

    let key: SeriesKey
    /// Unix nanoseconds.
    let time: Int64
    let fact: Fact
}
