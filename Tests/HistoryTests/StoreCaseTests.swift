import Contract
import Core
import Foundation
import Testing

@testable import History

/// The cases of a store that others get wrong, with the clock in hand.
struct StoreCaseTests {
    private let folder = Folder()
    private var place: HistoryPlace { folder.place }

    private func curve(
        _ key: SeriesKey = StoreExample.key, _ metric: String = "used", from: Int64, to: Int64, step: Int64
    )
        throws -> SeriesCurve
    {
        try HistoryReader(place).curve(of: key, "", metric, from: from, to: to, step: step)
    }

    /// Case 2: the clock goes back by an hour.
    @Test func anHourThatIsThereTwiceHasBothRecords() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        for minute in 0..<60 {
            recording.take(StoreExample.observation(1, at: noon + Int64(minute) * 60 * second))
        }
        for minute in 0..<90 {
            recording.take(StoreExample.observation(2, at: noon + Int64(minute) * 60 * second))
        }
        recording.seal(at: noon + 90 * 60 * second)
        let native = try HistoryStore(place, writes: false).sizes(.native)
        // A row of its own, with the next number of the sequence.
        #expect(native.filter { $0.id.start == noon }.map(\.id.sequence) == [0, 1])
        let both = try curve(from: noon, to: noon + hour, step: hour)
        #expect(both.buckets[0].minimum == 1 && both.buckets[0].maximum == 2 && both.buckets[0].count == 120)
        let after = try curve(from: noon + hour, to: noon + hour + 1800 * second, step: 1800 * second)
        #expect(after.buckets.map(\.mean) == [2])
    }

    /// Case 3: ten years ahead and back: nothing is removed.
    @Test func aClockTenYearsAheadRemovesNothing() throws {
        try StoreExample.fill(place, hosts: 1, hours: 30)
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        let later = noon + 3650 * day
        for step in 0..<48 { recording.take(StoreExample.observation(1, at: later + Int64(step) * hour)) }
        for step in 0..<48 {
            recording.take(StoreExample.observation(1, at: noon + 31 * hour + Int64(step) * hour))
        }
        recording.seal(at: noon + 80 * hour)
        let summary = try #require(
            HistoryReader(place).summaries().first { $0.key.host == "host0" })
        #expect(summary.rows[.native] == 30)
    }

    /// Case 4: UTC is stored, whatever the clock on the wall does.
    @Test func aDayOf25HoursHas25Hours() throws {
        let berlin = LocalZone([
            .init(seconds: 7200), .init(from: 1_792_890_000, seconds: 3600),
        ])
        let now = 1_792_963_200 * second
        let start = try MomentText.parse("2026-10-25", now: now, zone: berlin).get()
        let end = try MomentText.parse("2026-10-26", now: now, zone: berlin).get()
        #expect(end - start == 25 * hour)
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        for minute in 0..<25 * 60 {
            recording.take(StoreExample.observation(1, at: start + Int64(minute) * 60 * second))
        }
        recording.seal(at: end)
        let curve = try curve(from: start, to: end, step: hour)
        #expect(curve.buckets.map(\.count) == Array(repeating: 60, count: 25))
    }

    /// Case 7: a reboot.
    @Test func aRebootIsAGapAndACounterNeverFalls() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        for minute in 0..<20 {
            recording.take(
                StoreExample.observation(1000 + Double(minute), at: noon + Int64(minute) * 60 * second))
        }
        for minute in 30..<60 {
            recording.take(
                StoreExample.observation(Double(minute - 30), at: noon + Int64(minute) * 60 * second))
        }
        recording.seal(at: noon + hour)
        let fine = try curve(from: noon, to: noon + hour, step: 60 * second)
        #expect(fine.buckets[20..<30].allSatisfy { $0.count == 0 })
        var rises: [Double] = []
        try HistoryReader(place).forEachRecord(of: StoreExample.key, from: noon, to: noon + hour) { _ in }
        let store = try HistoryStore(place, writes: false)
        try store.rows(.fiveMinutes, source: 1, from: noon, to: noon + hour) { _, data in
            rises += ((try? RollupReader(data).stretches(instance: "", metric: "written")) ?? nil ?? []).map(
                \.increase)
            return true
        }
        #expect(!rises.isEmpty && rises.allSatisfy { $0 >= 0 || $0.isNaN })
        let sum = rises.filter { !$0.isNaN }.reduce(0, +)
        let expected = 4096.0 * 48
        #expect(sum == expected)
    }

    /// Case 8: a document that does not change.
    @Test func sixHoursWithoutAChangeAreHeld() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        recording.take(StoreExample.observation(42, at: noon))
        for minute in 1..<360 {
            recording.take(
                Observation(key: StoreExample.key, time: noon + Int64(minute) * 60 * second, fact: .hold))
        }
        recording.seal(at: noon + 6 * hour)
        let hours = try curve(from: noon, to: noon + 6 * hour, step: hour)
        #expect(hours.buckets.map(\.last) == Array(repeating: 42, count: 6))
        let minutes = try curve(from: noon, to: noon + 6 * hour, step: 60 * second)
        #expect(minutes.buckets.allSatisfy { $0.last == 42 })
    }

    /// Case 10: a reader that was stopped in mid-read.
    @Test func aReaderThatDoesNotEndIsTold() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        recording.take(StoreExample.observation(1, at: noon))
        recording.seal(at: noon + 1)
        let reader = try Database(place.database, writes: false)
        try reader.run("BEGIN")
        _ = try reader.integer("SELECT count(*) FROM chunk")
        var dice = SystemDice(state: 9)
        let names = (0..<400).map { "drive\($0)" }
        var time = noon
        for step in 0..<400 where place.logSize <= Recording.mostLogBytes {
            time = noon + Int64(step + 1) * 60 * second
            let word = String((0..<600).map { _ in "abcdefghijklmnop".randomElement(using: &dice)! })
            recording.take(
                StoreExample.observation(
                    Double.random(in: 0..<1e9, using: &dice), word, at: time, instances: names))
            recording.advance(to: time)
        }
        #expect(place.logSize > Recording.mostLogBytes)
        #expect(recording.trouble?.kind == .held)
        #expect(recording.trouble?.sentence.contains("beyond 8 MiB") == true)
        // It goes on, and is quiet when the reader ends.
        try reader.run("COMMIT")
        recording.seal(at: time + hour)
        recording.take(StoreExample.observation(1, at: time + hour, instances: names))
        recording.flush(at: time + 2 * hour)
        #expect(recording.trouble == nil && place.logSize < 4 << 20)
    }

    /// Case 12: names that are swapped, and a plugin that is upgraded.
    @Test func hostsThatSwapNamesAreKeptByTheirNames() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        for minute in 0..<120 {
            for (host, value) in [("a", 10.0), ("b", 20.0)] {
                let name = minute < 60 ? host : host == "a" ? "b" : "a"
                recording.take(
                    StoreExample.observation(
                        value, at: noon + Int64(minute) * 60 * second,
                        of: SeriesKey(host: name, plugin: "memory")))
            }
        }
        recording.seal(at: noon + 2 * hour)
        let a = try curve(
            SeriesKey(host: "a", plugin: "memory"), from: noon, to: noon + 2 * hour, step: hour)
        #expect(a.buckets.map(\.mean) == [10, 20])
    }

    @Test func aPluginWithOtherMetricsGoesOn() throws {
        let recording = try Recording(HistoryStore(place, writes: true), Retention())
        let newer = Schema(
            PluginDescription(
                id: "memory", name: "Memory", version: "2",
                metrics: [
                    MetricDeclaration(id: "free", label: "Free", unit: "bytes"),
                    MetricDeclaration(id: "used", label: "Used", unit: "percent"),
                ]))
        for minute in 0..<60 {
            let time = noon + Int64(minute) * 60 * second
            guard minute >= 30 else {
                recording.take(StoreExample.observation(10, at: time))
                continue
            }
            let snapshot = Snapshot(
                key: StoreExample.key, schema: newer, taken: time,
                instances: [.init(name: "", cells: [.init(value: .number(4096)), .init(value: .number(30))])])
            recording.take(Observation(key: StoreExample.key, time: time, fact: .snapshot(snapshot)))
        }
        recording.seal(at: noon + hour)
        let halves = try curve(from: noon, to: noon + hour, step: 1800 * second).buckets.map(\.mean)
        #expect(halves.map { ($0 * 10).rounded() } == [100, 300])
        #expect(try curve(from: noon, to: noon + hour, step: hour).buckets.map(\.count) == [60])
        let names = try HistoryReader(place).series(of: StoreExample.key).map(\.metric.id)
        #expect(Set(names) == ["used", "word", "written", "free"])
    }

    /// A dashboard that waits for another one takes over, and knows what holds.
    @Test func theSecondProgramTakesOverWhenTheFirstEnds() throws {
        let (first, second) = (HistoryWriter(place, Retention()), HistoryWriter(place, Retention()))
        let unit: Int64 = 1_000_000_000
        func both(_ step: Int, _ writers: [HistoryWriter]) {
            let time = noon + Int64(step) * 2 * unit
            for writer in writers {
                let fact =
                    step == 0
                    ? StoreExample.observation(7, at: time)
                    : Observation(
                        key: StoreExample.key, time: time, fact: .hold)
                writer.take([fact], at: time)
            }
        }
        for step in 0..<60 { both(step, [first, second]) }
        #expect(second.news.trouble == nil && second.news.taken().isEmpty)
        first.finish(at: noon + 119 * unit)
        for step in 60..<120 { both(step, [second]) }
        second.finish(at: noon + 240 * unit)
        let curve = try curve(from: noon, to: noon + 240 * unit, step: 10 * unit)
        #expect(curve.buckets.allSatisfy { $0.last == 7 })
        #expect(curve.buckets.allSatisfy { $0.count <= 2 })
    }
}
