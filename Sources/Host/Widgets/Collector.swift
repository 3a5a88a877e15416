import Contract
import Core

/// One instance of a plugin while it runs: asks it to collect when that is due, or to read a document that has come,
/// and puts what came back into the store.
@MainActor
final class Collector: PluginSupervisor.Client {
    enum Phase: Equatable {
        /// For its plugin to load or to come back.
        case waiting
        case creating
        case ready
        /// The plugin cannot serve this widget; the failure is in the store.
        case refused
    }

    let id: UInt32
    /// Of a layout that asks for the same in other words, the newer.
    private(set) var configuration: WidgetConfiguration
    let key: SnapshotStore.Key
    /// Nanoseconds between two collects.
    private(set) var interval: UInt64
    private unowned let dashboard: Dashboard
    private(set) var supervisor: PluginSupervisor?
    private(set) var phase = Phase.waiting
    private var terms: PluginTerms?
    var description: PluginDescription? { terms?.description }

    /// Where its host's values come from.
    let source: any SnapshotSource
    /// Somebody draws what it finds.
    private let isDrawn: Bool
    private var isCollecting = false
    /// The document that is being read, and the newest that came meanwhile.
    private var reading: Reading?
    private var pending: Reading?
    /// What has failed while a document was being read, which is older than that.
    private var newerFailure: Failure?
    private var hasCollected = false
    /// The last tick that it was asked to collect at, and its time, which is the snapshot's.
    private var lastTick: UInt64?
    private var askedAt: Int64 = 0
    /// Collects that were answered, well or not.
    private(set) var collects = 0

    /// Whom it collects for.
    weak var owner: (any Owner)?

    init(
        id: UInt32, _ configuration: WidgetConfiguration, host: String, refresh: UInt64, isDrawn: Bool,
        dashboard: Dashboard
    ) {
        self.id = id
        self.isDrawn = isDrawn
        self.configuration = configuration
        self.dashboard = dashboard
        key = SnapshotStore.Key(host: configuration.host ?? host, widget: configuration.name)
        source = dashboard.source(of: key.host)
        interval = source.interval ?? configuration.every ?? refresh
        expect()
    }

    private func expect() {
        dashboard.store.expect(key, every: interval, patience: source.patience, isDrawn: isDrawn)
    }

    /// All that was asked for has been answered.
    var isSettled: Bool {
        switch phase {
        case .refused: true
        case .waiting: entry.failure != nil
        case .creating: false
        case .ready where collects == 0 && !isCollecting && entry.failure != nil: true
        case .ready: !isCollecting && collects > 0
        }
    }

    var isServed: Bool { phase == .creating || phase == .ready }
    let showsValues = true
    var feeder: String? { source.link == nil ? nil : key.host }
    var mayGainPrivileges: Bool { configuration.mayGainPrivileges }

    var entry: SnapshotStore.Entry { dashboard.store[key] }
    /// The limits that its values are judged by, one for each metric.
    var limits: [Limits] { terms?.limits ?? [] }

    /// The layout has been read anew and asks the same of the plugin; its interval and its words may be others.
    func adopt(_ configuration: WidgetConfiguration, refresh: UInt64, clockIsNew: Bool) {
        self.configuration = configuration
        interval = source.interval ?? configuration.every ?? refresh
        if clockIsNew { lastTick = nil }
        expect()
    }

    func detach() {
        forgetRequests()
        source.leave(self)
        supervisor?.remove(self)
    }

    /// What is wrong with a newer file of its plugin.
    var notice: String? { supervisor?.notice }

    func attach(to supervisor: PluginSupervisor) {
        self.supervisor = supervisor
        supervisor.add(self)
    }

    /// Nothing can be done until the user changes something.
    func refuse(_ failure: Failure) {
        phase = .refused
        note(failure)
    }

    private func note(_ failure: Failure) {
        dashboard.store.fail(key, failure)
        owner?.collector(self, has: .failure)
        dashboard.changed()
    }

    /// Whether a boundary of its interval lies between the last tick it was asked at and this one: a tick that was
    /// missed, by a pause or a slow plugin, is made up for at the next.
    func isDue(_ tick: UInt64, clock: TickClock) -> Bool {
        guard let lastTick else { return true }
        return clock.isDue(tick, after: lastTick, every: interval)
    }

    func collect(_ tick: Tick) {
        guard phase == .ready, !isCollecting, supervisor != nil else { return }
        lastTick = tick.number
        ask(at: tick) { [id] in .collect(id: id, $0) }
    }

    private func ask(at tick: Tick, _ message: @escaping (Tick) -> HostMessage) {
        var tick = tick
        askedAt = tick.wall
        tick.interval = interval
        tick.isFirst = !hasCollected
        isCollecting = true
        hasCollected = true
        supervisor?.send(
            { [tick] in message(tick) }, id: id, call: .collect, patience: configuration.deadline)
    }

    /// Makes a snapshot of a document that its host has served.
    func ingest(_ request: Reading) {
        guard phase == .ready, supervisor != nil else { return }
        newerFailure = nil
        guard !isCollecting else {
            pending = request
            return
        }
        reading = request
        ask(at: request.tick) { [id, host = key.host] in
            .ingest(id: id, tick: $0, kind: request.kind, host: host, document: request.document())
        }
    }

