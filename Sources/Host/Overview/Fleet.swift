import CPosix
import Contract
import Core

/// All hosts of the configuration: what every plugin that can read their documents makes of them, gathered into one row
/// for each. It goes on behind the layout of one host.
@MainActor
final class Fleet {
    private unowned let dashboard: Dashboard
    private var configuration: Configuration
    private var members: [FleetMember] = []
    private var places: [String: Int] = [:]
    private var scouts: [String: PluginScout] = [:]
    private(set) var columns: FleetColumns
    private(set) var maintenance = Maintenance()
    /// The hosts are simulated: who is in maintenance is nobody else's business.
    private let isSimulated: Bool
    private let news = FleetNews()

    private var made = FleetTable(columns: [])
    private var isOutdated = true
    /// The hosts whose rows are not as they should be.
    private var changed: Set<Int> = []
    /// Ages grow also where nothing new comes.
    private var agesOf: Int64 = 0
    private static let ages: Int64 = 5_000_000_000
    private var hasReleasedMemory = false
    private static let manyMembers = 50

    init(_ configuration: Configuration, isSimulated: Bool, dashboard: Dashboard) {
        self.dashboard = dashboard
        self.configuration = configuration
        self.isSimulated = isSimulated
        columns = FleetColumns(configuration.settings.overview)
    }

    /// Takes the columns that a layout's widget asks for, and begins.
    func adopt(_ widget: WidgetConfiguration) {
        columns.adopt(configuration.settings.overview, widget)
        isOutdated = true
        if members.isEmpty { enroll() }
        for id in columns.plugins + dashboard.pluginIds { scout(id) }
    }

    // MARK: Hosts

