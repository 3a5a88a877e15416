import Contract
import Core

/// Where the snapshots of one host come from. The rest of the program cannot tell one from another.
@MainActor
protocol SnapshotSource: AnyObject {
    /// Nanoseconds in which a collector of this host gets new values, where that is not the widget's own `every`.
    var interval: UInt64? { get }
    /// After how many of them without new values the last ones are stale.
    var patience: UInt64 { get }
    /// What the host's answers are worth; nil: there are none, its plugins ask the machine itself.
    var link: HostLink? { get }
    /// It is due.
    func collect(_ collector: Collector, _ tick: Tick)
    /// Its plugin has come, or come back: it can take values.
    func welcome(_ collector: Collector, _ tick: Tick)
    /// It takes no more.
    func leave(_ collector: Collector)
    /// The user wants fresh values.
    func refresh()
    /// Nothing new is to come until it goes on, but what the user asks for.
    func pause(_ isPaused: Bool)
    func stop()
}

/// This machine: its plugins collect.
@MainActor
final class LocalSource: SnapshotSource {
    let interval: UInt64? = nil
    let link: HostLink? = nil

    func collect(_ collector: Collector, _ tick: Tick) { collector.collect(tick) }
    func welcome(_ collector: Collector, _ tick: Tick) { collector.collect(tick) }
    func leave(_ collector: Collector) {}
    func refresh() {}
    func pause(_ isPaused: Bool) {}
    func stop() {}
}

extension SnapshotSource {
    /// What makes a host's documents may be slower than they are asked for.
    var patience: UInt64 {
        link == nil ? SnapshotStore.Entry.usualPatience : UInt64(DocumentClock.stillIntervals)
    }

    /// The document that a collector's plugin reads; of several the first that the host serves.
    func api(for collector: Collector, of served: Set<HostAPI>) -> HostAPI? {
        collector.description?.api(of: served)
    }

    /// Why a collector gets none.
    func unread(by collector: Collector, of host: String) -> Failure {
        let name = Problem.quoted(collector.configuration.plugin)
        return Failure(
            .unavailable, "plugin \(name) reads none of the documents that \(host) serves over HTTP")
    }
}

extension PluginDescription {
    /// The document that it reads; of several the first that is served.
    func api(of served: Set<HostAPI>) -> HostAPI? {
        HostAPI.allCases.first { served.contains($0) && documents.contains($0.rawValue) }
    }
}

extension HostConfiguration {
    /// The documents that there is an address for.
    var served: Set<HostAPI> { Set(HostAPI.allCases.filter { endpoints[$0] != nil }) }
}
