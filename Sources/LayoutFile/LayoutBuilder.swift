import Contract
import Core

/// Converts a TOML tree to a layout and collects all mistakes.
struct LayoutBuilder: FindingMistakes {
    static let maximumWidgets = 64

    let source: String
    let themes: [String]
    var problems: [Problem] = []

    init(source: String, themes: [String]) {
        self.source = source
        self.themes = themes
    }

    mutating func layout(from nodes: [Node]) -> Layout {
        var layout = Layout(
            source: source, title: "cm-dashboard", refresh: 2_000_000_000,
            grid: Grid(areas: [], rows: [], columns: []), widgets: [])
        takeHead(nodes, into: &layout)
        var reader = GridReader()
        layout.grid = reader.read(nodes, at: Position(line: 1, column: 1), in: &self)
        if let variants = nodes.first(where: { $0.key == "variant" }) {
            layout.variants = readVariants(variants, with: &reader)
        }
        layout.widgets = readWidgets(
            nodes.first { $0.key == "widget" }, placed: reader.names, refresh: layout.refresh)
        reportUnknownKeys(nodes, placed: reader.names.map(\.text))
        return layout
    }

    private mutating func takeHead(_ nodes: [Node], into layout: inout Layout) {
        for node in nodes {
            switch node.key {
            case "title": layout.title = text(node) ?? layout.title
            case "host": layout.host = hostName(node)
            case "refresh":
                layout.setsRefresh = true
                layout.refresh =
                    duration(node, from: Refresh.minimum, to: Refresh.maximum) ?? layout.refresh
            case "theme": layout.theme = word(node, of: themes)
            case "icons":
                layout.icons = word(node, of: IconSet.allCases.map(\.rawValue)).flatMap(
                    IconSet.init(rawValue:))
            case "absent":
                layout.foldsAbsent = word(node, of: LayoutKeys.absent) != LayoutKeys.absent[1]
            default: break
            }
        }
    }

    private mutating func readVariants(_ node: Node, with reader: inout GridReader) -> [Grid] {
        guard case .list(let items) = node.content else {
            report(
                node.position, "\"variant\" is \(node.literal.summary)",
                expected: "a list of tables: write [[variant]], in double brackets")
            return []
        }
        var grids: [Grid] = []
        for item in items {
            guard case .table(let nodes) = item.content else {
                report(item.valuePosition, "a variant is \(item.literal.summary)", expected: "a table")
                continue
            }
            var grid = reader.read(nodes, at: item.position, in: &self)
            grid.maximumWidth = maximumWidth(nodes, of: item)
            if let width = grid.maximumWidth, grids.contains(where: { $0.maximumWidth == width }) {
                report(
                    item.position, "a second variant with max_width = \(width)", expected: "each width once")
            }
            for node in nodes where !LayoutKeys.variant.contains(node.key) {
                reportUnknown(node, of: LayoutKeys.variant, place: " in a variant")
            }
            grids.append(grid)
        }
        return grids
    }

    private mutating func maximumWidth(_ nodes: [Node], of variant: Node) -> Int? {
        let expected = "the widest terminal it is for, from 10 to 1000 columns"
        guard let node = nodes.first(where: { $0.key == "max_width" }) else {
            report(variant.position, "this variant has no \"max_width\"", expected: expected)
            return nil
        }
        if case .scalar(.integer(let width)) = node.content, (10...1000).contains(width) { return width }
        reportType(node, expected: expected)
        return nil
    }

    private mutating func reportUnknownKeys(_ nodes: [Node], placed: [String]) {
        for node in nodes where !LayoutKeys.top.contains(node.key) {
            let name = Problem.quoted(node.key)
            if node.isTable, placed.contains(node.key) {
                report(
                    node.position, "unknown table [\(Problem.printable(node.key))]",
                    suggestion: "[widget.\(node.key)]")
            } else if LayoutKeys.widget.contains(node.key), !node.isTable {
                report(node.position, "unknown key \(name): it belongs in a [widget.NAME] table")
            } else {
                reportUnknown(node, of: LayoutKeys.top)
            }
        }
    }
}
