import Contract
import Core

/// The source of one host's snapshots: this machine, a host over HTTP, a simulated host. The engine treats all
/// sources alike.
///
/// The engine calls ``delivery(for:at:)`` at its ticks. A source whose values arrive at other times passes them to
/// ``onDelivery``. All calls are on the main thread.
@MainActor
public protocol SnapshotSource: AnyObject {
    /// Nanoseconds between two deliveries to a collector of this host; nil: the widget's own `every` applies.
    var interval: UInt64? { get }
    /// The number of intervals without a new snapshot after which the latest one is stale.
    var patience: UInt32 { get }
    /// Whether plugins read documents of the host. Otherwise they collect on this machine.
    var servesDocuments: Bool { get }
    /// Whether deliveries are made at the engine's ticks, and therefore at most once per tick. Otherwise they are
    /// made when values arrive.
    var deliversAtTicks: Bool { get }
    /// The state of the host's answers, document by document; nil: the source has no connection to judge.
    var link: HostLink? { get }
    /// Nanoseconds between two values at least, whatever interval a widget has: a recording keeps fewer than there were.
    var spacing: UInt64 { get }
    /// Whether the host does not answer.
    var isUnreachable: Bool { get }
    /// Called with each delivery that is made outside a tick, and its collector. Set by the engine.
    var onDelivery: (Delivery, Collector) -> Void { get set }
    /// Called when ``link`` has changed visibly. Set by the engine.
    var onLinkChange: () -> Void { get set }

    /// Returns the state of the host where the source knows it, as a recording does; nil: it follows from ``link`` and
    /// the values.
    ///
    /// - Parameter now: Unix nanoseconds.
    func state(at now: Int64) -> HostState?
    /// Returns the delivery that is due for a collector at a tick; nil: none is.
    func delivery(for collector: Collector, at tick: Tick) -> Delivery?
    /// Adds a collector whose instance is ready, and returns the deliveries that exist for it at this moment, the
    /// oldest first. The source may retain the collector until ``detach(_:)``.
    func attach(_ collector: Collector, at tick: Tick) -> [Delivery]
    /// Removes a collector; without effect on one that is not attached.
    func detach(_ collector: Collector)
    /// Requests new values at once.
    func refresh()
    /// Stops or resumes periodic requests. ``refresh()`` works also while the source is paused.
    func pause(_ isPaused: Bool)
    /// Ends all requests and connections. No delivery follows.
    func stop()
}

/// What a source passes to a collector.
public enum Delivery {
    /// The plugin shall collect on this machine.
    case collect
    /// The plugin shall read this document.
    case document(Document)
    /// A finished snapshot, which needs no call of the plugin.
    case snapshot(Snapshot)
    /// All that was known at the time on display, as it was judged then: it replaces what the collector has shown. Without
    /// a snapshot and a failure nothing was known.
    case recorded(Snapshot?, Failure?)
    /// The latest snapshot is still valid.
    case unchanged
    /// There is no new value, for this reason.
    case failure(Failure)
}

/// A document of a host, with the functions that judge it after a plugin has read it. Used on the main thread only.
@MainActor
public final class Document {
    /// The document's name, for example "drives".
    public let kind: String
    /// Returns the bytes. Called when the worker can take them, so that they are not queued as copies.
    public let bytes: () -> [UInt8]
    /// The time at which the document arrived, in Unix nanoseconds.
    public let received: Int64
    /// Checks the time stamp of the document, in Unix seconds; nil: it has none. Returns the time of the snapshot in
    /// Unix nanoseconds, or the failure that makes the document unusable.
    public let judge: (Double?) -> Result<Int64, Failure>
    /// Adds facts that a plugin does not know, such as the host's address, to a failure of the plugin.
    public let explain: (Failure) -> Failure
    /// Called after the plugin has read the document; nil: without a failure.
    public let onRead: (Failure?) -> Void

    /// Creates a document. Without `judge` the snapshot gets the time of arrival.
    public init(
        kind: String, bytes: @escaping () -> [UInt8], received: Int64,
        judge: ((Double?) -> Result<Int64, Failure>)? = nil,
        explain: @escaping (Failure) -> Failure = { $0 }, onRead: @escaping (Failure?) -> Void = { _ in }
    ) {
        self.kind = kind
        self.bytes = bytes
        self.received = received
        self.judge = judge ?? { _ in .success(received) }
        self.explain = explain
        self.onRead = onRead
    }
}

extension SnapshotSource {
    /// The default: hosts get more intervals than this machine, since a host may write its documents less often than
    /// they are requested.
    public var patience: UInt32 {
        servesDocuments ? UInt32(DocumentClock.stillIntervals) : SnapshotStore.Entry.usualPatience
    }

    /// The default: every value is kept.
    public var spacing: UInt64 { 0 }
    /// The default: ``link`` tells.
    public var isUnreachable: Bool { link?.isUnreachable == true }
    /// The default: the state is computed.
    public func state(at now: Int64) -> HostState? { nil }
}

extension PluginDescription {
    /// Returns the document that the plugin reads, the first of those that are served; nil: it reads none of them.
    public func document(of served: [String]) -> String? { served.first(where: documents.contains) }
}

extension HostConfiguration {
    /// The names of the documents that the configuration has an address for.
    public var documents: [String] {
        let all = Self.allDocuments
        // Most hosts serve all of them, and share the list.
        return HostAPI.allCases.allSatisfy { endpoints[$0] != nil }
            ? all : HostAPI.allCases.filter { endpoints[$0] != nil }.map(\.rawValue)
    }

    private static let allDocuments = HostAPI.allCases.map(\.rawValue)
}

extension Failure {
    /// Returns the failure of a collector whose plugin reads none of the host's documents.
    @MainActor
    public static func notServed(to collector: Collector) -> Failure {
        Failure(.unavailable, .notServed(plugin: collector.key.plugin, host: collector.key.host))
    }
}
