import CPosix
import Contract
import Core
import Engine
import Platform

/// What belongs to a screen: a layout, its panels, and the change to another layout. Values come from the engine.
@MainActor
final class Dashboard {
    let engine: Engine
    private(set) var layout: Layout
    private let machine: String
    var hostName: String { layout.host ?? machine }
    /// Those of the layout, in its order.
    private(set) var panels: [any Panel] = []
    /// There is a user at the keyboard, who can be told of keys.
    var offersKeys = false

    /// Called when something that is seen has changed.
    var onChange: () -> Void = {}
    /// Called with a sentence for the user on something that no widget shows. What came before it is set comes then.
    var onNotice: ((String) -> Void)? {
        didSet {
            for sentence in unheard { onNotice?(sentence) }
            unheard = []
        }
    }
    private var unheard: [String] = []
    /// Called with a sentence on what has happened, of interest for a while.
    var onEvent: (String) -> Void = { _ in }

    private let sources: HostSources
    private let layoutOf: (HostConfiguration) -> HostWatch.HostLayout
    private let log: Log
    /// All hosts, once a layout has asked for them.
    private(set) var fleet: FleetView?
    /// By their names; kept while the layout of one host is shown, with what the user did to them.
    private var overviews: [String: OverviewPanel] = [:]

    /// - Parameter layoutOf: Returns the layout that a host is watched by.
    init(
        layout: Layout, engine: Engine, sources: HostSources, hostName: String, log: Log,
        layoutOf: @escaping (HostConfiguration) -> HostWatch.HostLayout
    ) {
        self.layout = layout
        self.engine = engine
        self.sources = sources
        self.layoutOf = layoutOf
        self.log = log
        machine = hostName
        engine.onChange = { [weak self] in self?.changed() }
        engine.monitor.onNews = { [weak self] in self?.tell($0) }
        sources.onNotice = { [weak self] in self?.notify($0) }
        panels = layout.widgets.map(newPanel)
    }

    /// Unix time in nanoseconds, as the clock that is shown has it.
    var wall: Int64 { engine.wall }
    var configuration: Configuration { engine.configuration }
    var hasOtherHosts: Bool { configuration.hosts.count > 1 }
    /// Marks of maintenance are shared with other programs, unless the hosts are simulated.
    var sharesMaintenance: Bool { !sources.isSimulated }

    /// How failures are put into words for this screen's user.
    var wording: Wording {
        let now = wall
        return Wording(now: now, offersKeys: offersKeys, moment: { LocalTime.moment($0, now: now) })
    }

    /// The panels that plugins draw.
    var widgets: [WidgetPanel] { panels.compactMap { $0 as? WidgetPanel } }

    func changed() { onChange() }

    func notify(_ sentence: String) {
        if let onNotice { onNotice(sentence) } else { unheard.append(sentence) }
    }

    private func tell(_ news: [HostNews]) {
        guard fleet != nil, let sentence = HostNewsText.sentence(news, wording) else { return }
        log.warning(sentence)
        onEvent(sentence)
    }

    /// What the layout's host is worth; nil: its plugins ask the machine itself, or it is all hosts that are shown.
    var hostState: HostState? {
        guard layout.host != nil, let host = engine.monitor.host(hostName), host.source.servesDocuments
        else { return nil }
        return engine.monitor.state(of: host, at: wall)
    }

    // MARK: Layouts

    /// Goes over to another configuration, and the layout with what it now says.
    func apply(_ new: Configuration, _ layout: Layout) {
        engine.adopt(new)
        apply(layout)
        fleet?.adopt(new)
    }

