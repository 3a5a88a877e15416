import Contract
import Core

/// Reads `[history]` of a `dashboard.toml`.
extension DashboardBuilder {
    private static let hour: UInt64 = 3_600_000_000_000
    /// A hundred years.
    private static let longest: UInt64 = 36_500 * 24 * hour
    private static let leastBytes = 16.0 * 1_048_576
    private static let mostBytes = 1_099_511_627_776.0

    mutating func history(_ node: Node) -> HistorySettings {
        var history = HistorySettings()
        guard case .table(let nodes) = node.content else {
            reportType(node, expected: "a table: [history]")
            return history
        }
        for node in nodes {
            history.positions[node.key] = node.position
            switch node.key {
            case "off": history.isOff = truth(node) ?? false
            case "retention": history.spans = spans(node)
            case "max_size": history.mostBytes = bytes(node)
            case "plugin": history.plugins = plugins(node)
            case "kind": history.kinds = kinds(node)
            case _ where HistorySettings.spanKeys.contains(node.key):
                report(
                    node.position, "unknown key \(Problem.quoted(node.key)) in [history]",
                    expected: "it in [history.retention]")
            default: reportUnknown(node, of: HistorySettings.keys, place: " in [history]")
            }
        }
        return history
    }

    /// A duration, which is that of the values as they came, or a table with a duration for each fineness.
    private mutating func spans(_ node: Node) -> HistorySettings.Spans {
        var spans = HistorySettings.Spans()
        guard case .table(let nodes) = node.content else {
            spans.native = duration(node, from: Self.hour, to: Self.longest)
            return spans
        }
        for node in nodes {
            switch node.key {
            case "native": spans.native = duration(node, from: Self.hour, to: Self.longest)
            case "five_minutes": spans.fiveMinutes = duration(node, from: Self.hour, to: Self.longest)
            case "hour": spans.hour = duration(node, from: 24 * Self.hour, to: Self.longest)
            case "day": spans.day = duration(node, from: 24 * Self.hour, to: Self.longest)
            default: reportUnknown(node, of: HistorySettings.spanKeys, place: " in \"retention\"")
            }
        }
        return spans
    }

    private mutating func bytes(_ node: Node) -> Int64? {
        let bytes: Double?
        switch node.literal {
        case .integer(let value): bytes = Double(value)
        case .text(let text): bytes = SizeText.bytes(text)
        default: bytes = nil
        }
        guard let bytes else {
            reportType(node, expected: "a size such as \(SizeText.example)")
            return nil
        }
        guard (Self.leastBytes...Self.mostBytes).contains(bytes) else {
            reportType(node, expected: "a size from 16M to 1T")
            return nil
        }
        return Int64(bytes)
    }

    private mutating func plugins(_ node: Node) -> [HistorySettings.Plugin] {
        guard case .table(let tables) = node.content else {
            reportType(node, expected: "tables such as [history.plugin.nvme]")
            return []
        }
        var plugins: [HistorySettings.Plugin] = []
        for table in tables {
            guard case .table(let nodes) = table.content else {
                reportType(table, expected: "a plugin's table, such as [history.plugin.nvme]")
                continue
            }
            var plugin = HistorySettings.Plugin(table.key, at: table.position)
            for node in nodes {
                switch node.key {
                case "off": plugin.isOff = truth(node) ?? false
                case "retention": plugin.spans = spans(node)
                case "max_size":
                    report(
                        node.position, "\"max_size\" counts for all plugins together",
                        expected: "it in [history]")
                default: reportUnknown(node, of: HistorySettings.pluginKeys, place: " of a plugin's history")
                }
            }
            plugins.append(plugin)
        }
        return plugins
    }

    private mutating func kinds(_ node: Node) -> [HistorySettings.Kind] {
        let names = MetricDeclaration.Kind.named.map(\.name)
        guard case .table(let nodes) = node.content else {
            reportType(node, expected: "a table of durations: [history.kind]")
            return []
        }
        var kinds: [HistorySettings.Kind] = []
        for node in nodes {
            guard let kind = MetricDeclaration.Kind.named.first(where: { $0.name == node.key })?.kind else {
                reportUnknown(node, of: names, place: " in [history.kind]")
                continue
            }
            if let span = duration(node, from: Self.hour, to: Self.longest) {
                kinds.append(HistorySettings.Kind(kind, span))
            }
        }
        return kinds
    }
}
