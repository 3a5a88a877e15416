import Contract
import Core
import Testing

@testable import History

private let key = SeriesKey(host: "srv01", plugin: "memory")

private func schema() -> Schema {
    Schema(
        PluginDescription(
            id: "memory", name: "Memory", icon: "", version: "1", summary: "", abi: 1, hasDraw: true,
            metrics: [
                MetricDeclaration(id: "used", label: "Used", unit: "percent", direction: .higherIsWorse),
                MetricDeclaration(id: "word", label: "Word", unit: "", kind: .text),
            ], options: []))
}

private let shared = schema()

private func observation(_ value: Double, _ word: String = "fine", at time: Int64, of key: SeriesKey = key)
    -> Observation
{
    let snapshot = Snapshot(
        key: key, schema: shared, taken: time,
        instances: [
            Snapshot.Instance(
                name: "", cells: [.init(value: .number(value), status: .ok), .init(value: .text(word))])
        ])
    return Observation(key: key, time: time, fact: .snapshot(snapshot))
}

struct RecordingTests {
    private let folder = Folder()

    private func record(_ body: (Recording) throws -> Void) throws {
        let recording = try Recording(HistoryStore(folder.place, writes: true), Retention())
        try body(recording)
    }

    private func curve(_ from: Int64, _ to: Int64, step: Int64) throws -> SeriesCurve {
        try HistoryReader(folder.place).curve(of: key, "", "used", from: from, to: to, step: step)
    }

    @Test func whatWasSealedIsReadAgain() throws {
        try record { recording in
            for tick in 0..<720 {
                recording.take(observation(Double(tick % 50), at: noon + Int64(tick) * 10 * second))
            }
            recording.seal(at: noon + 2 * hour)
        }
        let fine = try curve(noon, noon + 600 * second, step: 10 * second)
        #expect(fine.buckets.map(\.mean) == (0..<60).map { Double($0 % 50) })
        let coarse = try curve(noon, noon + 2 * hour, step: hour)
        #expect(coarse.buckets.map(\.maximum) == [49, 49] && coarse.buckets.map(\.minimum) == [0, 0])
        #expect(coarse.buckets.map(\.count) == [360, 360])
    }

    @Test func withoutAWordAtTheEndAtMostAMinuteIsLost() throws {
        try record { recording in
            for tick in 0..<60 {
                let time = noon + Int64(tick) * 10 * second
                recording.take(observation(Double(tick), at: time))
                recording.advance(to: time)
            }
        }
        let before = try curve(noon, noon + 600 * second, step: 10 * second)
        #expect(before.buckets.prefix(54).map(\.mean) == (0..<54).map(Double.init))
        // The next program makes chunks of it.
        try record { _ in }
        #expect(try HistoryStore(folder.place, writes: false).tails().isEmpty)
        let after = try curve(noon, noon + 600 * second, step: 10 * second)
        #expect(after.buckets.prefix(54).map(\.mean) == (0..<54).map(Double.init))
        #expect(try curve(noon, noon + hour, step: hour).buckets.map(\.count) == [55])
    }

    @Test func spikesBetweenTwoSamplesStandInTheRollups() throws {
        try record { recording in
            for tick in 0..<300 {
                recording.take(observation(tick == 7 ? 99 : 5, at: noon + Int64(tick) * second))
            }
            recording.seal(at: noon + hour)
        }
        #expect(try curve(noon, noon + hour, step: hour).buckets.map(\.maximum) == [99])
        #expect(try curve(noon, noon + hour, step: hour).buckets.map(\.count) == [300])
    }

