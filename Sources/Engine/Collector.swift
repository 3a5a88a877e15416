import Contract
import Core

/// An instance of a plugin for one host and one set of options, shared by all subscriptions with the same key. It
/// obtains deliveries from its source, has the plugin collect or read, and publishes the snapshot through the engine.
/// Used on the main thread only.
@MainActor
public final class Collector: PluginSupervisor.Client {
    /// The state of the plugin's instance.
    public enum Phase: Equatable, Sendable {
        /// The plugin has not loaded, or its worker has ended.
        case waiting
        case creating
        case ready
        /// The plugin cannot create the instance until a setting changes. The store has the failure.
        case refused
    }

    /// The functions of the engine that a collector uses.
    @MainActor
    protocol Publisher: AnyObject {
        var tickInterval: UInt64 { get }
        /// Returns a number that no instance has had.
        func newInstanceId() -> UInt32
        /// Root directory of a captured machine; empty: this machine.
        var root: String { get }
        func entry(of key: SeriesKey) -> SnapshotStore.Entry
        /// Returns a snapshot with what follows from the past, judged by limits.
        func foretold(_ snapshot: Snapshot, by limits: [Limits]) -> Snapshot
        func publish(_ snapshot: Snapshot)
        func publishRepeat(of key: SeriesKey)
        func publish(_ failure: Failure, for key: SeriesKey)
        func restore(_ key: SeriesKey, _ snapshot: Snapshot?, _ failure: Failure?)
        func rejudge(_ key: SeriesKey, by limits: [Limits])
        /// Sets how the snapshots of the collector's key are kept.
        func configure(_ collector: Collector)
        /// Returns the current moment, for values that do not belong to a tick.
        func momentForFirstValues() -> Tick
        func terms(of description: PluginDescription, _ limits: [Limits]) -> PluginTerms
        func thresholds(of plugin: String, on host: String) -> [PluginThresholds]
    }

    /// Identifies the instance to the worker. Unique within the engine; never reused. A new instance gets a new number,
    /// so that answers of the old instance are not mistaken for its own.
    public private(set) var id: UInt32
    /// The key of the snapshots that it publishes.
    public let key: SeriesKey
    /// The source that it obtains deliveries from.
    public private(set) var source: any SnapshotSource
    /// The state of the plugin's instance.
    public private(set) var phase = Phase.waiting
    /// The number of answered collects, failed ones included, and of recorded moments.
    public private(set) var collects = 0
    /// The subscriptions that use it, the oldest first.
    private(set) var subscriptions: [Subscription] = []

    private unowned let publisher: any Publisher
    private(set) var supervisor: PluginSupervisor?
    private(set) var terms: PluginTerms?
    private var attendance = Attendance()
    private var isCollecting = false
    /// The document that the plugin is reading, and the newest one that arrived meanwhile.
    private var reading: Document?
    private var pending: Document?
    /// A failure that the source reported while the plugin was reading, and that is newer than the document.
    private var newerFailure: Failure?
    private var hasCollected = false
    /// The number of the last tick at which it collected.
    private var lastTick: UInt64?
    /// The time of the values that are being collected, in Unix nanoseconds.
    private var askedAt: Int64 = 0
    /// The subscriptions that wait for a picture, in the order of their requests.
    private var drawing: [Subscription] = []

    init(id: UInt32, _ key: SeriesKey, source: any SnapshotSource, publisher: any Publisher) {
        self.id = id
        self.key = key
        self.source = source
        self.publisher = publisher
    }

    // MARK: State

    /// The plugin's description; nil: the plugin has not loaded.
    public var description: PluginDescription? { terms?.description }
    /// The columns of its snapshots; nil: the plugin has not loaded.
    public var schema: Schema? { terms?.schema }
    /// The limits that its snapshots are judged by, one for each metric.
    public var limits: [Limits] { terms?.limits ?? [] }
    /// The store's entry of its key: the latest snapshot and failure.
    public var entry: SnapshotStore.Entry { publisher.entry(of: key) }
    /// The name of the widget in the layout, taken from the oldest subscription.
    public var widgetName: String { subscriptions.first?.widget.name ?? key.plugin }
    /// The reason why a newer file of the plugin is not used; nil: there is none.
    public var notice: String? { supervisor?.notice }
    /// Whether a widget on the screen needs the history of its numbers.
    var keepsHistory: Bool { subscriptions.contains(where: \.isDrawn) }

