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
        var kind = HostLink.Trouble.Kind.wrong
        /// The collectors that could not read it, and why.
        var unread: [UInt32: String] = [:]
        var readers: [Collector] = []
    }

    private let host: HostConfiguration
    private unowned let dashboard: Dashboard
    private var served: [HostAPI: Served] = [:]
    private let apis: Set<HostAPI>
    private var judged: HostLink

    /// A document from later than this, in nanoseconds, is not a matter of two clocks.
    private static let aheadAtMost: Int64 = 60_000_000_000
    /// A time that has stood still for so many of the host's intervals is not a matter of chance.
    private static let stillIntervals: Int64 = 12

    init(_ host: HostConfiguration, client: HTTPClient, timers: TimerQueue, dashboard: Dashboard) {
        self.host = host
        self.dashboard = dashboard
        apis = host.served
        judged = HostLink(apis, timeout: host.timeout)
        let phase = Double.random(in: 0.5...1)
        for api in HostAPI.allCases {
            guard let url = host.url(of: api) else { continue }
            do throws(HTTPAddress.Failure) {
                var request = HTTPClient.Request(try HTTPAddress(url))
                request.timeout = host.timeout
                request.connectTimeout = min(request.connectTimeout, host.timeout)
                let poller = HostPoller(
                    request, every: host.refresh, phase: phase, client: client, timers: timers,
                    loop: dashboard.loop)
                served[api] = Served(poller: poller)
                poller.onAnswer = { [weak self] in self?.receive($0, of: api) }
            } catch {
                dashboard.onNotice("\(host.name): \(error.reason)")
            }
        }
        for entry in served.values { entry.poller.poll() }
    }

    var interval: UInt64? { host.refresh }
    var link: HostLink? { judged }

    func refresh() { for entry in served.values { entry.poller.poll() } }
    func stop() { for entry in served.values { entry.poller.stop() } }

    /// Documents come when the host answers, not at ticks.
    func collect(_ collector: Collector, _ tick: Tick) {}

    func welcome(_ collector: Collector, _ tick: Tick) {
        leave(collector)
        guard let api = api(for: collector, of: apis), served[api] != nil else {
            collector.fail(unread(by: collector, of: host))
            return
        }
        served[api]?.readers.append(collector)
        deliver(api, to: [collector])
    }

    func leave(_ collector: Collector) {
        for api in apis where served[api]?.readers.contains(where: { $0 === collector }) == true {
            served[api]?.readers.removeAll { $0 === collector }
            served[api]?.unread[collector.id] = nil
        }
    }

    // MARK: Answers

    private func receive(_ answer: HTTPClient.Answer, of api: HostAPI) {
        switch answer.outcome {
        case .document(let bytes): take(bytes, of: api)
        case .unchanged: judgeTime(of: api)
        case .failure(let failure):
            served[api]?.failure = Failure(failure.kind == .silent ? .timeout : .failed, failure.sentence)
            served[api]?.kind = failure.isAnswer ? .wrong : .unreachable
        }
        if served[api]?.failure == nil { judged.answer(api, at: dashboard.wall, took: answer.duration) }
        judge(api)
        deliver(api, to: served[api]?.readers ?? [])
    }

    /// What keeps the document from its readers, or from one of them.
    private func judge(_ api: HostAPI) {
        guard let entry = served[api] else { return }
        if let failure = entry.failure {
            judged.fail(api, HostLink.Trouble(entry.kind, failure.sentence))
        } else {
            // The first of several, always the same one.
            judged.fail(api, entry.unread.values.min().map { HostLink.Trouble(.wrong, $0) })
        }
        dashboard.hostChanged(host.name)
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
            distrust(api, "is from \(ahead) in the future: set its clock, or this one's")
            served[api]?.poller.forgetAnswer()
            return
        }
        if served[api]?.taken != min(time.nanoseconds, now) { served[api]?.takenSince = now }
        served[api]?.document = bytes
        served[api]?.taken = min(time.nanoseconds, now)
        judgeTime(of: api)
    }

    /// A server that answers with the same time again and again has values that are no longer true.
    private func judgeTime(of api: HostAPI) {
        guard let entry = served[api], entry.document != nil else { return }
        let stood = dashboard.wall - entry.takenSince
        served[api]?.failure = nil
        if stood > Self.stillIntervals * Int64(clamping: host.refresh) {
            let since = Format.duration(Double(stood / 1_000_000_000))
            distrust(api, "has had the same time for \(since): what makes it stands still")
        }
    }

    private func distrust(_ api: HostAPI, _ why: String) {
        served[api]?.failure = Failure(.invalid, "the \(api.rawValue) document of \(host.name) \(why)")
        served[api]?.kind = .wrong
    }

    private func deliver(_ api: HostAPI, to readers: [Collector]) {
        guard let entry = served[api] else { return }
        for reader in readers {
            if let failure = entry.failure {
                reader.fail(failure)
            } else if let document = entry.document {
                var tick = dashboard.currentTick
                tick.wall = entry.taken
                reader.ingest(api.rawValue, document, tick) { [weak self, id = reader.id] failure in
                    self?.read(api, by: id, failure)
                }
            }
        }
    }

    private func read(_ api: HostAPI, by reader: UInt32, _ failure: Failure?) {
        // What a host does not have, as a GPU, is no mistake of its document.
        let sentence = failure?.outcome == .unavailable ? nil : failure?.sentence
        guard let entry = served[api], entry.unread[reader] != sentence else { return }
        served[api]?.unread[reader] = sentence
        // What could not be read must come whole again.
        if sentence != nil { entry.poller.forgetAnswer() }
        judge(api)
    }
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
