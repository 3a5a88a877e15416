import Contract
import Core
import Testing

@testable import History

private let key = SeriesKey(host: "srv01", plugin: "memory")

private let schema = Schema(
    PluginDescription(
        id: "memory", name: "Memory",
        metrics: [
            MetricDeclaration(id: "used", label: "Used", unit: "percent"),
            MetricDeclaration(id: "word", label: "Word", unit: "", kind: .text),
        ]))

private func rows(
    _ rows: [(name: String, number: Double, word: String)], at time: Int64, of key: SeriesKey = key
)
    -> Observation
{
    let instances = rows.map { row in
        Snapshot.Instance(
            name: row.name,
            cells: [.init(value: .number(row.number), status: .ok), .init(value: .text(row.word))])
    }
    let snapshot = Snapshot(key: key, schema: schema, taken: time, instances: instances)
    return Observation(key: key, time: time, fact: .snapshot(snapshot))
}

private func one(_ number: Double, _ word: String = "fine", at time: Int64) -> Observation {
    rows([("", number, word)], at: time)
}

/// Clocks that jump, and plugins that do what no plugin should: the history keeps what was true, and stays small.
struct HostileRecordingTests {
    private let folder = Folder()

    private func record(_ body: (Recording) throws -> Void) throws {
        let recording = try Recording(HistoryStore(folder.place, writes: true), Retention())
        try body(recording)
        #expect(recording.trouble == nil)
    }

    private func curve(_ from: Int64, _ to: Int64, step: Int64, of instance: String = "") throws
        -> SeriesCurve
    {
        try HistoryReader(folder.place).curve(of: key, instance, "used", from: from, to: to, step: step)
    }

    private func feed(_ recording: Recording, _ observation: Observation) {
        recording.take(observation)
        recording.advance(to: observation.time)
    }

