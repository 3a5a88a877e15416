import Core

/// Writes what sources deliver into the database: a tail every minute, chunks and rollups every hour. It is used by one
/// thread, which holds the ``RecordingLock``.
///
/// An error of the disk pauses it: what comes is kept in memory up to the bounds of a chunk, and is written with the
/// next attempt that succeeds.
final class Recording {
    private let store: HistoryStore
    private let retention: Retention
    private var records: [SeriesKey: SourceRecord] = [:]
    /// The hour since 1970 that the records belong to.
    private var hour: Int64?
    private var lastTail: Int64?

    /// Nanoseconds between two tails, which is what a crash can lose.
    static let tailSpacing: Int64 = 60_000_000_000
    private static let hourLength: Int64 = 3_600_000_000_000

    /// Begins to record; what an earlier program did not seal is sealed.
    init(_ store: HistoryStore, _ retention: Retention) throws(HistoryError) {
        self.store = store
        self.retention = retention
        try Salvage.sealTails(of: store)
    }

    /// Takes in an observation.
    func take(_ observation: Observation) throws(HistoryError) {
        let time = observation.time
        let hour = time / Self.hourLength
        if let current = self.hour, hour != current { try seal(at: time) }
        self.hour = hour
        var record = records[observation.key] ?? SourceRecord(key: observation.key)
        records[observation.key] = nil
        if !record.take(observation) {
            records[observation.key] = record
            try seal(at: time)
            record = records[observation.key] ?? SourceRecord(key: observation.key)
            _ = record.take(observation)
        }
        records[observation.key] = record
    }

    /// Writes what is due at a time.
    func advance(to time: Int64) throws(HistoryError) {
        guard let last = lastTail else { return lastTail = time }
        guard time - last >= Self.tailSpacing || time < last else { return }
        lastTail = time
        try writeTail(at: time)
    }

    /// Writes what came since the last tail.
    func writeTail(at time: Int64) throws(HistoryError) {
        var parts: [Tail.Part] = []
        try store.database.transaction { () throws(HistoryError) in
            for key in records.keys {
                guard let chunk = records[key]!.cutTail(at: time) else { continue }
                parts.append(Tail.Part(source: try store.id(of: key), chunk: chunk))
            }
            if !parts.isEmpty { try store.addTail(Tail.bytes(parts)) }
        }
    }

    /// Moves all that has come into chunks and rollups, in one transaction, and begins the next ones.
    func seal(at time: Int64) throws(HistoryError) {
        try store.database.transaction { () throws(HistoryError) in
            for (key, record) in records where !record.isEmpty {
                let id = try store.id(of: key)
                if !record.chunk.isEmpty, let span = record.chunk.span {
                    try store.add(.native, source: id, start: span.lowerBound, record.chunk.encoded())
                }
                if !record.rollup.isEmpty {
                    try Rollups.add(record.rollup.encoded(), of: id, to: store)
                }
            }
            try store.clearTails()
        }
        for key in records.keys { records[key] = records[key]!.next(at: time) }
        lastTail = time
        _ = try store.database.checkpoint(truncates: true)
        try retention.apply(to: store, at: time)
    }

    /// Forgets a source that delivers nothing any more, once it is sealed.
    func end(_ key: SeriesKey) throws(HistoryError) {
        guard let record = records[key] else { return }
        if !record.isEmpty { try seal(at: record.chunk.span?.upperBound ?? 0) }
        records[key] = nil
    }
}
