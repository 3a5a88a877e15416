import Core

/// Reads `grid`, `rows` and `columns` of a layout or a variant.
struct GridReader {
    static let maximumTracks = 64

    /// The widgets of all grids read so far, each with the position of its first cell.
    private(set) var names: [DecodedText.Word] = []

    /// - Parameter position: position for the message that there is no grid.
    mutating func read(_ nodes: [Node], at position: Position, in builder: inout LayoutBuilder) -> Grid {
        let lines = lines(nodes.first { $0.key == "grid" }, at: position, in: &builder)
        let isSound = check(lines, in: &builder)
        let areas = lines.map { line in line.map { $0.text == "." ? nil : $0.text } }
        let counts = isSound ? (lines.count, lines.first?.count ?? 0) : (nil, nil)
        return Grid(
            areas: areas,
            rows: tracks(nodes.first { $0.key == "rows" }, count: counts.0, called: "row", in: &builder),
            columns: tracks(
                nodes.first { $0.key == "columns" }, count: counts.1, called: "column", in: &builder))
    }

    private mutating func lines(
        _ node: Node?, at position: Position, in builder: inout LayoutBuilder
    ) -> [[DecodedText.Word]] {
        let example = "a text of rows with the names of widgets, such as \"cpu memory\""
        guard let node else {
            builder.report(position, "there is no \"grid\"", expected: example)
            return []
        }
        guard case .scalar(.text) = node.content, let text = node.text else {
            builder.reportType(node, expected: example)
            return []
        }
        let lines = text.lines
        guard !lines.isEmpty else {
            builder.report(node.valuePosition, "the grid has no rows", expected: example)
            return []
        }
        return lines
    }

    /// Whether all rows have the same length, so that their number can be compared with the tracks. Also reports
    /// mistakes in the areas.
    private mutating func check(_ lines: [[DecodedText.Word]], in builder: inout LayoutBuilder) -> Bool {
        guard let width = lines.first?.count else { return false }
        if lines.count > Self.maximumTracks || lines.contains(where: { $0.count > Self.maximumTracks }) {
            builder.report(
                lines[0][0].position,
                "the grid has \(lines.count) rows and \(lines.map(\.count).max() ?? 0) columns",
                expected: "\(Self.maximumTracks) of each at most")
            return false
        }
        var isEven = true
        for (index, line) in lines.enumerated() {
            for word in line { take(word, in: &builder) }
            guard line.count != width else { continue }
            isEven = false
            builder.report(
                line[line.count > width ? width : 0].position,
                "row \(index + 1) of the grid has \(Self.counted(line.count, "cell")) and row 1 has \(width)",
                expected: "as many in each; \".\" leaves a cell empty")
        }
        if lines.allSatisfy({ $0.allSatisfy { $0.text == "." } }) {
            builder.report(lines[0][0].position, "there is no widget in the grid", expected: "at least one")
        }
        if isEven { AreaCheck(lines).report(to: &builder) }
        return isEven
    }

    private mutating func take(_ word: DecodedText.Word, in builder: inout LayoutBuilder) {
        guard word.text != ".", !names.contains(where: { $0.text == word.text }) else { return }
        let signs = "-_".utf8
        guard word.text.utf8.count <= 64,
            word.text.utf8.allSatisfy({ $0.isLetterOrDigit || signs.contains($0) })
        else {
            return builder.report(
                word.position, "\(Problem.quoted(word.text)) is no name for a widget",
                expected: "letters, digits, \"-\" and \"_\", 64 at most, or \".\" for an empty cell")
        }
        names.append(word)
    }

    private func tracks(
        _ node: Node?, count: Int?, called name: String, in builder: inout LayoutBuilder
    ) -> [Track] {
        let equal = [Track](repeating: .fraction(1), count: count ?? 0)
        guard let node else { return equal }
        guard case .list(let items) = node.content else {
            builder.reportType(node, expected: "a list such as [\"7\", \"2fr\"]")
            return equal
        }
        let tracks = items.enumerated().map { track($1, "item \($0 + 1) of \"\(node.key)\"", in: &builder) }
        if let count, items.count != count {
            builder.report(
                node.valuePosition,
                "\"\(node.key)\" has \(Self.counted(items.count, "item")) and the grid \(Self.counted(count, name))",
                expected: "one item for each")
        }
        return tracks
    }

    private func track(_ item: Node, _ name: String, in builder: inout LayoutBuilder) -> Track {
        let track: Track?
        switch item.literal {
        case .integer(let cells): track = (1...1000).contains(cells) ? .cells(cells) : nil
        case .text(let text): track = Self.track(text)
        default: track = nil
        }
        if let track { return track }
        builder.report(
            item.valuePosition, "\(name) is \(item.literal.summary)",
            expected: "a number of cells such as \"7\" or a share such as \"2fr\", each up to 1000")
        return .fraction(1)
    }

    private static func track(_ text: String) -> Track? {
        guard text.hasSuffix("fr") else {
            guard let cells = Int(text), (1...1000).contains(cells) else { return nil }
            return .cells(cells)
        }
        let digits = text.dropLast(2).utf8
        let isPlain = digits.allSatisfy { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
        guard isPlain, let share = Double(text.dropLast(2)), share >= 0.001, share <= 1000 else { return nil }
        return .fraction(share)
    }

    private static func counted(_ count: Int, _ name: String) -> String {
        count == 1 ? "1 \(name)" : "\(count) \(name)s"
    }
}
