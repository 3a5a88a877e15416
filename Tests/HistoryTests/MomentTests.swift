import Contract
import Core
import Engine
import Testing

@testable import History

private let shared = Schema(
    PluginDescription(
        id: "memory", name: "Memory",
        metrics: [MetricDeclaration(id: "used", label: "Used", unit: "percent", direction: .higherIsWorse)]))

private func key(_ host: String) -> SeriesKey { SeriesKey(host: host, plugin: "memory") }

private func observation(_ value: Double, at time: Int64, on host: String = "srv01") -> Observation {
    let cell = Snapshot.Cell(value: .number(value), status: value > 90 ? .critical : .ok)
    let snapshot = Snapshot(
        key: key(host), schema: shared, taken: time, instances: [Snapshot.Instance(name: "", cells: [cell])])
    return Observation(key: key(host), time: time, fact: .snapshot(snapshot))
}

private func fact(_ fact: Observation.Fact, at time: Int64, on host: String = "srv01") -> Observation {
    Observation(key: key(host), time: time, fact: fact)
}

private let refused = Failure(.failed, .transport(TransportFailure(.refused, at: "srv01:6127")))

struct MomentTests {
    private let folder = Folder()

    /// Records two hosts for some hours from noon on, a value each ten seconds that tells its time.
    private func record(hours: Int, _ body: (Recording, Int64) throws -> Void = { _, _ in }) throws {
        let recording = try Recording(HistoryStore(folder.place, writes: true), Retention())
        for tick in 0..<(hours * 360) {
            let time = noon + Int64(tick) * 10 * second
            for host in ["srv01", "srv02"] {
                recording.take(observation(Double(tick % 80), at: time, on: host))
            }
            try body(recording, time)
            recording.advance(to: time)
        }
        recording.flush(at: noon + Int64(hours) * hour - 10 * second)
    }

    private func moments(_ times: Int64..., of hosts: [String] = ["srv01"]) -> [RecordedMoment?] {
        let reader = MomentReader(folder.place)
        return times.flatMap { time in
            let answer = reader.answer(MomentQuestion(hosts.map(key), at: time))
            return hosts.map { answer.moments[key($0)] }
        }
    }

    private func value(_ moment: RecordedMoment?) -> Double? {
        moment?.known.snapshot?.instances.first?.cells.first?.value.number
    }