    /// Its host says that what was read last still holds.
    func hold() {
        guard phase == .ready, dashboard.store.hold(key) else { return }
        owner?.collector(self, has: .same)
        dashboard.changed()
    }

    /// Its host has nothing new for it.
    func fail(_ failure: Failure) {
        if reading != nil { newerFailure = failure }
        note(failure)
    }

    /// Asks the plugin to draw this instance; ``owner`` hears the answer.
    func draw(_ request: DrawRequest) {
        supervisor?.send({ [id] in .draw(id: id, request) }, id: id, call: .draw)
    }

    // MARK: What the plugin says

    func request(for description: PluginDescription) -> Result<CreateRequest, Failure> {
        let checked = check(against: description)
        if let problem = checked.problems.first(where: { $0.severity == .error }) {
            return .failure(Failure(.invalid, problem.description))
        }
        return .success(
            CreateRequest(
                widget: configuration.name, host: key.host, root: dashboard.root, values: checked.values,
                isSet: checked.isSet, isFed: source.link != nil))
    }

    /// The layout's options, and below them the limits that the configuration sets for all layouts.
    private func check(against description: PluginDescription) -> CheckedOptions {
        let limits = dashboard.thresholds(of: configuration.plugin, on: key.host)
        var all = configuration
        var problems: [Problem] = []
        for part in limits {
            let alone = WidgetConfiguration(
                name: configuration.name, plugin: configuration.plugin, options: part.settings,
                position: part.position)
            problems +=
                OptionChecker.check(alone, against: description, source: Files.name(of: part.source)).problems
            all.options += part.settings.filter { limit in !all.options.contains { $0.key == limit.key } }
        }
        // A mistake of the configuration is told as one, with its own file.
        let source = dashboard.layout.source
        guard problems.isEmpty else {
            var checked = OptionChecker.check(configuration, against: description, source: source)
            checked.problems += problems
            return checked
        }
        return OptionChecker.check(all, against: description, source: source)
    }

    func pluginLoaded(_ description: PluginDescription) {
        // Of another worker, which will not answer.
        forgetRequests()
        switch request(for: description) {
        case .failure(let failure):
            terms = dashboard.terms(of: description, [])
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
        owner?.collector(self, lostPlugin: false)
        phase = .ready
        dashboard.collectNow(self)
    }

    private func use(_ description: PluginDescription) {
        // What was found under other metrics cannot be judged, nor drawn, under these.
        if let before = self.description, before.metrics.map(\.id) != description.metrics.map(\.id) {
            dashboard.store.forget(key)
            expect()
            owner?.collector(self, lostPlugin: true)
        }
        terms = dashboard.terms(of: description, check(against: description).limits)
    }

    func pluginMissing(available: [String], folders: [String]) {
        let problem = Problem.unknownPlugin(
            configuration, available: available, source: dashboard.layout.source)
        pluginLost(Failure(.invalid, "\(problem); looked in \(folders.joined(separator: ", "))"))
    }

    func pluginLost(_ failure: Failure) {
        source.leave(self)
        phase = .waiting
        forgetRequests()
        owner?.collector(self, lostPlugin: false)
        note(failure)
    }

    func pluginIsLate(_ nanoseconds: UInt64) {
        let seconds = Format.duration(Double(nanoseconds / 1_000_000_000))
        note(Failure(.timeout, "collect has not answered for \(seconds)"))
    }

    private func forgetRequests() {
        (reading, pending, newerFailure) = (nil, nil, nil)
        isCollecting = false
        hasCollected = false
    }

    func answered(_ message: WorkerMessage) {
        switch message {
        case .created:
            phase = .ready
            dashboard.collectNow(self)
        case .createFailed(_, let outcome, let sentence):
            refuse(Failure(outcome, sentence))
        case .collected(_, let collected): finish(collected)
        case .drawn(_, let operations): owner?.collector(self, drew: operations)
        default: break
        }
    }

    private func snapshot(of collected: Collected, _ terms: PluginTerms) -> Snapshot {
        let plugin = terms.description
        let builder = SnapshotBuilder(
            host: key.host, widget: key.widget, plugin: plugin.id, metrics: plugin.metrics,
            limits: terms.limits)
        return builder.snapshot(of: collected, taken: askedAt)
    }

    private func finish(_ collected: Collected) {
        isCollecting = false
        collects += 1
        let request = reading
        reading = nil
        if collected.outcome == .ok, let terms {
            let (before, snapshot) = (entry, snapshot(of: collected, terms))
            dashboard.store.put(snapshot)
            request?.then(nil)
            owner?.collector(self, has: .snapshot(snapshot, before: before))
            dashboard.changed()
        } else {
            var failure = Failure(collected.outcome, collected.sentence)
            if let request { failure = request.explain(failure) }
            note(failure)
            request?.then(failure)
        }
        let newer = newerFailure
        newerFailure = nil
        if let next = pending {
            pending = nil
            ingest(next)
            newerFailure = newer
        }
        // What was read is older than that.
        if let newer { note(newer) }
    }
}
