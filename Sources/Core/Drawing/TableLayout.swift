import Contract

/// Where the columns of a table stand in the room there is.
struct TableLayout: Sendable {
    struct Column: Sendable, Equatable {
        /// In the table.
        var index: Int
        /// From the left of the table.
        var x: Int
        var width: Int

        /// With the gap behind it, where the sort mark may stand.
        func contains(_ x: Int) -> Bool { x >= self.x && x < self.x + width + 1 }
    }

    /// Two cells, the first of them for the mark of the sorted column.
    static let gap = 2
    /// The least that a column which may shrink is left with.
    private static let leastGrowing = 14
    private static let least = 3
    /// More than this no text asks for.
    private static let widest = 512
    /// A picture in a column without a width.
    private static let pictureWidth = 10

    private(set) var columns: [Column] = []
    private var available = -1
    private var widths: [Int] = []
    private var wanted: [Table.Column] = []

    /// `natural` are the widths that the columns would like to have.
    mutating func update(_ table: Table, natural: [Int], available: Int) {
        guard available != self.available || natural != widths || table.columns != wanted else { return }
        (self.available, widths, wanted) = (available, natural, table.columns)
        let kept = keptColumns()
        var sizes = kept.map { least(of: $0) }
        var room = available - total(sizes)
        if room < 0 {
            shrink(&sizes, kept, by: -room)
        } else {
            widen(&sizes, kept, room: &room)
        }
        place(kept, sizes)
    }

    private func natural(of index: Int) -> Int { index < widths.count ? max(widths[index], 1) : 1 }

    private func least(of index: Int) -> Int {
        wanted[index].grow > 0 ? min(natural(of: index), TableLayout.leastGrowing) : natural(of: index)
    }

    private func total(_ sizes: [Int]) -> Int {
        sizes.reduce(0, +) + TableLayout.gap * max(sizes.count - 1, 0)
    }

    /// Without those that there is no room for, the highest priority first, the rightmost of equals first.
    private func keptColumns() -> [Int] {
        var kept = Array(wanted.indices)
        while kept.count > 1, total(kept.map { least(of: $0) }) > available {
            guard let worst = kept.map({ wanted[$0].priority }).max(), worst > 0,
                let last = kept.lastIndex(where: { wanted[$0].priority == worst })
            else { break }
            kept.remove(at: last)
        }
        return kept
    }

    /// Takes from the widest, so that all stay as readable as they can; from numbers only when nothing else is
    /// left, since half a number is a wrong one.
    private func shrink(_ sizes: inout [Int], _ kept: [Int], by missing: Int) {
        var missing = missing
        for isNumber in [false, true] where missing > 0 {
            let places = kept.indices.filter { (wanted[kept[$0]].alignment == .right) == isNumber }
            func cut(to level: Int) -> Int { places.reduce(0) { $0 + max(sizes[$1] - level, 0) } }
            let taken = min(missing, cut(to: TableLayout.least))
            guard taken > 0 else { continue }
            // The highest level that is low enough; a column higher than that loses all above it.
            var (level, tooHigh) = (TableLayout.least, places.map { sizes[$0] }.max() ?? 0)
            while tooHigh - level > 1 {
                let middle = (level + tooHigh) / 2
                if cut(to: middle) >= taken { level = middle } else { tooHigh = middle }
            }
            var surplus = cut(to: level) - taken
            for place in places.reversed() where sizes[place] > level {
                sizes[place] = level + (surplus > 0 ? 1 : 0)
                surplus -= 1
            }
            missing -= taken
        }
    }

    /// Growing columns first get what their texts need, then their share of what is left.
    private func widen(_ sizes: inout [Int], _ kept: [Int], room: inout Int) {
        for (place, index) in kept.enumerated() where wanted[index].grow > 0 {
            let more = min(max(natural(of: index) - sizes[place], 0), room)
            sizes[place] += more
            room -= more
        }
        let shares = kept.map { min(max(wanted[$0].grow, 0), 1000) }
        var left = shares.reduce(0, +)
        for (place, share) in shares.enumerated() where share > 0 {
            let more = room * share / left
            sizes[place] += more
            room -= more
            left -= share
        }
    }

    private mutating func place(_ kept: [Int], _ sizes: [Int]) {
        columns = []
        var x = 0
        for (index, width) in zip(kept, sizes) {
            guard x < available else { break }
            columns.append(Column(index: index, x: x, width: min(width, available - x)))
            x += width + TableLayout.gap
        }
    }

    // MARK: -

    /// What each column needs for its title and all its cells, or what it asks for.
    static func naturalWidths(_ table: Table) -> [Int] {
        let count = table.columns.count
        return table.columns.indices.map { column in
            let wanted = table.columns[column].width
            if wanted > 0 { return min(wanted, 1 << 16) }
            var width = CharacterWidth.of(table.columns[column].title, atMost: widest)
            for row in 0..<table.rowCount { width = max(width, natural(table.cells[row * count + column])) }
            return width
        }
    }

    private static func natural(_ cell: Table.Cell) -> Int {
        switch cell.kind {
        case .empty: 0
        case .text: CharacterWidth.of(cell.text, atMost: widest)
        case .status: cell.text.isEmpty ? 2 : 3 + CharacterWidth.of(cell.text, atMost: widest)
        case .gauge, .spark: pictureWidth
        case .number: number(cell.number, unit: cell.text)
        }
    }

    /// The widest that ordinary numbers of a unit become, so that a column stays as it is when they change.
    private static func number(_ number: Double, unit: String) -> Int {
        let isOrdinary = number == 0 || (number >= 0.001 && number < 1e12)
        let widest =
            switch unit {
            case "percent": 4
            case "bytes", "celsius", "count": 5
            case "watts", "ratio": 6
            case "bytes/s", "seconds", "hertz": 7
            default: 5
            }
        return isOrdinary ? widest : max(widest, CharacterWidth.of(Format.number(number, unit: unit)))
    }
}
