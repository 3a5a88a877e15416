import Core

/// Checks that the cells of each widget form one rectangle. All rows must have the same length.
struct AreaCheck {
    private let lines: [[DecodedText.Word]]

    init(_ lines: [[DecodedText.Word]]) {
        self.lines = lines
    }

    func report(to builder: inout LayoutBuilder) {
        var seen: Set<String> = ["."]
        for (row, line) in lines.enumerated() {
            for (column, word) in line.enumerated() where seen.insert(word.text).inserted {
                check(word, row: row, column: column, builder: &builder)
            }
        }
    }

    /// The rectangle of a widget starts at its first cell, is as wide as the name repeats to the right, and as high
    /// as that repeats downwards. A cell with the name outside of it is reported.
    private func check(
        _ word: DecodedText.Word, row: Int, column: Int, builder: inout LayoutBuilder
    ) {
        let right = lines[row][column...].prefix { $0.text == word.text }.endIndex
        let bottom = lines[row...].prefix { $0[column].text == word.text }.endIndex
        let name = Problem.quoted(word.text)
        for y in row..<bottom {
            if let x = (column..<right).first(where: { lines[y][$0].text != word.text }) {
                return builder.report(
                    lines[y][x].position,
                    "widget \(name) is no rectangle: \(Problem.quoted(lines[y][x].text)) overlaps it")
            }
        }
        for (y, line) in lines.enumerated() {
            for (x, cell) in line.enumerated() where cell.text == word.text {
                if (row..<bottom).contains(y), (column..<right).contains(x) { continue }
                let isBeside =
                    (row - 1...bottom).contains(y) && (column..<right).contains(x)
                    || (row..<bottom).contains(y) && (column - 1...right).contains(x)
                return builder.report(
                    cell.position,
                    isBeside
                        ? "widget \(name) is no rectangle: this cell juts out"
                        : "widget \(name) stands in two places: first at line \(word.position.line),"
                            + " column \(word.position.column)",
                    expected: "one rectangle of cells")
            }
        }
    }
}