    /// Nanoseconds between two snapshots.
    public var interval: UInt64 { max(asked, source.spacing) }

    /// Nanoseconds between two collects: the shortest interval that a subscription needs.
    private var asked: UInt64 {
        let tick = publisher.tickInterval
        if let own = source.interval { return source.deliversAtTicks ? max(own, tick) : own }
        return subscriptions.map { $0.widget.every ?? $0.usualInterval ?? tick }.min() ?? tick
    }

    /// Whether all requests have been answered, or cannot be answered for now.
    public var isSettled: Bool {
        switch phase {
        case .refused: true
        case .waiting: entry.failure != nil
        case .creating: false
        case .ready where collects == 0 && !isCollecting && entry.failure != nil: true
        case .ready: !isCollecting && collects > 0
        }
    }

    var hasInstance: Bool { phase == .creating || phase == .ready }
    let showsValues = true
    var servedHost: String? { source.servesDocuments ? key.host : nil }
    var mayGainPrivileges: Bool { subscriptions.contains(where: \.widget.mayGainPrivileges) }

    // MARK: Start and stop

    func add(_ subscription: Subscription) {
        subscriptions.append(subscription)
        publisher.configure(self)
        reconsider()
    }

    func remove(_ subscription: Subscription) {
        subscriptions.removeAll { $0 === subscription }
        guard !subscriptions.isEmpty else { return }
        publisher.configure(self)
        reconsider()
    }

    /// Registers with the plugin's supervisor; an instance is created when the plugin has loaded.
    func start(with supervisor: PluginSupervisor) {
        self.supervisor = supervisor
        switch supervisor.add(self) {
        case .awaited: break
        case .loaded(let description): pluginLoaded(description)
        case .failed(let failure): pluginLost(failure)
        }
    }

    func stop() {
        forgetRequests()
        source.detach(self)
        supervisor?.remove(self)
    }

    /// Changes to another source of the same host; the values stay in the store.
    func move(to source: any SnapshotSource) {
        self.source.detach(self)
        self.source = source
        lastTick = nil
        attendance = Attendance()
        publisher.configure(self)
        if hasInstance { restart() }
    }

    /// Replaces its instance of the plugin by a new one. Answers to earlier requests are dropped.
    private func restart() {
        guard let supervisor else { return }
        source.detach(self)
        forgetRequests()
        for subscription in subscriptions { subscription.drawer?.lostWorker() }
        supervisor.remove(self)
        phase = .waiting
        id = publisher.newInstanceId()
        start(with: supervisor)
    }

    /// Handles a restart of the tick numbers.
    func clockIsNew() {
        lastTick = nil
        publisher.configure(self)
    }

    /// Checks options and limits again, after a layout or the configuration has changed.
    func reconsider() {
        guard let description, hasInstance || phase == .refused else { return }
        let checked = check(against: description)
        if phase == .refused {
            if checked.failure == nil { pluginLoaded(description) }
            return
        }
        if checked.failure != nil { return restart() }
        guard checked.limits != limits else { return }
        take(publisher.terms(of: description, checked.limits))
        publisher.rejudge(key, by: checked.limits)
    }

    // MARK: Ticks

    /// Whether a multiple of its interval lies between its last tick and this one. A tick that was missed, by a pause
    /// or a slow plugin, is therefore made up for at the next one.
    func isDue(_ tick: UInt64, clock: TickClock) -> Bool {
        guard let lastTick else { return true }
        return clock.isDue(tick, after: lastTick, every: interval)
    }

    /// Handles the delivery that its source has for a tick.
    func tick(_ tick: Tick) {
        if let delivery = source.delivery(for: self, at: tick) { take(delivery, at: tick) }
    }

    private func attach() {
        let tick = publisher.momentForFirstValues()
        for delivery in source.attach(self, at: tick) { take(delivery, at: tick) }
    }

    // MARK: Deliveries

