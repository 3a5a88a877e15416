import Contract

/// Positions and widths of a table's columns in the available width. Where that is short, columns whose values are all
/// well give way to those with a value in warning, critical or unknown.
struct TableLayout: Sendable {
    struct Column: Sendable, Equatable {
        /// Index of the column in the table.
        var index: Int
        /// Cells from the left edge of the table.
        var x: Int
        var width: Int
        /// Cells behind the width for the past of its numbers; 0: none.
        var past = 0

        /// Whether a position lies in the column or in the gap behind it, which may hold the sort mark.
        func contains(_ x: Int) -> Bool { x >= self.x && x < self.x + width + max(past, 1) }
    }

    /// Cells between columns; the first one may hold the mark of the sorted column.
    static let gap = 2
    /// The smallest width that a growing column is shrunk to.
    private static let leastGrowing = 14
    private static let least = 3
    /// The largest natural width of a text.
    private static let widest = 512
    /// Natural width of gauges and curves.
    private static let pictureWidth = 10

    private(set) var columns: [Column] = []
    private var available = -1
    private var widths: [Int] = []
    private var wanted: [Table.Column] = []
    private var claims: [TableClaim] = []
    /// Whether each column has a past to show.
    private var pasts: [Bool] = []

    /// Recomputes the columns where the table's columns, `natural`, `claims`, `available` or the columns with a past
    /// differ from the last call. `natural` are the widths without a limit of room.
    mutating func update(
        _ table: Table, natural: [Int], claims: [TableClaim], available: Int, curves: TableCurves? = nil
    ) {
        let pasts = table.columns.indices.map { curves?.hasPast($0) ?? false }
        guard
            available != self.available || natural != widths || claims != self.claims
                || table.columns != wanted || pasts != self.pasts
        else { return }
        (self.available, widths, self.claims, wanted) = (available, natural, claims, table.columns)
        self.pasts = pasts
        let kept = keptColumns()
        var sizes = kept.map { least(of: $0) }
        var behind = kept.map { _ in 0 }
        var room = available - total(sizes)
        if room < 0 {
            shrink(&sizes, kept, by: -room)
        } else {
            widen(&sizes, kept, room: &room)
            behind = pastRooms(sizes, kept, room: &room)
            share(&sizes, kept, room: room)
        }
        place(kept, sizes, behind)
    }

    private func natural(of index: Int) -> Int {
        max(index < widths.count ? widths[index] : 1, claim(of: index).width, 1)
    }

    private func claim(of index: Int) -> TableClaim {
        index < claims.count ? claims[index] : TableClaim()
    }

    private func least(of index: Int) -> Int {
        guard wanted[index].grow > 0 else { return natural(of: index) }
        let least = min(natural(of: index), TableLayout.leastGrowing)
        // What is wrong is told in full, beside the name of what it is wrong with.
        let name =
            claims.firstIndex { $0.isName && $0 != claim(of: index) }
            .map { min(natural(of: $0), TableLayout.leastGrowing) + TableLayout.gap } ?? 0
        return max(least, min(claim(of: index).width, available - name))
    }

    private func total(_ sizes: [Int]) -> Int {
        sizes.reduce(0, +) + TableLayout.gap * max(sizes.count - 1, 0)
    }

    /// Indices of the columns that have room. The column that names the rows stays. Columns whose values are all well
    /// are dropped first, by priority, the highest first, among equals the rightmost first; those of priority 0 for the
    /// sake of a bad value only. Columns with a bad value are dropped where they would not fit even when shortened,
    /// the least bad first, and never the last of them.
    private func keptColumns() -> [Int] {
        var kept = Array(wanted.indices)
        let isBad = { (index: Int) in claim(of: index).severity > 0 }
        let hasTrouble = kept.contains(where: isBad)
        drop(from: &kept, while: { total($0.map { least(of: $0) }) > available }) { index, _ in
            !isBad(index) && (wanted[index].priority > 0 || hasTrouble)
        }
        let isTooTight = { (kept: [Int]) in total(kept.map { shortest(of: $0) }) > available }
        drop(from: &kept, while: isTooTight) { index, kept in
            isBad(index) && isCovered(index, by: kept.filter { $0 != index })
        }
        drop(from: &kept, while: isTooTight) { index, kept in isBad(index) && kept.filter(isBad).count > 1 }
        return hasTrouble ? refilled(kept) : kept
    }

