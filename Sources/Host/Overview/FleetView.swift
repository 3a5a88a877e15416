import CPosix
import Contract
import Core
import Engine
import Platform

/// The configured hosts as a table, computed from the state of the engine and its monitor. ``update()`` recomputes
/// what has changed; reading the table changes nothing.
@MainActor
final class FleetView: SnapshotSink {
    private let engine: Engine
    let watch: HostWatch
    private var configuration: Configuration
    private var places: [String: Int] = [:]
    private(set) var columns: FleetColumns
    private let past: FleetPast
    /// The hosts whose numbers' past was asked for last, when, and by which columns.
    private var pastOf: (hosts: [Int], interval: Int64, generation: Int) = ([], -1, -1)
    /// Whether the first values of all hosts have been waited for, which come before any past.
    private var isPastWanted = false
    /// Returns the wording of failures.
    var wording: () -> Wording
    /// Returns the events of a host, the latest first.
    var events: (String) -> [EventSheet.Line] = { _ in [] }

    /// The table computed by the last ``update()``.
    private(set) var table = FleetTable(columns: [])
    /// Incremented when the hosts or columns of the table change.
    private(set) var generation = 0
    private var isOutdated = true
    /// The indices of hosts whose rows must be recomputed.
    private var changed: Set<Int> = []
    /// The interval of ``ageSpan`` in which the ages were last computed.
    private var agesOf: Int64 = 0
    /// Nanoseconds between two updates of ages, which grow also without new values.
    private static let ageSpan: Int64 = 5_000_000_000
    /// What is wrong with layouts of hosts, as of the last time that all rows were made.
    private var layoutProblems: [String] = []
    private var hasReleasedMemory = false
    private static let manyHosts = 50
    private let started: UInt64
    /// Nanoseconds after which no more first values are waited for.
    private static let patience: UInt64 = 3_000_000_000

    init(_ engine: Engine, watch: HostWatch, wording: @escaping () -> Wording) {
        self.engine = engine
        self.watch = watch
        self.wording = wording
        configuration = engine.configuration
        columns = FleetColumns(engine.configuration.settings.overview)
        past = FleetPast(engine)
        started = engine.clock.now
        engine.add(self)
        past.onAnswer = { [weak self] hosts in
            for host in hosts { self?.touch(host) }
            engine.onChange()
        }
        watch.onPlugin = { [weak self] in self?.learned($0) }
    }

    /// Sets the columns that a layout's widget requests.
    func adopt(_ widget: WidgetConfiguration) {
        columns.adopt(configuration.settings.overview, widget)
        isOutdated = true
        for id in columns.plugins { watch.probe(forColumn: id) }
    }

    /// Monitors the hosts of a configuration.
    func adopt(_ new: Configuration) {
        configuration = new
        columns.adopt(new.settings.overview)
        places = Dictionary(
            new.hosts.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        isOutdated = true
        watch.watch(new.hosts)
        for id in columns.plugins { watch.probe(forColumn: id) }
    }

    private func learned(_ probe: PluginProbe) {
        if let plugin = probe.description { columns.learn(plugin) }
        // A plugin that has not loaded changes the status of every row.
        isOutdated = true
        engine.onChange()
    }

    // MARK: Changes

    func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { touch(snapshot.key.host) }
    func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { touch(snapshot.key.host) }
    func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) { touch(key.host) }
    func restored(_ key: SeriesKey) { touch(key.host) }
    func ended(_ key: SeriesKey) { touch(key.host) }
    func hostChanged(_ host: String, to state: HostState) { touch(host) }

    private func touch(_ host: String) { if let place = places[host] { changed.insert(place) } }

    /// Recomputes the rows that have changed, or all of them if ages or columns have changed.
    func update() {
        let now = engine.wall
        if isOutdated || columns.isIncomplete {
            generation += 1
            columns.complete(roles: configuration.hosts.contains { $0.role != nil })
            table = FleetTable(columns: columns.heads, rows: configuration.hosts.map { row(of: $0, at: now) })
        } else {
            let rows = now / Self.ageSpan == agesOf ? Array(changed) : Array(configuration.hosts.indices)
            for index in rows { table.replace(row(of: configuration.hosts[index], at: now), at: index) }
        }
        if isOutdated || now / Self.ageSpan != agesOf { layoutProblems = watch.problems }
        agesOf = now / Self.ageSpan
        isOutdated = false
        changed.removeAll(keepingCapacity: true)
        releaseMemory()
    }

    /// Returns memory to the system after the start, the only time at which all hosts answer at once.
    private func releaseMemory() {
        guard configuration.hosts.count > Self.manyHosts, !hasReleasedMemory, watch.isSettled else { return }
        hasReleasedMemory = true
        cposix_release_memory()
    }

    // MARK: Rows

    /// The number of hosts with each status.
    var counts: [Status: Int] { table.rows.reduce(into: [:]) { $0[$1.status, default: 0] += 1 } }
    var roles: [String] { configuration.settings.overview.roles }
    var sort: OverviewSort? { configuration.settings.overview.sort }

