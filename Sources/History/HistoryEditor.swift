import Core
import Glibc
import Platform

/// Changes the history while nobody records. It holds the right to record until it is gone. One thread uses it.
public final class HistoryEditor {
    let place: HistoryPlace
    let store: HistoryStore
    private let lock: RecordingLock

    /// Opens the history for changes.
    ///
    /// - Parameters:
    ///   - creates: Creates it where it does not exist.
    ///   - patience: Nanoseconds to wait for a program that records.
    public init(_ place: HistoryPlace, creates: Bool = false, patience: UInt64 = 2_000_000_000)
        throws(HistoryError)
    {
        self.place = place
        if creates {
            do throws(SystemError) { try StateFolder.make(place.folder) } catch {
                throw HistoryError(.readOnly, error.sentence)
            }
        } else {
            guard place.exists else {
                throw HistoryError(.other, "there is no history: \(place.database) does not exist")
            }
        }
        try place.checkFileSystem()
        lock = try Self.lock(place, patience)
        store = try HistoryStore(place, writes: true)
        try Salvage.sealTails(of: store)
    }

    private static func lock(_ place: HistoryPlace, _ patience: UInt64) throws(HistoryError) -> RecordingLock
    {
        var waited: UInt64 = 0
        while true {
            if let lock = try RecordingLock(place) { return lock }
            guard waited < patience else {
                throw HistoryError(
                    .busy, "a dashboard is recording into \(place.database); end it, and try again")
            }
            usleep(50_000)
            waited += 50_000_000
        }
    }

    /// Bytes of the database's files on the disk.
    public var size: Int64 { place.size }

    /// Rewrites the database without its free pages, and empties the log.
    public func compact() throws(HistoryError) {
        // What nobody needs any more is overwritten before its pages go.
        try store.database.vacuum()
        let left = try store.database.checkpoint(truncates: true)
        guard left == 0, place.logSize == 0 else {
            throw HistoryError(
                .held,
                "another program is reading the history, so that \(place.database)-wal cannot be emptied; "
                    + "end it, and run cm-dashboard history compact")
        }
    }
}