    @Test func sealedHoursAndTailsAnswerAlike() throws {
        try record(hours: 3)
        #expect(try HistoryStore(folder.place, writes: false).tailHeads().count > 10)
        let times = (0..<1080).map { noon + Int64($0) * 10 * second + 3 * second }
        let reader = MomentReader(folder.place)
        for (tick, time) in times.enumerated() {
            let moment = reader.answer(MomentQuestion([key("srv02")], at: time)).moments[key("srv02")]
            #expect(value(moment) == Double(tick % 80) && moment?.known.time == time - 3 * second)
            #expect(moment?.step == 0)
        }
        // The other way round.
        for (tick, time) in times.enumerated().reversed().prefix(400) {
            #expect(
                value(reader.answer(MomentQuestion([key("srv02")], at: time)).moments[key("srv02")])
                    == Double(tick % 80))
        }
    }

    @Test func beforeTheFirstRecordNothingIsKnownAndTheBeginIsSaid() throws {
        try record(hours: 2)
        let answer = MomentReader(folder.place).answer(MomentQuestion([key("srv01")], at: noon - second))
        #expect(answer.moments.isEmpty && answer.begin == noon && answer.trouble == nil)
        // Not even where an hour or a day was summed up that reaches back.
        #expect(moments(noon - 600 * second, noon - 11 * hour) == [nil, nil])
        #expect(
            MomentReader(folder.place).answer(MomentQuestion([key("other")], at: noon + hour)).moments.isEmpty
        )
    }

    @Test func afterAGapTheLastRecordBeforeItIsKnownWithItsTime() throws {
        try record(hours: 1)
        let recording = try Recording(HistoryStore(folder.place, writes: true), Retention())
        recording.take(observation(7, at: noon + 5 * hour))
        recording.seal(at: noon + 6 * hour)
        let found = moments(noon + 4 * hour, noon + 5 * hour)
        #expect(found[0]?.known.time == noon + hour - 10 * second && value(found[1]) == 7)
    }

    @Test func anOutageIsKnownWithTheStateOfTheHost() throws {
        try record(hours: 1) { recording, time in
            guard time == noon + 1800 * second else { return }
            recording.take(fact(.failure(refused), at: time + second))
            recording.take(fact(.host(.unreachable(0, refused)), at: time + second))
        }
        let found = moments(noon + 1805 * second, of: ["srv01", "srv02"])
        #expect(found[0]?.known.failure?.cause == refused.cause && value(found[0]) != nil)
        #expect(found[0]?.known.host == .unreachable(4 * second, refused))
        #expect(found[1]?.known.failure == nil)
    }

    @Test func whatIsOlderThanItsValuesComesFromCoarserTiers() throws {
        try record(hours: 30)
        let store = try HistoryStore(folder.place, writes: true)
        let source = try #require(try store.find(key("srv01")))
        _ = try store.expire(.native, source: source, before: noon + 21 * hour, most: 1000)
        _ = try store.expire(.fiveMinutes, source: source, before: noon + 16 * hour, most: 1000)
        #expect(moments(noon + 25 * hour).first??.step == 0)
        let fine = moments(noon + 18 * hour + 100 * second)[0]
        #expect(fine?.step == 300 * second && fine?.known.time == noon + 18 * hour)
        #expect(value(fine) == Double((18 * 360 + 29) % 80))
        let coarse = moments(noon + 3 * hour + 100 * second)[0]
        #expect(coarse?.step == hour && coarse?.known.time == noon + 3 * hour)
        #expect(moments(noon - second)[0] == nil)
    }

    @Test func whereTheClockWentBackTheNearestRecordAnswers() throws {
        let recording = try Recording(HistoryStore(folder.place, writes: true), Retention())
        for tick in 0..<60 { recording.take(observation(1, at: noon + Int64(tick) * 10 * second)) }
        for tick in 0..<30 { recording.take(observation(2, at: noon - hour + Int64(tick) * 10 * second)) }
        recording.seal(at: noon)
        #expect(moments(noon + 300 * second, noon - hour + 100 * second).map(value) == [1, 2])
    }

    @Test func aDamagedRecordIsSaidAndTheOthersAreShown() throws {
        try record(hours: 2)
        let store = try HistoryStore(folder.place, writes: true)
        let source = try #require(try store.find(key("srv01")))
        let head = try #require(
            try store.heads(.native, source: source, until: noon + 600 * second, most: 1).first)
        var bytes = try #require(try store.data(of: head))
        bytes[bytes.count / 2] ^= 1
        try store.put(id: head.row, bytes)
        let question = MomentQuestion([key("srv01"), key("srv02")], at: noon + 600 * second)
        let answer = MomentReader(folder.place).answer(question)
        #expect(answer.trouble?.contains("memory of srv01 is damaged") == true)
        let words = answer.moments[key("srv01")]?.known.failure?.words(Wording(now: 0))
        #expect(words == "the record of this moment is damaged")
        #expect(
            value(answer.moments[key("srv02")]) != nil && answer.moments[key("srv02")]?.known.failure == nil)
    }

    @Test func whatWentWrongIsFoundInBothDirections() throws {
        let bad = [noon + 1000 * second, noon + 9000 * second, noon + 3 * hour - 60 * second]
        try record(hours: 3) { recording, time in
            if bad.contains(time) { recording.take(observation(99, at: time + second)) }
            if time == noon + 2 * hour {
                recording.take(fact(.host(.online), at: time + second, on: "srv02"))
                recording.take(fact(.host(.unreachable(0, refused)), at: time + 2 * second, on: "srv02"))
            }
        }
        func find(_ time: Int64, _ isForward: Bool) -> EventAnswer.Event? {
            EventFinder.find(
                EventQuestion([key("srv01"), key("srv02")], from: time, isForward: isForward), folder.place
            ).event
        }
        var (times, words): ([Int64], [String]) = ([], [])
        var time = noon - hour
        while let event = find(time, true) {
            times.append(event.time)
            words.append("\(event.host) \(event.words)")
            time = event.time
        }
        #expect(times == [bad[0] + second, noon + 2 * hour + 2 * second, bad[1] + second, bad[2] + second])
        #expect(words[0] == "srv01 Memory used 99%" && words[1] == "srv02 unreachable")
        var back: [Int64] = []
        time = noon + 4 * hour
        while let event = find(time, false) {
            back.append(event.time)
            time = event.time
        }
        #expect(back == times.reversed())
    }

    @Test func beyondTheValuesEventsAreFoundInFiveMinutes() throws {
        try record(hours: 3) { recording, time in
            if time == noon + 1000 * second { recording.take(observation(99, at: time + second)) }
        }
        let store = try HistoryStore(folder.place, writes: true)
        let source = try #require(try store.find(key("srv01")))
        _ = try store.expire(.native, source: source, before: noon + 3 * hour, most: 1000)
        let question = EventQuestion([key("srv01")], from: noon + 2 * hour, isForward: false)
        let event = EventFinder.find(question, folder.place).event
        #expect(event?.time == noon + 900 * second && event?.words.hasPrefix("Memory used") == true)
    }
}
