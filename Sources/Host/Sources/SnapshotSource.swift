import Contract
import Core

/// Where the snapshots of one host come from. The rest of the program cannot tell one from another.
@MainActor
protocol SnapshotSource: AnyObject {
    /// Nanoseconds in which a widget of this host gets new values, where that is not the widget's own `every`.
    var interval: UInt64? { get }
    /// A widget is due.
    func collect(_ widget: WidgetRunner, _ tick: Tick)
    /// A widget's plugin has come, or come back: it can take values.
    func welcome(_ widget: WidgetRunner, _ tick: Tick)
    /// The user wants fresh values.
    func refresh()
    func stop()
}

/// This machine: its plugins collect.
@MainActor
final class LocalSource: SnapshotSource {
    let interval: UInt64? = nil

    func collect(_ widget: WidgetRunner, _ tick: Tick) { widget.collect(tick) }
    func welcome(_ widget: WidgetRunner, _ tick: Tick) { widget.collect(tick) }
    func refresh() {}
    func stop() {}
}

extension SnapshotSource {
    /// The document that a widget's plugin reads; of several the first that the host serves.
    func api(for widget: WidgetRunner, of served: Set<HostAPI>) -> HostAPI? {
        guard let description = widget.description else { return nil }
        return HostAPI.allCases.first { served.contains($0) && description.documents.contains($0.rawValue) }
    }

    /// Why a widget gets none.
    func unread(by widget: WidgetRunner, of host: HostConfiguration) -> Failure {
        let name = Problem.quoted(widget.configuration.plugin)
        return Failure(
            .unavailable, "plugin \(name) reads none of the documents that \(host.name) serves over HTTP")
    }
}

extension HostConfiguration {
    /// The documents that there is an address for.
    var served: Set<HostAPI> { Set(HostAPI.allCases.filter { endpoints[$0] != nil }) }
}
