import Core
import Glibc
import Platform

/// Makes a new database of what can be read of a damaged one.
enum Rescue {
    /// What came of it.
    struct Outcome: Sendable, Equatable {
        /// Where the damaged file is kept.
        let kept: String
        /// The records that were saved.
        let records: Int

        /// The outcome in words.
        var sentence: String {
            "the history was damaged: \(records) records of it are saved, and the damaged file is kept as \(kept)"
        }
    }

    /// Moves a damaged database aside and puts a new one in its place. Whoever calls it holds the ``RecordingLock``, and has
    /// closed the database.
    ///
    /// - Parameters:
    ///   - time: Unix nanoseconds, for the name of what is moved aside.
    ///   - tails: Whether what was not yet in chunks is saved; false: the caller has it.
    static func replace(_ place: HistoryPlace, at time: Int64, tails: Bool) throws(HistoryError) -> Outcome {
        let new = place.salvaged
        remove(new)
        var records = 0
        do throws(HistoryError) {
            let store = try HistoryStore(new, writes: true)
            records = try salvage(DamagedFile(place.database), into: store, tails: tails)
            _ = try store.database.checkpoint(truncates: true)
        } catch {
            remove(new)
            throw error
        }
        let kept = aside(place, at: time)
        try rename(place.database, to: kept)
        try? rename(place.database + "-wal", to: kept + "-wal")
        unlink(place.database + "-shm")
        try rename(new.database, to: place.database)
        remove(new)
        return Outcome(kept: kept, records: records)
    }

    private static func salvage(_ file: DamagedFile, into store: HistoryStore, tails: Bool)
        throws(HistoryError) -> Int
    {
        var (batch, count): ([[UInt8]], Int) = ([], 0)
        var seen: Set<Seen> = []
        func write() throws(HistoryError) {
            let records = batch
            batch = []
            try store.database.transaction { () throws(HistoryError) in
                for record in records where try add(record, to: store, tails: tails, &seen) { count += 1 }
            }
            _ = try store.database.checkpoint(truncates: true)
        }
        try file.forEachRecord { (record) throws(HistoryError) in
            batch.append(record)
            if batch.count == batchSize { try write() }
        }
        try write()
        return count
    }

    /// Records of one transaction.
    private static let batchSize = 64

    /// A record may be found twice, as on a page that is free by now.
    private struct Seen: Hashable {
        let key: SeriesKey
        let tier: HistoryTier
        let start: Int64
        let checksum: ArraySlice<UInt8>
    }

    private static func add(
        _ record: [UInt8], to store: HistoryStore, tails: Bool, _ seen: inout Set<Seen>
    ) throws(HistoryError) -> Bool {
        if let chunk = try? ChunkReader(record), let span = chunk.span {
            let found = Seen(
                key: chunk.key, tier: .native, start: span.lowerBound, checksum: record.suffix(4))
            guard seen.insert(found).inserted else { return false }
            try store.add(.native, source: store.id(of: chunk.key), start: span.lowerBound, record)
            return true
        }
        if let rollup = try? RollupReader(record), let start = rollup.starts.first {
            let tier = HistoryTier(rollup.tier)
            let found = Seen(key: rollup.key, tier: tier, start: start, checksum: record.suffix(4))
            guard seen.insert(found).inserted else { return false }
            try store.add(
                tier, source: store.id(of: rollup.key), start: start / tier.rowSpan * tier.rowSpan, record)
            return true
        }
        guard tails else { return false }
        var isTail = false
        for part in Tail.parts(record) {
            guard let chunk = try? ChunkReader(part.chunk), let span = chunk.span else { continue }
            let found = Seen(
                key: chunk.key, tier: .native, start: span.lowerBound, checksum: part.chunk.suffix(4))
            guard seen.insert(found).inserted else { continue }
            let source = try store.id(of: chunk.key)
            try store.addTail(Tail.bytes([Tail.Part(source: source, chunk: part.chunk)]))
            isTail = true
        }
        return isTail
    }

    // MARK: Files

    private static func aside(_ place: HistoryPlace, at time: Int64) -> String {
        let moment = LocalZone.utc.moment(at: time / 1_000_000_000)
        let clock = moment.clock.split(separator: ":").joined()
        let name = "\(place.database).damaged-\(moment.date.text)-\(clock)"
        var free = name
        var number = 1
        while FileIdentity(free) != nil {
            number += 1
            free = "\(name)-\(number)"
        }
        return free
    }

    private static func rename(_ old: String, to new: String) throws(HistoryError) {
        guard Glibc.rename(old, new) != 0 else { return }
        throw HistoryError(
            .readOnly, "\(old) cannot be renamed to \(new): \(String(cString: strerror(errno)))")
    }

    private static func remove(_ place: HistoryPlace) {
        for ending in HistoryPlace.endings { unlink(place.database + ending) }
    }
}

extension HistoryTier {
    /// The tier whose rows hold such stretches.
    init(_ tier: RollupTier) {
        switch tier {
        case .fiveMinutes: self = .fiveMinutes
        case .hour: self = .hour
        case .day: self = .day
        }
    }
}