    /// Whether other columns tell what is wrong with each of the rows that a column tells it of.
    private func isCovered(_ index: Int, by others: [Int]) -> Bool {
        guard let rows = claim(of: index).rows else { return false }
        return rows.allSatisfy { row in others.contains { claim(of: $0).rows?.contains(row) ?? true } }
    }

    /// Adds the columns again that were dropped for others that then went as well.
    private func refilled(_ kept: [Int]) -> [Int] {
        var kept = kept
        let dropped = wanted.indices.filter { !kept.contains($0) }
        for index in dropped.sorted(by: { goesBefore($1, $0) }) {
            let more = (kept + [index]).sorted()
            if total(more.map { least(of: $0) }) <= available { kept = more }
        }
        return kept
    }

    private func drop(
        from kept: inout [Int], while isTooWide: ([Int]) -> Bool, _ mayGo: (Int, [Int]) -> Bool
    ) {
        while kept.count > 1, isTooWide(kept) {
            let candidates = kept.filter { !claim(of: $0).isName && mayGo($0, kept) }
            guard let first = candidates.max(by: { goesBefore($1, $0) }) else { return }
            kept.removeAll { $0 == first }
        }
    }

    /// The width at which a column still tells something: a number whole, a text by its first words.
    private func shortest(of index: Int) -> Int {
        if wanted[index].alignment == .right { return max(claim(of: index).width, TableLayout.least) }
        return min(natural(of: index), claim(of: index).isName ? 10 : 12)
    }

    /// Whether a column is dropped before another one.
    private func goesBefore(_ left: Int, _ right: Int) -> Bool {
        let (a, b) = (claim(of: left).severity, claim(of: right).severity)
        if a != b { return a < b }
        let (c, d) = (wanted[left].priority, wanted[right].priority)
        return c != d ? c > d : left > right
    }

    /// Reduces the widths by `missing` cells in total, taking from the widest columns: first from texts, since a
    /// shorter number is less exact, and from what is well before what is not, as far as it still tells something.
    private func shrink(_ sizes: inout [Int], _ kept: [Int], by missing: Int) {
        var missing = missing
        func reduce(toShortest: Bool, _ isIncluded: (_ isNumber: Bool, _ isBad: Bool) -> Bool) {
            let places = kept.indices.filter {
                isIncluded(wanted[kept[$0]].alignment == .right, claim(of: kept[$0]).severity > 0)
            }
            let floor = places.map { toShortest ? shortest(of: kept[$0]) : TableLayout.least }.max() ?? 0
            missing -= take(missing, from: places, of: &sizes, downTo: floor)
        }
        for isBad in [false, true] { reduce(toShortest: true) { !$0 && $1 == isBad } }
        for isBad in [false, true] { reduce(toShortest: false) { !$0 && $1 == isBad } }
        for isBad in [false, true] { reduce(toShortest: false) { $0 && $1 == isBad } }
    }

    /// Takes up to `missing` cells from the widest of some columns, and returns how many that were.
    private func take(_ missing: Int, from places: [Int], of sizes: inout [Int], downTo floor: Int) -> Int {
        func cut(to level: Int) -> Int { places.reduce(0) { $0 + max(sizes[$1] - level, 0) } }
        let taken = min(missing, cut(to: floor))
        guard taken > 0 else { return 0 }
        // Binary search for the highest common maximum width that frees enough cells.
        var (level, tooHigh) = (floor, places.map { sizes[$0] }.max() ?? 0)
        while tooHigh - level > 1 {
            let middle = (level + tooHigh) / 2
            if cut(to: middle) >= taken { level = middle } else { tooHigh = middle }
        }
        var surplus = cut(to: level) - taken
        for place in places.reversed() where sizes[place] > level {
            sizes[place] = level + (surplus > 0 ? 1 : 0)
            surplus -= 1
        }
        return taken
    }

    /// Gives growing columns their natural width, the narrowest of them first.
    private func widen(_ sizes: inout [Int], _ kept: [Int], room: inout Int) {
        let growing = kept.indices.filter { wanted[kept[$0]].grow > 0 }
        for (rank, place) in growing.sorted(by: { natural(of: kept[$0]) < natural(of: kept[$1]) })
            .enumerated()
        {
            let fair = room / (growing.count - rank)
            let more = min(max(natural(of: kept[place]) - sizes[place], 0), fair)
            sizes[place] += more
            room -= more
        }
    }

