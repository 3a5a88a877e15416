import Contract

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
