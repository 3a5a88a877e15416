import Contract

/// The user's view of a table: scroll position, selection, sorting, filter. Also keeps what was computed from them,
/// so that a key press costs no more than the visible rows.
public struct TableState: Sendable {
    /// The part of a table that was clicked.
    public enum Hit: Equatable, Sendable {
        /// A heading, with the column's index in the table.
        case heading(Int)
        /// A row, counted in the order that is shown.
        case row(Int)
    }

    /// Groups of rows, which stay together whatever the rows are sorted by.
    public struct Grouping: Equatable, Sendable {
        /// The column with the name of the group, which is shown in the first row of each group only.
        public var column: Int
        /// For each row of the table the rank of its group; lower ranks come first.
        public var ranks: [Int]

        public init(column: Int, ranks: [Int]) {
            self.column = column
            self.ranks = ranks
        }
    }

    /// The first visible row, in the order that is shown.
    public var offset = 0
    /// The selected row, in the order that is shown; nil: none.
    public var selected: Int?
    /// Index of the column that the rows are sorted by; nil: the table's own order.
    public var sortColumn: Int?
    /// Whether the largest value comes first.
    public var sortDescending = false
    /// Whether the column's texts are compared even where its cells have a status or a number.
    public var sortsByText = false
    /// Rows are shown only if one of their texts contains this, ignoring case; empty: all rows.
    public var filter = ""
    /// Whether only rows in warning, critical or unknown are shown.
    public var showsTroubleOnly = false
    /// The groups of rows; nil: none.
    public var grouping: Grouping?
    /// Whether the column with the groups' names is visible. Rows are grouped only then, since groups without names
    /// look like a wrong order.
    var showsGroups = true
    /// Indices of the table's rows that the user has marked for a common action.
    public var marked: Set<Int> = []
    /// Whether the selected row is highlighted, because the widget has the focus.
    public var showsSelection = false
    /// The past of the table's numbers, drawn behind them where there is room; nil: none.
    public var curves: TableCurves?
    /// Whether the last rendered picture had a table.
    public internal(set) var hasTable = false

    var order = TableOrder()
    var layout = TableLayout()
    /// Number of rows that the last render had room for.
    var pageSize = 1
    /// The rectangle of the rows in the last render.
    var rowsRect = Rect(x: 0, y: 0, width: 0, height: 0)
    var hasHeading = false

    public init() {}

    /// Number of rows that pass the filter.
    public var shownRows: Int { order.rows.count }
    /// Number of rows of the table.
    public var totalRows: Int { order.table.rowCount }

    /// The position for the frame, "12/5000", or with a filter "/disk  3/40 of 5000" or "not well  1/3 of 40"; nil where the whole table is
    /// visible.
    public var indicator: String? {
        guard hasTable, isFiltered || shownRows > pageSize else { return nil }
        let place = selected.map { showsSelection ? $0 + 1 : offset + 1 } ?? offset + 1
        let position = "\(min(place, shownRows))/\(shownRows)"
        guard isFiltered else { return position }
        let what = (showsTroubleOnly ? ["not well"] : []) + (filter.isEmpty ? [] : ["/\(filter)"])
        return "\(what.joined(separator: " "))  \(position) of \(totalRows)"
    }

    /// Whether rows are hidden by the user's wish.
    private var isFiltered: Bool { !filter.isEmpty || showsTroubleOnly }

    /// Selects the next row in trouble (`step` 1) or the previous one (-1). Returns whether there is one.
    public mutating func selectTrouble(_ step: Int) -> Bool {
        guard hasTable else { return false }
        let from = selected ?? (step > 0 ? -1 : shownRows)
        let places =
            step > 0
            ? Array(stride(from: from + 1, to: shownRows, by: 1))
            : Array(stride(from: min(from, shownRows) - 1, through: 0, by: -1))
        guard let row = places.first(where: { order.isInTrouble(order.rows[$0]) }) else { return false }
        select(row)
        return true
    }

    /// Index of the selected row in the table; nil: none.
    public var selectedRow: Int? {
        guard hasTable, let selected, selected < order.rows.count else { return nil }
        return order.rows[selected]
    }

    /// Indices in the table of the rows that pass the filter, in the order that is shown.
    public var shown: [Int] { order.rows }

    /// Indices in the table of the rows that the last render had room for.
    public var visible: [Int] {
        guard hasTable, offset < order.rows.count else { return [] }
        return Array(order.rows[offset..<min(offset + pageSize, order.rows.count)])
    }

    /// The cells of a row, counted in the order that is shown; empty: there is no such row.
    public func cells(ofShown row: Int) -> [Table.Cell] {
        guard hasTable, order.rows.indices.contains(row) else { return [] }
        let width = order.table.columns.count
        return Array(order.table.cells[order.rows[row] * width..<(order.rows[row] + 1) * width])
    }

    /// The titles of the columns of the table that was rendered last.
    public var titles: [String] { hasTable ? order.table.columns.map(\.title) : [] }

