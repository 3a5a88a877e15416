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
        // Nobody has seen the host well: what was wrong before is not over.
        case .maintenance, .waiting, .unresolved: break
        // A slow answer is no event: the latency crosses its limit too often.
        case .online, .slow: log.record(host: host, state: state, trouble: nil, at: clock.wall)
        case .unreachable(_, let why):
            // An entry keeps its first words, so they must not contain an age.
            let trouble = words(.unreachable(nil, why))
            log.record(host: host, state: state, trouble: trouble, at: clock.wall)
        // After a sleep of this machine all values are old until the next answer, and nobody is to blame.
        case .stale(_, saysSo: false): break
        case .stale, .busy: log.record(host: host, state: state, trouble: state.word, at: clock.wall)
        case .skewed, .wrong, .partly:
            log.record(host: host, state: state, trouble: words(state), at: clock.wall)
        }
    }

    private func record(_ snapshot: Snapshot) {
        guard log.concerns(snapshot), !monitor.isInMaintenance(snapshot.key.host) else { return }
        log.record(snapshot)
    }
}
