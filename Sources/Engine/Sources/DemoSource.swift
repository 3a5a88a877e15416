import Contract
import Core

/// A host of the simulated fleet. It answers at the engine's ticks, and so not while the engine is paused.
@MainActor
public final class DemoSource: SnapshotSource {
    private let name: String
    private let refreshInterval: UInt64
    private let number: Int
    private let fleet: DemoFleet
    private let clock: any Clock
    private let documents: [String]
    private var judged: HostLink
    public var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    public var onLinkChange: () -> Void = {}
    /// The interval of the host in which each collector was answered last.
    private var answered: [UInt32: Int64] = [:]
    /// What several collectors read at the same moment.
    private var made: [String: (seconds: Int64, document: [UInt8])] = [:]

    /// Creates the source of a host of the fleet; `number` is its place there.
    public init(_ host: HostConfiguration, number: Int, of fleet: DemoFleet, clock: any Clock) {
        name = host.name
        refreshInterval = host.refresh
        self.number = number
        self.fleet = fleet
        self.clock = clock
        documents = host.documents
        judged = HostLink(documents, timeout: host.timeout)
    }

    public var link: HostLink? { judged }
    public let servesDocuments = true
    public let deliversAtTicks = true
    public var interval: UInt64? { refreshInterval }

    public func delivery(for collector: Collector, at tick: Tick) -> Delivery? {
        guard tick.isRefresh || answered[collector.id] != turn else { return nil }
        return answer(collector, tick)
    }

    public func attach(_ collector: Collector, at tick: Tick) -> [Delivery] { [answer(collector, tick)] }
    public func detach(_ collector: Collector) { answered[collector.id] = nil }
    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() { answered = [:] }

    /// Hosts do not answer all at once.
    private var turn: Int64 {
        let refresh = Int64(clamping: refreshInterval)
        return (clock.wall + Int64(number) * 997_000_000 % refresh) / refresh
    }

    private func answer(_ collector: Collector, _ tick: Tick) -> Delivery {
        guard let name = collector.description?.document(of: documents), let api = HostAPI(rawValue: name)
        else { return .failure(.notServed(to: collector)) }
        answered[collector.id] = turn
        let seconds = tick.wall / 1_000_000_000
        if let absence = fleet.absence(api, of: number, at: seconds) {
            let failure = Failure(.failed, .transport(absence))
            judged.fail(name, HostLink.Trouble(.unreachable, failure))
            onLinkChange()
            return .failure(failure)
        }
        judged.answer(name, at: tick.wall, taken: tick.wall, took: 0)
        judged.fail(name, nil)
        onLinkChange()
        let bytes = { [weak self] in self?.document(api, at: seconds) ?? [] }
        return .document(Document(kind: name, bytes: bytes, received: tick.wall))
    }

    private func document(_ api: HostAPI, at seconds: Int64) -> [UInt8] {
        if let made = made[api.rawValue], made.seconds == seconds { return made.document }
        let document = fleet.document(api, of: number, at: seconds) ?? []
        // Others ask for the same at once, and then nobody.
        if made.isEmpty { clock.whenIdle { [weak self] in self?.made = [:] } }
        made[api.rawValue] = (seconds, document)
        return document
    }
}
