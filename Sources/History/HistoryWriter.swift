import Core
import Platform
import Synchronization

/// The writing side of a recorder. Only the recorder's thread uses it.
final class HistoryWriter: @unchecked Sendable {
    private let place: HistoryPlace
    private let retention: Retention
    /// Why nothing can be recorded, for any thread.
    let trouble = Trouble()
    private var lock: RecordingLock?
    private var recording: Recording?
    /// Unix nanoseconds of the last attempt to begin.
    private var lastAttempt: Int64?

    /// Nanoseconds between two attempts to begin, where another program records or the disk takes nothing.
    private static let patience: Int64 = 10_000_000_000

    init(_ place: HistoryPlace, _ retention: Retention) {
        self.place = place
        self.retention = retention
    }

    func take(_ observations: [Observation], at time: Int64) {
        begin(at: time)
        guard let recording else { return }
        for observation in observations { recording.take(observation) }
        recording.advance(to: time)
        trouble.value = recording.trouble
    }

    /// Writes what came since the last tail, so that a reader finds it.
    func writeTail(at time: Int64) { recording?.flush(at: time) }

    func end(_ key: SeriesKey) { recording?.end(key) }

    func finish(at time: Int64) {
        recording?.seal(at: time)
        recording = nil
        lock = nil
    }

    private func begin(at time: Int64) {
        guard recording == nil else { return }
        if let lastAttempt, abs(time - lastAttempt) < Self.patience { return }
        lastAttempt = time
        do throws(HistoryError) {
            try Self.make(place.folder)
            if lock == nil { lock = try RecordingLock(place) }
            // Another program records the same.
            guard lock != nil else { return }
            recording = try Recording(HistoryStore(place, writes: true), retention)
            trouble.value = nil
        } catch { trouble.value = error }
    }

    private static func make(_ folder: String) throws(HistoryError) {
        do throws(SystemError) { try StateFolder.make(folder) } catch {
            throw HistoryError(.readOnly, error.sentence)
        }
    }

    /// A value that one thread sets and another reads.
    final class Trouble: Sendable {
        private let stored = Mutex<HistoryError?>(nil)

        var value: HistoryError? {
            get { stored.withLock { $0 } }
            set { stored.withLock { $0 = newValue } }
        }
    }
}
