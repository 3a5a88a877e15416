import Contract

/// Describes the cells of a plugin's snapshots: one metric for each cell of an instance, by index.
///
/// Immutable and shared by reference: all snapshots of a plugin point to the same schema, so a snapshot can be drawn,
/// exported, judged and stored without asking the plugin that made it.
public final class Schema: Sendable {
    /// The plugin's id, `nvme`.
    public let plugin: String
    /// The plugin's name for people, `NVMe Health`.
    public let name: String
    /// The plugin's own version, as its descriptor says it.
    public let version: String
    /// The declared metrics; their indices are those of the cells.
    public let metrics: [MetricDeclaration]
    /// The number of metrics that the plugin emits. Those behind them are made by the host.
    public let ownCount: Int

    /// Creates the schema that a plugin's description declares.
    public init(_ description: PluginDescription) {
        plugin = description.id
        name = description.name
        version = description.version
        metrics = description.metrics
        ownCount = description.metrics.firstIndex { $0.derived != nil } ?? description.metrics.count
    }

    /// Returns the index of a metric; nil: the plugin declares none with this id.
    public func index(of metric: String) -> Int? { metrics.firstIndex { $0.id == metric } }

    /// Returns the index of a metric that most likely stands at `index`, as in another version of the same plugin.
    public func index(of metric: String, likely index: Int) -> Int? {
        index < metrics.count && metrics[index].id == metric ? index : self.index(of: metric)
    }

    /// Returns whether the cells of both stand for the same metrics in the same order.
    public func hasSameCells(as other: Schema) -> Bool {
        self === other
            || plugin == other.plugin && metrics.elementsEqual(other.metrics) { $0.id == $1.id }
    }

    /// Returns for each metric of this schema the index of the metric with the same id in `other`; nil where there is
    /// none, or where one is a number and the other a text.
    public func places(in other: Schema) -> [Int?] {
        metrics.map { metric in
            other.metrics.firstIndex { $0.id == metric.id && $0.isNumeric == metric.isNumeric }
        }
    }

    /// Returns whether each metric of `other` has a place in this schema, so that nothing is lost in its cells.
    public func declaresAll(of other: Schema) -> Bool {
        hasSameCells(as: other) || other.places(in: self).allSatisfy { $0 != nil }
    }

    /// Returns "NVMe wear" for the metric `Wear`: a label alone does not tell whose it is among those of other plugins.
    public func title(of metric: MetricDeclaration) -> String {
        let label = metric.label.isEmpty ? metric.id : metric.label
        let first = name.split(separator: " ").first.map(String.init) ?? plugin
        if label.lowercased().hasPrefix(first.lowercased()) { return label }
        // "CPU" stays as it is.
        let isAbbreviation = label.dropFirst().first?.isUppercase ?? false
        return "\(first) \(isAbbreviation ? label : label.prefix(1).lowercased() + label.dropFirst())"
    }
}

extension Schema: Equatable {
    /// Returns whether both have the same plugin, name, version and metrics.
    public static func == (left: Schema, right: Schema) -> Bool {
        left === right
            || left.plugin == right.plugin && left.name == right.name && left.version == right.version
                && left.metrics == right.metrics
    }
}
