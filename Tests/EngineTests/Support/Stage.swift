import Contract
import Core
import Engine

/// A source whose deliveries the test makes.
@MainActor
final class HandSource: SnapshotSource {
    var interval: UInt64? = 5_000_000_000
    let servesDocuments = true
    let deliversAtTicks = false
    var judged = HostLink(["drives"], timeout: 4_000_000_000)
    var link: HostLink? { judged }
    var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    var onLinkChange: () -> Void = {}
    private(set) var attached: [Collector] = []
    private(set) var isStopped = false
    var first: [Delivery] = []

    func delivery(for collector: Collector, at tick: Tick) -> Delivery? { nil }
    func attach(_ collector: Collector, at tick: Tick) -> [Delivery] {
        attached.append(collector)
        return first
    }
    func detach(_ collector: Collector) { attached.removeAll { $0 === collector } }
    func refresh() {}
    func pause(_ isPaused: Bool) {}
    func stop() { isStopped = true }

    func deliver(_ delivery: Delivery) { for collector in attached { onDelivery(delivery, collector) } }

    func answer(at now: Int64) {
        judged.answer("drives", at: now, taken: now, took: 1)
        judged.fail("drives", nil)
        onLinkChange()
    }

    func fail() {
        let failure = Failure(.failed, .transport(TransportFailure(.refused, at: "h:6127")))
        judged.fail("drives", HostLink.Trouble(.unreachable, failure))
        deliver(.failure(failure))
        onLinkChange()
    }
}

/// Sources by host name; this machine for hosts without one.
@MainActor
final class HandSources: SourceDirectory {
    var sources: [String: any SnapshotSource] = [:]
    var configuration: Configuration
    let local = LocalSource()
    private(set) var isPaused = false

    init(_ configuration: Configuration) { self.configuration = configuration }

    func source(of host: String, in engine: Engine) -> any SnapshotSource { sources[host] ?? local }
    func configuration(of host: String) -> HostConfiguration? {
        configuration.hosts.first { $0.name == host }
    }
    func adopt(_ configuration: Configuration) { self.configuration = configuration }
    func refresh() {}
    func pause(_ isPaused: Bool) { self.isPaused = isPaused }
    func stop() {}
}

/// A sink that records what the engine publishes.
@MainActor
final class Recorder: SnapshotSink {
    var snapshots: [Snapshot] = []
    var rejudged: [Snapshot] = []
    var failures: [(failure: Failure, isNew: Bool)] = []
    var states: [(host: String, state: HostState)] = []
    var ended: [SeriesKey] = []
    var repeats = 0

    func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { snapshots.append(snapshot) }
    func repeated(_ key: SeriesKey) { repeats += 1 }
    func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) { rejudged.append(snapshot) }
    func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) {
        failures.append((failure, before.failure.map { !$0.isSameEvent(as: failure) } ?? true))
    }
    func ended(_ key: SeriesKey) { ended.append(key) }
    func hostChanged(_ host: String, to state: HostState) { states.append((host, state)) }
}

/// An engine with a clock, workers and sources that the test controls.
@MainActor
struct Stage {
    let clock = ManualClock()
    let workers = MemoryWorkers()
    let sources: HandSources
    let engine: Engine
    let sink = Recorder()

    init(refresh seconds: UInt64 = 2, hosts: [HostConfiguration] = []) {
        let configuration = Configuration(hosts: hosts)
        sources = HandSources(configuration)
        engine = Engine(
            clock: clock, catalog: workers, sources: sources, configuration: configuration,
            refresh: seconds * 1_000_000_000)
        engine.add(sink)
        workers.files["drives"] = Self.drives
    }

    /// A plugin with one number and limits. It reads the document "drives", whose bytes are the number.
    static var drives: MemoryWorkers.File {
        let wear = MetricDeclaration(
            id: "wear", label: "Wear", unit: "percent", direction: .higherIsWorse,
            limits: Limits(warning: 80, critical: 95), wantsHistory: true, isHeadline: true)
        var file = MemoryWorkers.File(
            description: PluginDescription(
                id: "drives", name: "Drives", metrics: [wear],
                options: [OptionDeclaration(key: "only", kind: .text)], documents: ["drives"]))
        file.collect = { message in
            if case .ingest(_, _, _, _, let document) = message {
                return wears(Double(String(decoding: document, as: UTF8.self)) ?? 0)
            }
            return wears(50)
        }
        return file
    }

    static func wears(_ number: Double) -> Collected {
        Collected(samples: [Sample(instance: "sda", metric: 0, value: .number(number))])
    }

    func subscribe(
        _ plugin: String = "drives", on host: String = "here", options: [Setting] = [],
        every seconds: UInt64? = nil,
        isDrawn: Bool = true
    ) -> Subscription {
        var widget = WidgetConfiguration(name: plugin, plugin: plugin, options: options)
        widget.every = seconds.map { $0 * 1_000_000_000 }
        return engine.subscribe(widget, on: host, layout: "test.layout", isDrawn: isDrawn)
    }

    /// What is known of the past of a number of "sda", from the first value on.
    func past(of subscription: Subscription, metric: Int) -> [Float] {
        let entry = subscription.collector.entry
        let past = entry.history?.values(
            instance: "sda", metric: metric, until: clock.wall, every: entry.interval)
        return Array(past?.means.drop { $0.isNaN } ?? [])
    }

    /// Starts the engine, and lets the plugins load and answer.
    func start() {
        engine.start()
        settle()
    }

    /// Delivers answers and runs idle actions.
    func settle() {
        MemoryWorker.deliver()
        clock.settle()
        MemoryWorker.deliver()
        clock.settle()
    }

    /// Advances the time second by second, and delivers answers after each.
    func pass(_ seconds: Int) {
        for _ in 0..<seconds {
            clock.advance(seconds: 1)
            settle()
        }
    }

    static func document(_ number: Int, at wall: Int64) -> Delivery {
        .document(Document(kind: "drives", bytes: { Array("\(number)".utf8) }, received: wall))
    }

    static func setting(_ key: String, _ value: Literal) -> Setting {
        Setting(key: key, value: value, position: Position())
    }
}
