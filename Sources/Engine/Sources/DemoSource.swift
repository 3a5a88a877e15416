import Contract
import Core

/// The source of a simulated host. It delivers documents at the engine's ticks, and therefore none while the engine
/// is paused.
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
    /// The refresh interval in which each collector got its last document, by the collector's id.
    private var answered: [UInt32: Int64] = [:]
    private let made: DemoDocuments
    /// What happened before the start; nil: only the present is shown.
    private let past: DemoPast?

    /// Creates the source of a host of the fleet; `number` is its index there. All sources of the fleet share `made`.
    public init(
        _ host: HostConfiguration, number: Int, of fleet: DemoFleet, made: DemoDocuments, clock: any Clock,
        past: DemoPast? = nil
    ) {
        self.made = made
        self.past = past
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

    /// The number of the current refresh interval. Its phase depends on the host, so that hosts do not answer all at
    /// once.
    private var turn: Int64 {
        let refresh = Int64(clamping: refreshInterval)
        return (clock.wall + Int64(number) * 997_000_000 % refresh) / refresh
    }

    private func answer(_ collector: Collector, _ tick: Tick) -> Delivery {
        guard let name = collector.description?.document(of: documents), let api = HostAPI(rawValue: name)
        else { return .failure(.notServed(to: collector)) }
        answered[collector.id] = turn
        let seconds = tick.wall / 1_000_000_000
        if let absence = past.map({ $0.absence(api, of: number, at: seconds) })
            ?? fleet.absence(api, of: number, at: seconds)
        {
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
        made.document(DemoDocuments.Key(host: number, api: api, seconds: seconds)) {
            fleet.document(api, of: number, at: seconds) ?? []
        }
    }
}

/// The latest documents of a simulated fleet: several collectors read the same document soon after one another. Used
/// on the main thread only.
@MainActor
public final class DemoDocuments {
    struct Key: Equatable {
        let host: Int
        let api: HostAPI
        let seconds: Int64
    }

    /// Workers get their documents in batches of about this many.
    private static let capacity = 96
    private var latest: [(key: Key, document: [UInt8])] = []
    private var next = 0

    /// Creates a memory without documents.
    public init() {}

    func document(_ key: Key, _ make: () -> [UInt8]) -> [UInt8] {
        if let known = latest.first(where: { $0.key == key }) { return known.document }
        let document = make()
        if latest.count < Self.capacity {
            latest.append((key, document))
        } else {
            latest[next] = (key, document)
            next = (next + 1) % Self.capacity
        }
        return document
    }
}
