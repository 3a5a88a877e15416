import Contract
import Core

/// Takes what the engine publishes. All calls come on the engine's thread, in the order of what has happened, and must
/// return at once.
@MainActor
public protocol SnapshotSink: AnyObject {
    /// A snapshot has been published.
    ///
    /// - Parameter before: What was known of its key until then.
    func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry)
    /// The latest snapshot of a key still holds; it has been counted once more.
    func repeated(_ key: SeriesKey)
    /// The latest snapshot of a key has been judged by other limits.
    func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry)
    /// There is no new snapshot of a key. ``Failure/isSameEvent(as:)`` tells whether it is the failure of `before` again.
    func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry)
    /// A key's collector has ended; nothing more comes of it.
    func ended(_ key: SeriesKey)
    /// A host is in another state; growing ages and counts do not make another one.
    func hostChanged(_ host: String, to state: HostState)
}

extension SnapshotSink {
    public func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {}
    public func repeated(_ key: SeriesKey) {}
    public func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {}
    public func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) {}
    public func ended(_ key: SeriesKey) {}
    public func hostChanged(_ host: String, to state: HostState) {}
}
