import CPosix
import Contract
import Core

/// The running dashboard without its screen: one clock, the plugins, their widgets, and the store of snapshots.
///
/// On each tick the widgets that are due are asked to collect, all with the same moment; what they find goes
/// into the store; what changed in the store is drawn. Nobody waits for anybody.
@MainActor
final class Dashboard {
    private(set) var layout: Layout
    let loop: EventLoop
    /// Directory of a captured machine, or empty for this one.
    let root: String
    private let machine: String
    var hostName: String { layout.host ?? machine }
    var store = SnapshotStore()
    /// Those of the layout, in its order.
    private(set) var panels: [any Panel] = []
    private(set) var supervisors: [PluginSupervisor] = []
    private(set) var isPaused = false
    /// There is a user at the keyboard, who can be told of keys.
    var offersKeys = false

    /// Something that is seen has changed.
    var onChange: () -> Void = {}
    /// A sentence for the user on something that no widget shows; what came before anybody listened comes now.
    var onNotice: ((String) -> Void)? {
        didSet {
            for sentence in unheard { onNotice?(sentence) }
            unheard = []
        }
    }
    private var unheard: [String] = []
    /// A sentence on what has happened, of interest for a while.
    var onEvent: (String) -> Void = { _ in }
    /// On each tick, for what has to be looked at now and then.
    var onTick: () -> Void = {}

    private let plugins: PluginFolder
    private let sources: HostSources
    /// All hosts, once a layout has asked for them.
    private(set) var fleet: Fleet?
    /// By their names; kept while the layout of one host is shown, with what the user did to them.
    private var overviews: [String: OverviewPanel] = [:]
    var hasOtherHosts: Bool { sources.configuration.hosts.count > 1 }
    private let log: Log
    private var clock: TickClock
    private let time: WallClock
    private(set) var tickNumber: UInt64 = 0
    private var lastId: UInt32 = 0
    private var knownTerms = PluginTerms.Known()
    private var isStarted = false

    init(
        layout: Layout, plugins: PluginFolder, sources: HostSources, hostName: String, root: String,
        time: WallClock,
        loop: EventLoop,
        log: Log
    ) {
        self.layout = layout
        self.plugins = plugins
        self.sources = sources
        self.log = log
        self.loop = loop
        self.root = root
        self.time = time
        machine = hostName
        clock = TickClock(start: loop.now, refresh: layout.refresh)
        panels = layout.widgets.map(newPanel)
    }

    /// All that collects, be it seen or not.
    var collectors: [Collector] { widgets.map(\.collector) + (fleet?.collectors ?? []) }

    /// The panels that plugins draw.
    private var widgets: [WidgetPanel] { panels.compactMap { $0 as? WidgetPanel } }

    /// Unix time in nanoseconds, as the clock that is shown has it.
    var wall: Int64 { time.now() }
    /// The wall clock of the running tick: what is collected at a tick carries its time.
    private(set) var tickWall: Int64 = 0

    func start() {
        cposix_ignore_broken_pipes()
        cposix_adopt_orphans()
        tickWall = wall
        _ = clock.due(at: loop.now)
        isStarted = true
        for supervisor in supervisors {
            supervisor.offersKeys = offersKeys
            supervisor.start()
        }
        waitForTick()
    }

    func shutdown() {
        loop.setTimer(self, at: nil) {}
        for supervisor in supervisors { supervisor.shutdown() }
        sources.stop()
        Orphans.finish()
    }

    func changed() { onChange() }

    /// What a host's answers are worth has changed.
    func hostChanged(_ name: String) {
        fleet?.hostChanged(name)
        changed()
    }

    func notify(_ sentence: String) {
        if let onNotice { onNotice(sentence) } else { unheard.append(sentence) }
    }

    /// A sentence on what has happened, for the user and the log.
    func tell(_ sentence: String) {
        log.warning(sentence)
        onEvent(sentence)
    }

    func source(of host: String) -> any SnapshotSource { sources.source(of: host, for: self) }

    /// The configuration that came last sets other limits on a host than the one before.
    func limitsChanged(on host: String) -> Bool { sources.limitsChanged(on: host) }

    /// The limits that the configuration sets for a plugin on a host.
    func thresholds(of plugin: String, on host: String) -> [PluginThresholds] {
        let configuration = sources.configuration
        guard let known = sources.host(host) else {
            return configuration.settings.thresholds.filter { $0.plugin == plugin }
        }
        return configuration.thresholds(of: plugin, on: known)
    }

