import Core

/// Reads tables of limits by plugin and metric. Whether the plugins and metrics exist is not checked here.
extension FindingMistakes {
    mutating func thresholds(_ node: Node) -> [PluginThresholds] {
        guard case .table(let plugins) = node.content else {
            reportType(node, expected: "tables such as [thresholds.nvme]")
            return []
        }
        return plugins.compactMap { plugin in
            guard case .table(let limits) = plugin.content else {
                report(
                    plugin.valuePosition,
                    "\(Problem.quoted("thresholds.\(plugin.key)")) is \(plugin.literal.summary)",
                    expected: "a plugin's table, such as [thresholds.nvme]")
                return nil
            }
            return PluginThresholds(
                plugin: plugin.key, settings: limits.compactMap { limit($0) }, source: source,
                position: plugin.position)
        }
    }

    private mutating func limit(_ node: Node) -> Setting? {
        let suffix = ["_warning", "_critical"].first { node.key.hasSuffix($0) && node.key != $0 }
        guard suffix != nil else {
            report(
                node.position, "\(Problem.quoted(node.key)) is no limit",
                expected: "METRIC_warning or METRIC_critical, such as wear_warning",
                suggestion: Self.respelled(node.key))
            return nil
        }
        switch node.literal {
        case .integer, .bool(false): return node.setting
        case .float(let value) where value.isFinite: return node.setting
        case .text(let text) where DurationText.seconds(text) != nil || SizeText.bytes(text) != nil:
            return node.setting
        default:
            reportType(
                node,
                expected:
                    "a number, a duration such as \"26h\", a size such as \"512M\", or false for no limit")
            return nil
        }
    }

    /// The correct key for one with a misspelled end: "wear_warning" for "wear_warnign".
    private static func respelled(_ key: String) -> String? {
        let bytes = key.utf8
        guard let line = bytes.lastIndex(of: UInt8(ascii: "_")),
            let word = Spelling.nearest(
                to: String(decoding: bytes[bytes.index(after: line)...], as: UTF8.self),
                in: ["warning", "critical"])
        else { return nil }
        return String(decoding: bytes[...line], as: UTF8.self) + word
    }
}