    @Test func aSleepOfEightHoursIsAGap() throws {
        try record { recording in
            for tick in 0..<60 { feed(recording, one(1, at: noon + Int64(tick) * 10 * second)) }
            for tick in 0..<60 { feed(recording, one(2, at: noon + 8 * hour + Int64(tick) * 10 * second)) }
            recording.seal(at: noon + 9 * hour)
        }
        for step in [10 * second, 300 * second, hour] {
            let buckets = try curve(noon, noon + 9 * hour, step: step).buckets
            let asleep = buckets.enumerated().filter {
                (noon + Int64($0.offset) * step) >= noon + hour
                    && (noon + Int64($0.offset + 1) * step) <= noon + 8 * hour
            }
            #expect(
                !asleep.isEmpty && asleep.allSatisfy { $0.element.count == 0 },
                "a line across the night, \(step)")
            #expect(buckets[0].last == 1 && buckets[Int(8 * hour / step)].last == 2)
        }
    }

    @Test(arguments: [-hour, -10 * second, -400 * day, 3650 * day])
    func aClockThatJumpsAndReturnsLosesNothing(jump: Int64) throws {
        try record { recording in
            for tick in 0..<180 { feed(recording, one(Double(tick), at: noon + Int64(tick) * 10 * second)) }
            // It is set wrong for five minutes, and right again.
            let wrong = noon + 1800 * second + jump
            for tick in 0..<30 { feed(recording, one(-1, at: wrong + Int64(tick) * 10 * second)) }
            for tick in 210..<360 { feed(recording, one(Double(tick), at: noon + Int64(tick) * 10 * second)) }
            recording.seal(at: noon + hour)
        }
        let buckets = try curve(noon, noon + hour, step: 10 * second).buckets
        // A step back by seconds or an hour overlaps what is there; of two values one is shown.
        let clear = (0..<180).filter { tick in
            let time = noon + Int64(tick) * 10 * second
            return time < noon + 1800 * second + jump || time >= noon + 2100 * second + jump
        }
        #expect(clear.allSatisfy { buckets[$0].last == Double($0) })
        #expect((210..<360).allSatisfy { buckets[$0].last == Double($0) })
        let hours = try curve(noon, noon + hour, step: hour).buckets
        #expect(hours[0].count >= 330 && hours[0].count <= 360)
    }

    /// A clock that was ahead once must not keep retention from what has become old since.
    @Test func aClockThatWasAheadOnceDoesNotStopRetention() throws {
        try record { recording in
            for step in 0..<48 { feed(recording, one(1, at: noon + Int64(step) * hour)) }
            for step in 0..<3 { feed(recording, one(9, at: noon + 3650 * day + Int64(step) * hour)) }
            for step in 48..<(30 * 24) { feed(recording, one(2, at: noon + Int64(step) * hour)) }
        }
        let native = try HistoryStore(folder.place, writes: false)
            .starts(.native, source: 1, until: noon + 30 * day, most: 10_000)
        #expect(native.count >= 7 * 24 - 2 && native.count <= 7 * 24 + 2)
        let old = try curve(noon, noon + 2 * day, step: hour).buckets
        #expect(old.allSatisfy { $0.count > 0 }, "the hours before the jump are gone")
    }

    /// A source whose clock is set back with each snapshot, as of two machines that share a name.
    @Test func aClockThatJumpsWithEachSampleStaysSmall() throws {
        try record { recording in
            for tick in 0..<400 {
                let time = noon + Int64(tick) * 10 * second - (tick % 2 == 0 ? 0 : 1800 * second)
                feed(recording, one(Double(tick), at: time))
            }
            recording.seal(at: noon + 2 * hour)
        }
        #expect(folder.place.size < 8 << 20)
        #expect(try curve(noon, noon + hour, step: 600 * second).buckets.allSatisfy { $0.count > 0 })
    }

    @Test func instancesThatChangeWithEachSampleStayBounded() throws {
        try record { recording in
            for tick in 0..<500 {
                let names = (0..<20).map { ("run\(tick * 20 + $0)", Double($0), "fine") }
                feed(recording, rows(names, at: noon + Int64(tick) * 10 * second))
            }
            recording.seal(at: noon + 2 * hour)
        }
        #expect(folder.place.size < 24 << 20)
        let shown = try curve(
            noon + 3000 * second, noon + 3100 * second, step: 10 * second, of: "run6000")
        #expect(shown.buckets[0].last == 0 && shown.buckets[2...].allSatisfy { $0.count == 0 })
    }

    @Test func twentyThousandInstancesAreTaken() throws {
        let many = (0..<20_000).map { ("instance \($0)", Double($0 % 100), "fine") }
        try record { recording in
            for tick in 0..<4 { feed(recording, rows(many, at: noon + Int64(tick) * 30 * second)) }
            recording.seal(at: noon + hour)
        }
        #expect(
            try curve(noon, noon + 10 * second, step: 10 * second, of: "instance 19999").buckets[0].last == 99
        )
    }

    @Test func tenThousandTextsAreKept() throws {
        try record { recording in
            for tick in 0..<10_000 {
                feed(recording, one(1, "text \(tick)", at: noon + Int64(tick) * second))
            }
            recording.seal(at: noon + 3 * hour)
        }
        #expect(folder.place.size < 8 << 20)
        #expect(try curve(noon, noon + 10_000 * second, step: hour).buckets.allSatisfy { $0.count > 0 })
    }

    @Test func numbersThatAreNoneAreAbsent() throws {
        let odd: [Double] = [
            .nan, .infinity, -.infinity, .signalingNaN, 1e308, -1e308, .leastNonzeroMagnitude, -0.0, 3,
        ]
        try record { recording in
            for (tick, number) in odd.enumerated() {
                feed(recording, one(number, at: noon + Int64(tick) * 10 * second))
            }
            recording.seal(at: noon + hour)
        }
        for step in [10 * second, hour] {
            let buckets = try curve(noon, noon + 90 * second, step: step).buckets
            for bucket in buckets where bucket.count > 0 {
                #expect(
                    [bucket.minimum, bucket.mean, bucket.maximum, bucket.last].allSatisfy { $0.isFinite })
            }
        }
        let fine = try curve(noon, noon + 90 * second, step: 10 * second).buckets
        #expect(fine[0..<4].allSatisfy { $0.count == 0 } && fine[8].last == 3)
        let whole = try curve(noon, noon + hour, step: hour).buckets[0]
        #expect(whole.count == 5 && whole.maximum > 9e307 && whole.minimum < -9e307)
    }

    @Test func longTextsWithControlCharactersAreKept() throws {
        let text = String(repeating: "\u{1b}[31m\u{0}\u{202e}'\";--\n", count: 300).prefix(4096)
        try record { recording in
            feed(recording, rows([("na'me\n\u{0}", 7, String(text))], at: noon))
            recording.seal(at: noon + hour)
        }
        #expect(
            try curve(noon, noon + 10 * second, step: 10 * second, of: "na'me\n\u{0}").buckets[0].last == 7)
    }

    @Test func hostsWithOddNamesAreToldApart() throws {
        let names = [
            "", "a", "A", "a ", "a'; DROP TABLE chunk; --", "\u{e9}", "a\u{0}", "a\u{0}b",
        ]
        let keys = names.map { SeriesKey(host: $0, plugin: "memory") }
        try record { recording in
            for (place, key) in keys.enumerated() {
                recording.take(rows([("", Double(place), "fine")], at: noon, of: key))
            }
            recording.seal(at: noon + hour)
        }
        let reader = try HistoryReader(folder.place)
        for (place, key) in keys.enumerated() {
            let found = try reader.curve(of: key, "", "used", from: noon, to: noon + second, step: second)
            #expect(found.buckets[0].last == Double(place), "\(key.host.debugDescription)")
        }
        #expect(try reader.keys().count == Set(keys).count)
    }

    /// A source that publishes twice at one moment, as two collectors of the same question would.
    @Test func theSameMomentTwiceIsNoTrouble() throws {
        try record { recording in
            for tick in 0..<60 {
                let time = noon + Int64(tick) * 10 * second
                feed(recording, one(1, at: time))
                feed(recording, one(2, at: time))
            }
            recording.seal(at: noon + hour)
        }
        #expect(try curve(noon, noon + 600 * second, step: 10 * second).buckets.allSatisfy { $0.count > 0 })
    }

    @Test func failuresAndHoldsBeforeAnyValueAreTaken() throws {
        try record { recording in
            for tick in 0..<100 {
                let time = noon + Int64(tick) * 10 * second
                let fact: Observation.Fact = tick % 3 == 0 ? .hold : .host(.waiting)
                feed(recording, Observation(key: key, time: time, fact: fact))
            }
            recording.seal(at: noon + hour)
        }
        #expect(try curve(noon, noon + hour, step: hour).buckets[0].count == 0)
    }

    @Test func whatASealRefusesIsNotCountedTwice() throws {
        try record { recording in
            for tick in 0..<30 { recording.take(one(5, at: noon + Int64(tick) * 10 * second)) }
            // Other metrics: the record begins anew in the middle of five minutes.
            let other = Schema(
                PluginDescription(
                    id: "memory", name: "Memory", version: "2",
                    metrics: [MetricDeclaration(id: "used", label: "Used", unit: "percent")]))
            for tick in 30..<60 {
                let time = noon + Int64(tick) * 10 * second
                let snapshot = Snapshot(
                    key: key, schema: other, taken: time,
                    instances: [.init(name: "", cells: [.init(value: .number(6), status: .ok)])])
                recording.take(Observation(key: key, time: time, fact: .snapshot(snapshot)))
            }
            recording.seal(at: noon + hour)
        }
        let buckets = try curve(noon, noon + 600 * second, step: 10 * second).buckets
        #expect(
            buckets.map(\.last) == (0..<60).map { $0 < 30 ? 5 : 6 } && buckets.allSatisfy { $0.count == 1 })
        #expect(try curve(noon, noon + hour, step: hour).buckets[0].count == 60)
    }
}