    private func row(of host: HostConfiguration, at now: Int64) -> FleetTable.Row {
        let known = engine.monitor.host(host.name)
        let state = known.map { engine.monitor.state(of: $0, at: now) } ?? .waiting
        let isQuiet = state.isMaintenance
        var row = FleetTable.Row(
            host: host.name, role: host.role ?? "", state: state, stateWords: state.words(wording()))
        row.address = known?.source.servesDocuments == true ? host.address.text : ""
        let collected = collected(of: known)
        if !isQuiet {
            row.status = collected.reduce(state.status) { Status.worse($0, $1.entry.status(at: now)) }
            if isBlind { row.status = Status.worse(row.status, .unknown) }
            // Good values of some collectors say nothing about those that have not answered yet.
            if state == .waiting, row.status == .ok { row.status = .auto }
        }
        row.age = collected.compactMap { $0.entry.age(at: now) }.min().map { $0 / 1_000_000_000 }
        if let alert = known?.alert {
            row.alert = "\(LocalTime.moment(alert.taken, now: now)) \(alert.words)"
            row.alertStatus = isQuiet ? .auto : alert.status
        }
        row.cells = columns.cells(
            of: collected, at: now, past: past.knows(host.name) ? { [past] in past[$0] } : nil)
        return row
    }

    private func collected(of host: MonitoredHost?) -> FleetColumns.Collected {
        (host?.collectors ?? []).map { ($0.key, $0.entry) }
    }

    // MARK: Past

    /// Asks for the past of the numbers of the hosts that are visible, by their indices. A number that another instance
    /// has become the worst of is noticed after some seconds.
    func showPast(of visible: [Int]) {
        guard engine.past != nil else { return }
        if !isPastWanted {
            isPastWanted = isSettled || engine.clock.now - started > Self.patience
            guard isPastWanted else { return }
        }
        let now = engine.wall
        let wanted = (hosts: visible, interval: now / Self.ageSpan, generation: generation)
        guard wanted != pastOf, past.isSettled else { return }
        pastOf = wanted
        past.show(visible.flatMap { series(of: $0, at: now).compactMap { $0 } })
    }

    /// Whether all that is visible of the past is known.
    var isPastSettled: Bool { !isPastWanted || past.isSettled }

    private func series(of place: Int, at now: Int64) -> [FleetPast.Series?] {
        guard configuration.hosts.indices.contains(place),
            let host = engine.monitor.host(configuration.hosts[place].name)
        else { return [] }
        return columns.series(of: collected(of: host), at: now)
    }

    /// Returns the numeric metrics of the columns as choices of a graph, with a curve for each of some hosts.
    func graphChoices(of hosts: [String]) -> [GraphChoice] {
        let now = engine.wall
        let rows = hosts.compactMap { name in places[name].map { (name, series(of: $0, at: now)) } }
        return columns.metricHeads.enumerated().compactMap { index, column in
            let found = rows.compactMap { name, series -> (GraphChoice.Line, Limits)? in
                guard index < series.count, let series = series[index] else { return nil }
                let line = GraphChoice.Line(name: name, key: series.key, instance: series.number.instance)
                return (line, limits(of: column.metric.id, series.key))
            }
            guard column.metric.isNumeric, let first = found.first else { return nil }
            return GraphChoice(
                title: column.head.title, plugin: column.plugin, metric: column.metric.id,
                unit: column.metric.unit, limits: found.allSatisfy { $0.1 == first.1 } ? first.1 : .none,
                lines: found.map(\.0))
        }
    }

    private func limits(of metric: String, _ key: SeriesKey) -> Limits {
        guard let collector = engine.monitor.host(key.host)?.collectors.first(where: { $0.key == key }),
            let index = collector.schema?.index(of: metric), index < collector.limits.count
        else { return .none }
        return collector.limits[index]
    }

    /// Returns the drawing of what is known of a host.
    func detail(of host: String, in area: Rect) -> [DrawOperation] {
        guard let place = places[host] else { return [] }
        return HostDetail(
            configuration.hosts[place], engine: engine, wording: wording(),
            events: events(host).prefix(area.height).map { $0 }, area: area
        ).drawing()
    }

    /// Whether a plugin has not loaded, so that a part of each host's status is unknown.
    private var isBlind: Bool { watch.probes.values.contains { $0.isBlind } }

    var isSettled: Bool { watch.isSettled }

    /// Remarks about columns, plugins that did not load, and mistakes in layouts of hosts.
    var remarks: [Remark] {
        let wording = wording()
        let failures = watch.probes.compactMapValues { probe in
            probe.failure.map { text(of: $0, probe.plugin, wording) }
        }
        let asked = columns.remarks(failures: failures)
        let blind = watch.probes.values.filter { $0.isBlind && !columns.plugins.contains($0.plugin) }
        return (asked + blind.compactMap { failures[$0.plugin] }.sorted() + layoutProblems).map {
            Remark(sentence: $0, role: .warning)
        }
    }

    /// Returns the text of a failure. For a column's plugin that is not installed it names the available ones.
    private func text(of failure: Failure, _ plugin: String, _ wording: Wording) -> String {
        guard case .missingFile(_, folder: "") = failure.cause else { return failure.words(wording) }
        return PluginFolder.missing(plugin, available: engine.pluginIds, folders: engine.pluginFolders)
    }
}
