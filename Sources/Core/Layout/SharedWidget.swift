/// A widget's configuration on the heap, which its copies share. Hundreds of hosts are monitored by the widgets of one
/// layout.
public struct SharedWidget: Sendable {
    private indirect enum Held: Sendable { case widget(WidgetConfiguration) }

    private let held: Held
    /// The configuration.
    public var configuration: WidgetConfiguration {
        switch held {
        case .widget(let widget): widget
        }
    }

    /// Moves a configuration to the heap.
    public init(_ configuration: WidgetConfiguration) { held = .widget(configuration) }
}
