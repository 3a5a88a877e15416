import Contract
import Core

/// The panel of all hosts. The program draws it itself, since its rows combine the values of all plugins.
@MainActor
final class OverviewPanel: Panel {
    /// The name by which layouts refer to it in place of a plugin.
    static let plugin = "hosts"

    static let description = PluginDescription(
        id: plugin, name: "Hosts", icon: "🌐", version: "1.0.0", summary: "All hosts, a row for each.", abi: 0,
        hasDraw: true,
        options: [
            OptionDeclaration(
                key: "columns", kind: .list,
                help: "What is shown of each host, as PLUGIN.METRIC; dashboard.toml goes before it.")
        ])

    private(set) var configuration: WidgetConfiguration
    private let fleet: FleetView
    private var current: FleetTable
    private var room = Size(0, 0)
    var table = TableState()
    let isDrawnByPlugin = false
    /// The hosts that the user has marked for an action.
    private(set) var marked: Set<String> = [] {
        didSet { showMarks() }
    }
    /// The generation of the fleet for which marks and groups were computed.
    private var generation = -1
    private var isGrouped = true
    /// Whether the configured sort order has been applied. It is applied once, so that the user can change it.
    private var isSorted = false
    private var sort: OverviewSort?

    init(_ configuration: WidgetConfiguration, _ fleet: FleetView) {
        self.configuration = configuration
        self.fleet = fleet
        current = FleetTable(columns: [])
        table.selected = 0
    }

    /// Applies the widget's settings after the layout has been read again.
    func adopt(_ configuration: WidgetConfiguration) { self.configuration = configuration }

    let host: String? = nil
    var icon: String { Self.description.icon }
    var title: String { configuration.title ?? Self.description.name }
    var status: Status { current.status }
    let staleness: Int64? = nil
    var picture: [DrawOperation]? {
        [.table(x: 0, y: 0, width: room.width, height: tableHeight, table: current.table)] + detail
    }
    /// The detail of the selected host below the rows.
    private var detail: [DrawOperation] = []
    /// The table takes what its heading and rows need; the rest shows the selected host.
    private var tableHeight: Int {
        let needed = current.rows.count + 1
        return room.height - needed > HostDetail.leastHeight ? needed : room.height
    }
    let isEmpty = false
    let isAbsent = false
    let hasBadValue = true
    var speaksForHost = true
    let missesHost = false
    var remarks: [Remark] { fleet.remarks }
    var isSettled: Bool { fleet.isSettled && fleet.isPastSettled }

    func prepare(_ drawing: Drawing) {
        room = drawing.size
        let old = current.table.columns
        fleet.update()
        current = fleet.table
        table.curves = current.curves
        defer { showDetail() }
        guard generation != fleet.generation else { return }
        generation = fleet.generation
        marked.formIntersection(current.rows.map(\.host))
        // The sort order stays with its column when columns move.
        if let place = table.sortColumn, place < old.count, old != current.table.columns {
            table.sortColumn = current.table.columns.firstIndex { $0.title == old[place].title }
        }
        showGroups()
        sortAtFirst()
    }

    private func showDetail() {
        let height = tableHeight
        table.prepare(current.table, rows: height - 1)
        fleet.showPast(of: table.visible)
        guard height < room.height, let host = selectedHost else { return detail = [] }
        detail = fleet.detail(
            of: host, in: Rect(x: 0, y: height + 1, width: room.width, height: room.height - height - 1))
    }

    private func showMarks() {
        table.marked = Set(current.rows.indices.filter { marked.contains(current.rows[$0].host) })
    }

    private func showGroups() {
        table.grouping = isGrouped ? current.grouping(by: fleet.roles) : nil
    }

    private func sortAtFirst() {
        if sort != fleet.sort { (sort, isSorted) = (fleet.sort, false) }
        guard !isSorted, let sort else { return }
        // The column of host names carries the status.
        let place =
            sort.key == .host || sort.key == .status
            ? current.hostPlace : fleet.columns.place(of: sort.key).map(current.place)
        guard let place, !current.rows.isEmpty else { return }
        (table.sortColumn, table.sortDescending, isSorted) = (place, sort.isDescending, true)
        table.sortsByText = sort.key == .host
    }

    // MARK: User actions

    var selectedHost: String? {
        guard let row = table.selectedRow, row < current.rows.count else { return nil }
        return current.rows[row].host
    }

    /// The hosts that an action applies to: the marked ones, else the selected one.
    var chosen: [String] {
        if marked.isEmpty { return selectedHost.map { [$0] } ?? [] }
        let (shown, seen) = (shownHosts, Set(shownHosts))
        return shown.filter(marked.contains)
            + current.rows.map(\.host).filter { marked.contains($0) && !seen.contains($0) }
    }

    /// The metric of a column of the table, by its index there; nil: it has none that is a number.
    func metric(ofColumn column: Int?) -> (plugin: String, metric: String)? {
        guard let place = current.columns.indices.first(where: { current.place(of: $0) == column }),
            case .metric(_, true) = current.columns[place].content
        else { return nil }
        let before = current.columns[..<place].count { if case .metric = $0.content { true } else { false } }
        let heads = fleet.columns.metricHeads
        return before < heads.count ? (heads[before].plugin, heads[before].metric.id) : nil
    }

    /// The numeric metrics as choices of a graph, with a curve for each host: those that are marked, else all on display.
    var graphChoices: [GraphChoice] { fleet.graphChoices(of: marked.isEmpty ? shownHosts : chosen) }

    /// The hosts on display, in their order, without those that a filter hides.
    private var shownHosts: [String] {
        table.shown.filter { $0 < current.rows.count }.map { current.rows[$0].host }
    }

    func toggleMark() {
        guard let host = selectedHost else { return }
        if marked.remove(host) == nil { marked.insert(host) }
        table.moveSelection(by: 1)
    }

    /// Marks all hosts on display, or unmarks them if all are marked already.
    func toggleAllMarks() {
        let shown = shownHosts
        if shown.allSatisfy(marked.contains) { marked.subtract(shown) } else { marked.formUnion(shown) }
    }

    func clearMarks() { marked = [] }

    func toggleGroups() -> Bool {
        isGrouped.toggle()
        showGroups()
        return isGrouped
    }
}
