import Contract
import Core

/// This machine: its plugins collect at the ticks.
@MainActor
public final class LocalSource: SnapshotSource {
    public let interval: UInt64? = nil
    public let servesDocuments = false
    public let deliversAtTicks = true
    public let link: HostLink? = nil
    public var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    public var onLinkChange: () -> Void = {}

    /// Creates the source of one host's name.
    public init() {}

    public func delivery(for collector: Collector, at tick: Tick) -> Delivery? { .collect }
    public func attach(_ collector: Collector, at tick: Tick) -> [Delivery] { [.collect] }
    public func detach(_ collector: Collector) {}
    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() {}
}
