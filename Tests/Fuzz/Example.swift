import Contract
import Core

/// A plugin and a widget of it, for the inputs to act on.
enum Example {
    static let metrics = [
        MetricDeclaration(
            id: "used", label: "Used", unit: "percent", direction: .higherIsWorse,
            limits: Limits(warning: 70, critical: 90), wantsHistory: true, isHeadline: true),
        MetricDeclaration(id: "name", label: "Name", kind: .text),
        MetricDeclaration(id: "reads", label: "Reads", unit: "count", kind: .counter, wantsHistory: true),
        MetricDeclaration(
            id: "free", label: "", unit: "bytes", direction: .lowerIsWorse, limits: Limits(critical: 1e9)),
        MetricDeclaration(id: "state", label: "State", kind: .state),
    ]

    static let options = [
        OptionDeclaration(key: "wait", kind: .duration, defaultValue: "26h", minimum: 1),
        OptionDeclaration(key: "paths", kind: .list, defaultValue: "a,b"),
    ]

    static let description = PluginDescription(
        id: "example", name: "Example", icon: "💾", version: "1.0.0", summary: "For fuzzers.",
        abi: 65536, hasDraw: true, metrics: metrics, options: options, documents: ["drives", "services"])

    /// One key of every kind, limits and mistakes among them.
    static let widget = WidgetConfiguration(
        name: "example", plugin: "example",
        options: [
            ("wait", Literal.text("5m")), ("paths", .list([.text("x"), .integer(1)])), ("flag", .bool(true)),
            ("size", .text("512M")), ("level", .float(0.5)), ("used_warning", .integer(80)),
            ("used_critical", .text("70%")), ("name_warning", .float(.nan)), ("wiat", .integer(.max)),
            ("free_critical", .bool(false)),
        ].map { Setting(key: $0.0, value: $0.1, position: Position(line: 3, column: 1)) })

    static let builder = SnapshotBuilder(
        key: key, schema: Schema(PluginDescription(id: "example", name: "Example", metrics: metrics)),
        limits: metrics.map(\.limits))

    static let key = SeriesKey(host: "srv01", plugin: "example")
}
