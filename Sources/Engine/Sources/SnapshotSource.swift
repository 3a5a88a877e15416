import Contract
import Core

/// Where the snapshots of one host come from. The rest of the program cannot tell one source from another.
///
/// The engine asks a source what is due (``delivery(for:at:)``); a source whose values come at their own time hands them
/// over by ``deliver``.
@MainActor
public protocol SnapshotSource: AnyObject {
    /// Nanoseconds from one delivery to the next for a collector of this host; nil: the widget's own `every`.
    var interval: UInt64? { get }
    /// The number of intervals without a new snapshot after which the last one is stale.
    var patience: UInt64 { get }
    /// Whether plugins are given documents of the host. Otherwise they collect on this machine.
    var servesDocuments: Bool { get }
    /// Whether deliveries come at the engine's ticks, and so not more often than those. Otherwise at their own time.
    var deliversAtTicks: Bool { get }
    /// What the host's answers are worth; nil: there are none to judge.
    var link: HostLink? { get }
    /// Set by the engine: takes what comes at its own time.
    var onDelivery: (Delivery, Collector) -> Void { get set }
    /// Set by the engine: called when ``link`` has changed in a way that is seen.
    var onLinkChange: () -> Void { get set }

    /// Returns what is due for a collector at a tick; nil: nothing.
    func delivery(for collector: Collector, at tick: Tick) -> Delivery?
    /// Adds a collector whose plugin can take values, and returns what there is for it now, in order.
    func attach(_ collector: Collector, at tick: Tick) -> [Delivery]
    /// Removes a collector.
    func detach(_ collector: Collector)
    /// Gets fresh values, since the user wants them.
    func refresh()
    /// Gets nothing new until it goes on, except what the user asks for.
    func pause(_ isPaused: Bool)
    /// Ends it: it delivers nothing more.
    func stop()
}

/// What a source has for a collector.
public enum Delivery {
    /// The plugin is to collect on this machine.
    case collect
    /// The plugin is to read a document.
    case document(Document)
    /// A snapshot that is made already: a replayed, gossiped or watched one.
    case snapshot(Snapshot)
    /// The last snapshot still holds.
    case unchanged
    /// There is nothing new.
    case failure(Failure)
}

/// A document of a host on its way to a plugin.
@MainActor
public final class Document {
    /// The document's name: "drives".
    public let kind: String
    /// The bytes, asked for when the worker has room for them.
    public let bytes: () -> [UInt8]
    /// When it came, Unix nanoseconds.
    public let received: Int64
    /// Judges the time that the document says it is from, in Unix seconds; nil: it says none. Returns the time of its
    /// snapshot in Unix nanoseconds, or why the document is of no use.
    public let judge: (Double?) -> Result<Int64, Failure>
    /// Adds to a plugin's failure what a plugin cannot know.
    public let explain: (Failure) -> Failure
    /// Called when it has been read, with the reason when it could not be.
    public let onRead: (Failure?) -> Void

    /// Creates a document; without `judge` its snapshot is from when it came.
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
    /// A plugin on this machine answers at every tick; what makes a host's documents may be slower than they are asked
    /// for.
    public var patience: UInt64 {
        servesDocuments ? UInt64(DocumentClock.stillIntervals) : SnapshotStore.Entry.usualPatience
    }
}

extension PluginDescription {
    /// Returns the document that the plugin reads; of several the first that is served. nil: it reads none of them.
    public func document(of served: [String]) -> String? { served.first(where: documents.contains) }
}

extension HostConfiguration {
    /// The names of the documents that there is an address for.
    public var documents: [String] {
        HostAPI.allCases.filter { endpoints[$0] != nil }.map(\.rawValue)
    }
}

extension Failure {
    /// Why a collector gets no document of a host.
    @MainActor
    public static func notServed(to collector: Collector) -> Failure {
        Failure(.unavailable, .notServed(plugin: collector.key.plugin, host: collector.key.host))
    }
}
