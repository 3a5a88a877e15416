import Contract
import Core

/// The source of a host that cannot be polled. It delivers only the failure, so that values of this machine are never
/// shown under that host's name.
@MainActor
public final class AbsentSource: SnapshotSource {
    public let interval: UInt64? = nil
    public let servesDocuments = true
    public let deliversAtTicks = false
    public let link: HostLink?
    public var onDelivery: (Delivery, Collector) -> Void = { _, _ in }
    public var onLinkChange: () -> Void = {}
    private let failure: Failure

    /// Creates the source of a host whose documents have these names; `failure` is the reason that every collector
    /// gets.
    public init(_ documents: [String], _ failure: Failure) {
        var link = HostLink(documents, timeout: HostConfiguration.defaultTimeout)
        for document in documents { link.fail(document, HostLink.Trouble(.unreachable, failure)) }
        self.link = link
        self.failure = failure
    }

    public func delivery(for collector: Collector, at tick: Tick) -> Delivery? { nil }
    public func attach(_ collector: Collector, at tick: Tick) -> [Delivery] { [.failure(failure)] }
    public func detach(_ collector: Collector) {}
    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() {}
}
