import Contract
import Core
import Testing

@Suite struct OverviewTests {
    private func cell(_ number: Double, _ status: Status) -> Snapshot.Cell {
        Snapshot.Cell(value: .number(number), status: status)
    }

    private func instances(_ cells: [Snapshot.Cell]) -> [Snapshot.Instance] {
        cells.enumerated().map { Snapshot.Instance(name: "d\($0.offset)", cells: [$0.element]) }
    }

    @Test func theWorstStandsForAll() {
        let drives = instances([cell(4, .ok), cell(91, .critical), cell(99, .ok)])
        #expect(FleetTable.headline(drives, metric: 0, direction: .higherIsWorse) == cell(91, .critical))
        let same = instances([cell(4, .ok), cell(9, .ok), cell(7, .ok)])
        #expect(FleetTable.headline(same, metric: 0, direction: .higherIsWorse) == cell(9, .ok))
        #expect(FleetTable.headline(same, metric: 0, direction: .lowerIsWorse) == cell(4, .ok))
        #expect(
            FleetTable.headline(
                instances([Snapshot.Cell(value: .absent)]), metric: 0, direction: .none) == nil)
        #expect(FleetTable.headline(same, metric: 5, direction: .none) == nil)
    }

    @Test func aLabelTellsWhoseItIs() {
        let plugin = PluginDescription(
            id: "nvme", name: "NVMe Health", icon: "", version: "1", summary: "", abi: 0, hasDraw: true)
        #expect(FleetTable.title(of: MetricDeclaration(id: "wear", label: "Wear"), in: plugin) == "NVMe wear")
        #expect(
            FleetTable.title(of: MetricDeclaration(id: "n", label: "NVMe drives"), in: plugin)
                == "NVMe drives")
    }

    private let second: Int64 = 1_000_000_000

    private func entry(taken: Int64?, failure: Failure? = nil) -> SnapshotStore.Entry {
        var entry = SnapshotStore.Entry()
        entry.interval = UInt64(second)
        entry.snapshot = taken.map { Snapshot(host: "h", widget: "w", plugin: "p", taken: $0 * second) }
        entry.failure = failure
        return entry
    }

    @Test func aHostIsWhatItsWidgetsSay() {
        let refused = Failure(.failed, "h:6127 refuses connections")
        func state(_ entries: SnapshotStore.Entry...) -> HostState { HostState(entries, at: 100 * second) }
        #expect(state(entry(taken: nil)).words == "waiting")
        #expect(state(entry(taken: 100), entry(taken: 99)).words == "online")
        #expect(state(entry(taken: 90)).words == "stale, 10s ago" && state(entry(taken: 90)).isStale)
        let gone = state(entry(taken: 88, failure: refused), entry(taken: nil, failure: refused))
        #expect(gone.words == "unreachable, 12s ago: h:6127 refuses connections" && gone.isStale)
        let half = state(entry(taken: 100), entry(taken: 100, failure: refused))
        #expect(half.words == "1 of 2 fail" && !half.isStale)
        // What a host does not have is no failure of it.
        #expect(
            state(entry(taken: 100), entry(taken: nil, failure: Failure(.unavailable, "no GPU"))).words
                == "online")
    }
}
