import CPosix
import Contract
import Core
import Engine
import Platform

/// The hosts of the configuration as a table: a view of what the engine and its monitor know. ``update()`` brings the table
/// up to date; reading it changes nothing.
@MainActor
final class FleetView: SnapshotSink {
    private let engine: Engine
    let watch: HostWatch
    private var configuration: Configuration
    private var places: [String: Int] = [:]
    private(set) var columns: FleetColumns
    /// Says how failures are put into words.
    var wording: () -> Wording

    /// The table as of the last ``update()``.
    private(set) var table = FleetTable(columns: [])
    /// Rises when the table has other hosts or columns.
    private(set) var generation = 0
    private var isOutdated = true
    /// The hosts whose rows are not as they should be.
    private var changed: Set<Int> = []
    /// The span of ``ageSpan`` that the rows' ages are of.
    private var agesOf: Int64 = 0
    /// Nanoseconds between two updates of ages, which grow also where nothing new comes.
    private static let ageSpan: Int64 = 5_000_000_000
    /// What is wrong with layouts of hosts, as of the last time that all rows were made.
    private var layoutProblems: [String] = []
    private var hasReleasedMemory = false
    private static let manyHosts = 50

    init(_ engine: Engine, watch: HostWatch, wording: @escaping () -> Wording) {
        self.engine = engine
        self.watch = watch
        self.wording = wording
        configuration = engine.configuration
        columns = FleetColumns(engine.configuration.settings.overview)
        engine.add(self)
        watch.onPlugin = { [weak self] in self?.learned($0) }
    }

    /// Takes the columns that a layout's widget asks for.
    func adopt(_ widget: WidgetConfiguration) {
        columns.adopt(configuration.settings.overview, widget)
        isOutdated = true
        for id in columns.plugins { watch.probe(forColumn: id) }
    }

    /// Watches the hosts of a configuration.
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
        // A plugin that nobody knows makes every row unknown.
        isOutdated = true
        engine.onChange()
    }

    // MARK: What changes

    func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { touch(snapshot.key.host) }
    func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { touch(snapshot.key.host) }
    func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) { touch(key.host) }
    func ended(_ key: SeriesKey) { touch(key.host) }
    func hostChanged(_ host: String, to state: HostState) { touch(host) }

    private func touch(_ host: String) { if let place = places[host] { changed.insert(place) } }

    /// Makes rows anew that are not as they were, and all of them where ages or columns have changed.
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

    /// At the start all hosts answer at once, and then never again.
    private func releaseMemory() {
        guard configuration.hosts.count > Self.manyHosts, !hasReleasedMemory, watch.isSettled else { return }
        hasReleasedMemory = true
        cposix_release_memory()
    }

    // MARK: Rows

    /// How many hosts have a status.
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
        let collected = (known?.collectors ?? []).map { (plugin: $0.key.plugin, entry: $0.entry) }
        if !isQuiet {
            row.status = collected.reduce(state.status) { Status.worse($0, $1.entry.status(at: now)) }
            if isBlind { row.status = Status.worse(row.status, .unknown) }
            // What has come says nothing of what has not.
            if state == .waiting, row.status == .ok { row.status = .auto }
        }
        row.age = collected.compactMap { $0.entry.age(at: now) }.min().map { $0 / 1_000_000_000 }
        if let alert = known?.alert {
            row.alert = "\(LocalTime.moment(alert.taken, now: now)) \(alert.words)"
            row.alertStatus = isQuiet ? .auto : alert.status
        }
        row.cells = columns.cells(of: collected, at: now)
        return row
    }

    /// A plugin has not loaded: nobody knows what it would say of a host.
    private var isBlind: Bool { watch.probes.values.contains { $0.isBlind } }

    var isSettled: Bool { watch.isSettled }

    /// What there is to say about the columns, about plugins that did not load, and about layouts of hosts.
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

    /// A column's plugin that is not installed is told with those that are.
    private func text(of failure: Failure, _ plugin: String, _ wording: Wording) -> String {
        guard case .missingFile(_, folder: "") = failure.cause else { return failure.words(wording) }
        return PluginFolder.missing(plugin, available: engine.pluginIds, folders: engine.pluginFolders)
    }
}