    /// The moment of now, for what does not come at a tick.
    var currentTick: Tick { tick(isRefresh: false, isBetweenTicks: true) }

    /// The first collect of a widget that became ready between two ticks.
    func collectNow(_ collector: Collector) {
        if isPaused { tickWall = wall }
        collector.source.welcome(collector, tick(isRefresh: false, isBetweenTicks: tickNumber > 0))
    }

    /// Fresh values of everything, at once.
    func refresh() {
        for collector in collectors { refresh(collector) }
        sources.refresh()
    }

    func refresh(_ collector: Collector) {
        tickWall = wall
        collector.source.collect(collector, tick(isRefresh: true, isBetweenTicks: true))
    }

    /// Starts failed plugins again without waiting for their next try.
    func retry() { for supervisor in supervisors { supervisor.retry() } }

    func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        sources.pause(isPaused)
        changed()
    }

    /// Turns the clock one tick further without waiting: for a captured machine, on which no time passes.
    func advance() {
        tickNumber += 1
        tickWall = wall
        collectDue()
    }

    // MARK: Layout and plugins while running

    var configuration: Configuration { sources.configuration }

    /// What the layout's host is worth; nil: its plugins ask the machine itself, or it is all hosts that are shown.
    var hostState: HostState? {
        guard layout.host != nil, let link = source(of: hostName).link else { return nil }
        let entries = widgets.filter { $0.host == hostName }.map(\.collector.entry)
        if fleet?.isInMaintenance(hostName) == true { return .maintenance("") }
        return HostState(link, entries, at: wall)
    }

    /// Goes over to another configuration, and the layout with what it now says.
    func apply(_ new: Configuration, _ layout: Layout) {
        sources.adopt(new)
        fleet?.adopt(new)
        apply(layout)
        sources.finishAdoption()
    }

    /// Goes over to another layout. Widgets that ask the same of their plugin go on as they are.
    func apply(_ new: Layout) {
        let clockIsNew = new.refresh != layout.refresh
        layout = new
        if clockIsNew {
            clock = TickClock(start: loop.now, refresh: new.refresh)
            tickNumber = clock.due(at: loop.now) ?? 0
        }
        var old = widgets
        var kept: [String: WidgetPanel] = [:]
        for configuration in new.widgets {
            guard let index = old.firstIndex(where: { goesOn($0.collector, as: configuration) }) else {
                continue
            }
            kept[configuration.name] = old.remove(at: index)
        }
        for panel in old { end(panel.collector, in: new) }
        panels = new.widgets.map { configuration in
            guard let panel = kept[configuration.name] else { return newPanel(configuration) }
            panel.collector.adopt(configuration, refresh: new.refresh, clockIsNew: clockIsNew)
            return panel
        }
        endUnusedPlugins()
        if clockIsNew { fleet?.clockIsNew() }
        if clockIsNew, isStarted { waitForTick() }
        changed()
    }

    /// The first mistake of a layout that only its plugins know to be one.
    func problem(in new: Layout) -> Problem? {
        for widget in new.widgets {
            guard let plugin = supervisors.first(where: { $0.id == widget.plugin }),
                let description = plugin.description
            else { continue }
            let problems = OptionChecker.check(widget, against: description, source: new.source).problems
            if let problem = problems.first(where: { $0.severity == .error }) { return problem }
        }
        return nil
    }

    /// A file in a folder of plugins has come, changed or gone; an empty name: any may have.
    func pluginFileChanged(_ name: String) {
        if name.isEmpty {
            for supervisor in supervisors { supervisor.fileChanged() }
            return
        }
        guard let id = PluginFolder.id(of: name) else { return }
        if let supervisor = supervisors.first(where: { $0.id == id }) {
            supervisor.fileChanged()
        } else if let path = plugins.path(of: id) {
            fleet?.scout(id)
            if fleet == nil { notify("\(path) is there; no widget of this layout uses it yet.") }
        }
    }

    /// Whether a collector that runs can be that of another widget: it is asked for the same, and of the same host.
    private func goesOn(_ collector: Collector, as configuration: WidgetConfiguration) -> Bool {
        let host = configuration.host ?? hostName
        return collector.configuration.asksTheSame(as: configuration) && collector.key.host == host
            && collector.source === source(of: host) && !limitsChanged(on: host)
    }

    private func newPanel(_ configuration: WidgetConfiguration) -> any Panel {
        if configuration.plugin == OverviewPanel.plugin { return overviewPanel(configuration) }
        let collector = newCollector(configuration, isDrawn: true)
        let panel = WidgetPanel(collector, dashboard: self)
        supervise(configuration.plugin, collector)
        return panel
    }

    private func overviewPanel(_ configuration: WidgetConfiguration) -> OverviewPanel {
        let fleet = fleet ?? Fleet(sources.configuration, isSimulated: sources.isSimulated, dashboard: self)
        self.fleet = fleet
        fleet.adopt(configuration)
        let panel = overviews[configuration.name] ?? OverviewPanel(configuration, fleet)
        panel.adopt(configuration)
        overviews[configuration.name] = panel
        return panel
    }

    // MARK: Collectors

    func newId() -> UInt32 {
        lastId += 1
        return lastId
    }

    /// - Parameter isDrawn: A panel shows it.
    func newCollector(_ configuration: WidgetConfiguration, isDrawn: Bool) -> Collector {
        Collector(
            id: newId(), configuration, host: hostName, refresh: layout.refresh, isDrawn: isDrawn,
            dashboard: self)
    }

    func terms(of plugin: PluginDescription, _ limits: [Limits]) -> PluginTerms {
        knownTerms.terms(of: plugin, limits)
    }

    /// Has a plugin run for a client, from now on.
    func supervise(_ plugin: String, _ client: any PluginSupervisor.Client) {
        let supervisor = supervisor(of: plugin)
        if let collector = client as? Collector {
            collector.attach(to: supervisor)
        } else {
            supervisor.add(client)
        }
        if isStarted, !supervisor.isKnown { supervisor.start() }
    }

    /// Ends a collector and forgets what it has found.
    func end(_ collector: Collector) {
        collector.detach()
        store.forget(collector.key)
    }

    /// A client needs its plugin no more; not at once, since it may be the plugin that has just said so.
    func release(_ client: any PluginSupervisor.Client, from plugin: String) {
        loop.whenIdle { [weak self] in
            guard let self else { return }
            supervisors.first { $0.id == plugin }?.remove(client)
            endUnusedPlugins()
        }
    }

    /// No supervisor runs a plugin.
    func isFree(of plugin: String) -> Bool { !supervisors.contains { $0.id == plugin } }

    /// Ids of the plugins that there are files of.
    var pluginIds: [String] { plugins.available }

    private func supervisor(of id: String) -> PluginSupervisor {
        if let supervisor = supervisors.first(where: { $0.id == id }) { return supervisor }
        let supervisor = PluginSupervisor(id: id, folder: plugins, loop: loop, log: log)
        supervisor.offersKeys = offersKeys
        supervisor.onChange = { [weak self] in self?.changed() }
        supervisors.append(supervisor)
        return supervisor
    }

    /// Values stay for a widget of the same plugin that only asks for something else.
    private func end(_ collector: Collector, in new: Layout) {
        let goesOn = new.widgets.contains {
            $0.name == collector.configuration.name && $0.plugin == collector.configuration.plugin
                && ($0.host ?? hostName) == collector.key.host
        }
        if goesOn { collector.detach() } else { end(collector) }
    }

    private func endUnusedPlugins() {
        for supervisor in supervisors where supervisor.isUnused { supervisor.shutdown() }
        supervisors.removeAll(where: \.isUnused)
        if isStarted { for supervisor in supervisors where !supervisor.isKnown { supervisor.start() } }
    }

    private func waitForTick() {
        loop.setTimer(self, at: clock.next()) { [weak self] in
            guard let self else { return }
            if let number = clock.due(at: loop.now) {
                tickNumber = number
                if !isPaused {
                    tickWall = wall
                    collectDue()
                }
                // Ages grow also where nothing new arrives.
                changed()
                onTick()
            }
            waitForTick()
        }
    }

    private func collectDue() {
        let tick = tick(isRefresh: false)
        func collect(_ collector: Collector) {
            if collector.isDue(tickNumber, clock: clock) { collector.source.collect(collector, tick) }
        }
        for panel in widgets {
            collect(panel.collector)
            panel.refreshAges()
        }
        fleet?.tick(collect)
    }

    /// A moment between two ticks has a monotonic time of its own: plugins divide by the time that has passed.
    private func tick(isRefresh: Bool, isBetweenTicks: Bool = false) -> Tick {
        let moment = isBetweenTicks && root.isEmpty ? loop.now : clock.moment(of: tickNumber)
        return Tick(
            number: tickNumber, monotonic: moment, wall: tickWall, interval: layout.refresh,
            isRefresh: isRefresh)
    }
}
