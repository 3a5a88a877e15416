import Contract
import Core
import Engine
import Platform

/// The source of a host that serves its documents over HTTP. Each document is polled independently and delivered to
/// the collectors whose plugins read it.
@MainActor
public final class HTTPSource: SnapshotSource {
    private let refreshInterval: UInt64
    private let clock: any Clock
    private var polled: [PolledDocument] = []
    private let documents: [String]
    private var judged: HostLink
    /// The difference between the host's clock as its answers have it and this machine's; nil: they do not have it.
    private var dated: Int64?
    /// The wall clock's time at monotonic time 0, which changes only when the clock is set.
    private var epoch: Int64?
    public var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    public var onLinkChange: () -> Void = {}

    /// Creates a source and starts to poll. It retains the client, the timers and the loop. `onNotice` is called with
    /// a sentence for each invalid address, whose document is then left out.
    public init(
        _ host: HostConfiguration, client: HTTPClient, timers: TimerQueue, clock: any Clock, loop: EventLoop,
        onNotice: (String) -> Void
    ) {
        refreshInterval = host.refresh
        self.clock = clock
        documents = host.documents
        judged = HostLink(host.documents, timeout: host.timeout)
        // All documents have the same phase, so that the host's row changes once per interval.
        let phase = Double.random(in: 0...1)
        for api in HostAPI.allCases {
            guard let url = host.url(of: api) else { continue }
            do throws(AddressError) {
                var request = HTTPClient.Request(try HTTPAddress(url))
                request.timeout = host.timeout
                request.connectTimeout = min(request.connectTimeout, host.timeout)
                let poller = HostPoller(
                    request, every: host.refresh, phase: phase, client: client, timers: timers, loop: loop)
                let document = PolledDocument(api, of: host, poller, clock: clock)
                follow(document)
                polled.append(document)
            } catch {
                onNotice("\(host.name): \(error.reason)")
            }
        }
        refresh()
    }

    private func follow(_ document: PolledDocument) {
        let name = document.api.rawValue
        document.onDelivery = { [weak self] delivery, collector in self?.onDelivery(delivery, collector) }
        document.onAnswer = { [weak self] taken, duration in
            guard let self else { return }
            judged.answer(name, at: clock.wall, taken: taken, took: duration)
        }
        document.onArrival = { [weak self] in self?.arrived(at: $0, date: $1) }
        document.onLead = { [weak self, unowned document] in self?.compareClocks(after: document) }
        document.skew = { [weak self] in self?.judged.skew ?? 0 }
        document.onTrouble = { [weak self] trouble in
            guard let self else { return }
            judged.fail(name, trouble)
            onLinkChange()
        }
    }

    // MARK: The host's clock

    private func arrived(at received: Int64, date: Int64?) {
        let epoch = received - Int64(clamping: clock.now)
        if let known = self.epoch, (epoch - known).magnitude > Self.step {
            for document in polled { document.clockWasSet() }
        }
        self.epoch = epoch
        dated = date.map { $0 - received }
    }

    /// Nanoseconds by which the wall clock moves on its own against the monotonic one, at most.
    private static let step: UInt64 = 2_000_000_000

    /// Finds out by how much the host's clock differs from this machine's. The date of its answers tells it best, then
    /// the times of its documents, if they agree.
    private func compareClocks(after document: PolledDocument) {
        let former = judged.skew
        if let dated {
            judged.skew = document.isSkewed(dated) ? dated : 0
        } else {
            judged.skew = ClockSkew.ofHost(polled.compactMap(\.lead), isSkewed: document.isSkewed)
        }
        guard !ClockSkew.isSame(former, judged.skew) else { return }
        onLinkChange()
        for other in polled where other !== document { other.reconsider() }
    }

    public var interval: UInt64? { refreshInterval }
    public var link: HostLink? { judged }
    public let servesDocuments = true
    public let deliversAtTicks = false

    public func refresh() { for document in polled { document.poll() } }
    public func pause(_ isPaused: Bool) { for document in polled { document.pause(isPaused) } }
    public func stop() { for document in polled { document.stop() } }

    /// Returns nil: documents are delivered when the host answers, not at ticks.
    public func delivery(for collector: Collector, at tick: Tick) -> Delivery? { nil }

    public func attach(_ collector: Collector, at tick: Tick) -> [Delivery] {
        detach(collector)
        guard let name = collector.description?.document(of: documents),
            let document = polled.first(where: { $0.api.rawValue == name })
        else { return [.failure(.notServed(to: collector))] }
        return document.add(collector)
    }

    public func detach(_ collector: Collector) {
        for document in polled { document.remove(collector) }
    }
}
