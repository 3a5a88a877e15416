import CPosix
import Core

/// Writes what sources deliver into the database: a tail every minute, chunks and rollups every hour. It is used by one
/// thread, which holds the ``RecordingLock``.
///
/// While the disk takes nothing, as a full one does, what comes stays in memory up to the bounds of a chunk, and is
/// written with the first attempt that succeeds.
final class Recording {
    private let store: HistoryStore
    /// What is kept, from the next seal on.
    var retention: Retention
    private var records: [SeriesKey: SourceRecord] = [:]
    /// The hour since 1970 that the records belong to.
    private var hour: Int64?
    private var lastTail: Int64?
    /// Why nothing can be written; nil: it can.
    private(set) var trouble: HistoryError?
    /// Unix nanoseconds of the attempt that failed last.
    private var failedAt: Int64 = 0

    /// Nanoseconds between two tails, which is what a crash can lose.
    static let tailSpacing: Int64 = 60_000_000_000
    private static let hourLength: Int64 = 3_600_000_000_000
    /// Nanoseconds between two attempts to write.
    private static let patience: Int64 = 10_000_000_000
    /// Unix nanoseconds of the last attempt to empty the log.
    private var lastCheckpoint: Int64?
    /// Nanoseconds between two such attempts.
    private static let checkpointSpacing: Int64 = 600_000_000_000
    /// Bytes of the log from which on a reader that does not end is reported.
    static let mostLogBytes: Int64 = 8 << 20

    /// Begins to record; what an earlier program did not seal is sealed.
    init(_ store: HistoryStore, _ retention: Retention) throws(HistoryError) {
        self.store = store
        self.retention = retention
        try store.leaveDeletedBytes()
        try Salvage.sealTails(of: store)
    }

    /// Begins to record in another file, and goes on with what another recording has in memory.
    init(_ store: HistoryStore, after other: Recording, at time: Int64) throws(HistoryError) {
        self.store = store
        retention = other.retention
        (records, hour) = (other.records, other.hour)
        try Salvage.sealTails(of: store)
        _ = seal(at: time)
    }

    /// Whether the file that is written is the one that others find.
    var isInPlace: Bool { store.isInPlace }

    /// Whether it goes on as if it had taken in nothing of a source.
    func isNew(_ key: SeriesKey) -> Bool { records[key] == nil }

    /// Takes in an observation.
    func take(_ observation: Observation) {
        let time = observation.time
        let hour = time / Self.hourLength
        // An hour that cannot be sealed goes on.
        if self.hour == nil || hour == self.hour || seal(at: time) { self.hour = hour }
        var record = records.removeValue(forKey: observation.key) ?? SourceRecord(key: observation.key)
        if !record.take(observation) {
            records[observation.key] = record
            guard seal(at: time) else { return }
            record = records[observation.key]!
            _ = record.take(observation)
        }
        records[observation.key] = record
    }

    /// Writes what is due at a time.
    func advance(to time: Int64) {
        guard let last = lastTail else { return lastTail = time }
        guard time - last >= Self.tailSpacing || time < last || trouble.map({ $0.kind != .held }) ?? false
        else { return }
        flush(at: time)
    }

    /// Writes a tail of what came since the last one.
    func flush(at time: Int64) {
        if attempt(at: time, { () throws(HistoryError) in try writeTail(at: time) }) { lastTail = time }
    }

    /// Moves all that has come into chunks and rollups, and begins the next ones; returns whether that succeeded.
    @discardableResult
    func seal(at time: Int64) -> Bool {
        attempt(at: time) { () throws(HistoryError) in try writeChunks(at: time) }
    }

    /// Seals a source that delivers nothing any more, and forgets it.
    func end(_ key: SeriesKey) {
        guard let record = records[key] else { return }
        if record.isEmpty || seal(at: record.chunk.span?.upperBound ?? 0) { records[key] = nil }
    }

    private func attempt(at time: Int64, _ write: () throws(HistoryError) -> Void) -> Bool {
        if let trouble, trouble.kind != .held, time - failedAt < Self.patience, time >= failedAt {
            return false
        }
        do throws(HistoryError) {
            try write()
            trouble = heldLog
            return true
        } catch {
            (trouble, failedAt) = (error, time)
            return false
        }
    }

    private func writeTail(at time: Int64) throws(HistoryError) {
        var cut = records
        try store.database.transaction { () throws(HistoryError) in
            var parts: [Tail.Part] = []
            for key in records.keys {
                guard let chunk = cut[key]!.cutTail(at: time) else { continue }
                parts.append(Tail.Part(source: try store.id(of: key), chunk: chunk))
            }
            if !parts.isEmpty { try store.addTail(Tail.bytes(parts)) }
        }
        records = cut
        cposix_release_memory()
        guard let last = lastCheckpoint else { return lastCheckpoint = time }
        guard time - last >= Self.checkpointSpacing || time < last else { return }
        lastCheckpoint = time
        // Beyond the bound it is emptied, which waits for readers.
        _ = try store.database.checkpoint(truncates: store.place.logSize > Self.mostLogBytes / 4)
    }

    /// Why the log cannot be emptied; nil: it is small.
    private var heldLog: HistoryError? {
        guard store.place.logSize > Self.mostLogBytes else { return nil }
        return HistoryError(
            .held,
            "\(store.place.database)-wal has grown beyond 8 MiB, since another program has been reading the history for "
                + "a long time; end that program")
    }

    private func writeChunks(at time: Int64) throws(HistoryError) {
        try store.database.transaction { () throws(HistoryError) in
            for (key, record) in records where !record.isEmpty {
                let id = try store.id(of: key)
                if !record.chunk.isEmpty, let span = record.chunk.span {
                    try store.add(.native, source: id, start: span.lowerBound, record.chunk.encoded())
                }
                if !record.rollup.isEmpty { try Rollups.add(record.rollup.encoded(), of: id, to: store) }
            }
            try store.clearTails()
        }
        for key in records.keys { records[key] = records[key]!.next(at: time) }
        lastTail = time
        lastCheckpoint = time
        _ = try store.database.checkpoint(truncates: true)
        try Expiry(retention: retention, store: store).apply(at: time)
        cposix_release_memory()
    }
}
