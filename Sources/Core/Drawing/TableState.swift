import Contract

/// What the user did to a table: scrolled, selected, sorted, filtered. And what was worked out for that, so that
/// a key costs no more than the rows that are seen.
public struct TableState: Sendable {
    public enum Hit: Equatable, Sendable {
        /// A column's index in the table.
        case heading(Int)
        /// In the order that is shown.
        case row(Int)
    }

    /// Rows that stand together, whatever they are sorted by.
    public struct Grouping: Equatable, Sendable {
        /// The column that says what they have in common, at the first of them alone.
        public var column: Int
        /// For each row of the table the place of its group.
        public var ranks: [Int]

        public init(column: Int, ranks: [Int]) {
            self.column = column
            self.ranks = ranks
        }
    }

    /// First visible row.
    public var offset = 0
    /// In the order that is shown; nil: none.
    public var selected: Int?
    public var sortColumn: Int?
    public var sortDescending = false
    /// By the texts of the column, also where these have a status or a number.
    public var sortsByText = false
    /// Only rows with this in one of their texts, whatever the case of its letters.
    public var filter = ""
    /// nil: the rows stand in no groups.
    public var grouping: Grouping?
    /// There is room for the column that names the groups; else they would only look like a wrong order.
    var showsGroups = true
    /// Rows of the table that are marked, for something to be done with all of them.
    public var marked: Set<Int> = []
    /// Whether the selected row is highlighted: the widget has the focus.
    public var showsSelection = false
    /// There was a table in the last render.
    public internal(set) var hasTable = false

    var order = TableOrder()
    var layout = TableLayout()
    /// Rows that were seen at once.
    var pageSize = 1
    /// Where the rows stood.
    var rowsRect = Rect(x: 0, y: 0, width: 0, height: 0)
    var hasHeading = false

    public init() {}

    /// Rows that pass the filter.
    public var shownRows: Int { order.rows.count }
    /// All rows of the table.
    public var totalRows: Int { order.table.rowCount }

    /// "12/5000" for the frame; nil where the whole table is seen. With a filter: "/disk  3/40 of 5000".
    public var indicator: String? {
        guard hasTable, !filter.isEmpty || shownRows > pageSize else { return nil }
        let place = selected.map { showsSelection ? $0 + 1 : offset + 1 } ?? offset + 1
        let position = "\(min(place, shownRows))/\(shownRows)"
        return filter.isEmpty ? position : "/\(filter)  \(position) of \(totalRows)"
    }

    /// The selected row, as the table counts them.
    public var selectedRow: Int? {
        guard hasTable, let selected, selected < order.rows.count else { return nil }
        return order.rows[selected]
    }

    /// The rows that pass the filter, as the table counts them, in the order that is shown.
    public var shown: [Int] { order.rows }

    /// Brings the rows up to date with what was sorted and filtered since the table was last drawn: keys may come faster
    /// than frames.
    public mutating func catchUp() {
        if hasTable { prepare(order.table, rows: pageSize) }
    }

    public mutating func moveSelection(by count: Int) {
        guard let selected else {
            select(count < 0 ? lastVisible : offset)
            return
        }
        select(selected.addingReportingOverflow(count).partialValue)
    }

    public mutating func page(by pages: Int) {
        let (rows, isTooMuch) = max(pageSize - 1, 1).multipliedReportingOverflow(by: pages)
        moveSelection(by: isTooMuch ? (pages < 0 ? -shownRows : shownRows) : rows)
    }

    public mutating func home() { select(0) }
    public mutating func end() { select(shownRows - 1) }

    /// Moves the view and leaves the selection, as a mouse wheel does.
    public mutating func scroll(by count: Int) {
        let (moved, isTooMuch) = offset.addingReportingOverflow(count)
        offset = isTooMuch ? offset : min(max(moved, 0), max(shownRows - pageSize, 0))
        if let selected { self.selected = min(max(selected, offset), lastVisible) }
    }

    /// Sorts by the next column, and after the last one not at all.
    public mutating func cycleSort() {
        let columns = layout.columns.map { $0.index }.sorted()
        guard let current = sortColumn else {
            sort(by: columns.first)
            return
        }
        sort(by: columns.first { $0 > current })
    }

    public mutating func reverseSort() {
        if sortColumn != nil { sortDescending.toggle() }
    }

    /// Sorts by a clicked heading or selects a clicked row; coordinates of the surface.
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

    /// Numbers begin with the largest, texts with A.
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

    /// Brings everything up to date for a table that is about to be drawn with room for so many rows.
    mutating func prepare(_ table: Table, rows: Int) {
        hasTable = true
        pageSize = max(rows, 1)
        if let column = sortColumn, column < 0 || column >= table.columns.count { sortColumn = nil }
        let kept = selected.flatMap { $0 < order.rows.count ? order.rows[$0] : nil }
        let key = kept.map { order.key(of: $0) }
        if let grouping, grouping.ranks.count != table.rowCount { self.grouping = nil }
        if order.update(
            table, sort: sortColumn, descending: sortDescending, byText: sortsByText, filter: filter,
            grouping: showsGroups ? grouping : nil),
            let kept, let key
        {
            // The selection stays with its row, wherever that has gone.
            let row = order.find(key, near: kept)
            if let row { selected = order.rows.firstIndex(of: row) ?? selected }
            if let selected { showSelection(min(selected, max(shownRows - 1, 0))) }
        }
        if let selected { self.selected = shownRows == 0 ? nil : min(max(selected, 0), shownRows - 1) }
        offset = min(max(offset, 0), max(shownRows - pageSize, 0))
    }

    /// The widget draws no table any more: what was kept of it is of no use.
    mutating func forgetTable() {
        if order.table.rowCount > 0 { order = TableOrder() }
    }
}
