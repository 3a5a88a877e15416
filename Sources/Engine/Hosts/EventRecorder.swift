import Contract
import Core

/// Keeps the log of what went wrong while the program runs. Hosts in maintenance make no entries. Used on the main
/// thread only.
@MainActor
public final class EventRecorder: SnapshotSink {
    /// The log as of the latest event.
    public private(set) var log = EventLog()
    private let monitor: HostMonitor
    private let clock: any Clock
    /// Returns the words for a host that does not answer.
    private let words: (HostState) -> String

    /// Creates a recorder, which must be added to the engine.
    public init(_ engine: Engine, words: @escaping (HostState) -> String) {
        monitor = engine.monitor
        clock = engine.clock
        self.words = words
    }

    public func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { record(snapshot) }
    public func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { record(snapshot) }

    public func hostChanged(_ host: String, to state: HostState) {
        switch state {
        case .unreachable: log.record(host: host, isUnreachable: true, words: words(state), at: clock.wall)
        case .maintenance: break
        default: log.record(host: host, isUnreachable: false, words: "", at: clock.wall)
        }
    }

    private func record(_ snapshot: Snapshot) {
        guard log.concerns(snapshot), !monitor.isInMaintenance(snapshot.key.host) else { return }
        log.record(snapshot)
    }
}
