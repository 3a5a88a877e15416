import Contract
import Core

/// The source of this machine: its plugins collect at the ticks.
@MainActor
public final class LocalSource: SnapshotSource {
    public let interval: UInt64? = nil
    public let servesDocuments = false
    public let deliversAtTicks = true
    public let link: HostLink? = nil
    public var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    public var onLinkChange: () -> Void = {}

    /// Creates a source; it has no state.
    public init() {}

    public func delivery(for collector: Collector, at tick: Tick) -> Delivery? { .collect }
    public func attach(_ collector: Collector, at tick: Tick) -> [Delivery] { [.collect] }
    public func detach(_ collector: Collector) {}
    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() {}
}
