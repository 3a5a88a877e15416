import Contract
import Core

/// The numbers that a graph can show.
@MainActor
enum GraphSubjects {
    /// Returns the metrics of a panel that are numbers: of a widget with a curve for each instance, of the overview with
    /// one for each host.
    static func choices(of panel: any Panel) -> [GraphChoice] {
        switch panel {
        case let overview as OverviewPanel: overview.graphChoices
        case let widget as WidgetPanel:
            widget.snapshot.map { GraphChoice.all(of: $0, limits: limits(of: $0, in: widget)) } ?? []
        default: []
        }
    }

    /// The limits of each metric of a snapshot. Those in force belong to the plugin's own metrics: what another version of
    /// it recorded has the limits that it declared.
    private static func limits(of snapshot: Snapshot, in widget: WidgetPanel) -> [Limits] {
        guard let schema = widget.collector.schema, !schema.hasSameCells(as: snapshot.schema) else {
            return widget.limits
        }
        return snapshot.schema.metrics.map(\.limits)
    }
}

/// The name of a number on the command line: `nvme.temperature`, or `nvme.temperature/nvme0n1` of one instance.
struct GraphName {
    let plugin: String
    let metric: String
    /// The instance, or the host in the overview; nil: all.
    let instance: String?

    /// "nvme.temperature".
    var text: String { "\(plugin).\(metric)" }

    /// Reads a name; nil: it is none.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let names = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy({ !$0.isEmpty }) else { return nil }
        (plugin, metric) = (String(names[0]), String(names[1]))
        instance = parts.count > 1 ? String(parts[1]) : nil
    }
}
