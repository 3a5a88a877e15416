import CPosix
import Contract
import Core

/// The running dashboard without its screen: one clock, the plugins, their widgets, and the store of snapshots.
///
/// On each tick the widgets that are due are asked to collect, all with the same moment; what they find goes
/// into the store; what changed in the store is drawn. Nobody waits for anybody.
@MainActor
final class Dashboard {
    let layout: Layout
    let loop: EventLoop
    /// Directory of a captured machine, or empty for this one.
    let root: String
    let hostName: String
    var store = SnapshotStore()
    private(set) var widgets: [WidgetRunner] = []
    private(set) var supervisors: [PluginSupervisor] = []
    private(set) var isPaused = false

    /// Something that is seen has changed.
    var onChange: () -> Void = {}

    private var clock: TickClock
    private let time: WallClock
    private(set) var tickNumber: UInt64 = 0

    init(
        layout: Layout, plugins: PluginFolder, hostName: String, root: String, time: WallClock,
        loop: EventLoop,
        log: Log
    ) {
        self.layout = layout
        self.loop = loop
        self.root = root
        self.time = time
        self.hostName = layout.host ?? hostName
        clock = TickClock(start: loop.now, refresh: layout.refresh)
        for (index, configuration) in layout.widgets.enumerated() {
            let widget = WidgetRunner(
                id: UInt32(index + 1), configuration, host: self.hostName, refresh: layout.refresh,
                dashboard: self)
            widgets.append(widget)
            store.expect(widget.key, every: widget.interval)
            attach(widget, plugins: plugins, log: log)
        }
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
        for supervisor in supervisors { supervisor.start() }
        waitForTick()
    }

    func shutdown() {
        loop.setTimer(self, at: nil) {}
        for supervisor in supervisors { supervisor.shutdown() }
        Orphans.finish()
    }

    func changed() { onChange() }

    /// The first collect of a widget that became ready between two ticks.
    func collectNow(_ widget: WidgetRunner) {
        if isPaused { tickWall = wall }
        widget.collect(tick(isRefresh: false, isBetweenTicks: tickNumber > 0))
    }

    /// Fresh values for one widget or all, at once.
    func refresh(_ only: WidgetRunner? = nil) {
        tickWall = wall
        for widget in only.map({ [$0] }) ?? widgets {
            widget.collect(tick(isRefresh: true, isBetweenTicks: true))
        }
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

    private func attach(_ widget: WidgetRunner, plugins: PluginFolder, log: Log) {
        let id = widget.configuration.plugin
        if let supervisor = supervisors.first(where: { $0.id == id }) {
            widget.attach(to: supervisor)
            return
        }
        guard let path = plugins.path(of: id) else {
            let problem = Problem.unknownPlugin(
                widget.configuration, available: plugins.available, source: layout.source)
            widget.refuse(
                Failure(.invalid, "\(problem); looked in \(plugins.folders.joined(separator: ", "))"))
            return
        }
        let supervisor = PluginSupervisor(
            id: id, path: path, program: plugins.worker, loop: loop, log: log)
        supervisors.append(supervisor)
        widget.attach(to: supervisor)
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
            }
            waitForTick()
        }
    }

    private func collectDue() {
        for widget in widgets {
            if widget.isDue(tickNumber, clock: clock) { widget.collect(tick(isRefresh: false)) }
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
