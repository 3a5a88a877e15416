import Contract
import Core

/// All hosts on one screen: a widget that no plugin draws, since its rows are what the plugins have found on each host.
@MainActor
final class Fleet {
    /// What layouts call it, in the place of a plugin.
    static let plugin = "hosts"

    static let description = PluginDescription(
        id: plugin, name: "Hosts", icon: "🖥", version: "1.0.0", summary: "All hosts, a row for each.", abi: 0,
        hasDraw: true,
        options: [
            OptionDeclaration(
                key: "columns", kind: .list,
                help: "What is shown of each host, as PLUGIN.METRIC; dashboard.toml goes before it.")
        ])

    private unowned let dashboard: Dashboard
    private let configuration: Configuration
    private var columns: [(plugin: String, metric: String)] = []
    /// What the layout asks for and is no column.
    private var unread: [String] = []
    private var table = FleetTable(columns: [], rows: [])
    private var madeFor = (changes: -1, turn: Int64(0))

    init(_ configuration: Configuration, dashboard: Dashboard) {
        self.configuration = configuration
        self.dashboard = dashboard
    }

    /// Takes the columns that a layout's widget asks for; without any it collects nothing.
    func adopt(_ widget: WidgetConfiguration) {
        var wanted: [String] = []
        if let option = widget.options.first(where: { $0.key == "columns" }),
            case .list(let items) = option.value
        {
            wanted = items.compactMap { if case .text(let text) = $0 { text } else { nil } }
        }
        let configured = configuration.settings.overview.columns?.map(\.value)
        unread = configured == nil ? wanted.filter { OverviewColumn($0) == nil } : []
        columns = (configured ?? wanted.compactMap(OverviewColumn.init)).compactMap {
            if case .metric(let plugin, let id) = $0 { (plugin, id) } else { nil }
        }
        madeFor.changes = -1
    }

    /// One for each host and plugin; they stand in no grid, so they are never drawn.
    var widgets: [WidgetConfiguration] {
        var plugins: [String] = []
        for column in columns where !plugins.contains(column.plugin) { plugins.append(column.plugin) }
        return configuration.hosts.flatMap { host in
            plugins.map { plugin in
                var widget = WidgetConfiguration(name: Self.name(host.name, plugin), plugin: plugin)
                widget.host = host.name
                return widget
            }
        }
    }

    private static func name(_ host: String, _ plugin: String) -> String { "\(host)/\(plugin)" }

    func operations(in size: Size) -> [DrawOperation] {
        [.table(x: 0, y: 0, width: size.width, height: size.height, table: current.table)]
    }

    var status: Status { current.status }

    /// Columns that there cannot be, each in one sentence.
    var remarks: [String] {
        let wrong = unread.map { "columns: \(Problem.quoted($0)) is no column; expected PLUGIN.METRIC" }
        return wrong
            + columns.compactMap { column in
                guard let supervisor = dashboard.supervisors.first(where: { $0.id == column.plugin }) else {
                    return nil
                }
                guard let description = supervisor.description else {
                    return supervisor.failure.map { "columns: \(column.plugin): \($0.sentence)" }
                }
                let ids = description.metrics.map(\.id)
                guard !ids.contains(column.metric) else { return nil }
                let nearest = Spelling.nearest(to: column.metric, in: ids).map {
                    "; did you mean \(Problem.quoted("\(column.plugin).\($0)"))?"
                }
                return "columns: plugin \(Problem.quoted(column.plugin)) has no metric "
                    + Problem.quoted(column.metric) + (nearest ?? "")
            }
    }

    /// The table of now, made anew when something has changed.
    private var current: FleetTable {
        // Ages grow also where nothing new comes.
        let moment = (changes: dashboard.store.changes, turn: dashboard.wall / 5_000_000_000)
        if moment != madeFor {
            madeFor = moment
            table = make()
        }
        return table
    }

    private func make() -> FleetTable {
        var descriptions: [String: PluginDescription] = [:]
        for supervisor in dashboard.supervisors { descriptions[supervisor.id] = supervisor.description }
        let heads = columns.map { column in
            let metric = descriptions[column.plugin]?.metrics.firstIndex { $0.id == column.metric }
            return (metric, metric.flatMap { descriptions[column.plugin]?.metrics[$0] })
        }
        let titles = zip(columns, heads).map { column, head -> FleetTable.Column in
            let title = head.1.flatMap { metric in
                descriptions[column.plugin].map { FleetTable.title(of: metric, in: $0) }
            }
            return FleetTable.Column(
                title: title ?? column.metric, unit: head.1?.unit ?? "", isNumeric: head.1?.isNumeric ?? false
            )
        }
        return FleetTable(columns: titles, rows: configuration.hosts.map { row(of: $0, heads) })
    }

    private func row(
        of host: HostConfiguration, _ heads: [(Int?, MetricDeclaration?)]
    ) -> FleetTable.Row {
        let now = dashboard.wall
        var entries: [String: SnapshotStore.Entry] = [:]
        for column in columns where entries[column.plugin] == nil {
            entries[column.plugin] =
                dashboard.store[
                    SnapshotStore.Key(host: host.name, widget: Self.name(host.name, column.plugin))]
        }
        let cells = zip(columns, heads).map { column, head -> Snapshot.Cell? in
            guard let metric = head.0, let declaration = head.1,
                let snapshot = entries[column.plugin]?.snapshot
            else {
                return nil
            }
            return FleetTable.headline(snapshot.instances, metric: metric, direction: declaration.direction)
        }
        let state = HostState(entries.values.map { $0 }, at: now)
        let status = entries.values.reduce(Status.auto) { Status.worse($0, $1.status(at: now)) }
        return FleetTable.Row(
            host: host.name, role: host.role ?? "", state: state.words, status: status,
            isStale: state.isStale,
            cells: cells)
    }
}