    /// Goes over to another layout. Widgets that ask the same of their plugin go on with what is known.
    func apply(_ new: Layout) {
        let clockIsNew = new.refresh != layout.refresh
        layout = new
        engine.setRefresh(new.refresh)
        var old = widgets
        panels = new.widgets.map { configuration in
            guard let index = old.firstIndex(where: { goesOn($0, as: configuration) }) else {
                return newPanel(configuration)
            }
            let panel = old.remove(at: index)
            engine.update(panel.subscription, configuration, layout: new.source)
            return panel
        }
        // The new ones hold what they share with the old ones.
        for panel in old { engine.end(panel.subscription) }
        engine.settleNeeds()
        if clockIsNew { fleet?.watch.clockIsNew() }
        changed()
    }

    /// Looks again at what the hosts' own layouts say.
    func layoutsChanged() { if let fleet { fleet.adopt(configuration) } }

    /// The first mistake of a layout that only its plugins know to be one.
    func problem(in new: Layout) -> Problem? {
        for widget in new.widgets {
            guard let plugin = engine.supervisors.first(where: { $0.id == widget.plugin }),
                let description = plugin.description
            else { continue }
            let problems = OptionChecker.check(widget, against: description, source: new.source).problems
            if let problem = problems.first(where: { $0.severity == .error }) { return problem }
        }
        return nil
    }

    /// A panel that runs can be that of another widget: it is asked for the same, and of the same host.
    private func goesOn(_ panel: WidgetPanel, as configuration: WidgetConfiguration) -> Bool {
        panel.configuration.asksTheSame(as: configuration)
            && panel.collector.key.host == configuration.host ?? hostName
    }

    private func newPanel(_ configuration: WidgetConfiguration) -> any Panel {
        if configuration.plugin == OverviewPanel.plugin { return overviewPanel(configuration) }
        let subscription = engine.subscribe(
            configuration, on: hostName, layout: layout.source, isDrawn: true)
        return WidgetPanel(subscription, dashboard: self)
    }

    private func overviewPanel(_ configuration: WidgetConfiguration) -> OverviewPanel {
        let isNew = fleet == nil
        let fleet = self.fleet ?? newFleet()
        self.fleet = fleet
        fleet.adopt(configuration)
        if isNew { fleet.adopt(engine.configuration) }
        let panel = overviews[configuration.name] ?? OverviewPanel(configuration, fleet)
        panel.adopt(configuration)
        overviews[configuration.name] = panel
        return panel
    }

    private func newFleet() -> FleetView {
        FleetView(engine, watch: HostWatch(engine, layoutOf: layoutOf)) { [weak self] in
            self?.wording ?? Wording(now: 0)
        }
    }

    // MARK: Plugins

    /// A file in a folder of plugins has come, changed or gone; an empty name: any may have.
    func pluginFileChanged(_ name: String) {
        guard !name.isEmpty else { return engine.pluginFileChanged(nil) }
        guard let id = PluginFolder.id(of: name) else { return }
        guard engine.isUnused(id) else { return engine.pluginFileChanged(id) }
        guard let path = engine.pluginPath(id) else { return }
        if let fleet {
            fleet.watch.probe(id)
        } else {
            notify("\(path) is there; no widget of this layout uses it yet.")
        }
    }

    // MARK: Maintenance

    /// Marks hosts, or takes their marks away, for all programs of this user.
    func setMaintenance(_ isOn: Bool, of hosts: [String]) throws(MaintenanceFile.Failure) {
        let seconds = Self.seconds
        if sharesMaintenance {
            // Nobody waits at the keyboard for another program.
            engine.monitor.setMaintenance(
                try MaintenanceFile.change(hosts, isOn: isOn, at: seconds, patience: 0))
        } else {
            var new = engine.monitor.maintenance
            new.set(hosts, isOn: isOn, at: seconds)
            engine.monitor.setMaintenance(new)
        }
    }

    /// Takes the marks that have changed outside.
    func readMaintenance() throws(MaintenanceFile.Failure) {
        if sharesMaintenance, fleet != nil { engine.monitor.setMaintenance(try MaintenanceFile.read()) }
    }

    /// Of the machine's own clock: a mark lasts until then, whatever time the screen shows.
    static var seconds: Int64 { cposix_wall() / 1_000_000_000 }
}
