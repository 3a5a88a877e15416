import Contract
import Core

/// Runs what collects: one clock, the plugins, a collector for each question, and the store of snapshots. ``publish(_:)``
/// is the only place where a snapshot enters; sinks take it from there.
///
/// On each tick the collectors that are due are asked, all with the same moment. Nobody waits for anybody. Everything
/// happens on one thread.
@MainActor
public final class Engine: Collector.Publisher {
    /// Time and timers.
    public let clock: any Clock
    /// The latest snapshot of every key.
    public private(set) var store = SnapshotStore()
    /// Every host that something is known of.
    public let monitor: HostMonitor
    /// Root directory of a captured machine, or empty for this one.
    public let root: String
    /// What `hosts.toml` and `dashboard.toml` say.
    public private(set) var configuration: Configuration
    /// All collectors, the oldest first.
    public private(set) var collectors: [Collector] = []
    /// The plugins that somebody needs.
    public private(set) var supervisors: [PluginSupervisor] = []
    /// Nothing is collected at ticks.
    public private(set) var isPaused = false
    /// The number of the last tick.
    public private(set) var tickNumber: UInt64 = 0

    /// Called when something that is seen has changed.
    public var onChange: () -> Void = {}
    /// Called on each tick, after what is due was asked for.
    public var onTick: () -> Void = {}

    private let catalog: any PluginCatalog
    private let sources: any SourceDirectory
    private let log: EngineLog
    private var sinks: [any SnapshotSink]
    private var byKey: [SeriesKey: Collector] = [:]
    private var ticks: TickClock
    /// The wall clock of the running tick: what is collected at a tick carries its time.
    private var tickWall: Int64 = 0
    private var lastId: UInt32 = 0
    private var knownTerms = PluginTerms.Known()
    private var isStarted = false

    /// Creates an engine that collects nothing yet.
    ///
    /// - Parameter refresh: Nanoseconds between two ticks.
    public init(
        clock: any Clock, catalog: any PluginCatalog, sources: any SourceDirectory,
        configuration: Configuration, refresh: UInt64, root: String = "", log: EngineLog = .none
    ) {
        self.clock = clock
        self.catalog = catalog
        self.sources = sources
        self.configuration = configuration
        self.root = root
        self.log = log
        ticks = TickClock(start: clock.now, refresh: refresh)
        monitor = HostMonitor(clock: clock)
        sinks = [monitor]
        monitor.engine = self
    }

    /// Unix nanoseconds, as the clock that is shown has it.
    public var wall: Int64 { clock.wall }
    /// Nanoseconds between two ticks.
    public var tickInterval: UInt64 { ticks.refresh }

    /// Adds a sink; it is retained, and called from now on.
    public func add(_ sink: any SnapshotSink) { sinks.append(sink) }

    // MARK: Life

    /// Starts the plugins and the clock.
    public func start() {
        tickWall = wall
        _ = ticks.due(at: clock.now)
        isStarted = true
        for supervisor in supervisors { supervisor.start() }
        waitForTick()
    }

    /// Ends all workers and sources.
    public func stop() {
        clock.setTimer(self, at: nil) {}
        for supervisor in supervisors { supervisor.shutdown() }
        sources.stop()
    }

    /// Gets fresh values of everything.
    public func refresh() {
        for collector in collectors { refresh(collector) }
        sources.refresh()
    }

    /// Gets fresh values for one collector.
    public func refresh(_ collector: Collector) {
        tickWall = wall
        collector.tick(moment(isRefresh: true, isBetweenTicks: true))
    }

    /// Gets fresh values of some hosts.
    public func refresh(hosts: Set<String>) {
        for collector in collectors where hosts.contains(collector.key.host) { refresh(collector) }
        for host in hosts { sources.source(of: host, in: self).refresh() }
    }

    /// Starts failed plugins again without waiting for their next try.
    public func retry() { for supervisor in supervisors { supervisor.retry() } }

