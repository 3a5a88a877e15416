import Contract

/// The rows of a table that pass the filter, in sorted order. Recomputed only when the table, the sorting, the
/// filter or the grouping change.
struct TableOrder: Sendable {
    /// Retained, so that its storage cannot be reused by another table: tables with the same storage address are
    /// the same.
    private(set) var table = Table(columns: [])
    /// Indices of the table's rows in the order that is shown.
    private(set) var rows: [Int] = []
    /// The natural width of each column.
    private(set) var widths: [Int] = []
    /// What each column claims for its bad values.
    private(set) var claims: [TableClaim] = []

    private var sortColumn: Int?
    private var isDescending = false
    private var isByText = false
    private var filter = ""
    private var isTroubleOnly = false
    private var grouping: TableState.Grouping?
    private var isWorstFirst = false

    /// Updates the order; returns whether it was recomputed. With `worstFirst`, rows in trouble come before the others
    /// unless rows are sorted by a column or grouped.
    mutating func update(
        _ table: Table, sort: Int?, descending: Bool, byText: Bool, filter: String, troubleOnly: Bool = false,
        grouping: TableState.Grouping?, worstFirst: Bool = false
    ) -> Bool {
        let isNew = !isSameTable(table)
        if isNew {
            self.table = table
            widths = TableLayout.naturalWidths(table)
            claims = TableClaim.of(table, widths: widths)
        }
        guard
            isNew || sort != sortColumn || descending != isDescending || filter != self.filter
                || grouping != self.grouping || byText != isByText || troubleOnly != isTroubleOnly
                || worstFirst != isWorstFirst
        else {
            return false
        }
        (sortColumn, isDescending, isByText, isWorstFirst) = (sort, descending, byText, worstFirst)
        (self.filter, self.grouping, isTroubleOnly) = (filter, grouping, troubleOnly)
        rows = filtered()
        if let sort {
            rows = sorted(by: sort)
        } else if worstFirst, grouping == nil {
            rows = sortedBySeverity()
        }
        if let grouping { rows = grouped(by: grouping.ranks) }
        return true
    }

    /// A text that identifies a row across updates: its name, else its first text outside the grouping column.
    func key(of row: Int) -> String {
        let name = claims.firstIndex { $0.isName }.map { [$0] } ?? []
        for column in name + table.columns.indices where column != grouping?.column {
            let cell = table.cells[row * table.columns.count + column]
            if cell.kind == .text || cell.kind == .status, !cell.text.isEmpty { return cell.text }
        }
        return ""
    }

    func find(_ key: String, near row: Int) -> Int? {
        if row < table.rowCount && self.key(of: row) == key { return row }
        return key.isEmpty ? nil : (0..<table.rowCount).first { self.key(of: $0) == key }
    }

    /// Whether the first cell of a column that is not empty sorts as a number.
    func isNumeric(_ column: Int) -> Bool {
        guard column >= 0, column < table.columns.count else { return false }
        for row in 0..<table.rowCount {
            let cell = table.cells[row * table.columns.count + column]
            if cell.kind != .empty { return cell.sortNumber != nil }
        }
        return false
    }

    private func isSameTable(_ other: Table) -> Bool {
        guard table.cells.count == other.cells.count, table.columns == other.columns else { return false }
        return table.cells.withUnsafeBufferPointer { mine in
            other.cells.withUnsafeBufferPointer { mine.isEmpty || mine.baseAddress == $0.baseAddress }
        }
    }

    /// Whether a row of the table is not well, or not known to be.
    func isInTrouble(_ row: Int) -> Bool {
        let columns = table.columns.count
        return table.cells[row * columns..<(row + 1) * columns].contains { $0.status.trouble > 0 }
    }

    private func filtered() -> [Int] {
        let all = (0..<table.rowCount).filter { !isTroubleOnly || isInTrouble($0) }
        guard !filter.isEmpty else { return all }
        let wanted = Array(filter.lowercased().utf8)
        let columns = table.columns.count
        return all.filter { row in
            (0..<columns).contains { column in
                let cell = table.cells[row * columns + column]
                return (cell.kind == .text || cell.kind == .status) && contains(wanted, in: cell.text)
            }
        }
    }

    private func contains(_ wanted: [UInt8], in text: String) -> Bool {
        var text = text
        // ASCII is compared as lowered bytes; only a filter and a text that both have other letters need Unicode
        // case mapping.
        if wanted.contains(where: { $0 >= 0x80 }), text.utf8.contains(where: { $0 >= 0x80 }) {
            text = text.lowercased()
        }
        return text.withUTF8 { bytes in
            guard bytes.count >= wanted.count else { return false }
            for start in 0...(bytes.count - wanted.count) {
                var length = 0
                while length < wanted.count, bytes[start + length].lowered == wanted[length] { length += 1 }
                if length == wanted.count { return true }
            }
            return false
        }
    }

