import Contract

/// The room that a column claims for its bad values.
struct TableClaim: Sendable, Equatable {
    /// How bad the worst value is: 0 where all are well, see ``Status/trouble``.
    var severity = 0
    /// The width of the widest of the worst values.
    var width = 0
    /// Whether the column names the rows, which makes the values of the others understandable.
    var isName = false

    /// Indices of the rows of which it has a worst value; nil: too many to compare.
    var rows: [Int]? = []

    /// Returns the claim of each column.
    ///
    /// - Parameter widths: The columns' natural widths.
    static func of(_ table: Table, widths: [Int]) -> [TableClaim] {
        let count = table.columns.count
        var claims = [TableClaim](repeating: TableClaim(), count: count)
        let hasStatuses = statesStatuses(table)
        if count > 0 { claims[name(of: table)].isName = true }
        for row in 0..<table.rowCount {
            var worst = 0
            for column in 0..<count {
                worst = max(
                    worst, claims[column].severity(of: table.cells[row * count + column], hasStatuses))
            }
            guard worst > 0 else { continue }
            for column in 0..<count {
                let cell = table.cells[row * count + column]
                let own = claims[column].severity(of: cell, hasStatuses)
                guard own > 0 else { continue }
                let need = min(TableLayout.natural(cell), Self.widest)
                let room = TableLayout.emptyRoom(behind: column, row, table, widths)
                claims[column].add(own, need - room, row, isWorst: own == worst)
            }
        }
        return claims
    }

    private mutating func add(_ own: Int, _ need: Int, _ row: Int, isWorst: Bool) {
        if isWorst { rows = rows.flatMap { $0.count < Self.mostRows ? $0 + [row] : nil } }
        guard own >= severity else { return }
        if own > severity { width = 0 }
        severity = own
        width = max(width, need)
    }

    private func severity(of cell: Table.Cell, _ hasStatuses: Bool) -> Int {
        Self.severity(of: cell, hasStatuses: hasStatuses, isName: isName)
    }

    /// The severity of each row's worst cell.
    static func severities(_ table: Table) -> [Int] {
        let count = table.columns.count
        return (0..<table.rowCount).map { row in
            table.cells[row * count..<row * count + count].reduce(0) {
                max($0, severity(of: $1, hasStatuses: false, isName: false))
            }
        }
    }

    /// What is said of a bad value in more cells than these may be cut.
    private static let widest = 40
    private static let mostRows = 64

    /// Whether the table's values have statuses of their own. Without them, a value's role tells its status.
    private static func statesStatuses(_ table: Table) -> Bool {
        table.cells.contains { ($0.kind == .number || $0.kind == .text) && $0.status != .auto }
    }

    /// The column that names the rows: the first one, or the first one with signs where that may be left out.
    private static func name(of table: Table) -> Int {
        guard table.columns[0].priority > 0 else { return 0 }
        return table.cells.prefix(table.columns.count).firstIndex { $0.kind == .status } ?? 0
    }

    /// How bad a value is. The sign beside a row's name says nothing of a column.
    private static func severity(of cell: Table.Cell, hasStatuses: Bool, isName: Bool) -> Int {
        if cell.kind == .status { return isName ? 0 : cell.status.trouble }
        guard cell.kind == .number || cell.kind == .text else { return 0 }
        if hasStatuses { return cell.status.trouble }
        return switch cell.role {
        case .critical: 3
        case .warning: 2
        case .unknown: 1
        default: 0
        }
    }
}
