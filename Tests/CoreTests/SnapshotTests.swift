import Contract
import Core
import Testing

@Suite struct JudgeTests {
    private let limits = Limits(warning: 80, critical: 95)

    @Test func higherIsWorse() {
        #expect(Judge.status(of: 79.9, limits: limits, direction: .higherIsWorse) == .ok)
        #expect(Judge.status(of: 80, limits: limits, direction: .higherIsWorse) == .warning)
        #expect(Judge.status(of: 95, limits: limits, direction: .higherIsWorse) == .critical)
    }

    @Test func lowerIsWorse() {
        let spare = Limits(warning: 20, critical: 10)
        #expect(Judge.status(of: 100, limits: spare, direction: .lowerIsWorse) == .ok)
        #expect(Judge.status(of: 20, limits: spare, direction: .lowerIsWorse) == .warning)
        #expect(Judge.status(of: 3, limits: spare, direction: .lowerIsWorse) == .critical)
    }

    @Test func withoutLimitsOrDirectionNothingIsJudged() {
        #expect(Judge.status(of: 99, limits: .none, direction: .higherIsWorse) == .auto)
        #expect(Judge.status(of: 99, limits: limits, direction: .none) == .auto)
        #expect(Judge.status(of: .nan, limits: limits, direction: .higherIsWorse) == .auto)
    }

    @Test func oneLimitAlone() {
        let critical = Limits(critical: 95)
        #expect(Judge.status(of: 94, limits: critical, direction: .higherIsWorse) == .ok)
        #expect(Judge.status(of: 1e30, limits: critical, direction: .higherIsWorse) == .critical)
    }
}

@Suite struct SnapshotStoreTests {
    private let metrics = [
        MetricDeclaration(
            id: "wear", label: "Wear", unit: "percent", direction: .higherIsWorse,
            limits: Limits(warning: 80, critical: 95), wantsHistory: true),
        MetricDeclaration(id: "model", label: "Model", kind: .text),
    ]
    private let key = SeriesKey(host: "srv01", plugin: "nvme")
    private let second: Int64 = 1_000_000_000

    private var builder: SnapshotBuilder {
        SnapshotBuilder(key: key, schema: schema, limits: metrics.map(\.limits))
    }

    private var schema: Schema {
        Schema(PluginDescription(id: "nvme", name: "NVMe Health", metrics: metrics))
    }

    private func collected(_ wear: Double, of instance: String = "sda") -> Collected {
        Collected(samples: [
            Sample(instance: instance, metric: 0, value: .number(wear)),
            Sample(instance: instance, metric: 1, value: .text("M1")),
        ])
    }

    @Test func samplesBecomeRowsInOrderOfAppearance() {
        var both = collected(81, of: "sdb")
        both.samples += collected(4, of: "sda").samples
        both.samples.append(Sample(instance: "sdb", metric: 0, value: .number(96)))
        let snapshot = builder.snapshot(of: both, taken: 0)
        #expect(snapshot.instances.map(\.name) == ["sdb", "sda"])
        #expect(snapshot.instances[0].cells[0] == .init(value: .number(96), status: .critical))
        #expect(snapshot.instances[1].cells[0].status == .ok)
        #expect(snapshot.status == .critical)
    }

    @Test func whatAPluginSaysOfAStatusStands() {
        let said = Collected(samples: [Sample(instance: "", metric: 0, value: .number(99), status: .ok)])
        #expect(builder.snapshot(of: said, taken: 0).status == .ok)
    }

    @Test func aFailureKeepsTheLastSnapshotAndTellsItsAge() {
        var store = SnapshotStore()
        store.configure(key, every: UInt64(2 * second))
        store.put(builder.snapshot(of: collected(4), taken: 10 * second))
        #expect(!store[key].isStale(at: 16 * second))
        #expect(store[key].isStale(at: 17 * second))
        store.fail(key, Failure(.timeout, .plugin("no answer")))
        #expect(store[key].snapshot?.taken == 10 * second)
        #expect(store[key].isStale(at: 11 * second))
        #expect(store[key].age(at: 12 * second) == 2 * second)
        #expect(store[key].status(at: 12 * second) == .unknown)
        store.put(builder.snapshot(of: collected(4), taken: 20 * second))
        #expect(store[key].failure == nil)
        #expect(store[key].status(at: 20 * second) == .ok)
    }

    @Test func unknownIsNotGreenAndAnUnavailableSourceIsNoFault() {
        var store = SnapshotStore()
        store.fail(key, Failure(.failed, .plugin("broken")))
        #expect(store[key].status(at: 0) == .unknown)
        store.fail(key, Failure(.unavailable, .plugin("no drives")))
        #expect(store[key].status(at: 0) == .auto)
    }

