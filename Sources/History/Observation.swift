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

    /// Returns the same at another time.
    func moved(to time: Int64) -> Observation {
        guard case .snapshot(var snapshot) = fact else {
            return Observation(key: key, time: time, fact: fact)
        }
        snapshot.made = time
        return Observation(key: key, time: time, fact: .snapshot(snapshot))
    }
}
