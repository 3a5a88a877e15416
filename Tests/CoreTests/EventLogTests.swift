import Contract
import Testing

@testable import Core

@Suite struct EventLogTests {
    private let key = SeriesKey(host: "srv01", plugin: "nvme")
    private let schema = Schema(
        PluginDescription(
            id: "nvme", name: "NVMe Health", icon: "", version: "1", summary: "", abi: 0, hasDraw: false,
            metrics: [MetricDeclaration(id: "wear", label: "Wear", unit: "percent")]))

    private func snapshot(_ taken: Int64, _ drives: [(name: String, wear: Double, status: Status)])
        -> Snapshot
    {
        Snapshot(
            key: key, schema: schema, taken: taken,
            instances: drives.map {
                Snapshot.Instance(
                    name: $0.name, cells: [Snapshot.Cell(value: .number($0.wear), status: $0.status)])
            })
    }

    private func words(_ log: EventLog) -> [String] { log.entries.map(\.words) }

    @Test func aTroubleIsOneEntryThatKeepsItsWorst() {
        var log = EventLog()
        log.record(snapshot(1, [("a", 80, .warning)]))
        log.record(snapshot(2, [("a", 95, .critical)]))
        log.record(snapshot(3, [("a", 80, .warning)]))
        #expect(words(log) == ["NVMe wear 95% (a)"])
        #expect(
            log.entries[0].status == .critical && log.entries[0].began == 1 && log.entries[0].cleared == nil)
        log.record(snapshot(4, [("a", 2, .ok)]))
        #expect(log.entries[0].cleared == 4)
        log.record(snapshot(5, [("a", 80, .warning)]))
        #expect(words(log) == ["NVMe wear 80% (a)", "NVMe wear 95% (a)"])
    }

    @Test func whatIsGoneIsNotOver() {
        var log = EventLog()
        log.record(snapshot(1, [("a", 95, .critical), ("b", 2, .ok)]))
        var next = snapshot(2, [("b", 2, .ok)])
        log.record(next)
        #expect(log.entries[0].cleared == nil)
        next = snapshot(3, [("a", 2, .ok)])
        next.gone = [Snapshot.Gone(name: "b", lastSeen: 2)]
        #expect(log.concerns(next))
        log.record(next)
        #expect(log.entries[0].status == .unknown && log.entries[0].words.contains("gone"))
        #expect(log.entries[1].cleared == 3)
        log.record(snapshot(4, [("a", 2, .ok), ("b", 2, .ok)]))
        #expect(log.entries[0].cleared == 4)
    }

    @Test func theOldestEntriesAreDropped() {
        var log = EventLog()
        for round in 0..<Int64(EventLog.capacity + 10) {
            log.record(snapshot(2 * round, [("a", 95, .critical)]))
            log.record(snapshot(2 * round + 1, [("a", 2, .ok)]))
        }
        #expect(log.entries.count == EventLog.capacity)
        #expect(log.entries[0].cleared == 2 * Int64(EventLog.capacity + 9) + 1)
        #expect(log.entries.allSatisfy { $0.cleared != nil })
    }

    @Test func hundredsInTroubleAtOnceMakeABoundedNumberOfEntries() {
        var log = EventLog()
        log.record(snapshot(1, (0..<5000).map { ("n\($0)", 95, .critical) }))
        #expect(log.entries.count == 100)
    }

    @Test func aHostThatIsBackEndsItsOwnEntryAlone() {
        var log = EventLog()
        log.record(snapshot(1, [("a", 95, .critical)]))
        log.record(host: "srv01", state: .stale(1, saysSo: false), trouble: "unreachable", at: 2)
        log.record(host: "srv01", state: .online, trouble: nil, at: 5)
        #expect(log.entries.map(\.cleared) == [5, nil])
    }

    @Test func anotherStateOfAHostIsAnotherEntry() {
        var log = EventLog()
        log.record(host: "srv01", state: .stale(1, saysSo: true), trouble: "stale", at: 2)
        log.record(
            host: "srv01", state: .skewed(7_200_000_000_000, isOurs: false), trouble: "clock 2h ahead", at: 5)
        #expect(log.entries.map(\.words) == ["clock 2h ahead", "stale"])
        #expect(log.entries.map(\.cleared) == [nil, 5])
        log.record(host: "srv01", state: .online, trouble: nil, at: 9)
        #expect(log.entries.map(\.cleared) == [9, 5])
    }
}
