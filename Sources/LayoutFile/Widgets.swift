import Core

/// Reads the `[widget.NAME]` tables.
extension LayoutBuilder {
    mutating func readWidgets(
        _ node: Node?, placed: [DecodedText.Word], refresh: UInt64
    ) -> [WidgetConfiguration] {
        var tables: [Node] = []
        if let node {
            if case .table(let nodes) = node.content {
                tables = nodes
            } else {
                reportType(node, expected: "tables such as [widget.nvme]")
            }
        }
        if placed.count > Self.maximumWidgets {
            report(
                placed[Self.maximumWidgets].position, "the layout has \(placed.count) widgets",
                expected: "\(Self.maximumWidgets) at most")
        }
        var read: [String: WidgetConfiguration] = [:]
        let shown = Set(placed.map(\.text))
        for table in tables {
            if !shown.contains(table.key) { reportUnplaced(table, placed: placed) }
            if let widget = readWidget(table, refresh: refresh) { read[table.key] = widget }
        }
        let names = Set(tables.map(\.key))
        return placed.prefix(Self.maximumWidgets).compactMap { word in
            if let widget = read[word.text] { return widget }
            guard !names.contains(word.text) else { return nil }
            return WidgetConfiguration(name: word.text, plugin: word.text, position: word.position)
        }
    }

    private mutating func reportUnplaced(_ table: Node, placed: [DecodedText.Word]) {
        let names = placed.prefix(Self.maximumWidgets).map(\.text)
        report(
            table.position, "widget \(Problem.quoted(table.key)) stands in no grid and is not shown",
            suggestion: Spelling.nearest(to: table.key, in: names), severity: .warning)
    }

    private mutating func readWidget(_ table: Node, refresh: UInt64) -> WidgetConfiguration? {
        guard case .table(let nodes) = table.content else {
            report(
                table.valuePosition, "\(Problem.quoted("widget.\(table.key)")) is \(table.literal.summary)",
                expected: "a table: [widget.\(Problem.printable(table.key))]")
            return nil
        }
        var widget = WidgetConfiguration(name: table.key, plugin: table.key, position: table.position)
        var hasPlugin = true
        for node in nodes {
            switch node.key {
            case "plugin":
                widget.pluginPosition = node.valuePosition
                if let id = pluginId(node) { widget.plugin = id } else { hasPlugin = false }
            case "host": widget.host = hostName(node)
            case "title": widget.title = text(node)
            case "every": widget.every = every(node, refresh: refresh)
            case "deadline": widget.deadline = duration(node, from: 1_000_000_000, to: 600_000_000_000)
            case "new_privileges": widget.mayGainPrivileges = truth(node) ?? false
            default: widget.options.append(node.setting)
            }
        }
        return hasPlugin ? widget : nil
    }

    private mutating func pluginId(_ node: Node) -> String? {
        guard let id = text(node) else { return nil }
        let signs = "-_".utf8
        guard id.utf8.count <= 32, id.utf8.allSatisfy({ $0.isLetterOrDigit || signs.contains($0) }) else {
            reportType(node, expected: "a plugin's id: letters, digits, \"-\" and \"_\", 32 at most")
            return nil
        }
        return id
    }
}
