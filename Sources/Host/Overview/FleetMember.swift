import Contract
import Core

/// One host of the fleet while it is watched.
@MainActor
final class FleetMember: Collector.Owner {
    var host: HostConfiguration
    private unowned let fleet: Fleet
    let source: any SnapshotSource
    /// One for each plugin that has something to read of it.
    var collectors: [Collector] = []
    /// The last that became worse or better.
    private(set) var alert: StatusChange?
    /// Since when nothing of it answers, Unix nanoseconds.
    private var downSince: Int64?

    enum Event {
        case gone(why: String)
        /// After so many nanoseconds.
        case back(Int64)
    }

    /// - Parameter old: The same host, of which the configuration has said something else.
    init(
        _ host: HostConfiguration, _ source: any SnapshotSource, fleet: Fleet, after old: FleetMember? = nil
    ) {
        self.host = host
        self.fleet = fleet
        self.source = source
        alert = old?.alert
        downSince = old?.source === source ? old?.downSince : nil
    }

    /// Whether a plugin has something to read of it: one of its documents, or on this machine the machine itself.
    func isServed(by plugin: PluginDescription) -> Bool {
        source.link == nil || plugin.api(of: host.served) != nil
    }

    func collector(_ collector: Collector, has news: Collector.News) {
        if case .snapshot(let snapshot, let before) = news, let description = collector.description,
            let change = StatusChange(from: before, to: snapshot, description)
        {
            note(change)
        }
        fleet.hostChanged(host.name)
    }

    /// Nothing of it is drawn here.
    func collector(_ collector: Collector, drew operations: [DrawOperation]) {}
    func collector(_ collector: Collector, lostPlugin isOther: Bool) {}

    /// Of changes at one moment the worst stays, and of the same that is told again the first.
    private func note(_ change: StatusChange) {
        if let alert, alert.sentence == change.sentence, alert.status == change.status { return }
        if let alert, alert.taken == change.taken, Status.worse(alert.status, change.status) == alert.status {
            return
        }
        alert = change
    }

    /// Whether it has gone, or come back, since it was last asked.
    func judge(at now: Int64) -> Event? {
        guard let link = source.link else { return nil }
        if link.isUnreachable, downSince == nil {
            downSince = link.lastAnswer ?? now
            note(StatusChange(status: .unknown, sentence: "unreachable", taken: now))
            return .gone(why: link.troubles.first?.trouble.sentence ?? "")
        }
        guard let since = downSince, !link.isUnreachable else { return nil }
        downSince = nil
        let words = Format.duration(Double((now - since) / 1_000_000_000))
        note(StatusChange(status: .ok, sentence: "back after \(words)", taken: now))
        return .back(now - since)
    }
}
