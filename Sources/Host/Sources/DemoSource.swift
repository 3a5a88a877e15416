import Contract
import Core

/// A host of the simulated fleet. It answers at the ticks of the dashboard's own clock, and so not while that is
/// paused.
@MainActor
final class DemoSource: SnapshotSource {
    private let name: String
    private let refreshInterval: UInt64
    private let number: Int
    private let fleet: DemoFleet
    private unowned let dashboard: Dashboard
    private let apis: Set<HostAPI>
    private var judged: HostLink
    /// When each collector was answered, in intervals of the host.
    private var answered: [UInt32: Int64] = [:]
    /// What several collectors read at the same moment.
    private var made: [HostAPI: (seconds: Int64, document: [UInt8])] = [:]

    init(_ host: HostConfiguration, number: Int, of fleet: DemoFleet, dashboard: Dashboard) {
        name = host.name
        refreshInterval = host.refresh
        self.number = number
        self.fleet = fleet
        self.dashboard = dashboard
        apis = host.served
        judged = HostLink(apis, timeout: host.timeout)
    }

    var link: HostLink? { judged }
    /// Between ticks there is no answer.
    var interval: UInt64? { max(refreshInterval, dashboard.layout.refresh) }

    func collect(_ collector: Collector, _ tick: Tick) {
        if tick.isRefresh || answered[collector.id] != turn { answer(collector, tick) }
    }

    func welcome(_ collector: Collector, _ tick: Tick) { answer(collector, tick) }
    func leave(_ collector: Collector) { answered[collector.id] = nil }
    func refresh() {}
    func pause(_ isPaused: Bool) {}
    func stop() { answered = [:] }

    /// Hosts do not answer all at once.
    private var turn: Int64 {
        let refresh = Int64(clamping: refreshInterval)
        return (dashboard.wall + Int64(number) * 997_000_000 % refresh) / refresh
    }

    private func answer(_ collector: Collector, _ tick: Tick) {
        guard let api = api(for: collector, of: apis) else {
            collector.fail(unread(by: collector, of: name))
            return
        }
        answered[collector.id] = turn
        let seconds = tick.wall / 1_000_000_000
        if let sentence = fleet.absence(api, of: number, at: seconds) {
            judged.fail(api, HostLink.Trouble(.unreachable, sentence, at: "\(name):\(api.defaultPort)"))
            dashboard.hostChanged(name)
            collector.fail(Failure(.failed, sentence))
        } else {
            judged.answer(api, at: tick.wall, taken: tick.wall, took: 0)
            judged.fail(api, nil)
            dashboard.hostChanged(name)
            let document = { [weak self] in self?.document(api, at: seconds) ?? [] }
            collector.ingest(Collector.Reading(kind: api.rawValue, document: document, tick: tick))
        }
    }

    private func document(_ api: HostAPI, at seconds: Int64) -> [UInt8] {
        if let made = made[api], made.seconds == seconds { return made.document }
        let document = fleet.document(api, of: number, at: seconds) ?? []
        // Others will ask for the same at once, and then nobody.
        if made.isEmpty { dashboard.loop.whenIdle { [weak self] in self?.made = [:] } }
        made[api] = (seconds, document)
        return document
    }
}
