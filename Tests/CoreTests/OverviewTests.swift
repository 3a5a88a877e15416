import Contract
import Core
import Testing

@Suite struct OverviewTests {
    private func cell(_ number: Double, _ status: Status) -> Snapshot.Cell {
        Snapshot.Cell(value: .number(number), status: status)
    }

    @Test func theWorstStandsForAll() {
        let drives = [cell(4, .ok), cell(91, .critical), cell(99, .ok)]
        #expect(FleetTable.headline(drives, direction: .higherIsWorse) == cell(91, .critical))
        let same = [cell(4, .ok), cell(9, .ok), cell(7, .ok)]
        #expect(FleetTable.headline(same, direction: .higherIsWorse) == cell(9, .ok))
        #expect(FleetTable.headline(same, direction: .lowerIsWorse) == cell(4, .ok))
        #expect(FleetTable.headline([Snapshot.Cell(value: .absent)], direction: .none) == nil)
        #expect(FleetTable.headline([], direction: .none) == nil)
        #expect(
            FleetTable.headlinePlace(drives, direction: .higherIsWorse)
                == drives.firstIndex(of: cell(91, .critical)))
        #expect(FleetTable.headlinePlace([Snapshot.Cell(value: .absent)], direction: .none) == nil)
    }

    @Test func aLabelTellsWhoseItIs() {
        let plugin = Schema(PluginDescription(id: "nvme", name: "NVMe Health", version: "1"))
        #expect(plugin.title(of: MetricDeclaration(id: "wear", label: "Wear")) == "NVMe wear")
        #expect(
            plugin.title(of: MetricDeclaration(id: "n", label: "NVMe drives"))
                == "NVMe drives")
    }

    private let second: Int64 = 1_000_000_000

    private func entry(taken: Int64?, failure: Failure? = nil) -> SnapshotStore.Entry {
        var entry = SnapshotStore.Entry()
        entry.interval = UInt64(second)
        entry.snapshot = taken.map {
            Snapshot(
                key: SeriesKey(host: "h", plugin: "p"), schema: Schema(PluginDescription(id: "p", name: "P")),
                taken: $0 * second)
        }
        entry.failure = failure
        return entry
    }

    private func link(_ parts: String...) -> HostLink { HostLink(parts, timeout: 4_000_000_000) }

    private let wording = Wording(now: 0)

    private func trouble(_ kind: HostLink.Trouble.Kind, _ what: TransportFailure.Kind, at place: String)
        -> HostLink.Trouble
    {
        HostLink.Trouble(kind, Failure(.failed, .transport(TransportFailure(what, at: place))))
    }

    private func state(_ link: HostLink?, _ entries: SnapshotStore.Entry...) -> HostState {
        HostState(link, entries.map { ("nvme", $0) }, at: 100 * second)
    }

    @Test func aHostIsWhatItsAnswersAreWorth() {
        var link = link("drives", "services")
        #expect(state(link, entry(taken: nil)) == .waiting)
        link.answer("drives", at: 88 * second, taken: 88 * second, took: 1_000_000)
        link.answer("services", at: 87 * second, taken: 87 * second, took: 1_000_000)
        #expect(state(link, entry(taken: 100), entry(taken: 99)) == .online)
        #expect(state(link, entry(taken: 100), entry(taken: 90)) == .stale(10 * second, saysSo: false))
        #expect(
            state(link, entry(taken: 90)).words(wording) == "stale, 10s ago"
                && state(link, entry(taken: 90)).isStale)
        link.answer("services", at: 99 * second, taken: 90 * second, took: 1_000_000)
        #expect(
            state(link, entry(taken: 90)).words(wording)
                == "stale, 10s ago: so it says itself; is its clock behind?")
        // New documents that nobody has read yet are no fault of the host's.
        link.answer("services", at: 99 * second, taken: 99 * second, took: 1_000_000)
        #expect(state(link, entry(taken: 90)).words(wording) == "stale, 10s ago")
        link.answer("services", at: 87 * second, taken: 87 * second, took: 1_000_000)

        let refused = trouble(.unreachable, .refused, at: "h:6128")
        link.fail("services", refused)
        let half = state(link, entry(taken: 100))
        #expect(
            half.words(wording) == "services unreachable: refuses connections: nothing listens on that port")
        #expect(!half.isStale && half.status == .unknown && !link.isUnreachable)
        link.fail("drives", trouble(.unreachable, .refused, at: "h:6127"))
        let gone = state(link, entry(taken: 100))
        #expect(
            gone.words(wording) == "unreachable, 12s ago: refuses connections: nothing listens on that port"
                && gone.isStale)
        #expect(link.isUnreachable)
        // One that answers nonsense is not one that is away.
        link.fail("services", trouble(.wrong, .status(404, reason: "", path: "/"), at: "h:6128"))
        #expect(state(link, entry(taken: 100)).words(wording) == "wrong data: answers 404; check the path /")
        #expect(!link.isUnreachable)
        link.fail("drives", nil)
        #expect(
            state(link, entry(taken: 100)).words(wording) == "services wrong: answers 404; check the path /")
    }

    @Test func aSlowHostIsSeenToBe() {
        var link = link("drives")
        link.answer("drives", at: 100 * second, taken: 100 * second, took: 1_400_000_000)
        #expect(state(link, entry(taken: 100)).words(wording) == "slow, 1.4s")
        #expect(state(link, entry(taken: 100)).status == .warning)
        link.answer("drives", at: 100 * second, taken: 100 * second, took: 900_000_000)
        #expect(state(link, entry(taken: 100)) == .online)
    }

    @Test func thisMachineIsWhatItsPluginsSay() {
        let broken = Failure(.failed, .plugin("collect crashed"))
        #expect(state(nil, entry(taken: 100)) == .online)
        #expect(
            state(nil, entry(taken: 100), entry(taken: nil, failure: broken)).words(wording)
                == "nvme: collect crashed")
        // What a host does not have is no failure of it.
        #expect(
            state(
                nil, entry(taken: 100), entry(taken: nil, failure: Failure(.unavailable, .plugin("no GPU"))))
                == .online)
    }

    private func row(_ host: String, role: String = "", _ status: Status = .ok) -> FleetTable.Row {
        FleetTable.Row(host: host, role: role, state: .online, status: status, cells: [nil])
    }

    private let wear = FleetTable.Column(.metric(unit: "percent", isNumeric: true), title: "NVMe wear")

    @Test func aRowIsReplacedAlone() {
        var table = FleetTable(columns: [wear], rows: [row("a"), row("b")])
        var other = row("b", .critical)
        other.cells = [FleetTable.Headline(cell(91, .critical))]
        table.replace(other, at: 1)
        #expect(table.table.cells.map(\.text) == ["a", "", "b", "percent"])
        #expect(table.table.cells[3].number == 91 && table.table.cells[3].status == .critical)
        #expect(table.status == .critical)
    }

    @Test func rolesStandInTheGivenOrderAndFirst() {
        let rows = [row("a", role: "lab"), row("b", role: "server"), row("c"), row("d", role: "attic")]
        let table = FleetTable(columns: [FleetTable.Column(.role, title: "Role"), wear], rows: rows)
        #expect(table.table.columns.map(\.title) == ["Role", "Host", "NVMe wear"])
        #expect(table.hostPlace == 1 && table.place(of: 0) == 0 && table.place(of: 1) == 2)
        // Others by name, and those without one at the end.
        #expect(table.grouping(by: ["server"])?.ranks == [2, 0, 3, 1])
        #expect(FleetTable(columns: [wear], rows: rows).grouping(by: []) == nil)
    }

    // MARK: Changes

    private let plugin = PluginDescription(
        id: "nvme", name: "NVMe Health",
        metrics: [
            MetricDeclaration(id: "wear", label: "Wear", unit: "percent"),
            MetricDeclaration(id: "t", label: "Temp"),
        ])

    private func snapshot(_ cells: [String: [Snapshot.Cell]]) -> Snapshot {
        Snapshot(
            key: SeriesKey(host: "h", plugin: "nvme"), schema: Schema(plugin), taken: 7,
            instances: cells.sorted { $0.key < $1.key }.map {
                Snapshot.Instance(name: $0.key, cells: $0.value)
            })
    }

    @Test func whatBecomesWorseOrBetterIsAChange() {
        let good = snapshot(["d1": [cell(4, .ok)], "d2": [cell(5, .ok)]])
        let bad = snapshot(["d1": [cell(4, .ok)], "d2": [cell(91, .critical)]])
        let worn = StatusChange(from: good, to: bad)
        #expect(worn?.status == .critical && worn?.taken == 7 && worn?.words == "NVMe wear 91% (d2)")
        #expect(StatusChange(from: bad, to: good)?.words == "NVMe wear 5% (d2)")
        #expect(StatusChange(from: bad, to: good)?.status == .ok)
        #expect(StatusChange(from: good, to: good) == nil)
        #expect(StatusChange(from: bad, to: bad) == nil)
        // What is in trouble when it is first seen has just come.
        #expect(StatusChange(from: nil, to: bad)?.status == .critical)
        #expect(StatusChange(from: nil, to: good) == nil)
    }

    @Test func theWorstOfSeveralChangesCounts() {
        let before = snapshot(["d1": [cell(80, .warning)], "d2": [cell(5, .ok)]])
        let after = snapshot(["d1": [cell(4, .ok)], "d2": [cell(75, .warning)]])
        #expect(StatusChange(from: before, to: after)?.words == "NVMe wear 75% (d2)")
    }
}
