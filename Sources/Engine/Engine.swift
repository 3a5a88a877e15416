import Contract
import Core

/// Runs the tick clock, the plugins, one collector for each key, and the store of snapshots. Every snapshot enters
/// the store through ``publish(_:)`` and is passed from there to all sinks.
///
/// On each tick the engine calls the collectors that are due, all with the same time. No call blocks, and everything
/// runs on the main thread.
@MainActor
public final class Engine: Collector.Publisher {
    /// The clock that the engine was created with.
    public let clock: any Clock
    /// The latest snapshot of every key.
    public private(set) var store = SnapshotStore()
    /// The state of every host that is watched or has a collector.
    public let monitor: HostMonitor
    /// Root directory of a captured machine; empty: this machine.
    public let root: String
    /// The settings of `hosts.toml` and `dashboard.toml`.
    public private(set) var configuration: Configuration
    /// All collectors, the oldest first.
    public private(set) var collectors: [Collector] = []
    /// The supervisors of all plugins in use.
    public private(set) var supervisors: [PluginSupervisor] = []
    /// Whether collecting at ticks is suspended.
    public private(set) var isPaused = false
    /// The number of the latest tick; the first one is 0.
    public private(set) var tickNumber: UInt64 = 0

    /// Called when something that may be visible has changed.
    public var onChange: () -> Void = {}
    /// Called on each tick, after the collectors that are due have been called.
    public var onTick: () -> Void = {}

    private let catalog: any PluginCatalog
    private let sources: any SourceDirectory
    private let log: EngineLog
    private var sinks: [any SnapshotSink]
    private var byKey: [SeriesKey: Collector] = [:]
    private var ticks: TickClock
    /// The wall clock time of the current tick, which all values collected at it carry.
    private var tickWall: Int64 = 0
    private var lastId: UInt32 = 0
    private var knownTerms = PluginTerms.Known()
    private var isStarted = false

    /// Where numbers of the past come from; nil: nothing is remembered.
    public var past: (any PastSource)?
    private var openQuestions: [SeriesKey: Int] = [:]
    /// Keys that are asked about again after the answer.
    private var waiting: Set<SeriesKey> = []
    /// Whether the past of numbers on the screen is still being read.
    public var isRecalling: Bool { !openQuestions.isEmpty }
    /// How much of the past the widgets on the screen show.
    public var span = HistorySpan.fiveMinutes {
        didSet { if span != oldValue { for collector in collectors { configure(collector) } } }
    }
    /// Adds to each snapshot what follows from the past; nil: nothing is foretold.
    public var forecaster: Forecaster? {
        didSet { forecaster?.onResults = { [weak self] in self?.foretell($0) } }
    }

    /// Creates an engine without collectors. It retains the clock, the catalog and the sources.
    ///
    /// - Parameter refresh: Nanoseconds between two ticks.
    /// - Parameter root: Root directory of a captured machine; empty: this machine.
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

    /// The time on display, in Unix nanoseconds.
    public var wall: Int64 { clock.wall }
    /// Nanoseconds between two ticks.
    public var tickInterval: UInt64 { ticks.refresh }

    /// Adds a sink, which is retained and gets all later events.
    public func add(_ sink: any SnapshotSink) { sinks.append(sink) }

    // MARK: Start and stop

    /// Starts the plugins in use and the tick clock.
    public func start() {
        tickWall = wall
        _ = ticks.due(at: clock.now)
        isStarted = true
        for supervisor in supervisors { supervisor.start() }
        waitForTick()
    }

    /// Ends all workers and all sources, and lets go of all sinks, which may retain the engine.
    public func stop() {
        clock.setTimer(self, at: nil) {}
        for supervisor in supervisors { supervisor.shutdown() }
        sources.stop()
        sinks = []
    }

    /// Requests new values for all collectors at once, also while the engine is paused.
    public func refresh() {
        for collector in collectors { refresh(collector) }
        sources.refresh()
    }

