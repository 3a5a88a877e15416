import Contract
import Core

/// Receives everything that the engine publishes. The engine calls it on the main thread, in the order of the events.
/// An implementation must return without blocking.
@MainActor
public protocol SnapshotSink: AnyObject {
    /// Receives a snapshot that has been published.
    ///
    /// - Parameter before: The store's entry of the same key before the snapshot was stored.
    func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry)
    /// Reports that the latest snapshot of a key is still valid. Where a past is kept, it counts as one more sample.
    func repeated(_ key: SeriesKey)
    /// Receives the latest snapshot of a key again after its statuses were computed with other limits, or after more was
    /// foretold of it.
    func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry)
    /// Reports that a key has no new snapshot. ``Failure/isSameEvent(as:)`` tells whether `before` holds the same
    /// failure.
    func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry)
    /// Reports that the store holds what was known of a key at another time. Nothing has happened.
    func restored(_ key: SeriesKey)
    /// Reports that the collector of a key has ended. No call for this key follows unless a new collector is created.
    func ended(_ key: SeriesKey)
    /// Reports a change of a host's state. A change of ages and counts alone is not reported.
    func hostChanged(_ host: String, to state: HostState)
}

extension SnapshotSink {
    /// Does nothing.
    public func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {}
    /// Does nothing.
    public func repeated(_ key: SeriesKey) {}
    /// Does nothing.
    public func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {}
    /// Does nothing.
    public func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) {}
    /// Does nothing.
    public func restored(_ key: SeriesKey) {}
    /// Does nothing.
    public func ended(_ key: SeriesKey) {}
    /// Does nothing.
    public func hostChanged(_ host: String, to state: HostState) {}
}
