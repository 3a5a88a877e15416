import Core
import Foundation
import Testing

@testable import History

/// Databases that are damaged, are none, or belong to others.
struct DamageTests {
    private let folder = Folder()
    private var place: HistoryPlace { folder.place }

    private func bytes() -> [UInt8] { [UInt8](FileManager.default.contents(atPath: place.database)!) }

    private func write(_ bytes: [UInt8]) {
        for ending in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: place.database + ending)
        }
        _ = FileManager.default.createFile(atPath: place.database, contents: Data(bytes))
    }

    /// Which hours of which host can be read as they came.
    private func hours() throws -> Set<String> {
        var found: Set<String> = []
        let reader = try HistoryReader(place)
        for key in try reader.keys() {
            try reader.forEachRecord(of: key, from: 0, to: .max / 2) { record in
                if case .chunk(let chunk) = record, let span = chunk.span {
                    found.insert("\(key.host) \(span.lowerBound / hour)")
                }
            }
        }
        return found
    }

    private func record(at time: Int64 = noon + 30 * hour) -> HistoryWriter {
        let writer = HistoryWriter(place, Retention())
        writer.take([StoreExample.observation(1, at: time)], at: time)
        return writer
    }

    @Test func withoutAHeadEverythingIsSaved() throws {
        try StoreExample.fill(place)
        let all = try hours()
        #expect(all.count == 72)
        var damaged = bytes()
        damaged.replaceSubrange(0..<4096, with: [UInt8](repeating: 0, count: 4096))
        write(damaged)
        let writer = record()
        let news = writer.news.taken()
        #expect(news.count == 1 && news[0].contains("the damaged file is kept as"), "\(news)")
        #expect(writer.news.trouble == nil)
        writer.finish(at: noon + 30 * hour)
        #expect(try hours().isSuperset(of: all))
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasPrefix("history.db.damaged-2026-03-02-")
        }
        #expect(kept.count == 1)
    }

    @Test func whatIsInTheLogAloneIsSavedToo() throws {
        // No checkpoint: everything is in the log.
        let store = try HistoryStore(place, writes: true)
        let recording = try Recording(store, Retention())
        for minute in 0..<30 {
            recording.take(StoreExample.observation(1, at: noon + Int64(minute) * 60 * second))
        }
        recording.flush(at: noon + hour)
        let copy = Folder()
        for ending in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: place.database + ending, toPath: copy.place.database + ending)
        }
        var head = [UInt8](FileManager.default.contents(atPath: copy.place.database)!)
        for index in head.indices.prefix(100) { head[index] = 0xff }
        _ = FileManager.default.createFile(atPath: copy.place.database, contents: Data(head))
        let outcome = try Rescue.replace(copy.place, at: noon, tails: true)
        #expect(outcome.records == 1)
        let recovered = try HistoryReader(copy.place).curve(
            of: StoreExample.key, "", "used", from: noon, to: noon + hour, step: hour)
        #expect(recovered.buckets.map(\.count) == [60] || recovered.buckets[0].count >= 29)
        _ = recording
    }

    @Test(arguments: [
        "", "no database, a letter to my mother, which is long enough to have a head".uppercased(),
    ])
    func whatIsNoDatabaseIsMovedAside(_ text: String) throws {
        write(Array(text.utf8))
        let writer = record()
        #expect(writer.news.trouble == nil)
        #expect(writer.news.taken().count == (text.isEmpty ? 0 : 1))
        writer.finish(at: noon + 30 * hour)
        #expect(try hours().count == 1)
    }

    @Test func othersAreLeftAlone() throws {
        do {
            let other = try Database(place.database, writes: true)
            try other.run("CREATE TABLE x(y); PRAGMA application_id=7;")
        }
        let before = bytes()
        #expect(record().news.trouble?.kind == .foreign)
        #expect(bytes() == before)
        try FileManager.default.removeItem(atPath: place.database)
        try StoreExample.fill(place, hosts: 1, hours: 1)
        do {
            let newer = try Database(place.database, writes: true)
            try newer.run("PRAGMA user_version=2; PRAGMA wal_checkpoint(TRUNCATE);")
        }
        let writer = record()
        #expect(writer.news.trouble?.kind == .newer)
        #expect(writer.news.trouble?.sentence.contains("use a newer cm-dashboard") == true)
    }

    @Test(arguments: [1, 100, 4096, 5000, 40_960, 81_920])
    func whatIsCutOffIsLostAlone(_ length: Int) throws {
        try StoreExample.fill(place)
        let all = try hours()
        let whole = bytes()
        write(Array(whole.prefix(length)))
        let writer = record()
        writer.finish(at: noon + 30 * hour)
        #expect(writer.news.trouble == nil)
        // The share that is left of the file is left of the hours, less what lies across pages.
        let left = try hours()
        #expect(Double(left.count) >= Double(length) / Double(whole.count) * Double(all.count) / 4 - 3)
        #expect(try HistoryCheck.run(place, zone: .utc).isWell)
    }

    /// One bit at a time, anywhere in the file.
    @Test func aFlippedBitCostsAnHourOfOneSourceAtMost() throws {
        try StoreExample.fill(place, hours: 6, instances: (0..<12).map { "drive\($0)" })
        let all = try hours()
        let whole = bytes()
        #expect(whole.count > 60_000)
        var dice = SystemDice(state: 1)
        var (unread, told) = (0, 0)
        for _ in 0..<1000 {
            var damaged = whole
            let place = Int.random(in: 0..<whole.count, using: &dice)
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &dice)
            damaged[place] ^= bit
            write(damaged)
            // A reader never ends in a crash.
            let check = try? HistoryCheck.run(self.place, zone: .utc)
            if check?.isWell != true { told += 1 }
            if let left = try? hours(), all.subtracting(left).count <= 1 { continue }
            // Where SQLite cannot read it any more, the file is made anew.
            #expect(check?.isWell != true, "place \(place) is not told")
            unread += 1
            do {
                _ = try Rescue.replace(self.place, at: noon, tails: true)
                let lost = all.subtracting(try hours())
                #expect(lost.count <= 1, "place \(place), bit \(bit): \(lost)")
            } catch { Issue.record("place \(place): \(error)") }
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
            where name.contains("damaged") {
                try FileManager.default.removeItem(atPath: folder.path + "/" + name)
            }
        }
        #expect(told > 500, "\(told)")
        #expect(unread > 0 && unread < 500, "\(unread)")
    }

    @Test func checkTellsWhatIsLost() throws {
        try StoreExample.fill(place, hosts: 1, hours: 2)
        let store = try HistoryStore(place, writes: true)
        let row = try store.sizes(.native)[1]
        var data = try #require(try store.data(of: row.id))
        data[data.count / 2] ^= 1
        try store.put(id: row.id, data)
        let check = try HistoryCheck.run(place, zone: .utc)
        #expect(check.faults.isEmpty)
        #expect(
            check.lost.count == 1
                && check.lost[0].hasPrefix(
                    "the values as they came of up to an hour from 2026-03-01 13:00 on, of host0/memory"),
            "\(check.lost)")
        // A gap, not an end.
        let curve = try HistoryReader(place).curve(
            of: SeriesKey(host: "host0", plugin: "memory"), "", "used", from: noon, to: noon + 2 * hour,
            step: 60 * second)
        #expect(curve.buckets[30].count == 1 && curve.buckets[90].count == 0)
    }

    @Test func aFileThatIsRemovedWhileItIsOpenIsBegunAnew() throws {
        let writer = record(at: noon)
        for minute in 1..<20 {
            let time = noon + Int64(minute) * 60 * second
            writer.take([StoreExample.observation(Double(minute), at: time)], at: time)
        }
        for ending in HistoryPlace.endings {
            try? FileManager.default.removeItem(atPath: place.database + ending)
        }
        for minute in 20..<30 {
            let time = noon + Int64(minute) * 60 * second
            writer.take([StoreExample.observation(Double(minute), at: time)], at: time)
        }
        #expect(writer.news.trouble == nil)
        let news = writer.news.taken()
        #expect(news.count == 1 && news[0].contains("was removed or replaced"), "\(news)")
        writer.finish(at: noon + hour)
        // What was in memory is in the new file.
        let curve = try HistoryReader(place).curve(
            of: StoreExample.key, "", "used", from: noon, to: noon + 30 * 60 * second, step: 60 * second)
        #expect(curve.buckets.map(\.last) == [1] + (1..<30).map(Double.init))
    }

    @Test func aLockThatIsRemovedIsTakenAgain() throws {
        let writer = record(at: noon)
        unlink(place.lock)
        writer.take([], at: noon + 20 * second)
        #expect(FileIdentity(place.lock) != nil)
        #expect(try RecordingLock(place) == nil)
        #expect(writer.news.taken().isEmpty && writer.news.trouble == nil)
        withExtendedLifetime(writer) {}
    }

    @Test func aSpanThatNoTimeHasIsEmptyAtOnce() throws {
        try StoreExample.fill(place, hosts: 1, hours: 2)
        let reader = try HistoryReader(place)
        let key = SeriesKey(host: "host0", plugin: "memory")
        for (start, end) in [
            (noon, noon - hour), (Int64.max - 1, Int64.max), (Int64.min, Int64.max),
            (noon + 1000 * day, .max),
            (Int64.min, Int64.min + 5),
        ] {
            for step in [second, day, Int64.max] {
                _ = try reader.curve(of: key, "", "used", from: start, to: end, step: step)
            }
            _ = try reader.texts(of: SeriesName(key, "", "word"), from: start, to: end)
        }
    }
}

/// A generator with a seed.
struct SystemDice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
