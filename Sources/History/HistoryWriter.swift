import Core
import Platform
import Synchronization

/// The writing side of a recorder. Only the recorder's thread uses it.
final class HistoryWriter: @unchecked Sendable {
    private let place: HistoryPlace
    private var retention: Retention
    /// What the main thread is told.
    let news = News()
    private var lock: RecordingLock?
    private var recording: Recording?
    /// Unix nanoseconds before which nothing is attempted again; nil: there was no attempt.
    private var waits: (since: Int64, until: Int64)?
    /// What a recording that begins later has to know of each source.
    private var latest: [SeriesKey: Latest] = [:]

    /// What a source said last.
    private struct Latest {
        var snapshot: Observation?
        var host: Observation?
    }

    /// Nanoseconds after which it is looked again whether another program still records.
    private static let lockPatience: Int64 = 2_000_000_000
    /// Nanoseconds between two attempts where the disk takes nothing.
    private static let patience: Int64 = 10_000_000_000
    /// Nanoseconds between two attempts to read a damaged file to its end.
    private static let rescuePatience: Int64 = 600_000_000_000

    init(_ place: HistoryPlace, _ retention: Retention) {
        self.place = place
        self.retention = retention
    }

    func take(_ observations: [Observation], at time: Int64) {
        let observations = observations.filter { !retention.silent.contains($0.key.plugin) }
        begin(at: time)
        if let recording {
            for observation in observations { take(observation, recording) }
            recording.advance(to: time)
            news.trouble = recording.trouble
            if recording.trouble?.kind == .damaged { rescue(at: time) }
        }
        for observation in observations { remember(observation) }
    }

    /// Has another retention count.
    func apply(_ retention: Retention, at time: Int64) {
        self.retention = retention
        recording?.retention = retention
        if retention.isOff {
            finish(at: time)
            news.trouble = nil
        } else if let recording {
            recording.seal(at: time)
        }
    }

    /// Writes what came since the last tail, so that a reader finds it.
    func writeTail(at time: Int64) { recording?.flush(at: time) }

    func end(_ key: SeriesKey) {
        recording?.end(key)
        latest[key] = nil
    }

    func finish(at time: Int64) {
        recording?.seal(at: time)
        recording = nil
        lock = nil
    }

    // MARK: Sources

    /// A recording that knows nothing of a source is told first what its host is, and with a hold what is held.
    private func take(_ observation: Observation, _ recording: Recording) {
        if recording.isNew(observation.key), let known = latest[observation.key] {
            if let host = known.host { recording.take(host.moved(to: observation.time)) }
            if case .hold = observation.fact, let snapshot = known.snapshot {
                return recording.take(snapshot.moved(to: observation.time))
            }
        }
        recording.take(observation)
    }

    private func remember(_ observation: Observation) {
        switch observation.fact {
        case .snapshot: latest[observation.key, default: Latest()].snapshot = observation
        case .host: latest[observation.key, default: Latest()].host = observation
        case .hold, .failure: break
        }
    }

    // MARK: Beginning

    private func begin(at time: Int64) {
        guard !retention.isOff else { return }
        if let recording, recording.isInPlace, lock?.isInPlace ?? false { return }
        if let waits, time >= waits.since, time < waits.until { return }
        waits = (time, time + Self.patience)
        do throws(HistoryError) {
            try Self.make(place.folder)
            // A lock on a file that nobody finds keeps nobody away.
            if let lock, !lock.isInPlace { self.lock = nil }
            if lock == nil { lock = try RecordingLock(place) }
            guard lock != nil else {
                // Another program records the same.
                recording = nil
                waits = (time, time + Self.lockPatience)
                return
            }
            try open(at: time)
            news.trouble = nil
        } catch { news.trouble = error }
    }

    private func open(at time: Int64) throws(HistoryError) {
        if let old = recording, !old.isInPlace {
            let store = try HistoryStore(place, writes: true)
            recording = try Recording(store, after: old, at: time)
            news.tell(
                "\(place.database) was removed or replaced while it was written; the history goes on in a new file"
            )
            return
        }
        guard recording == nil else { return }
        do throws(HistoryError) {
            recording = try Recording(HistoryStore(place, writes: true), retention)
        } catch {
            guard error.kind == .damaged else { throw error }
            waits = (time, time + Self.rescuePatience)
            let outcome = try Rescue.replace(place, at: time, tails: true)
            recording = try Recording(HistoryStore(place, writes: true), retention)
            news.tell(outcome.sentence)
        }
    }

    /// Goes on in a new file that is made of a damaged one.
    private func rescue(at time: Int64) {
        guard let old = recording else { return }
        recording = nil
        do throws(HistoryError) {
            let outcome = try Rescue.replace(place, at: time, tails: false)
            recording = try Recording(HistoryStore(place, writes: true), after: old, at: time)
            news.trouble = nil
            news.tell(outcome.sentence)
        } catch {
            waits = (time, time + Self.rescuePatience)
            news.trouble = error
        }
    }

    private static func make(_ folder: String) throws(HistoryError) {
        do throws(SystemError) { try StateFolder.make(folder) } catch {
            throw HistoryError(.readOnly, error.sentence)
        }
    }

    /// What the writing thread tells the main thread.
    final class News: Sendable {
        private struct State {
            var trouble: HistoryError?
            var sentences: [String] = []
        }
        private let state = Mutex(State())

        /// Why nothing can be recorded.
        var trouble: HistoryError? {
            get { state.withLock { $0.trouble } }
            set { state.withLock { $0.trouble = newValue } }
        }

        func tell(_ sentence: String) { state.withLock { $0.sentences.append(sentence) } }

        /// Returns what was told since the last call.
        func taken() -> [String] {
            state.withLock { state in
                defer { state.sentences = [] }
                return state.sentences
            }
        }
    }
}
