import Contract
import Core

/// Knows the state of every host that something is collected of: what its answers are worth, maintenance, and what became
/// worse or better. An overview is a view of it.
@MainActor
public final class HostMonitor: SnapshotSink {
    weak var engine: Engine?
    private let clock: any Clock
    /// Which hosts their owner works on.
    public private(set) var maintenance = Maintenance()
    private var hosts: [String: MonitoredHost] = [:]
    /// How many hosts there have been.
    private var known = 0
    private var awaitsReview: Set<String> = []
    /// The span of ``ageReview`` in which ages were looked at last.
    private var agesOf: Int64 = 0
    /// Nanoseconds between two looks at values that grow old.
    private static let ageReview: Int64 = 5_000_000_000
    /// Called when hosts have gone or come back, once a tick for all of them.
    public var onNews: ([HostNews]) -> Void = { _ in }

    init(clock: any Clock) {
        self.clock = clock
        maintenanceClock = { clock.wall / 1_000_000_000 }
    }

    /// What is known of a host; nil: nothing is collected of it.
    public func host(_ name: String) -> MonitoredHost? { hosts[name] }

    /// The state of a host; nil: nothing is collected of it.
    ///
    /// - Parameter now: Unix nanoseconds.
    public func state(of name: String, at now: Int64) -> HostState? {
        hosts[name].map { state(of: $0, at: now) }
    }

    /// The state of a host. One in maintenance is in that state, whatever else is known of it.
    public func state(of host: MonitoredHost, at now: Int64) -> HostState {
        let known = HostState(
            host.source.link, host.collectors.map { ($0.key.plugin, $0.entry) }, at: now)
        guard isInMaintenance(host.name) else { return known }
        let until = maintenance.hosts.first { $0.name == host.name }?.until
        var isUnreachable = false
        if case .unreachable = known { isUnreachable = true }
        return .maintenance(until: until.map { $0 * 1_000_000_000 }, isUnreachable: isUnreachable)
    }

    /// Whether a host's owner works on it.
    public func isInMaintenance(_ host: String) -> Bool { maintenance.isOn(host, at: seconds) }

    /// Takes other marks of maintenance.
    public func setMaintenance(_ new: Maintenance) {
        guard new != maintenance else { return }
        let concerned = Set(maintenance.hosts.map(\.name)).union(new.hosts.map(\.name))
        maintenance = new
        for name in concerned { if let host = hosts[name] { review(host) } }
        engine?.onChange()
    }

    /// Returns Unix seconds of the machine's own clock: marks last by it, whatever time is shown.
    public var maintenanceClock: @MainActor () -> Int64
    private var seconds: Int64 { maintenanceClock() }

    // MARK: Collectors

    func add(_ collector: Collector) {
        let name = collector.key.host
        let host = hosts[name] ?? MonitoredHost(name, collector.source, order: known)
        if hosts[name] == nil { known += 1 }
        hosts[name] = host
        host.collectors.append(collector)
    }

    func remove(_ collector: Collector) {
        guard let host = hosts[collector.key.host] else { return }
        host.collectors.removeAll { $0 === collector }
        if host.collectors.isEmpty { hosts[host.name] = nil }
    }

    func configurationChanged() {
        for host in hosts.values {
            guard let source = host.collectors.first?.source, source !== host.source else { continue }
            host.source = source
            host.downSince = nil
        }
    }

    // MARK: News

    public func received(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {
        guard let host = hosts[snapshot.key.host] else { return }
        if let change = StatusChange(from: before, to: snapshot) { host.note(change) }
        reviewLater(host.name)
    }

    public func rejudged(_ snapshot: Snapshot, after before: SnapshotStore.Entry) {
        reviewLater(snapshot.key.host)
    }

    public func failed(_ failure: Failure, for key: SeriesKey, after before: SnapshotStore.Entry) {
        reviewLater(key.host)
    }

    func linkChanged(_ name: String) { reviewLater(name) }

    /// What comes together is reviewed once.
    private func reviewLater(_ name: String) {
        if awaitsReview.isEmpty { clock.whenIdle { [weak self] in self?.reviewAwaited() } }
        awaitsReview.insert(name)
    }

    private func reviewAwaited() {
        let names = awaitsReview
        awaitsReview.removeAll(keepingCapacity: true)
        for name in names { if let host = hosts[name] { review(host) } }
    }

    /// Tells the sinks when a host has come into another state.
    private func review(_ host: MonitoredHost) {
        let state = state(of: host, at: clock.wall)
        if let last = host.lastState, last.isSameEvent(as: state) { return }
        host.lastState = state
        engine?.hostChanged(host.name, to: state)
    }

    /// Reviews hosts whose values grow old, and collects those that have gone or come back.
    func tick() {
        let now = clock.wall
        var news: [HostNews] = []
        let looksAtAges = now / Self.ageReview != agesOf
        agesOf = now / Self.ageReview
        for host in hosts.values.sorted(by: { $0.order < $1.order }) {
            if looksAtAges { review(host) }
            if !isInMaintenance(host.name), let item = host.judge(at: now) { news.append(item) }
        }
        if !news.isEmpty { onNews(news) }
    }
}

/// A host that has gone or come back.
public struct HostNews: Sendable {
    /// What has happened.
    public enum Event: Sendable {
        case gone(Failure)
        /// After so many nanoseconds.
        case back(Int64)
    }

    public let host: String
    public let event: Event
}

/// What is known of one host.
@MainActor
public final class MonitoredHost {
    /// The host's name.
    public let name: String
    /// Where its values come from.
    public internal(set) var source: any SnapshotSource
    /// All that collect of it.
    public internal(set) var collectors: [Collector] = []
    /// The last that became worse or better.
    public private(set) var alert: StatusChange?
    /// Since when nothing of it answers, Unix nanoseconds.
    var downSince: Int64?
    var lastState: HostState?

    /// The place among all hosts, by when they were first known.
    let order: Int

    init(_ name: String, _ source: any SnapshotSource, order: Int) {
        self.order = order
        self.name = name
        self.source = source
    }

    /// Of changes at one moment the worst stays, and of the same that is told again the first.
    func note(_ change: StatusChange) {
        if let alert, alert.what == change.what, alert.status == change.status { return }
        if let alert, alert.taken == change.taken, Status.worse(alert.status, change.status) == alert.status {
            return
        }
        alert = change
    }

    /// Whether it has gone, or come back, since it was last asked.
    func judge(at now: Int64) -> HostNews? {
        guard let link = source.link else { return nil }
        if link.isUnreachable, downSince == nil {
            downSince = link.lastAnswer ?? now
            note(StatusChange(status: .unknown, .unreachable, taken: now))
            guard let first = link.troubles.first else { return nil }
            return HostNews(host: name, event: .gone(first.trouble.failure))
        }
        guard let since = downSince, !link.isUnreachable else { return nil }
        downSince = nil
        note(StatusChange(status: .ok, .back(after: now - since), taken: now))
        return HostNews(host: name, event: .back(now - since))
    }
}
