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
    private(set) var widgets: [WidgetRunner] = []
    private(set) var supervisors: [PluginSupervisor] = []
    private(set) var isPaused = false
    /// There is a user at the keyboard, who can be told of keys.
    var offersKeys = false

    /// Something that is seen has changed.
    var onChange: () -> Void = {}
    /// A sentence for the user on something that no widget shows.
    var onNotice: (String) -> Void = { _ in }
    /// On each tick, for what has to be looked at now and then.
    var onTick: () -> Void = {}

    private let plugins: PluginFolder
    private let sources: HostSources
    /// All hosts on one screen, once a layout has asked for it.
    private(set) lazy var fleet = Fleet(sources.configuration, dashboard: self)
    var hasOtherHosts: Bool { sources.configuration.hosts.count > 1 }
    private let log: Log
    private var clock: TickClock
    private let time: WallClock
    private(set) var tickNumber: UInt64 = 0
    private var lastId: UInt32 = 0
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
        widgets = all(of: layout).map(newWidget)
    }

    /// Also those that only the overview needs, which goes on behind the layout of one host.
    private func all(of layout: Layout) -> [WidgetConfiguration] {
        if let overview = layout.widgets.first(where: { $0.plugin == Fleet.plugin }) { fleet.adopt(overview) }
        return layout.widgets + fleet.widgets
    }

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

    func source(of host: String) -> any SnapshotSource { sources.source(of: host, for: self) }

    /// The limits that the configuration sets for a plugin on a host.
    func thresholds(of plugin: String, on host: String) -> [PluginThresholds] {
        let configuration = sources.configuration
        guard let known = configuration.host(host) else {
            return configuration.settings.thresholds.filter { $0.plugin == plugin }
        }
        return configuration.thresholds(of: plugin, on: known)
    }

    /// The moment of now, for what does not come at a tick.
    var currentTick: Tick { tick(isRefresh: false, isBetweenTicks: true) }

    /// The first collect of a widget that became ready between two ticks.
    func collectNow(_ widget: WidgetRunner) {
        if isPaused { tickWall = wall }
        widget.source.welcome(widget, tick(isRefresh: false, isBetweenTicks: tickNumber > 0))
    }

    /// Fresh values for one widget or all, at once.
    func refresh(_ only: WidgetRunner? = nil) {
        tickWall = wall
        for widget in only.map({ [$0] }) ?? widgets {
            widget.source.collect(widget, tick(isRefresh: true, isBetweenTicks: true))
        }
        sources.refresh()
    }

    /// Starts failed plugins again without waiting for their next try.
    func retry() { for supervisor in supervisors { supervisor.retry() } }

    func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        changed()
    }

    /// Turns the clock one tick further without waiting: for a captured machine, on which no time passes.
    func advance() {
        tickNumber += 1
        tickWall = wall
        collectDue()
    }

    // MARK: Layout and plugins while running

    /// Goes over to another layout. Widgets that ask the same of their plugin go on as they are.
    func apply(_ new: Layout) {
        let clockIsNew = new.refresh != layout.refresh
        layout = new
        if clockIsNew {
            clock = TickClock(start: loop.now, refresh: new.refresh)
            tickNumber = clock.due(at: loop.now) ?? 0
        }
        let wanted = all(of: new)
        var old = widgets
        var kept: [String: WidgetRunner] = [:]
        for configuration in wanted {
            let host = configuration.host ?? hostName
            guard
                let index = old.firstIndex(where: {
                    $0.configuration.asksTheSame(as: configuration) && $0.key.host == host
                })
            else { continue }
            kept[configuration.name] = old.remove(at: index)
        }
        for widget in old { end(widget, in: new) }
        widgets = wanted.map { configuration in
            guard let widget = kept[configuration.name] else { return newWidget(configuration) }
            widget.adopt(configuration, refresh: new.refresh, clockIsNew: clockIsNew)
            return widget
        }
        endUnusedPlugins()
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
            onNotice("\(path) is there; no widget of this layout uses it yet.")
        }
    }

    private func newWidget(_ configuration: WidgetConfiguration) -> WidgetRunner {
        lastId += 1
        let widget = WidgetRunner(
            id: lastId, configuration, host: hostName, refresh: layout.refresh, dashboard: self)
        store.expect(widget.key, every: widget.interval)
        if widget.isOverview {
            widget.becomeOverview()
        } else {
            widget.attach(to: supervisor(of: configuration.plugin))
        }
        return widget
    }

    private func supervisor(of id: String) -> PluginSupervisor {
        if let supervisor = supervisors.first(where: { $0.id == id }) { return supervisor }
        let supervisor = PluginSupervisor(id: id, folder: plugins, loop: loop, log: log)
        supervisor.offersKeys = offersKeys
        supervisor.onChange = { [weak self] in self?.changed() }
        supervisors.append(supervisor)
        return supervisor
    }

    /// Values stay for a widget of the same plugin that only asks for something else.
    private func end(_ widget: WidgetRunner, in new: Layout) {
        widget.detach()
        let goesOn = new.widgets.contains {
            $0.name == widget.configuration.name && $0.plugin == widget.configuration.plugin
                && ($0.host ?? hostName) == widget.key.host
        }
        if !goesOn { store.forget(widget.key) }
    }

    private func endUnusedPlugins() {
        for supervisor in supervisors where supervisor.clients.isEmpty { supervisor.shutdown() }
        supervisors.removeAll { $0.clients.isEmpty }
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
        for widget in widgets {
            if widget.isDue(tickNumber, clock: clock) {
                widget.source.collect(widget, tick(isRefresh: false))
            }
            widget.refreshAges()
        }
    }

    /// A moment between two ticks has a monotonic time of its own: plugins divide by the time that has passed.
    private func tick(isRefresh: Bool, isBetweenTicks: Bool = false) -> Tick {
        let moment = isBetweenTicks && root.isEmpty ? loop.now : clock.moment(of: tickNumber)
        return Tick(
            number: tickNumber, monotonic: moment, wall: tickWall, interval: layout.refresh,
            isRefresh: isRefresh)
    }
}