    private struct Key {
        var row: Int
        var number: Double?
        var text: [UInt8]
    }

    /// Only so many bytes of a text are compared.
    private static let keyLength = 256

    /// Sorts by a column. Stable; empty cells are last in both directions.
    private func sorted(by column: Int) -> [Int] {
        var (keys, empty): ([Key], [Int]) = ([], [])
        keys.reserveCapacity(rows.count)
        for row in rows {
            let cell = table.cells[row * table.columns.count + column]
            let number = isByText ? nil : cell.sortNumber
            if cell.kind == .empty || (number == nil && cell.text.isEmpty) {
                empty.append(row)
            } else {
                let isText = cell.kind == .text || cell.kind == .status
                let text = isText ? cell.text.utf8.prefix(Self.keyLength).map { $0.lowered } : []
                keys.append(Key(row: row, number: number, text: text))
            }
        }
        let sign = isDescending ? -1 : 1
        keys.sort { left, right in
            let order = compare(left, right) * sign
            if order != 0 { return order < 0 }
            // The worst status first, and rows of one status by name.
            let byName = naturalOrder(left.text, right.text)
            return byName == 0 ? left.row < right.row : byName < 0
        }
        return keys.map { $0.row } + empty
    }

    /// Sorts rows by their worst value and keeps the order of equally bad ones.
    private func sortedBySeverity() -> [Int] {
        let severities = TableClaim.severities(table)
        guard severities.contains(where: { $0 > 0 }) else { return rows }
        return (0...3).reversed().flatMap { wanted in rows.filter { severities[$0] == wanted } }
    }

    /// Sorts by group and keeps the order within each group.
    private func grouped(by ranks: [Int]) -> [Int] {
        rows.enumerated().sorted { left, right in
            let (a, b) = (ranks[left.element], ranks[right.element])
            return a == b ? left.offset < right.offset : a < b
        }.map(\.element)
    }

    /// Whether a shown row is in the same group as the one before it.
    func continuesGroup(_ shown: Int) -> Bool {
        guard let grouping, shown > 0, shown < rows.count else { return false }
        return grouping.ranks[rows[shown]] == grouping.ranks[rows[shown - 1]]
    }

    /// Compares two keys: -1, 0 or 1. Numbers are before texts.
    private func compare(_ left: Key, _ right: Key) -> Int {
        switch (left.number, right.number) {
        case (let a?, let b?) where a != b: a < b ? -1 : 1
        case (_?, nil): -1
        case (nil, _?): 1
        case (_?, _?): 0
        default: naturalOrder(left.text, right.text)
        }
    }
}

extension Table.Cell {
    /// The number that a cell sorts by: its own, else the severity of a status, else the last value of a curve.
    fileprivate var sortNumber: Double? {
        if !number.isNaN { return number }
        switch kind {
        case .status: return Double(severity)
        case .spark: return history.last.flatMap { $0.isNaN ? nil : Double($0) }
        default: return nil
        }
    }

    private var severity: Int {
        switch status {
        case .auto: 0
        case .ok: 1
        case .unknown: 2
        case .warning: 3
        case .critical: 4
        }
    }
}

extension UInt8 {
    fileprivate var lowered: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
    fileprivate var isDigit: Bool { self >= 0x30 && self <= 0x39 }
}

/// Compares two texts: -1, 0 or 1. Runs of digits compare as numbers, so that "disk2" is before "disk10".
private func naturalOrder(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var (i, j) = (0, 0)
    while i < left.count && j < right.count {
        if left[i].isDigit && right[j].isDigit {
            while i < left.count && left[i] == 0x30 { i += 1 }
            while j < right.count && right[j] == 0x30 { j += 1 }
            let (a, b) = (i, j)
            while i < left.count && left[i].isDigit { i += 1 }
            while j < right.count && right[j].isDigit { j += 1 }
            if i - a != j - b { return i - a < j - b ? -1 : 1 }
            for offset in 0..<(i - a) where left[a + offset] != right[b + offset] {
                return left[a + offset] < right[b + offset] ? -1 : 1
            }
        } else {
            if left[i] != right[j] { return left[i] < right[j] ? -1 : 1 }
            i += 1
            j += 1
        }
    }
    let (restLeft, restRight) = (left.count - i, right.count - j)
    return restLeft == restRight ? 0 : restLeft < restRight ? -1 : 1
}
