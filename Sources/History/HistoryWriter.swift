import Core
import Platform

/// The writing side of a recorder. Only the recorder's thread uses it.
final class HistoryWriter: @unchecked Sendable {
    private let place: HistoryPlace
    private let retention: Retention
    private let onTrouble: @Sendable (HistoryError?) -> Void
    private var lock: RecordingLock?
    private var recording: Recording?
    private var told: HistoryError?
    /// Unix nanoseconds of the last attempt to begin.
    private var lastAttempt: Int64?

    /// Nanoseconds between two attempts to begin, where another program records or the disk takes nothing.
    private static let patience: Int64 = 10_000_000_000

    init(_ place: HistoryPlace, _ retention: Retention, onTrouble: @escaping @Sendable (HistoryError?) -> Void) {
        self.place = place
        self.retention = retention
        self.onTrouble = onTrouble
    }

    func take(_ observations: [Observation], at time: Int64) {
        begin(at: time)
        guard let recording else { return }
        for observation in observations { recording.take(observation) }
        recording.advance(to: time)
        tell(recording.trouble)
    }

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
            tell(nil)
        } catch { tell(error) }
    }

    private static func make(_ folder: String) throws(HistoryError) {
        do throws(SystemError) { try StateFolder.make(folder) } catch {
            throw HistoryError(.readOnly, error.sentence)
        }
    }

    private func tell(_ error: HistoryError?) {
        guard error != told else { return }
        told = error
        onTrouble(error)
    }
}
