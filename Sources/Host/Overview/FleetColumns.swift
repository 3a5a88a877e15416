import Contract
import Core

/// Which columns the overview has: those that are asked for, else the headlines of the plugins, once these are known.
@MainActor
struct FleetColumns {
    /// What is asked for; nil: nothing is.
    private var asked: [OverviewColumn]?
    /// What the layout asks for and is no column.
    private var unread: [String] = []
    /// What the layout asks for, which the configuration goes before.
    private var layout: [OverviewColumn]?
    private(set) var known: [String: PluginDescription] = [:]
    private var schemas: [String: Schema] = [:]

    private(set) var heads: [FleetTable.Column] = []
    /// What each of them was asked for as.
    private var shown: [OverviewColumn] = []
    /// For each column of a metric, which one.
    private var metrics: [(plugin: String, index: Int, declaration: MetricDeclaration)] = []
    /// Headlines that no host has had a value for; nobody has asked for them.
    private var empty: Set<String> = []
    private var seen: Set<String> = []

    init(_ settings: OverviewSettings) { adopt(settings) }

    /// Takes the columns that a layout's widget asks for.
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

    /// The plugins of the columns that are asked for.
    var plugins: [String] {
        var plugins: [String] = []
        for case .metric(let plugin, _) in asked ?? [] where !plugins.contains(plugin) {
            plugins.append(plugin)
        }
        return plugins
    }

    /// Learns what a plugin declares.
    mutating func learn(_ plugin: PluginDescription) {
        guard known[plugin.id] != plugin else { return }
        known[plugin.id] = plugin
        schemas[plugin.id] = Schema(plugin)
    }

    /// A column that nobody has asked for has got its first value.
    var isIncomplete: Bool { asked == nil && !empty.isDisjoint(with: seen) }

    /// Makes the columns of what is known now.
    mutating func complete(roles: Bool) {
        (heads, shown, metrics, empty) = ([], [], [], [])
        for column in all(roles: roles) { add(column) }
    }

    /// State is always there: a value is worth nothing where the host is not. Who is with whom stands first.
    private func all(roles: Bool) -> [OverviewColumn] {
        let columns = (asked ?? headlines + [.alert]).filter { $0 != .host }
        let lead: [OverviewColumn] = roles && !columns.contains(.role) ? [.role] : []
        return lead + (columns.contains(.state) ? [] : [.state]) + columns
    }

    /// In the order of the documents, and of the plugins' names.
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
                title: schemas[id]?.title(of: declaration) ?? declaration.label)
        }
        heads.append(head)
        shown.append(column)
    }

    /// The column's place among ``heads``; nil: it is not shown.
    func place(of column: OverviewColumn) -> Int? { shown.firstIndex(of: column) }

    /// Returns what a host has for each column of a metric: the worst of all that is collected of it by the plugin.
    mutating func cells(
        of collected: [(plugin: String, entry: SnapshotStore.Entry)], at now: Int64
    ) -> [FleetTable.Headline?] {
        let found = metrics.map { metric -> FleetTable.Headline? in
            var (cells, isStale) = ([Snapshot.Cell](), false)
            for known in collected where known.plugin == metric.plugin {
                guard
                    let index = known.entry.schema?.index(of: metric.declaration.id, likely: metric.index)
                else { continue }
                let own = known.entry.cells(of: index)
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

    /// Columns that there cannot be, each in one sentence; `failures` are those of plugins that did not load.
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
