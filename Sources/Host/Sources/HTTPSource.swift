import Contract
import Core

/// A host that serves its values: each of its documents is asked for by itself, and given to the plugins that can read
/// it.
@MainActor
final class HTTPSource: SnapshotSource {
    private let name: String
    private let refreshInterval: UInt64
    private unowned let dashboard: Dashboard
    private var documents: [ServedDocument] = []
    private let served: Set<HostAPI>
    private var judged: HostLink

    init(_ host: HostConfiguration, client: HTTPClient, timers: TimerQueue, dashboard: Dashboard) {
        name = host.name
        refreshInterval = host.refresh
        self.dashboard = dashboard
        served = host.served
        judged = HostLink(served, timeout: host.timeout)
        // All three together, so that the host's row changes once.
        let phase = Double.random(in: 0...1)
        for api in HostAPI.allCases {
            guard let url = host.url(of: api) else { continue }
            do throws(HTTPAddress.Failure) {
                var request = HTTPClient.Request(try HTTPAddress(url))
                request.timeout = host.timeout
                request.connectTimeout = min(request.connectTimeout, host.timeout)
                let poller = HostPoller(
                    request, every: host.refresh, phase: phase, client: client, timers: timers,
                    loop: dashboard.loop)
                let document = ServedDocument(api, of: host, poller, dashboard: dashboard)
                follow(document)
                documents.append(document)
            } catch {
                dashboard.notify("\(host.name): \(error.reason)")
            }
        }
        refresh()
    }

    private func follow(_ document: ServedDocument) {
        let api = document.api
        document.onAnswer = { [weak self] taken, duration in
            guard let self else { return }
            judged.answer(api, at: dashboard.wall, taken: taken, took: duration)
        }
        document.onTrouble = { [weak self] trouble in
            guard let self else { return }
            judged.fail(api, trouble)
            dashboard.hostChanged(name)
        }
    }

    var interval: UInt64? { refreshInterval }
    var link: HostLink? { judged }

    func refresh() { for document in documents { document.poll() } }
    func pause(_ isPaused: Bool) { for document in documents { document.pause(isPaused) } }
    func stop() { for document in documents { document.stop() } }

    /// Documents come when the host answers, not at ticks.
    func collect(_ collector: Collector, _ tick: Tick) {}

    func welcome(_ collector: Collector, _ tick: Tick) {
        leave(collector)
        guard let api = api(for: collector, of: served),
            let document = documents.first(where: { $0.api == api })
        else {
            collector.fail(unread(by: collector, of: name))
            return
        }
        document.add(collector)
    }

    func leave(_ collector: Collector) {
        for document in documents { document.remove(collector) }
    }
}
