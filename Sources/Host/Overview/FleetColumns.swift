import Contract
import Core
import Engine

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
    private var metrics: [Metric] = []
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

    /// What is known of a host: the entry of each of its collectors.
    typealias Collected = [(key: SeriesKey, entry: SnapshotStore.Entry)]

    /// Returns a host's cell for each metric column: the one with the worst status among all collectors of the
    /// plugin.
    ///
    /// - Parameter past: Returns the past of a number; nil: no number of the host has one.
    mutating func cells(
        of collected: Collected, at now: Int64, past: ((FleetPast.Series) -> Past?)? = nil
    ) -> [FleetTable.Headline?] {
        let found = metrics.map { metric -> FleetTable.Headline? in
            if metric.declaration.derived?.part == .likely {
                return FleetOutlook(collected, metric.plugin, metric.declaration.id, at: now).headline
            }
            guard let best = best(of: metric, in: collected, at: now) else { return nil }
            var headline = FleetTable.Headline(best.cell, isStale: best.isStale)
            if let past { headline.past = series(best, metric, collected).flatMap(past) }
            return headline
        }
        guard !empty.isEmpty else { return found }
        for (metric, cell) in zip(metrics, found) where cell != nil {
            seen.insert("\(metric.plugin).\(metric.declaration.id)")
        }
        return Array(found.dropLast(empty.count))
    }

    /// Returns for each metric column the series of the number that is shown of a host; nil: it is no number.
    func series(of collected: Collected, at now: Int64) -> [FleetPast.Series?] {
        metrics.dropLast(empty.count).map { metric in
            best(of: metric, in: collected, at: now).flatMap { series($0, metric, collected) }
        }
    }

    /// The metric columns with their heads, in the order of ``series(of:at:)``.
    var metricHeads: [(head: FleetTable.Column, plugin: String, metric: MetricDeclaration)] {
        let heads = heads.filter { if case .metric = $0.content { true } else { false } }
        return zip(heads, metrics).map { ($0, $1.plugin, $1.declaration) }
    }

    private typealias Metric = (plugin: String, index: Int, declaration: MetricDeclaration)

    /// The cell that stands for a host, and where it is from.
    private struct Best {
        var cell: Snapshot.Cell
        /// Whether one of the entries that it was chosen from is stale.
        var isStale: Bool
        /// The index of the entry, of the metric in it, and of the cell among those of the metric.
        var entry, metric, place: Int
    }

    private func best(of metric: Metric, in collected: Collected, at now: Int64) -> Best? {
        var cells: [Snapshot.Cell] = []
        var origins: [(entry: Int, metric: Int, first: Int)] = []
        var isStale = false
        for (place, known) in collected.enumerated() where known.key.plugin == metric.plugin {
            guard let index = known.entry.schema?.index(of: metric.declaration.id, likely: metric.index)
            else { continue }
            let own = known.entry.cells(of: index, metric.declaration, at: now)
            origins.append((place, index, cells.count))
            cells += own
            isStale = isStale || !own.isEmpty && known.entry.isStale(at: now)
        }
        guard let place = FleetTable.headlinePlace(cells, direction: metric.declaration.direction),
            let origin = origins.last(where: { $0.first <= place })
        else { return nil }
        return Best(
            cell: cells[place], isStale: isStale, entry: origin.entry, metric: origin.metric,
            place: place - origin.first)
    }

    private func series(_ best: Best, _ metric: Metric, _ collected: Collected) -> FleetPast.Series? {
        guard metric.declaration.isNumeric, case .number = best.cell.value,
            let instance = collected[best.entry].entry.instance(ofCell: best.place, of: best.metric)
        else { return nil }
        return FleetPast.Series(
            key: collected[best.entry].key,
            number: PastSeries(instance: instance, metric: metric.declaration.id))
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