    /// Requests new values for one collector.
    public func refresh(_ collector: Collector) {
        tickWall = wall
        collector.tick(moment(isRefresh: true, isBetweenTicks: true))
    }

    /// Requests new values for the collectors of some hosts.
    public func refresh(hosts: Set<String>) {
        for collector in collectors where hosts.contains(collector.key.host) { refresh(collector) }
        for host in hosts { sources.source(of: host, in: self).refresh() }
    }

    /// Restarts failed plugins at once instead of at the next scheduled attempt.
    public func retry() { for supervisor in supervisors { supervisor.retry() } }

    /// Suspends or resumes collecting.
    public func pause(_ isPaused: Bool) {
        self.isPaused = isPaused
        sources.pause(isPaused)
        onChange()
    }

    /// Advances the clock by one tick without waiting. Used for a captured machine, whose values do not change with
    /// time.
    public func advance() {
        tickNumber += 1
        tickWall = wall
        collectDue()
    }

    // MARK: Subscriptions

    /// Creates a subscription for a widget. The collector is shared with all subscriptions that have the same key,
    /// and is created with the first one.
    ///
    /// - Parameter host: The host that the widget shows, unless the widget itself names one.
    /// - Parameter usualInterval: Nanoseconds between two collects where the widget sets none; nil: every tick.
    /// - Parameter layout: The layout file that the widget comes from, for messages.
    /// - Parameter isDrawn: Whether the widget is on the screen.
    public func subscribe(
        _ shared: SharedWidget, on host: String, every usualInterval: UInt64? = nil, layout: String,
        isDrawn: Bool
    ) -> Subscription {
        let widget = shared.configuration
        let key = SeriesKey(
            host: widget.host ?? host, plugin: widget.plugin, options: OptionsDigest(widget.options))
        let known = byKey[key]
        let collector = known ?? newCollector(key)
        let subscription = Subscription(
            shared, every: usualInterval, layout: layout, isDrawn: isDrawn, collector: collector)
        collector.add(subscription)
        if known == nil { start(collector) }
        return subscription
    }

    /// Creates a subscription for a widget that no other subscription shares.
    public func subscribe(
        _ widget: WidgetConfiguration, on host: String, layout: String, isDrawn: Bool
    ) -> Subscription {
        subscribe(SharedWidget(widget), on: host, layout: layout, isDrawn: isDrawn)
    }

    /// Changes the title, limits or interval of a subscription. The options that belong to the key must stay the
    /// same.
    public func update(_ subscription: Subscription, _ widget: WidgetConfiguration, layout: String) {
        subscription.shared = SharedWidget(widget)
        subscription.layout = layout
        configure(subscription.collector)
        subscription.collector.reconsider()
    }

    /// Ends a subscription. With the last one of a key the collector ends, and its values are removed from the store.
    public func end(_ subscription: Subscription) {
        let collector = subscription.collector
        collector.remove(subscription)
        guard collector.subscriptions.isEmpty, byKey[collector.key] === collector else { return }
        byKey[collector.key] = nil
        collectors.removeAll { $0 === collector }
        collector.stop()
        store.forget(collector.key)
        forecaster?.forget(collector.key)
        monitor.remove(collector)
        for sink in sinks { sink.ended(collector.key) }
    }

    /// Ends the workers of plugins without clients, and starts those of plugins that have got one. Call it after
    /// subscriptions have changed.
    public func settleNeeds() {
        for supervisor in supervisors where supervisor.isUnused { supervisor.shutdown() }
        supervisors.removeAll(where: \.isUnused)
        if isStarted { for supervisor in supervisors where !supervisor.isStarted { supervisor.start() } }
    }

    func newInstanceId() -> UInt32 {
        lastId += 1
        return lastId
    }