    @Test func whatWasNotRecordedIsAGapHoweverCoarseOtherRecordsAre() throws {
        // Two runs of a minute, two minutes apart, in one stretch of five minutes.
        for start in [noon, noon + 180 * second] {
            try record { recording in
                for tick in 0..<30 { recording.take(observation(3, at: start + Int64(tick) * 2 * second)) }
                recording.seal(at: start + 60 * second)
            }
        }
        let fine = try curve(noon - 60 * second, noon + 300 * second, step: second)
        let known = fine.buckets.map { $0.count > 0 }
        #expect(known[60..<110].allSatisfy { $0 } && known[240..<290].allSatisfy { $0 })
        #expect(
            !known[0..<60].contains(true) && !known[120..<240].contains(true)
                && !known[300..<360].contains(true))
    }

    @Test func whatIsStillInTailsIsWholeAndGoesOnUntilThePresent() throws {
        try record { recording in
            for tick in 0..<60 {
                let time = noon + Int64(tick) * 10 * second
                recording.take(StoreExample.observation(Double(tick), at: time))
                // A reader has every sample written at once.
                recording.flush(at: time)
            }
        }
        let check = try HistoryCheck.run(folder.place, zone: .utc)
        #expect(check.isWell && check.whole == 60)
        // The present is three seconds after the last sample.
        let end = noon + 593 * second
        let fine = try curve(noon, end, step: second)
        #expect(fine.buckets.allSatisfy { $0.count > 0 } && fine.buckets.last?.mean == 59)
        // Long after it nothing is known.
        #expect(try curve(noon, end + 60 * second, step: second).buckets[591...].allSatisfy { $0.count == 0 })
    }

    @Test func withoutHoldingEachValueCountsOnce() throws {
        try record { recording in
            for tick in 0..<6 {
                recording.take(StoreExample.observation(7, at: noon + Int64(tick) * 60 * second))
            }
            recording.seal(at: noon + 360 * second)
        }
        let reader = try HistoryReader(folder.place)
        let shown = try reader.curve(
            of: StoreExample.key, "", "used", from: noon, to: noon + 360 * second, step: 10 * second,
            holds: false)
        #expect(shown.buckets.reduce(0) { $0 + $1.count } == 6)
        let held = try curve(noon, noon + 360 * second, step: 10 * second)
        #expect(held.buckets.allSatisfy { $0.count == 1 })
    }

    @Test func aStretchOfTodayHoldsWhatIsSealedAndWhatIsNot() throws {
        try record { recording in
            for tick in 0..<600 {
                let time = noon + Int64(tick) * 10 * second
                recording.take(observation(tick == 3 ? 99 : 5, at: time))
                recording.advance(to: time)
            }
        }
        let store = try HistoryStore(folder.place, writes: false)
        #expect(try !store.tails().isEmpty)
        let day = try curve(noon - 12 * hour, noon + 12 * hour, step: 24 * hour)
        #expect(day.buckets.map(\.maximum) == [99] && day.buckets[0].last == 5)
        #expect(day.buckets[0].count > 560)
    }

    @Test func coarserRecordsStandInForFinerOnesThatHaveExpired() throws {
        try record { recording in
            for step in 0..<(3 * 24 * 60) {
                recording.take(observation(Double(step / 1440), at: noon + Int64(step) * 60 * second))
            }
            recording.seal(at: noon + 72 * hour)
        }
        let store = try HistoryStore(folder.place, writes: true)
        _ = try store.expire(.native, source: 1, before: noon + 50 * hour, most: 1000)
        _ = try store.expire(.fiveMinutes, source: 1, before: noon + 26 * hour, most: 1000)
        let all = try curve(noon, noon + 72 * hour, step: 60 * second)
        #expect(all.buckets.count { $0.count == 0 } < 3)
        #expect(stride(from: 700, to: 4300, by: 1440).map { all.buckets[$0].mean } == [0, 1, 2])
        let coarse = try curve(noon, noon + 72 * hour, step: 600 * second)
        #expect(coarse.buckets.allSatisfy { $0.count > 0 })
    }

    @Test func aClockThatStepsBackMakesASequenceOfItsOwn() throws {
        try record { recording in
            for tick in 0..<30 { recording.take(observation(1, at: noon + Int64(tick) * 10 * second)) }
            for tick in 0..<30 {
                recording.take(observation(2, at: noon - hour + Int64(tick) * 10 * second))
            }
            recording.seal(at: noon)
        }
        #expect(try curve(noon, noon + 300 * second, step: 10 * second).buckets.allSatisfy { $0.last == 1 })
        let back = try curve(noon - hour, noon - hour + 300 * second, step: 10 * second)
        #expect(back.buckets.allSatisfy { $0.last == 2 })
    }

    @Test func retentionRemovesWhatIsOldAndWaitsForAPlausibleClock() throws {
        try record { recording in
            // Two weeks.
            for step in 0..<(14 * 24) { recording.take(observation(1, at: noon + Int64(step) * hour)) }
        }
        let store = try HistoryStore(folder.place, writes: true)
        func rows(_ tier: HistoryTier) throws -> Int {
            var count = 0
            try store.rows(tier, source: 1, from: 0, to: .max / 2) { _, _ in
                count += 1
                return true
            }
            return count
        }
        #expect(try rows(.native) <= 7 * 24 + 2 && rows(.native) > 7 * 24 - 2)
        #expect(try rows(.fiveMinutes) == 14 * 24 - 1)
        // Ten years ahead: nothing is removed, not even at the next seals.
        let before = try rows(.native)
        let recording = try Recording(store, Retention())
        for step in 0..<24 {
            recording.take(observation(1, at: noon + 3650 * 24 * hour + Int64(step) * hour))
        }
        #expect(try rows(.native) >= before)
    }

    @Test func aDatabaseOfAnotherOrNewerProgramIsLeftAlone() throws {
        let path = folder.place.database
        do {
            let other = try Database(path, writes: true)
            try other.run("CREATE TABLE x(y); PRAGMA application_id=7;")
        }
        #expect(throws: HistoryError.self) { try HistoryStore(folder.place, writes: true) }
        do {
            let other = try Database(path, writes: true)
            try other.run("PRAGMA application_id=\(HistoryStore.application); PRAGMA user_version=9;")
        }
        let error = #expect(throws: HistoryError.self) { try HistoryStore(folder.place, writes: true) }
        #expect(error?.kind == .newer && error?.sentence.contains("version 9") == true)
    }

    @Test func whileTheDiskIsFullRecordingWaitsAndLosesNothing() throws {
        let store = try HistoryStore(folder.place, writes: true)
        let recording = try Recording(store, Retention())
        let full = try store.database.integer("PRAGMA page_count") + 1
        for tick in 0..<500 {
            if tick == 20 { try store.database.run("PRAGMA max_page_count=\(full)") }
            if tick == 450 { try store.database.run("PRAGMA max_page_count=1000000") }
            let time = noon + Int64(tick) * 10 * second
            recording.take(observation(Double(tick % 7), String(repeating: "x\(tick)", count: 50), at: time))
            recording.advance(to: time)
            if (200..<450).contains(tick) { #expect(recording.trouble?.kind == .full) }
        }
        recording.seal(at: noon + 2 * hour)
        #expect(recording.trouble == nil)
        let whole = try curve(noon, noon + 5000 * second, step: 10 * second)
        #expect(whole.buckets.map(\.last) == (0..<500).map { Double($0 % 7) })
    }

    @Test func oneProgramRecords() throws {
        let lock = try RecordingLock(folder.place)
        #expect(lock != nil)
        #expect(try RecordingLock(folder.place) == nil)
        withExtendedLifetime(lock) {}
    }
}
