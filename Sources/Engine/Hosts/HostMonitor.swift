import Contract
import Core

/// Computes the state of every host that is watched or has a collector: reachability, maintenance, and the latest change of status.
/// The overview reads from it. Used on the main thread only.
@MainActor
public final class HostMonitor: SnapshotSink {
    weak var engine: Engine?
    private let clock: any Clock
    /// The hosts that are in maintenance.
    public private(set) var maintenance = Maintenance()
    private var hosts: [String: MonitoredHost] = [:]
    /// The number of hosts added so far, which gives each host its place in the order.
    private var known = 0
    private var awaitsReview: Set<String> = []
    /// The skew that most hosts' clocks have, so that this machine's own is wrong; nil: there is none.
    public private(set) var commonSkew: Int64?
    /// The interval of ``ageReview`` in which ages were last reviewed.
    private var agesOf: Int64 = 0
    /// Nanoseconds between two reviews of values that may have become stale.
    private static let ageReview: Int64 = 5_000_000_000
    /// Called with the hosts that have become unreachable or reachable again, at most once per tick.
    public var onNews: ([HostNews]) -> Void = { _ in }

    init(clock: any Clock) {
        self.clock = clock
        maintenanceClock = { clock.wall / 1_000_000_000 }
    }

    /// Returns what is known of a host; nil: it is neither watched nor has a collector.
    public func host(_ name: String) -> MonitoredHost? { hosts[name] }

    /// Returns the state of a host; nil: it is neither watched nor has a collector.
    ///
    /// - Parameter now: Unix nanoseconds.
    public func state(of name: String, at now: Int64) -> HostState? {
        hosts[name].map { state(of: $0, at: now) }
    }

    /// Returns the state of a host at `now`, in Unix nanoseconds. Maintenance takes precedence over every other
    /// state.
    public func state(of host: MonitoredHost, at now: Int64) -> HostState {
        let known =
            host.source.state(at: now)
            ?? HostState(
                host.source.link, host.collectors.map { ($0.key.plugin, $0.entry) }, at: now,
                commonSkew: commonSkew)
        guard isInMaintenance(host.name) else { return known }
        let until = maintenance.until(of: host.name)
        var isUnreachable = false
        if case .unreachable = known { isUnreachable = true }
        return .maintenance(until: until.map { $0 * 1_000_000_000 }, isUnreachable: isUnreachable)
    }

    /// Whether a host is in maintenance now.
    public func isInMaintenance(_ host: String) -> Bool { maintenance.isOn(host, at: seconds) }

    /// Replaces the set of hosts in maintenance, and reports hosts whose state changes by that.
    public func setMaintenance(_ new: Maintenance) {
        guard new != maintenance else { return }
        let concerned = Set(maintenance.hosts.map(\.name)).union(new.hosts.map(\.name))
        maintenance = new
        for name in concerned { if let host = hosts[name] { review(host) } }
        engine?.onChange()
    }

    /// Returns the Unix time in seconds by which maintenance ends. It is the machine's own clock, even where a fixed
    /// time is on display.
    public var maintenanceClock: @MainActor () -> Int64
    private var seconds: Int64 { maintenanceClock() }

    // MARK: Collectors

    func watch(_ name: String, _ source: any SnapshotSource) {
        host(name, source).isWatched = true
        reviewLater(name)
    }

    func unwatch(_ name: String) {
        guard let host = hosts[name] else { return }
        host.isWatched = false
        if host.collectors.isEmpty { hosts[name] = nil }
    }

    func add(_ collector: Collector) {
        host(collector.key.host, collector.source).collectors.append(collector)
    }

    func remove(_ collector: Collector) {
        guard let host = hosts[collector.key.host] else { return }
        host.collectors.removeAll { $0 === collector }
        if host.collectors.isEmpty, !host.isWatched { hosts[host.name] = nil }
    }

    private func host(_ name: String, _ source: any SnapshotSource) -> MonitoredHost {
        if let host = hosts[name] { return host }
        let host = MonitoredHost(name, source, order: known)
        known += 1
        hosts[name] = host
        return host
    }