    private func newCollector(_ key: SeriesKey) -> Collector {
        let collector = Collector(
            id: newInstanceId(), key, source: sources.source(of: key.host, in: self), publisher: self)
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

    // MARK: Hosts

    /// Starts to watch a host: its state is computed and reported even if no plugin collects values of it.
    public func watch(_ host: String) { monitor.watch(host, source(of: host)) }

    /// Stops watching a host. Its state is computed as long as it has a collector.
    public func unwatch(_ host: String) { monitor.unwatch(host) }

    // MARK: Plugins

    /// The ids of all plugins that have a file, sorted.
    public var pluginIds: [String] { catalog.available }

    /// Returns the path of a plugin's file; nil: there is no file.
    public func pluginPath(_ id: String) -> String? { catalog.path(of: id) }

    /// The folders that are searched for plugins, the first one first.
    public var pluginFolders: [String] { catalog.folders }

    /// Starts a plugin to obtain its description, without an instance.
    ///
    /// - Parameter onChange: Called when the plugin has loaded or failed, each time.
    /// - Returns: The probe; pass it to ``release(_:)`` when it is not needed any longer.
    public func probe(_ plugin: String, onChange: @escaping (PluginProbe) -> Void) -> PluginProbe {
        let probe = PluginProbe(id: newInstanceId(), plugin: plugin)
        probe.onLoaded = { [unowned probe] _ in onChange(probe) }
        probe.onFailure = { [unowned probe] in onChange(probe) }
        let supervisor = supervisor(of: plugin)
        probe.begin(supervisor.add(probe))
        if isStarted, !supervisor.isStarted { supervisor.start() }
        return probe
    }

    /// Ends a probe, and its plugin where it has no other client. This happens after the current turn of the event
    /// loop, since the plugin's supervisor may be the caller.
    public func release(_ probe: PluginProbe) {
        clock.whenIdle { [weak self] in
            guard let self else { return }
            supervisors.first { $0.id == probe.plugin }?.remove(probe)
            settleNeeds()
        }
    }

    /// Whether a plugin has no client, and therefore no worker.
    public func isUnused(_ plugin: String) -> Bool { !supervisors.contains { $0.id == plugin } }

    /// Handles the appearance, change or removal of a plugin's file; nil: any file may have changed.
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

    /// Applies another configuration. Hosts whose settings are unchanged keep their connections and values.
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
        monitor.configurationChanged { sources.source(of: $0, in: self) }
        onChange()
    }

    func thresholds(of plugin: String, on host: String) -> [PluginThresholds] {
        guard let known = sources.configuration(of: host) else {
            return configuration.settings.thresholds.filter { $0.plugin == plugin }
        }
        return configuration.thresholds(of: plugin, on: known)
    }

    /// Returns the source of a host, connected to the engine.
    public func source(of host: String) -> any SnapshotSource {
        let source = sources.source(of: host, in: self)
        follow(source, of: host)
        return source
    }