    /// The room for the past behind each column, where all columns have their natural width: columns with a bad value
    /// come first.
    private func pastRooms(_ sizes: [Int], _ kept: [Int], room: inout Int) -> [Int] {
        var rooms = kept.map { _ in 0 }
        guard kept.count == wanted.count, kept.indices.allSatisfy({ sizes[$0] >= natural(of: kept[$0]) })
        else { return rooms }
        let places = kept.indices.filter { pasts[kept[$0]] }.sorted {
            let (a, b) = (claim(of: kept[$0]).severity, claim(of: kept[$1]).severity)
            return a != b ? a > b : $0 < $1
        }
        for (place, own) in zip(places, TableCurves.divide(&room, among: places.count)) { rooms[place] = own }
        return rooms
    }

    /// Divides `room` among the growing columns by their weights.
    private func share(_ sizes: inout [Int], _ kept: [Int], room: Int) {
        var room = room
        let shares = kept.map { min(max(wanted[$0].grow, 0), 1000) }
        var left = shares.reduce(0, +)
        for (place, share) in shares.enumerated() where share > 0 {
            let more = room * share / left
            sizes[place] += more
            room -= more
            left -= share
        }
    }

    private mutating func place(_ kept: [Int], _ sizes: [Int], _ behind: [Int]) {
        columns = []
        var x = 0
        for (place, index) in kept.enumerated() {
            guard x < available else { break }
            let width = min(sizes[place], available - x)
            columns.append(Column(index: index, x: x, width: width, past: behind[place]))
            x += sizes[place] + behind[place] + TableLayout.gap
        }
    }

    // MARK: -

    /// The natural width of each column: the declared one, else the widest of title and cells. A text needs no room
    /// that it has in the empty cells behind it.
    static func naturalWidths(_ table: Table) -> [Int] {
        let count = table.columns.count
        var widths = [Int](repeating: 0, count: count)
        for column in table.columns.indices.reversed() {
            let wanted = table.columns[column].width
            guard wanted <= 0 else {
                widths[column] = min(widest(of: column, in: table, wanted: wanted), 1 << 16)
                continue
            }
            var width = CharacterWidth.of(table.columns[column].title, atMost: widest)
            for row in 0..<table.rowCount {
                let own = natural(table.cells[row * count + column])
                guard own > width else { continue }
                width = max(width, own - emptyRoom(behind: column, row, table, widths))
            }
            widths[column] = width
        }
        return widths
    }

    /// The cells behind a text that have nothing to show, with the gaps before them.
    static func emptyRoom(behind column: Int, _ row: Int, _ table: Table, _ widths: [Int]) -> Int {
        let first = row * table.columns.count
        guard goesOn(table.cells[first + column], table.columns[column]) else { return 0 }
        return table.columns.indices.dropFirst(column + 1).prefix { table.cells[first + $0].kind == .empty }
            .reduce(0) { $0 + gap + widths[$1] }
    }

    /// Whether a cell may go on over the empty cells behind it.
    static func goesOn(_ cell: Table.Cell, _ column: Table.Column) -> Bool {
        cell.kind == .text && column.alignment == .left
    }

    /// The declared width of a column, or that of its widest number where a number is wider than usual.
    private static func widest(of column: Int, in table: Table, wanted: Int) -> Int {
        var width = wanted
        for row in 0..<table.rowCount {
            let cell = table.cells[row * table.columns.count + column]
            if cell.kind == .number, !isOrdinary(cell.number, unit: cell.text) {
                width = max(width, CharacterWidth.of(Format.number(cell.number, unit: cell.text)))
            }
        }
        return width
    }

    static func natural(_ cell: Table.Cell) -> Int {
        switch cell.kind {
        case .empty: 0
        case .text: CharacterWidth.of(cell.text, atMost: widest)
        case .status: cell.text.isEmpty ? 2 : 3 + CharacterWidth.of(cell.text, atMost: widest)
        case .gauge, .spark: pictureWidth
        case .number: number(cell.number, unit: cell.text)
        }
    }

    /// The width of the widest usual number of a unit, so that the column does not change with every value.
    private static func number(_ number: Double, unit: String) -> Int {
        let isOrdinary = isOrdinary(number, unit: unit)
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

    /// Whether a number is no wider than what is usual for its unit.
    private static func isOrdinary(_ number: Double, unit: String) -> Bool {
        guard number != 0 else { return true }
        let size = abs(number)
        return switch unit {
        case "percent": number > 0 && number < 999
        case "celsius": size < 999
        case "count": number >= 1 && number < 99_999
        case "bytes", "bytes/s": number < 1e18 && (number >= 1024 || number > 0 && number == number.rounded())
        default: number >= 0.001 && number < 1e12
        }
    }
}
