import Contract
import Core

/// The columns of the overview: the requested ones, else the headline metrics of all plugins that have loaded.
@MainActor
struct FleetColumns {
    /// The requested columns; nil: none are requested.
    private var asked: [OverviewColumn]?
    /// The words in the layout that name no column.
    private var unread: [String] = []
    /// The columns of the layout. Those of the configuration take precedence.
    private var layout: [OverviewColumn]?
    private(set) var known: [String: PluginDescription] = [:]
    private var schemas: [String: Schema] = [:]

    private(set) var heads: [FleetTable.Column] = []
    /// The request that each column belongs to.
    private var shown: [OverviewColumn] = []
    /// The metric of each metric column, in the same order.
    private var metrics: [(plugin: String, index: Int, declaration: MetricDeclaration)] = []
    /// The columns of headline metrics without a value on any host. They are left out unless they are requested.
    private var empty: Set<String> = []
    private var seen: Set<String> = []

    init(_ settings: OverviewSettings) { adopt(settings) }

    /// Sets the columns requested by the configuration or by the layout's widget.
    mutating func adopt(_ settings: OverviewSettings, _ widget: WidgetConfiguration) {
        (layout, unread) = (nil, [])
        if let option = widget.options.first(where: { $0.key == "columns" }),
            case .list(let items) = option.value
        {
            let words = items.compactMap { if case .text(let text) = $0 { text } else { nil } }
            layout = words.compactMap(OverviewColumn.init)
            if settings.columns == nil { unread = words.filter { OverviewColumn($0) == nil } }
        }
        adopt(settings)
    }

    mutating func adopt(_ settings: OverviewSettings) {
        asked = settings.columns?.map(\.value) ?? layout
        if settings.columns != nil { unread = [] }
    }

    /// The plugins of the requested columns.
    var plugins: [String] {
        var plugins: [String] = []
        for case .metric(let plugin, _) in asked ?? [] where !plugins.contains(plugin) {
            plugins.append(plugin)
        }
        return plugins
    }

    /// Adds the description of a plugin that has loaded.
    mutating func learn(_ plugin: PluginDescription) {
        guard known[plugin.id] != plugin else { return }
        known[plugin.id] = plugin
        schemas[plugin.id] = Schema(plugin)
    }

    /// Whether a headline metric that is left out has got its first value.
    var isIncomplete: Bool { asked == nil && !empty.isDisjoint(with: seen) }

    /// Creates the columns from the descriptions that are known now.
    mutating func complete(roles: Bool) {
        (heads, shown, metrics, empty) = ([], [], [], [])
        for column in all(roles: roles) { add(column) }
    }

    /// Adds the columns of role and state to the others. The state is always shown, since values of a host that does
    /// not answer are outdated; the role comes first.
    private func all(roles: Bool) -> [OverviewColumn] {
        let columns = (asked ?? headlines + [.alert]).filter { $0 != .host }
        let lead: [OverviewColumn] = roles && !columns.contains(.role) ? [.role] : []
        return lead + (columns.contains(.state) ? [] : [.state]) + columns
    }

    /// The headline metrics, ordered by document and then by plugin id.
    private var headlines: [OverviewColumn] {
        func rank(_ plugin: PluginDescription) -> Int {
            HostAPI.allCases.firstIndex { plugin.documents.contains($0.rawValue) } ?? HostAPI.allCases.count
        }
        let plugins = known.values.sorted { (rank($0), $0.id) < (rank($1), $1.id) }
        return plugins.flatMap { plugin in
            plugin.metrics.filter(\.isHeadline).map { .metric(plugin: plugin.id, id: $0.id) }
        }
    }

    private mutating func add(_ column: OverviewColumn) {
        let head: FleetTable.Column
        switch column {
        case .host: return
        case .role: head = FleetTable.Column(.role, title: "Role")
        case .address: head = FleetTable.Column(.address, title: "Address")
        case .state: head = FleetTable.Column(.state, title: "State")
        case .status: head = FleetTable.Column(.status, title: "Status")
        case .age: head = FleetTable.Column(.age, title: "Age")
        case .alert: head = FleetTable.Column(.alert, title: "Last alert")
        case .metric(let id, let metric):
            guard let plugin = known[id], let index = plugin.metrics.firstIndex(where: { $0.id == metric })
            else { return }
            let declaration = plugin.metrics[index]
            guard asked != nil || seen.contains(column.text) else {
                empty.insert(column.text)
                metrics.append((id, index, declaration))
                return
            }
            metrics.insert((id, index, declaration), at: metrics.count - empty.count)
            head = FleetTable.Column(
                .metric(unit: declaration.unit, isNumeric: declaration.isNumeric),
                title: schemas[id]?.title(of: declaration) ?? declaration.label, limits: declaration.limits)
        }
        heads.append(head)
        shown.append(column)
    }

    /// Returns the index of a column in ``heads``; nil: it is not shown.
    func place(of column: OverviewColumn) -> Int? { shown.firstIndex(of: column) }

    /// Returns a host's cell for each metric column: the one with the worst status among all collectors of the
    /// plugin.
    mutating func cells(
        of collected: [(plugin: String, entry: SnapshotStore.Entry)], at now: Int64
    ) -> [FleetTable.Headline?] {
        let found = metrics.map { metric -> FleetTable.Headline? in
            if metric.declaration.derived?.part == .likely {
                return FleetOutlook(collected, metric.plugin, metric.declaration.id, at: now).headline
            }
            var (cells, isStale) = ([Snapshot.Cell](), false)
            for known in collected where known.plugin == metric.plugin {
                guard
                    let index = known.entry.schema?.index(of: metric.declaration.id, likely: metric.index)
                else { continue }
                let own = known.entry.cells(of: index, metric.declaration, at: now)
                cells += own
                isStale = isStale || !own.isEmpty && known.entry.isStale(at: now)
            }
            return FleetTable.headline(cells, direction: metric.declaration.direction).map {
                FleetTable.Headline($0, isStale: isStale)
            }
        }
        guard !empty.isEmpty else { return found }
        for (metric, cell) in zip(metrics, found) where cell != nil {
            seen.insert("\(metric.plugin).\(metric.declaration.id)")
        }
        return Array(found.dropLast(empty.count))
    }

    /// Returns one sentence for each requested column that cannot be shown. `failures` holds the failures of plugins
    /// that did not load.
    func remarks(failures: [String: String]) -> [String] {
        let wrong = unread.map {
            "columns: \(Problem.quoted($0)) is no column; expected PLUGIN.METRIC, "
                + OverviewColumn.words.joined(separator: ", ")
        }
        return wrong
            + (asked ?? []).compactMap { column in
                guard case .metric(let id, let metric) = column else { return nil }
                guard let plugin = known[id] else {
                    return failures[id].map { "columns: \(id): \($0)" }
                }
                let ids = plugin.metrics.map(\.id)
                guard !ids.contains(metric) else { return nil }
                return "columns: plugin \(Problem.quoted(id)) has no metric \(Problem.quoted(metric))"
                    + Spelling.hint(for: metric, in: ids, prefix: "\(id).")
            }
    }
}
