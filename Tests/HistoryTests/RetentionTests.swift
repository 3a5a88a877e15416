import Contract
import Core
import Testing

@testable import History

/// How long things are kept, with the clock in hand.
struct RetentionTests {
    private let folder = Folder()
    private var place: HistoryPlace { folder.place }

    @Test func theSizeIsReachedWithinAFewSeals() throws {
        // Noise, so that it takes room: 60 series for five days.
        var dice = SystemDice(state: 3)
        var retention = Retention()
        retention.mostBytes = 1 << 40
        let names = (0..<20).map { "drive\($0)" }
        let recording = try Recording(HistoryStore(place, writes: true), retention)
        for step in 0..<5 * 288 {
            let time = noon + Int64(step) * 300 * second
            recording.take(
                StoreExample.observation(
                    Double.random(in: 0..<1e6, using: &dice), at: time, instances: names))
        }
        let end = noon + 5 * day
        recording.seal(at: end)
        let store = try HistoryStore(place, writes: false)
        let before = try store.usedBytes()
        // The native tier alone is not enough.
        let coarse = try [HistoryTier.fiveMinutes, .hour, .day].reduce(0) { sum, tier in
            try store.sizes(tier).reduce(sum) { $0 + $1.size }
        }
        retention.mostBytes = Int64(coarse / 2)
        #expect(before > retention.mostBytes * 2)
        recording.retention = retention
        for seal in 0..<3 {
            let time = end + Int64(seal) * hour
            recording.take(StoreExample.observation(1, at: time))
            recording.seal(at: time + 1)
        }
        #expect(try store.usedBytes() <= retention.mostBytes + 65_536)
        #expect(place.size <= retention.mostBytes + 131_072)
        // The coarsest stay longest.
        #expect(try store.sizes(.day).count >= 1)
        #expect(try store.sizes(.native).allSatisfy { $0.id.start >= end - hour })
    }

    @Test func theSizeTakesTheOldestOfTheFinestFirst() throws {
        try StoreExample.fill(place, hosts: 2, hours: 100)
        let store = try HistoryStore(place, writes: true)
        var retention = Retention()
        retention.mostBytes = try store.usedBytes() - 40_000
        try Expiry(retention: retention, store: store).apply(at: noon + 100 * hour)
        let native = try store.sizes(.native)
        #expect(native.count < 200 && native.count > 20)
        // Of both hosts alike.
        #expect(Set(native.map(\.id.source)).count == 2)
        #expect(native.map(\.id.start).min()! > noon)
        #expect(native.map(\.id.start).max()! == noon + 99 * hour)
        #expect(try store.sizes(.fiveMinutes).count == 200)
    }

    @Test func aMetricsOwnDaysLengthenTheDayTier() throws {
        for remember in [UInt32(0), 400] {
            let folder = Folder()
            let schema = StoreExample.schema(remember: remember)
            var retention = Retention()
            for tier in [HistoryTier.native, .fiveMinutes, .hour, .day] { retention.spans[tier] = 20 * day }
            let recording = try Recording(HistoryStore(folder.place, writes: true), retention)
            for step in 0..<200 {
                let time = noon + Int64(step) * day
                recording.take(StoreExample.observation(1, at: time, schema: schema))
            }
            recording.seal(at: noon + 200 * day)
            let store = try HistoryStore(folder.place, writes: false)
            let days = try store.sizes(.day).count
            #expect(remember == 0 ? days <= 3 : days >= 6, "\(days)")
            #expect(try store.sizes(.hour).count < 30)
        }
    }

    @Test func onePluginMayBeKeptForAnotherTime() throws {
        var retention = Retention()
        retention.plugins["nvme"] = [.native: 2 * day]
        retention.silent = ["gpu"]
        let writer = HistoryWriter(place, retention)
        for step in 0..<5 * 24 {
            let time = noon + Int64(step) * hour
            writer.take(
                ["nvme", "memory", "gpu"].map {
                    StoreExample.observation(1, at: time, of: SeriesKey(host: "srv01", plugin: $0))
                }, at: time)
        }
        writer.finish(at: noon + 5 * day)
        let summaries = try HistoryReader(place).summaries()
        #expect(summaries.map(\.key.plugin) == ["memory", "nvme"])
        #expect(summaries[0].rows[.native] == 120)
        #expect(summaries[1].rows[.native]! < 55)
    }

    @Test func aKindMayBeKeptForAShorterTime() throws {
        var retention = Retention()
        retention.kinds[.text] = 24 * hour
        try StoreExample.fill(place, hosts: 1, hours: 72, retention: retention)
        let reader = try HistoryReader(place)
        let name = SeriesName(SeriesKey(host: "host0", plugin: "memory"), "", "word")
        let old = try reader.texts(of: name, from: noon, to: noon + 40 * hour)
        #expect(old.isEmpty)
        #expect(try !reader.texts(of: name, from: noon + 60 * hour, to: noon + 72 * hour).isEmpty)
        let curve = try reader.curve(of: name.key, "", "used", from: noon, to: noon + 72 * hour, step: hour)
        #expect(curve.buckets.allSatisfy { $0.count == 60 })
    }

    @Test func aChangeOfTheFileTakesEffect() throws {
        let writer = HistoryWriter(place, Retention())
        func take(_ step: Int) {
            let time = noon + Int64(step) * 10 * second
            writer.take([StoreExample.observation(Double(step), at: time)], at: time)
        }
        take(0)
        var off = Retention()
        off.isOff = true
        writer.apply(off, at: noon + 10 * second)
        // Another program may record meanwhile.
        #expect(try RecordingLock(place) != nil)
        for step in 1..<5 { take(step) }
        writer.apply(Retention(), at: noon + 50 * second)
        for step in 5..<10 { take(step) }
        writer.finish(at: noon + 100 * second)
        let curve = try HistoryReader(place).curve(
            of: StoreExample.key, "", "used", from: noon, to: noon + 100 * second, step: 10 * second)
        #expect(curve.buckets.map(\.count) == [1, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    }

    @Test func settingsBecomeARetention() {
        var settings = HistorySettings()
        settings.spans.native = 3 * UInt64(day)
        settings.mostBytes = 5
        settings.kinds = [HistorySettings.Kind(.text, UInt64(day))]
        var plugin = HistorySettings.Plugin("nvme", at: Position())
        plugin.isOff = true
        plugin.spans.hour = 9 * UInt64(day)
        settings.plugins = [plugin]
        let retention = Retention(settings)
        #expect(retention.span(.native, of: "nvme") == 3 * day)
        #expect(retention.span(.hour, of: "nvme") == 9 * day)
        #expect(retention.span(.hour, of: "cpu") == 400 * day)
        #expect(retention.mostBytes == 5)
        #expect(retention.silent == ["nvme"])
        #expect(retention.kinds == [.text: day])
    }
}