    /// Changes the time between two ticks. Tick numbers start again from the present.
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
            history: collector.keepsHistory ? span : nil)
        askPast(of: collector.key)
    }

    /// Asks for the past of numbers that are on the screen for the first time.
    private func askPast(of key: SeriesKey) {
        guard let past, let numbers = store.question(about: key, at: wall) else { return }
        let series = numbers.instances.flatMap { instance in
            numbers.metrics.map { PastSeries(instance: instance, metric: $0) }
        }
        openQuestions[key, default: 0] += 1
        past.ask(PastQuestion(key, series, numbers.window)) { [weak self] answer in
            guard let self else { return }
            openQuestions[key] = openQuestions[key].flatMap { $0 > 1 ? $0 - 1 : nil }
            if answer.trouble == nil { store.recall(key, numbers, answer.curves) }
            if openQuestions[key] == nil, waiting.remove(key) != nil { askPast(of: key) }
            onChange()
        }
    }

    /// Stores a snapshot and passes it to every sink. No other function stores one.
    public func publish(_ snapshot: Snapshot) {
        let before = store[snapshot.key].withoutPast()
        store.put(snapshot)
        for sink in sinks { sink.received(snapshot, after: before) }
        askPast(of: snapshot.key)
        onChange()
    }

    func publishRepeat(of key: SeriesKey) {
        let hasChanged = store.repeatLatest(key, at: wall)
        let entry = store[key]
        guard entry.hasSnapshot, entry.failure == nil else { return }
        for sink in sinks { sink.repeated(key) }
        if hasChanged { onChange() }
    }

    func publish(_ failure: Failure, for key: SeriesKey) {
        let before = store[key].withoutPast()
        store.fail(key, failure)
        for sink in sinks { sink.failed(failure, for: key, after: before) }
        onChange()
    }

    /// Shows what was known at another time: nothing has happened, so no sink takes it for an event.
    func restore(_ key: SeriesKey, _ snapshot: Snapshot?, _ failure: Failure?) {
        store.restore(key, snapshot, failure)
        // A moment that is followed at once by another one waits for the answer to the first.
        if openQuestions[key] == nil { askPast(of: key) } else { waiting.insert(key) }
        for sink in sinks { sink.restored(key) }
        onChange()
    }

    /// Handles a jump of the time on display: what came before it on the screen does not come before it in time.
    public func timeHasJumped() {
        store.askAgain()
        for collector in collectors { askPast(of: collector.key) }
        monitor.forgetChanges()
    }

    func rejudge(_ key: SeriesKey, by limits: [Limits]) {
        let before = store[key].withoutPast()
        guard let snapshot = before.snapshot?.judged(by: limits) else { return }
        store.replace(snapshot)
        for sink in sinks { sink.rejudged(snapshot, after: before) }
        onChange()
    }

    func foretold(_ snapshot: Snapshot, by limits: [Limits]) -> Snapshot {
        forecaster?.complete(snapshot, limits: limits, isDrawn: byKey[snapshot.key]?.keepsHistory ?? false)
            ?? snapshot
    }

    /// Adds to the latest snapshot of a key what has become known since it came.
    private func foretell(_ key: SeriesKey) {
        guard let collector = byKey[key], let forecaster else { return }
        let before = store[key].withoutPast()
        guard let snapshot = before.snapshot else { return }
        let whole = forecaster.again(snapshot, limits: collector.limits)
        guard whole != snapshot else { return }
        store.replace(whole)
        for sink in sinks { sink.rejudged(whole, after: before) }
        onChange()
    }

    func hostChanged(_ host: String, to state: HostState) {
        for sink in sinks { sink.hostChanged(host, to: state) }
        onChange()
    }

    // MARK: Ticks

    private func waitForTick() {
        clock.setTimer(self, at: ticks.next()) { [weak self] in
            guard let self else { return }
            if let number = ticks.due(at: clock.now) {
                tickNumber = number
                if !isPaused {
                    tickWall = wall
                    collectDue()
                }
                // Ages grow also without new values.
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

    /// Returns the moment of a collect. Between two ticks it has its own monotonic time, since plugins divide by the
    /// time that has passed.
    private func moment(isRefresh: Bool, isBetweenTicks: Bool) -> Tick {
        let moment = isBetweenTicks && root.isEmpty ? clock.now : ticks.moment(of: tickNumber)
        return Tick(
            number: tickNumber, monotonic: moment, wall: tickWall, interval: ticks.refresh,
            isRefresh: isRefresh)
    }
}

/// Creates and keeps the source of each host. All calls are on the main thread.
@MainActor
public protocol SourceDirectory: AnyObject {
    /// Returns the source of a host, the same object until the host's configuration changes.
    func source(of host: String, in engine: Engine) -> any SnapshotSource
    /// Returns the configuration of a host; nil: the configuration does not contain it.
    func configuration(of host: String) -> HostConfiguration?
    /// Applies another configuration, and ends the sources of hosts whose settings have changed.
    func adopt(_ configuration: Configuration)
    /// Requests new values from all hosts at once.
    func refresh()
    /// Stops or resumes the periodic requests to all hosts.
    func pause(_ isPaused: Bool)
    /// Ends all sources.
    func stop()
}