    @Test func aViewCarriesThePastOfMetricsThatWantIt() {
        var store = SnapshotStore()
        store.configure(key, every: UInt64(second))
        for wear in 1...3 {
            store.put(builder.snapshot(of: collected(Double(wear)), taken: Int64(wear) * second))
        }
        let view = store.view(key, schema: schema, limits: metrics.map(\.limits), now: 3 * second)
        #expect(view?.interval == UInt64(second))
        #expect(view?.instances[0].cells[0].history.suffix(3) == [1, 2, 3])
        #expect(view?.instances[0].cells[0].history.count { $0.isNaN } == 297)
        #expect(view?.instances[0].cells[1].history == [])
        let narrow = store.view(
            key, schema: schema, limits: metrics.map(\.limits), now: 3 * second, columns: 80)
        #expect(narrow?.interval == UInt64(3 * second))
        #expect(narrow?.instances[0].cells[0].history.count == 100)
    }

    /// What nobody draws is kept in another form, and nobody can tell.
    @Test(arguments: [true, false]) func allOfASnapshotIsKept(isDrawn: Bool) {
        var store = SnapshotStore()
        store.configure(key, every: UInt64(2 * second), history: isDrawn ? .fiveMinutes : nil)
        #expect(!store[key].hasSnapshot && store[key].snapshot == nil && store[key].cells(of: 0).isEmpty)
        var snapshot = Snapshot(key: key, schema: schema, taken: 10 * second)
        store.put(snapshot)
        #expect(store[key].snapshot == snapshot)
        snapshot.note = Snapshot.Note(status: .warning, sentence: "Grüße, 東京 🐏")
        snapshot.instances = [
            .init(name: "", cells: []),
            .init(
                name: "a drive with a long name",
                cells: [
                    .init(value: .absent), .init(value: .number(-0.25), status: .ok),
                    .init(value: .text(String(repeating: "é", count: 2048)), status: .critical),
                ]),
            .init(
                name: "sdb",
                cells: [.init(value: .text("")), .init(value: .number(.greatestFiniteMagnitude))]),
        ]
        store.put(snapshot)
        #expect(store[key].snapshot == snapshot)
        #expect(store[key].cells(of: 1) == [snapshot.instances[1].cells[1], snapshot.instances[2].cells[1]])
        #expect(store[key].cells(of: 2) == [snapshot.instances[1].cells[2]])
        #expect(store[key].cells(of: 3).isEmpty)
        #expect(store[key].instance(ofCell: 1, of: 1) == "sdb")
        #expect(store[key].instance(ofCell: 0, of: 2) == "a drive with a long name")
        #expect(store[key].instance(ofCell: 1, of: 2) == nil && store[key].instance(ofCell: -1, of: 0) == nil)
        #expect(store[key].judged == .critical && store[key].status(at: 11 * second) == .critical)
        #expect(store[key].age(at: 11 * second) == second)
        // One that holds something stays when the next one fails; one that holds nothing goes.
        store.fail(key, Failure(.failed, .plugin("broken")))
        #expect(store[key].snapshot == snapshot)
        snapshot.instances = []
        store.put(snapshot)
        store.fail(key, Failure(.failed, .plugin("broken")))
        #expect(!store[key].hasSnapshot && store[key].status(at: 11 * second) == .unknown)
    }
}

@Suite struct TickClockTests {
    @Test func ticksStandOnTheGridHoweverLateTheyAreTaken() {
        var clock = TickClock(start: 1000, refresh: 100)
        #expect(clock.due(at: 999) == nil)
        #expect(clock.due(at: 1000) == 0)
        #expect(clock.due(at: 1099) == nil)
        #expect(clock.due(at: 1137) == 1)
        #expect(clock.next() == 1200)
        #expect(clock.moment(of: 2) == 1200)
    }

    @Test func missedTicksAreSkippedNotQueued() {
        var clock = TickClock(start: 0, refresh: 100)
        _ = clock.due(at: 0)
        #expect(clock.due(at: 950) == 9)
        #expect(clock.due(at: 999) == nil)
        #expect(clock.next() == 1000)
    }

    @Test func everyIsAWholeNumberOfTicks() {
        let clock = TickClock(start: 0, refresh: 2)
        #expect((1..<10).filter { clock.isDue($0, after: $0 - 1, every: 6) } == [3, 6, 9])
        #expect((1..<4).allSatisfy { clock.isDue($0, after: $0 - 1, every: 2) })
    }

    @Test func aMissedBoundaryIsMadeUpFor() {
        let clock = TickClock(start: 0, refresh: 2)
        #expect(clock.isDue(7, after: 5, every: 6))
        #expect(!clock.isDue(8, after: 7, every: 6))
        #expect(clock.isDue(9, after: 7, every: 6))
    }

    @Test func backoffDoublesToAMinute() {
        var backoff = Backoff()
        #expect((0..<8).map { _ in backoff.fail() / 1_000_000_000 } == [1, 2, 4, 8, 16, 32, 60, 60])
        backoff.succeed()
        #expect(backoff.fail() == 1_000_000_000)
    }
}