    private func enroll() {
        members = configuration.hosts.map { FleetMember($0, dashboard.source(of: $0.name), fleet: self) }
        places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.host.name, $0) })
        isOutdated = true
    }

    /// Goes over to another configuration. Hosts about which it says the same go on as they are.
    func adopt(_ new: Configuration) {
        configuration = new
        columns.adopt(new.settings.overview)
        var old = Dictionary(uniqueKeysWithValues: members.map { ($0.host.name, $0) })
        members = new.hosts.map { host in
            let source = dashboard.source(of: host.name)
            if let member = old[host.name], member.source === source, !dashboard.limitsChanged(on: host.name)
            {
                old[host.name] = nil
                member.host = host
                return member
            }
            return FleetMember(host, source, fleet: self, after: old[host.name])
        }
        for member in old.values { member.collectors.forEach(dashboard.end) }
        places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.host.name, $0) })
        isOutdated = true
        for scout in scouts.values { if let description = scout.description { recruit(description) } }
    }

    var collectors: [Collector] { members.flatMap(\.collectors) }

    var hosts: [HostConfiguration] { members.map(\.host) }

    // MARK: Plugins

    /// A plugin is there that was not: it may have something to say of the hosts.
    func scout(_ plugin: String) {
        guard !members.isEmpty else { return }
        if let released = scouts[plugin] {
            // It had nothing to read; its file is another one now.
            if dashboard.isFree(of: plugin) { dashboard.supervise(plugin, released) }
            return
        }
        let scout = PluginScout(id: dashboard.newId(), plugin: plugin)
        scout.onLoaded = { [weak self] in self?.recruit($0) }
        scout.onChange = { [weak self] in
            // What nobody knows any more is so in every row.
            self?.isOutdated = true
            self?.dashboard.changed()
        }
        scouts[plugin] = scout
        dashboard.supervise(plugin, scout)
    }

    /// A collector for each host that the plugin has something to read of.
    private func recruit(_ plugin: PluginDescription) {
        columns.learn(plugin)
        isOutdated = true
        if let scout = scouts[plugin.id], !members.contains(where: { $0.isServed(by: plugin) }) {
            return dashboard.release(scout, from: plugin.id)
        }
        for (index, member) in members.enumerated() where member.isServed(by: plugin) {
            guard !member.collectors.contains(where: { $0.configuration.plugin == plugin.id }) else {
                continue
            }
            var widget = WidgetConfiguration(name: "hosts/\(plugin.id)", plugin: plugin.id)
            widget.host = member.host.name
            widget.every = interval(of: member)
            let collector = dashboard.newCollector(widget, isDrawn: false)
            collector.owner = member
            member.collectors.append(collector)
            changed.insert(index)
            dashboard.supervise(plugin.id, collector)
        }
        dashboard.changed()
    }

    /// Of a host whose plugins ask the machine itself: not more often than there are ticks.
    private func interval(of member: FleetMember) -> UInt64 {
        max(member.host.refresh, dashboard.layout.refresh)
    }

    /// Ticks are counted anew, and may be further apart.
    func clockIsNew() {
        for member in members where member.source.link == nil {
            for collector in member.collectors {
                var widget = collector.configuration
                widget.every = interval(of: member)
                collector.adopt(widget, refresh: dashboard.layout.refresh, clockIsNew: true)
            }
        }
    }

    var isSettled: Bool {
        scouts.values.allSatisfy(\.isSettled) && members.allSatisfy { $0.collectors.allSatisfy(\.isSettled) }
    }

    /// A plugin has not loaded: nobody knows what it would say of a host.
    private var isBlind: Bool { scouts.values.contains { $0.isBlind } }

    /// What there is to say about the columns, and about plugins that did not load.
    var remarks: [Remark] {
        let asked = columns.remarks(failures: scouts.compactMapValues(\.failure))
        let blind = scouts.values.filter { $0.isBlind && !columns.plugins.contains($0.plugin) }
        return (asked + blind.compactMap { $0.failure.map(\.sentence) }.sorted()).map {
            Remark(sentence: $0, role: .warning)
        }
    }

    // MARK: The table

    func hostChanged(_ name: String) {
        if let place = places[name] { changed.insert(place) }
    }

    /// Rises when the table has other hosts or columns.
    private(set) var generation = 0

    /// The table of now; only rows that are not as they were are made anew.
    var table: FleetTable {
        let now = dashboard.wall
        if isOutdated || columns.isIncomplete {
            generation += 1
            columns.complete(roles: members.contains { $0.host.role != nil })
            made = FleetTable(columns: columns.heads, rows: members.map { row(of: $0, at: now) })
        } else {
            let rows = now / Self.ages == agesOf ? Array(changed) : Array(members.indices)
            for index in rows { made.replace(row(of: members[index], at: now), at: index) }
        }
        agesOf = now / Self.ages
        isOutdated = false
        changed.removeAll(keepingCapacity: true)
        return made
    }

    /// How many hosts have a status.
    var counts: [Status: Int] {
        made.rows.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
    }

    var roles: [String] { configuration.settings.overview.roles }
    var sort: OverviewSort? { configuration.settings.overview.sort }

    private func row(of member: FleetMember, at now: Int64) -> FleetTable.Row {
        let entries = member.collectors.map(\.entry)
        let isQuiet = isInMaintenance(member.host.name)
        let known = HostState(member.source.link, named(entries, of: member), at: now)
        let state = isQuiet ? .maintenance(maintenanceWords(member.host.name, known, now: now)) : known
        var row = FleetTable.Row(host: member.host.name, role: member.host.role ?? "", state: state)
        row.address = member.source.link == nil ? "" : member.host.address.text
        if !isQuiet {
            row.status = entries.reduce(state.status) { Status.worse($0, $1.status(at: now)) }
            if isBlind { row.status = Status.worse(row.status, .unknown) }
            // What has come says nothing of what has not.
            if state == .waiting, row.status == .ok { row.status = .auto }
        }
        row.age = entries.compactMap { $0.age(at: now) }.min().map { $0 / 1_000_000_000 }
        if let alert = member.alert {
            row.alert = "\(LocalTime.moment(alert.taken, now: now)) \(alert.sentence)"
            row.alertStatus = isQuiet ? .auto : alert.status
        }
        row.cells = columns.readings(of: member.collectors, entries, at: now)
        return row
    }

    /// With the plugins that have failed, since the sentences do not name them.
    private func named(_ entries: [SnapshotStore.Entry], of member: FleetMember) -> [SnapshotStore.Entry] {
        guard entries.contains(where: { $0.failure != nil }) else { return entries }
        return zip(entries, member.collectors).map { entry, collector in
            var entry = entry
            if let failure = entry.failure {
                entry.failure?.sentence = "\(collector.configuration.plugin): \(failure.sentence)"
            }
            return entry
        }
    }

    /// " until 02:03, unreachable": its end, and that it is not there.
    private func maintenanceWords(_ host: String, _ state: HostState, now: Int64) -> String {
        let until = maintenance.hosts.first { $0.name == host }?.until
        let end = until.map { " until \(LocalTime.moment($0 * 1_000_000_000, now: now))" } ?? ""
        if case .unreachable = state { return end + ", unreachable" }
        return end
    }

    // MARK: The clock

    /// Collects where that is due, and tells of hosts that have gone and come back.
    func tick(_ collect: (Collector) -> Void) {
        for member in members { member.collectors.forEach(collect) }
        let now = dashboard.wall
        for member in members where !isInMaintenance(member.host.name) {
            if let event = member.judge(at: now) {
                news.note(event, of: member.host.name)
                hostChanged(member.host.name)
            }
        }
        if let sentence = news.sentence() { dashboard.tell(sentence) }
        releaseMemory()
    }

    /// At the start all hosts answer at once, and then never again.
    private func releaseMemory() {
        guard members.count > Self.manyMembers, !hasReleasedMemory, isSettled else { return }
        hasReleasedMemory = true
        cposix_release_memory()
    }

    /// Fresh values of some hosts.
    func refresh(_ names: Set<String>) {
        for member in members where names.contains(member.host.name) {
            for collector in member.collectors { dashboard.refresh(collector) }
            member.source.refresh()
        }
    }

    // MARK: Maintenance

    /// Whether a host's owner works on it.
    func isInMaintenance(_ host: String) -> Bool { maintenance.isOn(host, at: Self.seconds) }

    /// Marks hosts, or takes their marks away, for all programs of this user.
    func setMaintenance(_ isOn: Bool, of hosts: [String]) throws(MaintenanceFile.Failure) {
        if isSimulated {
            var new = maintenance
            new.set(hosts, isOn: isOn, at: Self.seconds)
            adopt(new)
        } else {
            // Nobody waits at the keyboard for another program.
            adopt(try MaintenanceFile.change(hosts, isOn: isOn, at: Self.seconds, patience: 0))
        }
    }

    /// The marks have changed outside.
    func readMaintenance() throws(MaintenanceFile.Failure) {
        if !isSimulated { adopt(try MaintenanceFile.read()) }
    }

    private func adopt(_ new: Maintenance) {
        guard new != maintenance else { return }
        maintenance = new
        isOutdated = true
        dashboard.changed()
    }

    /// Of the machine's own clock: a mark lasts until then, whatever time the screen shows.
    private static var seconds: Int64 { cposix_wall() / 1_000_000_000 }
}
