extension Grid {
    /// The smallest height of a track, in cells: a frame with one line in it.
    public static let minimumHeight = 3
    /// The smallest width of a track, in cells: a frame with one word in it.
    public static let minimumWidth = 10

    /// The rectangle of each widget in an area, in the order of their first grid cells; nil where the area is too
    /// small.
    ///
    /// Tracks in cells get the size they ask for, and fractions divide the rest; cells left over by rounding go to
    /// the first fractions. In an area too small for that, the tracks in cells are reduced, the largest first,
    /// until every track has its minimum.
    public func place(in area: Rect) -> [(name: String, rect: Rect)]? {
        guard
            let heights = Grid.sizes(of: rows, in: area.height, minimum: Grid.minimumHeight),
            let widths = Grid.sizes(of: columns, in: area.width, minimum: Grid.minimumWidth)
        else { return nil }
        let tops = Grid.starts(of: heights, from: area.y)
        let lefts = Grid.starts(of: widths, from: area.x)
        return spans().compactMap { span in
            guard
                let (top, last) = Grid.pair(tops, span.rows),
                let (left, right) = Grid.pair(lefts, span.columns)
            else { return nil }
            return (span.name, Rect(x: left, y: top, width: right - left, height: last - top))
        }
    }

    /// The names of the widgets, each once, in the order of their first grid cells.
    public var names: [String] { spans().map(\.name) }

    /// The ranges of rows and columns of each widget.
    private func spans() -> [(name: String, rows: ClosedRange<Int>, columns: ClosedRange<Int>)] {
        var result: [(name: String, rows: ClosedRange<Int>, columns: ClosedRange<Int>)] = []
        for (row, cells) in areas.enumerated() {
            for (column, cell) in cells.enumerated() {
                guard let name = cell else { continue }
                guard let index = result.firstIndex(where: { $0.name == name }) else {
                    result.append((name, row...row, column...column))
                    continue
                }
                let (rows, columns) = (result[index].rows, result[index].columns)
                result[index].rows = rows.lowerBound...row
                result[index].columns = min(columns.lowerBound, column)...max(columns.upperBound, column)
            }
        }
        return result
    }

    /// The size of each track in cells; nil where there is no room for the minimum of each.
    static func sizes(of tracks: [Track], in available: Int, minimum: Int) -> [Int]? {
        guard !tracks.isEmpty, available / minimum >= tracks.count else { return nil }
        var sizes = tracks.map { track in
            if case .cells(let count) = track { min(max(count, minimum), available) } else { minimum }
        }
        let shares = tracks.indices.filter { if case .fraction = tracks[$0] { true } else { false } }
        let fixed = tracks.indices.filter { if case .cells = tracks[$0] { true } else { false } }
        shrink(&sizes, among: fixed, to: available)
        let rest = available - fixed.reduce(0) { $0 + sizes[$1] }
        share(rest, among: shares, of: tracks, minimum: minimum, into: &sizes)
        return sizes
    }

    /// Reduces the largest tracks, among equals the last, until the sum is `available`.
    private static func shrink(_ sizes: inout [Int], among tracks: [Int], to available: Int) {
        var excess = sizes.reduce(0, +) - available
        while excess > 0, let largest = tracks.max(by: { (sizes[$0], $0) < (sizes[$1], $1) }) {
            sizes[largest] -= 1
            excess -= 1
        }
    }

    /// Divides `rest` by weight; a share below the minimum gets the minimum, at the cost of the others.
    private static func share(
        _ rest: Int, among shares: [Int], of tracks: [Track], minimum: Int, into sizes: inout [Int]
    ) {
        var (open, rest) = (shares, rest)
        while !open.isEmpty {
            let total = open.reduce(0) { $0 + weight(tracks[$1]) }
            let small = open.filter { Double(rest) * weight(tracks[$0]) / total < Double(minimum) }
            // All shares can be too small only by a rounding error, since the room was checked before.
            if small.isEmpty || small.count == open.count {
                var left = rest
                for index in open {
                    sizes[index] = max(Int(Double(rest) * weight(tracks[index]) / total), minimum)
                    left -= sizes[index]
                }
                for index in open where left > 0 {
                    sizes[index] += 1
                    left -= 1
                }
                return
            }
            for index in small { sizes[index] = minimum }
            rest -= small.count * minimum
            open.removeAll { small.contains($0) }
        }
    }

    private static func weight(_ track: Track) -> Double {
        if case .fraction(let weight) = track, weight > 0, weight <= 1e6 { weight } else { 1 }
    }

    /// The start of each track, and the end of the last one.
    private static func starts(of sizes: [Int], from start: Int) -> [Int] {
        sizes.reduce(into: [start]) { $0.append(($0.last ?? start) + $1) }
    }

    /// Start and end of a span; nil where the grid has more cells than there are tracks.
    private static func pair(_ starts: [Int], _ span: ClosedRange<Int>) -> (Int, Int)? {
        span.upperBound + 1 < starts.count ? (starts[span.lowerBound], starts[span.upperBound + 1]) : nil
    }
}