    /// Stops asking, or goes on.
    public func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        sources.pause(isPaused)
        onChange()
    }

    /// Turns the clock one tick further without waiting: for a captured machine, on which no time passes.
    public func advance() {
        tickNumber += 1
        tickWall = wall
        collectDue()
    }

    // MARK: Needs

    /// Begins to collect for a widget, or shares the collector that others have for the same.
    ///
    /// - Parameter host: The host that the widget shows, unless the widget names another.
    /// - Parameter layout: The layout file that asks, for messages.
    /// - Parameter isDrawn: The widget is on the screen.
    public func subscribe(
        _ widget: WidgetConfiguration, on host: String, layout: String, isDrawn: Bool
    ) -> Subscription {
        let key = SeriesKey(
            host: widget.host ?? host, plugin: widget.plugin, options: OptionsDigest(widget.options))
        let known = byKey[key]
        let collector = known ?? newCollector(key)
        let subscription = Subscription(widget, layout: layout, isDrawn: isDrawn, collector: collector)
        collector.add(subscription)
        if known == nil { start(collector) }
        return subscription
    }

    /// Takes other words, limits or an interval for what is subscribed to. The key must be the same.
    public func update(_ subscription: Subscription, _ widget: WidgetConfiguration, layout: String) {
        subscription.widget = widget
        subscription.layout = layout
        configure(subscription.collector)
        subscription.collector.reconsider()
    }

    /// Ends a need; its collector ends with the last one, and what it found is forgotten.
    public func end(_ subscription: Subscription) {
        let collector = subscription.collector
        collector.remove(subscription)
        guard collector.subscriptions.isEmpty, byKey[collector.key] === collector else { return }
        byKey[collector.key] = nil
        collectors.removeAll { $0 === collector }
        collector.stop()
        store.forget(collector.key)
        monitor.remove(collector)
        for sink in sinks { sink.ended(collector.key) }
    }

    /// Ends plugins that nobody needs and starts those that somebody does; to be called after a change of needs.
    public func settleNeeds() {
        for supervisor in supervisors where supervisor.isUnused { supervisor.shutdown() }
        supervisors.removeAll(where: \.isUnused)
        if isStarted { for supervisor in supervisors where !supervisor.isStarted { supervisor.start() } }
    }

    private func newCollector(_ key: SeriesKey) -> Collector {
        lastId += 1
        let collector = Collector(
            id: lastId, key, source: sources.source(of: key.host, in: self), publisher: self)
        follow(collector.source, of: key.host)
        byKey[key] = collector
        collectors.append(collector)
        monitor.add(collector)
        return collector
    }

    private func start(_ collector: Collector) {
        let supervisor = supervisor(of: collector.key.plugin)
        collector.start(with: supervisor)
        if isStarted, !supervisor.isStarted { supervisor.start() }
    }

    private func follow(_ source: any SnapshotSource, of host: String) {
        source.onDelivery = { [weak self] delivery, collector in
            guard let self else { return }
            collector.take(delivery, at: moment(isRefresh: false, isBetweenTicks: true))
        }
        source.onLinkChange = { [weak self] in
            self?.monitor.linkChanged(host)
            self?.onChange()
        }
    }

    // MARK: Plugins

    /// Ids of the plugins that there are files of.
    public var pluginIds: [String] { catalog.available }

    /// The path of a plugin's file; nil: there is none.
    public func pluginPath(_ id: String) -> String? { catalog.path(of: id) }

    /// The folders that plugins are looked for in.
    public var pluginFolders: [String] { catalog.folders }

    /// Waits for a plugin to load, to learn what it declares.
    public func probe(_ plugin: String, onChange: @escaping (PluginProbe) -> Void) -> PluginProbe {
        lastId += 1
        let probe = PluginProbe(id: lastId, plugin: plugin)
        probe.onLoaded = { [unowned probe] _ in onChange(probe) }
        probe.onFailure = { [unowned probe] in onChange(probe) }
        let supervisor = supervisor(of: plugin)
        probe.begin(supervisor.add(probe))
        if isStarted, !supervisor.isStarted { supervisor.start() }
        return probe
    }

    /// Ends a probe; its plugin ends with the last who needs it. Not at once, since the plugin may be calling.
    public func release(_ probe: PluginProbe) {
        clock.whenIdle { [weak self] in
            guard let self else { return }
            supervisors.first { $0.id == probe.plugin }?.remove(probe)
            settleNeeds()
        }
    }

    /// Whether no worker runs for a plugin, and none is waited for.
    public func isUnused(_ plugin: String) -> Bool { !supervisors.contains { $0.id == plugin } }

    /// Notes that the file of a plugin has come, changed or gone; nil: any may have.
    public func pluginFileChanged(_ plugin: String?) {
        for supervisor in supervisors where plugin == nil || supervisor.id == plugin {
            supervisor.fileChanged()
        }
    }

    private func supervisor(of id: String) -> PluginSupervisor {
        if let supervisor = supervisors.first(where: { $0.id == id }) { return supervisor }
        let supervisor = PluginSupervisor(id: id, catalog: catalog, clock: clock, log: log)
        supervisor.onChange = { [weak self] in self?.onChange() }
        supervisors.append(supervisor)
        return supervisor
    }

    func terms(of description: PluginDescription, _ limits: [Limits]) -> PluginTerms {
        knownTerms.terms(of: description, limits)
    }

    // MARK: Configuration

    /// Goes over to another configuration. Hosts of which it says the same are asked on as before, with their
    /// connections and values.
    public func adopt(_ new: Configuration) {
        configuration = new
        sources.adopt(new)
        for collector in collectors {
            let source = sources.source(of: collector.key.host, in: self)
            if source !== collector.source {
                follow(source, of: collector.key.host)
                collector.move(to: source)
            }
            collector.reconsider()
        }
        monitor.configurationChanged()
        onChange()
    }

    func thresholds(of plugin: String, on host: String) -> [PluginThresholds] {
        guard let known = sources.configuration(of: host) else {
            return configuration.settings.thresholds.filter { $0.plugin == plugin }
        }
        return configuration.thresholds(of: plugin, on: known)
    }

    /// Where the values of a host come from.
    public func source(of host: String) -> any SnapshotSource {
        let source = sources.source(of: host, in: self)
        follow(source, of: host)
        return source
    }

    /// Changes the time between two ticks; ticks are counted anew.
    public func setRefresh(_ refresh: UInt64) {
        guard refresh != ticks.refresh else { return }
        ticks = TickClock(start: clock.now, refresh: refresh)
        tickNumber = ticks.due(at: clock.now) ?? 0
        for collector in collectors { collector.clockIsNew() }
        if isStarted { waitForTick() }
    }

    // MARK: Snapshots

    func entry(of key: SeriesKey) -> SnapshotStore.Entry { store[key] }

    func configure(_ collector: Collector) {
        store.configure(
            collector.key, every: collector.interval, patience: collector.source.patience,
            keepsHistory: collector.keepsHistory)
    }

    /// Puts a snapshot into the store and hands it to every sink: the only place where one enters.
    public func publish(_ snapshot: Snapshot) {
        let before = store[snapshot.key]
        store.put(snapshot)
        for sink in sinks { sink.received(snapshot, after: before) }
        onChange()
    }

    func publishRepeat(of key: SeriesKey) {
        guard store.repeatLatest(key) else { return }
        for sink in sinks { sink.repeated(key) }
        onChange()
    }

    func publish(_ failure: Failure, for key: SeriesKey) {
        let before = store[key]
        store.fail(key, failure)
        for sink in sinks { sink.failed(failure, for: key, after: before) }
        onChange()
    }

    func rejudge(_ key: SeriesKey, by limits: [Limits]) {
        let before = store[key]
        guard let snapshot = before.snapshot?.judged(by: limits) else { return }
        store.replace(snapshot)
        for sink in sinks { sink.rejudged(snapshot, after: before) }
        onChange()
    }

    func hostChanged(_ host: String, to state: HostState) {
        for sink in sinks { sink.hostChanged(host, to: state) }
    }

    // MARK: The clock

    private func waitForTick() {
        clock.setTimer(self, at: ticks.next()) { [weak self] in
            guard let self else { return }
            if let number = ticks.due(at: clock.now) {
                tickNumber = number
                if !isPaused {
                    tickWall = wall
                    collectDue()
                }
                // Ages grow also where nothing new arrives.
                onChange()
                onTick()
            }
            waitForTick()
        }
    }

    private func collectDue() {
        let tick = moment(isRefresh: false, isBetweenTicks: false)
        for collector in collectors where collector.source.deliversAtTicks {
            if collector.isDue(tickNumber, clock: ticks) { collector.tick(tick) }
        }
        monitor.tick()
    }

    func momentForFirstValues() -> Tick {
        if isPaused { tickWall = wall }
        return moment(isRefresh: false, isBetweenTicks: tickNumber > 0)
    }

    /// A moment between two ticks has a monotonic time of its own: plugins divide by the time that has passed.
    private func moment(isRefresh: Bool, isBetweenTicks: Bool) -> Tick {
        let moment = isBetweenTicks && root.isEmpty ? clock.now : ticks.moment(of: tickNumber)
        return Tick(
            number: tickNumber, monotonic: moment, wall: tickWall, interval: ticks.refresh,
            isRefresh: isRefresh)
    }
}

/// Knows the source of each host.
@MainActor
public protocol SourceDirectory: AnyObject {
    /// Returns the source of a host, the same one at each call until the configuration says something else of it.
    func source(of host: String, in engine: Engine) -> any SnapshotSource
    /// Returns what the configuration says of a host; nil: it does not name it.
    func configuration(of host: String) -> HostConfiguration?
    /// Goes over to another configuration; ends the sources of hosts of which it says something else.
    func adopt(_ configuration: Configuration)
    func refresh()
    func pause(_ isPaused: Bool)
    func stop()
}