    func configurationChanged(sourceOf: (String) -> any SnapshotSource) {
        for host in hosts.values {
            let source = sourceOf(host.name)
            guard source !== host.source else { continue }
            host.source = source
            host.downSince = nil
            reviewLater(host.name)
        }
    }

    // MARK: Events

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

    public func restored(_ key: SeriesKey) { reviewLater(key.host) }

    func linkChanged(_ name: String) { reviewLater(name) }

    /// Forgets what has become worse or better so far.
    func forgetChanges() { for host in hosts.values { host.forgetChanges() } }

    /// Schedules one review for all changes of this turn of the event loop.
    private func reviewLater(_ name: String) {
        if awaitsReview.isEmpty { clock.whenIdle { [weak self] in self?.reviewAwaited() } }
        awaitsReview.insert(name)
    }

    private func reviewAwaited() {
        let names = awaitsReview
        awaitsReview.removeAll(keepingCapacity: true)
        for name in names { if let host = hosts[name] { review(host) } }
    }

    /// Reports the host's state to the sinks if it is a different event than the last one reported.
    private func review(_ host: MonitoredHost) {
        let state = state(of: host, at: clock.wall)
        if let last = host.lastState, last.isSameEvent(as: state) { return }
        host.lastState = state
        engine?.hostChanged(host.name, to: state)
    }

    /// Looks for a skew that the hosts have in common.
    private func compareClocks() {
        let skews = hosts.values.compactMap { host -> Int64? in
            guard let link = host.source.link, link.lastAnswer != nil, !link.isUnreachable else { return nil }
            return link.skew
        }
        let common = ClockSkew.common(skews)
        let former = commonSkew
        commonSkew = common
        if let common, let former, ClockSkew.isSame(common, former) { return }
        guard common != former else { return }
        for host in hosts.values where host.source.link?.skew ?? 0 != 0 { reviewLater(host.name) }
        engine?.onChange()
    }

    /// Reviews hosts whose values may have become stale, and reports hosts that have become unreachable or reachable.
    func tick() {
        let now = clock.wall
        var news: [HostNews] = []
        compareClocks()
        let looksAtAges = now / Self.ageReview != agesOf
        agesOf = now / Self.ageReview
        for host in hosts.values.sorted(by: { $0.order < $1.order }) {
            if looksAtAges { review(host) }
            if host.isWatched, !isInMaintenance(host.name), let item = host.judge(at: now) {
                news.append(item)
            }
        }
        if !news.isEmpty { onNews(news) }
    }
}

/// A host that has become unreachable, or reachable again.
public struct HostNews: Sendable {
    /// The kind of change.
    public enum Event: Sendable {
        case gone(Failure)
        /// Reachable again after this many nanoseconds.
        case back(Int64)
    }

    /// The host's name.
    public let host: String
    /// What has happened to it.
    public let event: Event
}

/// The collectors, the reachability and the latest status change of one host. Used on the main thread only.
@MainActor
public final class MonitoredHost {
    /// The host's name.
    public let name: String
    /// The source of the host's values.
    public internal(set) var source: any SnapshotSource
    /// All collectors of the host, the oldest first.
    public internal(set) var collectors: [Collector] = []
    /// The latest change of status; nil: there has been none.
    public private(set) var alert: StatusChange?
    /// The time since which the host is unreachable, in Unix nanoseconds; nil: it is reachable.
    var downSince: Int64?
    /// Whether the host is watched even if no plugin collects of it; only then does it make news.
    var isWatched = false
    var lastState: HostState?

    /// The position among all hosts, in the order in which they were first added.
    let order: Int

    init(_ name: String, _ source: any SnapshotSource, order: Int) {
        self.order = order
        self.name = name
        self.source = source
    }

    /// Records a change of status. Of several changes at one time the worst is kept; a repetition of the recorded
    /// change is ignored.
    func note(_ change: StatusChange) {
        if let alert, alert.what == change.what, alert.status == change.status { return }
        if let alert, alert.taken == change.taken, Status.worse(alert.status, change.status) == alert.status {
            return
        }
        alert = change
    }

    func forgetChanges() { (alert, downSince) = (nil, nil) }

    /// Returns whether the host has become unreachable or reachable since the last call; nil: neither.
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
