import Contract
import Core
import FoundationEssentials

/// A host that serves its values: each of its documents is asked for by itself, and given to the plugins that can read
/// it. What goes wrong with a document is said in the widgets that show it; they keep what they have.
@MainActor
final class HTTPSource: SnapshotSource {
    private struct Served {
        let poller: HostPoller
        /// The last that came.
        var document: [UInt8]?
        /// Its own time, Unix nanoseconds, and when it first was that.
        var taken: Int64 = 0
        var takenSince: Int64 = 0
        /// Why there is none, or none that is newer.
        var failure: Failure?
    }

    private let host: HostConfiguration
    private unowned let dashboard: Dashboard
    private var served: [HostAPI: Served] = [:]

    /// A document from later than this, in nanoseconds, is not a matter of two clocks.
    private static let aheadAtMost: Int64 = 60_000_000_000
    /// A time that has stood still for so many of the host's intervals is not a matter of chance.
    private static let stillIntervals: Int64 = 12

    init(_ host: HostConfiguration, client: HTTPClient, timers: TimerQueue, dashboard: Dashboard) {
        self.host = host
        self.dashboard = dashboard
        for api in HostAPI.allCases {
            guard let url = host.url(of: api) else { continue }
            do throws(HTTPAddress.Failure) {
                var request = HTTPClient.Request(try HTTPAddress(url))
                request.timeout = host.timeout
                request.connectTimeout = min(request.connectTimeout, host.timeout)
                let poller = HostPoller(
                    request, every: host.refresh, client: client, timers: timers, loop: dashboard.loop)
                served[api] = Served(poller: poller)
                poller.onAnswer = { [weak self] in self?.receive($0.outcome, of: api) }
            } catch {
                dashboard.onNotice("\(host.name): \(error.reason)")
            }
        }
        for entry in served.values { entry.poller.poll() }
    }

    var interval: UInt64? { host.refresh }

    func refresh() { for entry in served.values { entry.poller.poll() } }
    func stop() { for entry in served.values { entry.poller.stop() } }

    /// Documents come when the host answers, not at ticks.
    func collect(_ widget: WidgetRunner, _ tick: Tick) {}

    func welcome(_ widget: WidgetRunner, _ tick: Tick) {
        guard let api = api(for: widget) else {
            widget.fail(unread(by: widget, of: host))
            return
        }
        deliver(api, to: [widget])
    }

    // MARK: Answers

    private func receive(_ outcome: HTTPClient.Outcome, of api: HostAPI) {
        switch outcome {
        case .document(let bytes): take(bytes, of: api)
        case .unchanged: judgeTime(of: api)
        case .failure(let failure):
            served[api]?.failure = Failure(failure.kind == .silent ? .timeout : .failed, failure.sentence)
        }
        deliver(api, to: dashboard.widgets.filter { $0.source === self && self.api(for: $0) == api })
    }

    private func take(_ bytes: [UInt8], of api: HostAPI) {
        let now = dashboard.wall
        guard let time = DocumentTime(bytes) else {
            // The plugin says what is wrong with it; a document without a time is at least an answer of now.
            served[api]?.document = bytes
            served[api]?.taken = now
            served[api]?.takenSince = now
            served[api]?.failure = nil
            return
        }
        if time.nanoseconds > now + Self.aheadAtMost {
            let ahead = Format.duration(Double((time.nanoseconds - now) / 1_000_000_000))
            served[api]?.failure = Failure(
                .invalid,
                "the \(api.rawValue) document of \(host.name) is from \(ahead) in the future: set its clock, or this one's"
            )
            served[api]?.poller.forgetAnswer()
            return
        }
        if served[api]?.taken != min(time.nanoseconds, now) { served[api]?.takenSince = now }
        served[api]?.document = bytes
        served[api]?.taken = min(time.nanoseconds, now)
        served[api]?.failure = nil
        judgeTime(of: api)
    }

    /// A server that answers with the same time again and again has values that are no longer true.
    private func judgeTime(of api: HostAPI) {
        guard let entry = served[api], entry.document != nil else { return }
        let stood = dashboard.wall - entry.takenSince
        served[api]?.failure = nil
        if stood > Self.stillIntervals * Int64(clamping: host.refresh) {
            let since = Format.duration(Double(stood / 1_000_000_000))
            served[api]?.failure = Failure(
                .failed,
                "the \(api.rawValue) document of \(host.name) has had the same time for \(since): what makes it stands still"
            )
        }
    }

    private func deliver(_ api: HostAPI, to widgets: [WidgetRunner]) {
        guard let entry = served[api] else { return }
        for widget in widgets {
            if let failure = entry.failure {
                widget.fail(failure)
            } else if let document = entry.document {
                var tick = dashboard.currentTick
                tick.wall = entry.taken
                widget.ingest(api.rawValue, document, tick) { [weak self] in
                    // What could not be read must come whole again.
                    self?.served[api]?.poller.forgetAnswer()
                }
            }
        }
    }

    private func api(for widget: WidgetRunner) -> HostAPI? { api(for: widget, of: Set(served.keys)) }
}

/// The time that a document says it is from.
private struct DocumentTime: Decodable {
    let timestamp: Double

    init?(_ bytes: [UInt8]) {
        guard let time = try? JSONDecoder().decode(DocumentTime.self, from: Data(bytes)) else { return nil }
        guard time.timestamp.isFinite, abs(time.timestamp) < 9e9 else { return nil }
        self = time
    }

    var nanoseconds: Int64 { Int64(timestamp * 1e9) }
}
