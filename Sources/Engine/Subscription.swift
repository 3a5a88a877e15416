import Contract
import Core

/// A request for the values of one collector, made by a widget on the screen or by the monitoring of a host. It keeps
/// the collector running until it is passed to ``Engine/end(_:)``. Used on the main thread only.
@MainActor
public final class Subscription {
    /// The widget that is subscribed to, with its options.
    public var widget: WidgetConfiguration { shared.configuration }
    var shared: SharedWidget
    /// Nanoseconds between two collects for a widget that sets none; nil: every tick.
    let usualInterval: UInt64?
    /// The layout file that the widget comes from, for messages.
    public internal(set) var layout: String
    /// Whether a widget on the screen shows the values. The history of the numbers is kept only then.
    public let isDrawn: Bool
    /// The collector, shared by all subscriptions with the same key.
    public let collector: Collector
    /// Receives the pictures that the plugin draws for this subscription. Not retained.
    public weak var drawer: (any Drawer)?
    /// The limits of this subscription's own layout, one for each metric. Empty until the plugin has loaded.
    public private(set) var limits: [Limits] = []
    /// The mistake in this subscription's options; nil: there is none. The collector may work for others all the
    /// same.
    public private(set) var failure: Failure?

    init(
        _ shared: SharedWidget, every usualInterval: UInt64?, layout: String, isDrawn: Bool,
        collector: Collector
    ) {
        self.shared = shared
        self.usualInterval = usualInterval
        self.layout = layout
        self.isDrawn = isDrawn
        self.collector = collector
    }

    /// Requests a picture from the plugin; ``drawer`` receives it.
    public func draw(_ request: DrawRequest) { collector.draw(request, for: self) }

    /// Checks the layout's options together with the limits that the configuration sets for all layouts; the layout's
    /// own take precedence. Stores the result in ``limits`` and ``failure``.
    func check(against description: PluginDescription, _ thresholds: [PluginThresholds]) -> CheckedOptions {
        let checked = merged(description, thresholds)
        failure = checked.failure
        if limits != checked.limits { limits = checked.limits }
        return checked
    }

    /// Uses the storage of the equal array `limits`, so that it exists once in memory.
    func share(_ limits: [Limits]) { if self.limits == limits { self.limits = limits } }

    private func merged(_ description: PluginDescription, _ thresholds: [PluginThresholds]) -> CheckedOptions
    {
        var all = widget
        var problems: [Problem] = []
        for part in thresholds {
            let alone = WidgetConfiguration(
                name: widget.name, plugin: widget.plugin, options: part.settings, position: part.position)
            let source = part.source.split(separator: "/").last.map(String.init) ?? part.source
            problems += OptionChecker.check(alone, against: description, source: source).problems
            all.options += part.settings.filter { limit in !all.options.contains { $0.key == limit.key } }
        }
        // A mistake in the configuration is reported with the configuration's file, not with the layout's.
        guard problems.isEmpty else {
            var checked = OptionChecker.check(widget, against: description, source: layout)
            checked.problems += problems
            return checked
        }
        return OptionChecker.check(all, against: description, source: layout)
    }
}

/// Receives what a plugin draws for a subscription. All calls are on the main thread.
@MainActor
public protocol Drawer: AnyObject {
    /// Receives the picture that was requested by ``Subscription/draw(_:)``.
    func drew(_ operations: [DrawOperation])
    /// Reports that the worker has ended or been replaced. Requests that it has not answered stay unanswered.
    func lostWorker()
    /// Reports that the plugin has other metrics, which makes its earlier pictures useless.
    func lostPicture()
}

extension CheckedOptions {
    /// The first error as a failure; nil: there is no error.
    public var failure: Failure? {
        problems.first { $0.severity == .error }.map { Failure(.invalid, .option($0)) }
    }
}