    /// Handles a delivery of its source.
    func take(_ delivery: Delivery, at tick: Tick) {
        switch delivery {
        case .collect: collect(tick)
        case .document(let document): read(document, at: tick)
        case .snapshot(let snapshot): take(snapshot)
        case .recorded(let snapshot, let failure): show(snapshot, failure)
        case .unchanged: if phase == .ready { takeAgain(at: tick) }
        case .failure(let failure):
            if reading != nil { newerFailure = failure }
            publisher.publish(failure, for: key)
        }
    }

    /// Publishes a finished snapshot, with statuses computed from this collector's limits.
    func take(_ snapshot: Snapshot) {
        var snapshot = snapshot
        snapshot.key = key
        publisher.publish(
            terms.map {
                publisher.foretold(snapshot.shaped(by: $0.schema).judged(by: $0.limits), by: $0.limits)
            } ?? snapshot)
    }

    /// Shows what was known at another time. Statuses stay as they were judged; metrics that the plugin does not declare
    /// stay in the snapshot.
    private func show(_ snapshot: Snapshot?, _ failure: Failure?) {
        collects += 1
        if entry.interval != interval { publisher.configure(self) }
        var snapshot = snapshot
        snapshot?.key = key
        if let schema, let known = snapshot, schema.declaresAll(of: known.schema) {
            snapshot = known.shaped(by: schema)
        }
        publisher.restore(key, snapshot, failure)
    }

    /// Counts the latest snapshot once more.
    private func takeAgain(at tick: Tick) {
        if attendance.isIncomplete,
            let snapshot = attendance.expire(at: tick.wall, { entry.snapshot })
        {
            return publisher.publish(snapshot)
        }
        publisher.publishRepeat(of: key)
    }

    private func collect(_ tick: Tick) {
        guard phase == .ready, !isCollecting, supervisor != nil else { return }
        lastTick = tick.number
        ask(at: tick) { [id] in .collect(id: id, $0) }
    }

    private func read(_ document: Document, at tick: Tick) {
        guard phase == .ready, supervisor != nil else { return }
        newerFailure = nil
        guard !isCollecting else {
            pending = document
            return
        }
        reading = document
        var tick = tick
        tick.wall = document.received
        ask(at: tick) { [id, host = key.host] in
            .ingest(id: id, tick: $0, kind: document.kind, host: host, document: document.bytes())
        }
    }

    private func ask(at tick: Tick, _ message: @escaping (Tick) -> HostMessage) {
        var tick = tick
        askedAt = tick.wall
        tick.interval = interval
        tick.isFirst = !hasCollected
        isCollecting = true
        hasCollected = true
        let deadline = subscriptions.map { $0.widget.deadline ?? PluginCall.collect.patience }.max()
        supervisor?.send({ [tick] in message(tick) }, id: id, call: .collect, patience: deadline)
    }

    /// Requests a picture from the plugin; the subscription's drawer receives it.
    func draw(_ request: DrawRequest, for subscription: Subscription) {
        drawing.append(subscription)
        supervisor?.send({ [id] in .draw(id: id, request) }, id: id, call: .draw)
    }

    // MARK: Answers of the plugin

    func request(for description: PluginDescription) -> Result<CreateRequest, Failure> {
        let checked = check(against: description)
        if let failure = checked.failure { return .failure(failure) }
        return .success(
            CreateRequest(
                widget: widgetName, host: key.host, root: publisher.root,
                values: checked.values, isSet: checked.isSet, readsDocuments: source.servesDocuments))
    }

    /// Checks all subscriptions and returns the first result without an error. Subscriptions of the host's own layout
    /// precede those of widgets on the screen.
    private func check(against description: PluginDescription) -> CheckedOptions {
        let thresholds = publisher.thresholds(of: key.plugin, on: key.host)
        let inOrder = subscriptions.filter { !$0.isDrawn } + subscriptions.filter(\.isDrawn)
        let all = inOrder.map { $0.check(against: description, thresholds) }
        let chosen = all.first { $0.failure == nil } ?? all.first
        return chosen
            ?? OptionChecker.check(
                WidgetConfiguration(name: key.plugin, plugin: key.plugin), against: description, source: "")
    }

    func pluginLoaded(_ description: PluginDescription) {
        // A new worker does not answer requests to the one before.
        forgetRequests()
        switch request(for: description) {
        case .failure(let failure):
            terms = publisher.terms(of: description, [])
            refuse(failure)
        case .success(let request):
            use(description)
            phase = .creating
            supervisor?.send({ [id] in .create(id: id, request) }, id: id, call: .create)
        }
    }

