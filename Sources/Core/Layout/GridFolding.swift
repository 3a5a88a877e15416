import Contract

extension Grid {
    /// Returns the grid without some of its widgets, whose cells go to their neighbours: first to those in the same
    /// row, then to those above and below. Rows and columns without a widget are removed. Cells that the layout leaves
    /// empty stay empty.
    public func folding(_ folded: Set<String>) -> Grid {
        guard !folded.isDisjoint(with: names) else { return self }
        var folding = GridFolding(areas, folded: folded)
        folding.fill()
        let keptRows = folding.areas.indices.filter {
            folding.hasWidget(row: $0) || !holdsFolded(row: $0, folded)
        }
        let width = areas.first?.count ?? 0
        let keptColumns = (0..<width).filter {
            folding.hasWidget(column: $0) || !holdsFolded(column: $0, folded)
        }
        var grid = self
        grid.areas = keptRows.map { row in keptColumns.map { folding.areas[row][$0] } }
        grid.rows = Self.kept(keptRows, of: rows)
        grid.columns = Self.kept(keptColumns, of: columns)
        return grid
    }

    /// The rectangles of the widgets, of which those that are `folded` stand in lines at the lower end of the area; nil
    /// where the area is too small, or where no other widget is left.
    func place(in area: Rect, folding folded: Set<String>) -> [(name: String, rect: Rect)]? {
        let absent = names.filter(folded.contains)
        guard absent.count < names.count else { return nil }
        // A line for each where that leaves most of the area to the others; else they share some.
        let lines = absent.isEmpty ? 0 : min(absent.count, max(area.height / Self.heightOfLine, 1))
        let rest = Rect(x: area.x, y: area.y, width: area.width, height: area.height - lines)
        guard let places = folding(folded).place(in: rest) else { return nil }
        let inLine = lines == 0 ? 1 : (absent.count + lines - 1) / lines
        let width = area.width / inLine
        return places
            + absent.enumerated().map { index, name in
                let place = index % inLine
                let isLast = place == inLine - 1 || index == absent.count - 1
                let end = isLast ? area.x + area.width : area.x + (place + 1) * width
                let x = area.x + place * width
                return (name, Rect(x: x, y: rest.y + rest.height + index / inLine, width: end - x, height: 1))
            }
    }

    /// So many lines of an area are worth a line for one more absent widget.
    private static let heightOfLine = 7

    private func holdsFolded(row: Int, _ folded: Set<String>) -> Bool {
        areas[row].contains { $0.map(folded.contains) ?? false }
    }

    private func holdsFolded(column: Int, _ folded: Set<String>) -> Bool {
        areas.contains { $0[column].map(folded.contains) ?? false }
    }

    /// The tracks that are left. Where none of them is a share, the largest becomes one, so that they fill the area.
    private static func kept(_ indices: [Int], of tracks: [Track]) -> [Track] {
        var kept = indices.filter { $0 < tracks.count }.map { tracks[$0] }
        guard kept.count < tracks.count, !kept.isEmpty else { return kept }
        let sizes = kept.map { if case .cells(let count) = $0 { count } else { Int.max } }
        if let largest = sizes.max(), largest < .max, let index = sizes.firstIndex(of: largest) {
            kept[index] = .fraction(1)
        }
        return kept
    }
}

/// The cells of a grid while those of folded widgets are given to others.
private struct GridFolding {
    var areas: [[String?]]
    private var isFree: [[Bool]]

    init(_ areas: [[String?]], folded: Set<String>) {
        isFree = areas.map { $0.map { name in name.map(folded.contains) ?? false } }
        self.areas = areas.map { $0.map { name in name.flatMap { folded.contains($0) ? nil : $0 } } }
    }

    func hasWidget(row: Int) -> Bool { areas[row].contains { $0 != nil } }
    func hasWidget(column: Int) -> Bool { areas.contains { $0[column] != nil } }

    /// Widens the widgets until nothing more can be given away.
    mutating func fill() {
        while widenOne(sideways: true) || widenOne(sideways: false) {}
    }

    /// Extends the first widget that can grow by a row or column of free cells.
    private mutating func widenOne(sideways: Bool) -> Bool {
        // A row that is free as a whole is removed rather than given away.
        for name in names {
            guard let (rows, columns) = span(of: name) else { continue }
            for step in [-1, 1] {
                let edge =
                    sideways
                    ? (step < 0 ? columns.lowerBound : columns.upperBound) + step
                    : (step < 0 ? rows.lowerBound : rows.upperBound) + step
                let cells = sideways ? rows.map { ($0, edge) } : columns.map { (edge, $0) }
                guard cells.allSatisfy({ isOpen($0.0, $0.1) }), sideways || hasWidget(row: edge) else {
                    continue
                }
                for (row, column) in cells {
                    areas[row][column] = name
                    isFree[row][column] = false
                }
                return true
            }
        }
        return false
    }

    private func isOpen(_ row: Int, _ column: Int) -> Bool {
        isFree.indices.contains(row) && isFree[row].indices.contains(column) && isFree[row][column]
    }

    private var names: [String] {
        var names: [String] = []
        for name in areas.joined() { if let name, !names.contains(name) { names.append(name) } }
        return names
    }

    private func span(of name: String) -> (rows: ClosedRange<Int>, columns: ClosedRange<Int>)? {
        let rows = areas.indices.filter { areas[$0].contains(name) }
        guard let top = rows.first, let bottom = rows.last,
            let left = areas[top].firstIndex(of: name), let right = areas[top].lastIndex(of: name)
        else { return nil }
        return (top...bottom, left...right)
    }
}
