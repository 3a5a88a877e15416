import Contract
import Core

/// One need for what a collector finds: a widget on the screen, or a host that is watched. It keeps the collector running
/// until ``Engine/end(_:)``.
@MainActor
public final class Subscription {
    /// What is asked for, and in which words.
    public internal(set) var widget: WidgetConfiguration
    /// The layout file that asks, for messages.
    public internal(set) var layout: String
    /// A widget on the screen shows it: the past of its numbers is kept.
    public let isDrawn: Bool
    /// Shared with all who need the same.
    public let collector: Collector
    /// Draws what the plugin has drawn for it.
    public weak var drawer: (any Drawer)?
    /// The limits that this need has, one for each metric: those of its own layout. Empty until the plugin has loaded.
    public private(set) var limits: [Limits] = []
    /// Why nothing can be shown for it though the collector may serve others.
    public private(set) var failure: Failure?

    init(_ widget: WidgetConfiguration, layout: String, isDrawn: Bool, collector: Collector) {
        self.widget = widget
        self.layout = layout
        self.isDrawn = isDrawn
        self.collector = collector
    }

    /// Asks the plugin to draw; ``drawer`` hears the answer.
    public func draw(_ request: DrawRequest) { collector.draw(request, for: self) }

    /// Returns the layout's options, and below them the limits that the configuration sets for all layouts.
    func check(against description: PluginDescription, _ thresholds: [PluginThresholds]) -> CheckedOptions {
        let checked = merged(description, thresholds)
        failure = checked.failure
        if limits != checked.limits { limits = checked.limits }
        return checked
    }

    /// Shares the memory of equal limits.
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
        // A mistake of the configuration is told as one, with its own file.
        guard problems.isEmpty else {
            var checked = OptionChecker.check(widget, against: description, source: layout)
            checked.problems += problems
            return checked
        }
        return OptionChecker.check(all, against: description, source: layout)
    }
}

/// Takes what a plugin draws for a subscription.
@MainActor
public protocol Drawer: AnyObject {
    /// The answer to ``Subscription/draw(_:)``.
    func drew(_ operations: [DrawOperation])
    /// The worker is gone or another one, and will not answer what was asked of it.
    func lostWorker()
    /// The plugin has other metrics; what it has drawn is of no use.
    func lostPicture()
}

extension CheckedOptions {
    /// The first mistake as a failure.
    public var failure: Failure? {
        problems.first { $0.severity == .error }.map { Failure(.invalid, .option($0)) }
    }
}