    func pluginReplaced(_ description: PluginDescription) {
        forgetRequests()
        use(description)
        phase = .ready
        for subscription in subscriptions { subscription.drawer?.lostWorker() }
        attach()
    }

    private func use(_ description: PluginDescription) {
        // Another version may name its instances otherwise.
        attendance = Attendance()
        let isOther = self.description.map { $0.metrics.map(\.id) != description.metrics.map(\.id) } ?? false
        take(publisher.terms(of: description, check(against: description).limits))
        // A picture of other metrics is useless.
        if isOther { for subscription in subscriptions { subscription.drawer?.lostPicture() } }
    }

    private func take(_ terms: PluginTerms) {
        self.terms = terms
        for subscription in subscriptions { subscription.share(terms.limits) }
    }

    /// Publishes a failure that lasts until a setting changes.
    private func refuse(_ failure: Failure) {
        phase = .refused
        publisher.publish(failure, for: key)
    }

    func pluginLost(_ failure: Failure) {
        source.detach(self)
        phase = .waiting
        forgetRequests()
        for subscription in subscriptions { subscription.drawer?.lostWorker() }
        publisher.publish(explained(failure), for: key)
    }

    /// Turns the failure of a plugin without a file into a mistake of the layout, with its position.
    private func explained(_ failure: Failure) -> Failure {
        guard case .missingFile(_, folder: "") = failure.cause, let supervisor,
            let first = subscriptions.first
        else { return failure }
        let problem = Problem.unknownPlugin(
            first.widget, available: supervisor.available, source: first.layout)
        return Failure(.invalid, .unknownPlugin(problem, folders: supervisor.folders), next: failure.next)
    }

    func pluginIsLate(_ nanoseconds: UInt64) {
        publisher.publish(
            Failure(.timeout, .late(call: PluginCall.collect.rawValue, nanoseconds: nanoseconds)), for: key)
    }

    private func forgetRequests() {
        (reading, pending, newerFailure) = (nil, nil, nil)
        drawing = []
        isCollecting = false
        hasCollected = false
    }

    func answered(_ message: WorkerMessage) {
        switch message {
        case .created:
            guard phase == .creating else { return }
            phase = .ready
            attach()
        case .createFailed(_, let outcome, let sentence):
            refuse(Failure(outcome, .plugin(sentence)))
        case .collected(_, let collected): if isCollecting { finish(collected) }
        case .drawn(_, let operations):
            if !drawing.isEmpty { drawing.removeFirst().drawer?.drew(operations) }
        default: break
        }
    }

    private func finish(_ collected: Collected) {
        isCollecting = false
        collects += 1
        let document = reading
        reading = nil
        // The source learns of it first, so that sinks see the host's state as it is with this answer.
        switch result(of: collected, document) {
        case .success(let snapshot):
            document?.onRead(nil)
            publisher.publish(snapshot)
        case .failure(let failure):
            document?.onRead(failure)
            publisher.publish(failure, for: key)
        }
        let newer = newerFailure
        newerFailure = nil
        if let next = pending {
            pending = nil
            read(next, at: publisher.momentForFirstValues())
            newerFailure = newer
        }
        // The failure is newer than the document that was read.
        if let newer { publisher.publish(newer, for: key) }
    }

    private func result(of collected: Collected, _ document: Document?) -> Result<Snapshot, Failure> {
        var taken = askedAt
        if let document {
            switch document.judge(collected.documentTime) {
            case .success(let time): taken = time
            case .failure(let failure): return .failure(failure)
            }
        }
        guard collected.outcome == .ok, let terms else {
            let failure = Failure(collected.outcome, .plugin(collected.sentence))
            return .failure(document?.explain(failure) ?? failure)
        }
        let builder = SnapshotBuilder(key: key, schema: terms.schema, limits: terms.limits)
        var snapshot = builder.snapshot(of: collected, taken: taken, made: askedAt)
        // A document lists all that there is. What a machine is asked for may come and go by itself.
        attendance.complete(
            &snapshot, isWhole: document != nil, after: { entry.snapshot }, at: askedAt, interval: interval)
        return .success(publisher.foretold(snapshot, by: terms.limits))
    }
}
