import Contract
import Core

/// A host of the simulated fleet. It answers at the ticks of the dashboard's own clock, and so not while that is
/// paused.
@MainActor
final class DemoSource: SnapshotSource {
    private let host: HostConfiguration
    private let number: Int
    private let fleet: DemoFleet
    private unowned let dashboard: Dashboard
    /// When each widget was answered, in intervals of the host.
    private var answered: [ObjectIdentifier: Int64] = [:]
    /// What several widgets read at the same moment.
    private var made: [HostAPI: (seconds: Int64, document: [UInt8])] = [:]

    init(_ host: HostConfiguration, number: Int, of fleet: DemoFleet, dashboard: Dashboard) {
        self.host = host
        self.number = number
        self.fleet = fleet
        self.dashboard = dashboard
    }

    /// Between ticks there is no answer.
    var interval: UInt64? { max(host.refresh, dashboard.layout.refresh) }

    func collect(_ widget: WidgetRunner, _ tick: Tick) {
        if tick.isRefresh || answered[ObjectIdentifier(widget)] != turn { answer(widget, tick) }
    }

    func welcome(_ widget: WidgetRunner, _ tick: Tick) { answer(widget, tick) }
    func refresh() {}
    func stop() { answered = [:] }

    /// Hosts do not answer all at once.
    private var turn: Int64 {
        let refresh = Int64(clamping: host.refresh)
        return (dashboard.wall + Int64(number) * 997_000_000 % refresh) / refresh
    }

    private func answer(_ widget: WidgetRunner, _ tick: Tick) {
        guard let api = api(for: widget, of: host.served) else {
            widget.fail(unread(by: widget, of: host))
            return
        }
        answered[ObjectIdentifier(widget)] = turn
        let seconds = tick.wall / 1_000_000_000
        if let sentence = fleet.absence(api, of: number, at: seconds) {
            widget.fail(Failure(.failed, sentence))
        } else if let document = document(api, at: seconds) {
            widget.ingest(api.rawValue, document, tick) {}
        }
    }

    private func document(_ api: HostAPI, at seconds: Int64) -> [UInt8]? {
        if let made = made[api], made.seconds == seconds { return made.document }
        let document = fleet.document(api, of: number, at: seconds)
        made[api] = document.map { (seconds, $0) }
        return document
    }
}
