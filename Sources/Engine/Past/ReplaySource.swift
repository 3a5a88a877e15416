import Contract
import Core

/// The source of one host's recorded snapshots. It delivers what was known at the moment on display, and nothing by
/// itself: its ``ReplaySources`` ask for all hosts at once.
@MainActor
public final class ReplaySource: SnapshotSource {
    public let interval: UInt64?
    public let servesDocuments: Bool
    public let deliversAtTicks = false
    public let link: HostLink? = nil
    public internal(set) var spacing: UInt64 = ReplaySource.nativeSpacing
    public var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    public var onLinkChange: () -> Void = {}
    private(set) var collectors: [Collector] = []
    private let onAttach: (Collector) -> Void
    /// What each collector shows, by its number.
    private var shown: [UInt32: (snapshot: Snapshot?, failure: Failure?)] = [:]
    private var told: (state: HostState, time: Int64)?

    /// Nanoseconds between two recorded values at least.
    static let nativeSpacing: UInt64 = 10_000_000_000

    /// - Parameter interval: Nanoseconds between two values of the host in the present; nil: its widgets decide.
    /// - Parameter onAttach: Called with each new collector, which then has nothing to show yet.
    init(interval: UInt64?, servesDocuments: Bool, onAttach: @escaping (Collector) -> Void) {
        self.interval = interval
        self.servesDocuments = servesDocuments
        self.onAttach = onAttach
    }

    /// The state as it was recorded; ages go on with the moment on display.
    public func state(at now: Int64) -> HostState? {
        told.map { $0.state.aged(by: max(0, now - $0.time)) } ?? .waiting
    }

    public var isUnreachable: Bool { if case .unreachable = told?.state { true } else { false } }

    /// Shows what was known, unless the collector shows the same already.
    func show(_ snapshot: Snapshot?, _ failure: Failure?, on collector: Collector) {
        if let shown = shown[collector.id], shown.snapshot == snapshot, shown.failure == failure { return }
        shown[collector.id] = (snapshot, failure)
        onDelivery(.recorded(snapshot, failure), collector)
    }

    func tell(_ state: HostState, at time: Int64) {
        told = (state, time)
        onLinkChange()
    }

    public func delivery(for collector: Collector, at tick: Tick) -> Delivery? { nil }

    public func attach(_ collector: Collector, at tick: Tick) -> [Delivery] {
        collectors.append(collector)
        onAttach(collector)
        return []
    }

    public func detach(_ collector: Collector) {
        collectors.removeAll { $0 === collector }
        shown[collector.id] = nil
    }

    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() { collectors = [] }
}