    /// Index of the column at a position of the surface; nil: there is none.
    public func column(at x: Int) -> Int? {
        hasTable ? layout.columns.first { $0.contains(x - rowsRect.x) }?.index : nil
    }

    /// Applies sorting and filter that changed since the last render. Needed where keys arrive faster than frames
    /// are drawn.
    public mutating func catchUp() {
        if hasTable { prepare(order.table, rows: pageSize) }
    }

    /// Moves the selection by so many rows, within the table. Without a selection it selects the last visible row
    /// (`count` < 0) or the first.
    public mutating func moveSelection(by count: Int) {
        guard let selected else {
            select(count < 0 ? lastVisible : offset)
            return
        }
        select(selected.addingReportingOverflow(count).partialValue)
    }

    /// Moves the selection by pages of the visible rows less one.
    public mutating func page(by pages: Int) {
        let (rows, isTooMuch) = max(pageSize - 1, 1).multipliedReportingOverflow(by: pages)
        moveSelection(by: isTooMuch ? (pages < 0 ? -shownRows : shownRows) : rows)
    }

    /// Selects the first row.
    public mutating func home() { select(0) }
    /// Selects the last row.
    public mutating func end() { select(shownRows - 1) }

    /// Scrolls by so many rows, as a mouse wheel does. The selection changes only where it would leave the visible
    /// rows.
    public mutating func scroll(by count: Int) {
        let (moved, isTooMuch) = offset.addingReportingOverflow(count)
        offset = isTooMuch ? offset : min(max(moved, 0), max(shownRows - pageSize, 0))
        if let selected { self.selected = min(max(selected, offset), lastVisible) }
    }

    /// Sorts by the next visible column; after the last one sorting ends.
    public mutating func cycleSort() {
        let columns = layout.columns.map { $0.index }.sorted()
        guard let current = sortColumn else {
            sort(by: columns.first)
            return
        }
        sort(by: columns.first { $0 > current })
    }

    /// Reverses the direction of sorting, if there is one.
    public mutating func reverseSort() {
        if sortColumn != nil { sortDescending.toggle() }
    }

    /// Handles a click at a position of the surface: sorts by a clicked heading, or reverses its direction, or
    /// selects a clicked row. Returns what was hit; nil: nothing of the table.
    @discardableResult
    public mutating func click(x: Int, y: Int) -> Hit? {
        guard hasTable else { return nil }
        if hasHeading, y == rowsRect.y - 1 {
            guard let column = layout.columns.first(where: { $0.contains(x - rowsRect.x) }) else {
                return nil
            }
            if sortColumn == column.index { reverseSort() } else { sort(by: column.index) }
            return .heading(column.index)
        }
        guard rowsRect.contains(x: x, y: y) else { return nil }
        let row = offset + y - rowsRect.y
        guard row < shownRows else { return nil }
        selected = row
        return .row(row)
    }

    // MARK: -

    /// Sets the sort column; numbers are sorted in descending order, texts in ascending order.
    private mutating func sort(by column: Int?) {
        sortColumn = column
        sortsByText = false
        sortDescending = column.map { order.isNumeric($0) } ?? false
    }

    private mutating func select(_ row: Int) {
        guard shownRows > 0 else {
            selected = nil
            return
        }
        let row = min(max(row, 0), shownRows - 1)
        selected = row
        showSelection(row)
    }

    private mutating func showSelection(_ row: Int) {
        if row < offset { offset = row }
        if row >= offset + pageSize { offset = row - pageSize + 1 }
    }

    private var lastVisible: Int { max(min(offset + pageSize, shownRows) - 1, 0) }

    /// Updates everything for a table that is about to be drawn with room for `rows` rows. Drawing does this too; it is
    /// needed before where something depends on what is selected in the new table.
    public mutating func prepare(_ table: Table, rows: Int) {
        hasTable = true
        pageSize = max(rows, 1)
        if let column = sortColumn, column < 0 || column >= table.columns.count { sortColumn = nil }
        let kept = selected.flatMap { $0 < order.rows.count ? order.rows[$0] : nil }
        let key = kept.map { order.key(of: $0) }
        if let grouping, grouping.ranks.count != table.rowCount { self.grouping = nil }
        if order.update(
            table, sort: sortColumn, descending: sortDescending, byText: sortsByText, filter: filter,
            troubleOnly: showsTroubleOnly,
            grouping: showsGroups ? grouping : nil,
            // Where not all rows have room, those in trouble have.
            worstFirst: table.rowCount > pageSize),
            let kept, let key
        {
            // The selection follows its row.
            let row = order.find(key, near: kept)
            if let row { selected = order.rows.firstIndex(of: row) ?? selected }
            if let selected { showSelection(min(selected, max(shownRows - 1, 0))) }
        }
        if let selected { self.selected = shownRows == 0 ? nil : min(max(selected, 0), shownRows - 1) }
        offset = min(max(offset, 0), max(shownRows - pageSize, 0))
    }

    /// Drops what was computed for a table, for a picture without one.
    mutating func forgetTable() {
        if order.table.rowCount > 0 { order = TableOrder() }
    }
}
