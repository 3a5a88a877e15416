import CPosix
import Core

/// Writes what sources deliver into the database: a tail every minute, chunks and rollups every hour. It is used by one
/// thread, which holds the ``RecordingLock``.
///
/// While the disk takes nothing, as a full one does, what comes stays in memory up to the bounds of a chunk, and is
/// written with the first attempt that succeeds.
final class Recording {
    private let store: HistoryStore
    private let retention: Retention
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

    /// Begins to record; what an earlier program did not seal is sealed.
    init(_ store: HistoryStore, _ retention: Retention) throws(HistoryError) {
        self.store = store
        self.retention = retention
        try store.leaveDeletedBytes()
        try Salvage.sealTails(of: store)
    }

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
        guard time - last >= Self.tailSpacing || time < last || trouble != nil else { return }
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
        if trouble != nil, time - failedAt < Self.patience, time >= failedAt { return false }
        do throws(HistoryError) {
            try write()
            trouble = nil
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
        _ = try store.database.checkpoint(truncates: true)
        try retention.apply(to: store, at: time)
        cposix_release_memory()
    }
}
