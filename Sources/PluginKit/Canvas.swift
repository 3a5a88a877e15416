import PluginAPI

/// Where a widget draws: cells from (0, 0) at the top left. What lies outside is clipped.
public struct Canvas {
    private let canvas: UnsafePointer<cm_canvas>
    private let calls: cm_canvas

    /// What the host is too old to have is not drawn.
    init(_ canvas: UnsafePointer<cm_canvas>) {
        var table = cm_canvas()
        copy(canvas, to: &table)
        self.canvas = canvas
        calls = table
    }

    public var width: Int { Int(calls.width) }
    public var height: Int { Int(calls.height) }

    /// Text in one line, shortened with an ellipsis where it is wider than `width` (default: to the edge).
    public func text(
        _ text: String, x: Int, y: Int, width: Int? = nil, align: Alignment = .left, role: Role = .value
    ) {
        withCString(text) {
            calls.text?(
                canvas, place(x), place(y), cells(width ?? self.width - x), UInt32(align.rawValue),
                UInt32(role.rawValue), $0)
        }
    }

    /// A number with its unit in three significant digits.
    public func number(
        _ number: Double, unit: String, x: Int, y: Int, width: Int, align: Alignment = .right,
        role: Role = .value
    ) {
        withCString(unit) {
            calls.number?(
                canvas, place(x), place(y), cells(width), UInt32(align.rawValue), UInt32(role.rawValue),
                number, $0)
        }
    }

    /// The sign of a status, two cells wide.
    public func status(_ status: Status, x: Int, y: Int) {
        calls.status?(canvas, place(x), place(y), UInt32(status.rawValue))
    }

    /// A bar; `fraction` and the limits from 0 to 1.
    public func gauge(_ fraction: Double, x: Int, y: Int, width: Int, limits: Limits = .none) {
        calls.gauge?(
            canvas, place(x), place(y), cells(width), fraction,
            cm_limits(warning: limits.warning, critical: limits.critical))
    }

    /// A curve of the last values, the newest at the right. The scale is taken from the values where not given.
    public func spark(
        _ values: [Float], x: Int, y: Int, width: Int, height: Int = 1, role: Role = .graph,
        from minimum: Double = .nan, to maximum: Double = .nan
    ) {
        values.withUnsafeBufferPointer {
            calls.spark?(
                canvas, place(x), place(y), cells(width), cells(height), UInt32(role.rawValue),
                $0.baseAddress, UInt64($0.count), minimum, maximum)
        }
    }

    public func fill(
        _ character: Unicode.Scalar, x: Int, y: Int, width: Int, height: Int = 1, role: Role = .muted
    ) {
        calls.fill?(
            canvas, place(x), place(y), cells(width), cells(height), UInt32(role.rawValue), character.value)
    }

    /// How many cells a text takes.
    public func measure(_ text: String) -> Int {
        var width: UInt32 = 0
        withCString(text) {
            width = calls.measure?(canvas, $0) ?? UInt32(clamping: text.unicodeScalars.count)
        }
        return Int(width)
    }

    /// A table, its heading in the first row. Scrolling, sorting, filtering and selection are the host's.
    public func table(_ table: Table, x: Int = 0, y: Int = 0, width: Int? = nil, height: Int? = nil) {
        let store = TableStorage(table)
        defer { store.free() }
        var description = cm_table()
        description.size = UInt32(MemoryLayout<cm_table>.size)
        description.columns = UnsafePointer(store.columns)
        description.column_count = UInt64(table.columns.count)
        description.column_stride = UInt32(MemoryLayout<cm_column>.stride)
        description.cell_stride = UInt32(MemoryLayout<cm_cell>.stride)
        description.cells = UnsafePointer(store.cells)
        description.row_count = UInt64(table.rowCount)
        calls.table?(
            canvas, place(x), place(y), cells(width ?? self.width - x), cells(height ?? self.height - y),
            &description)
    }

    private func cells(_ count: Int) -> UInt32 { UInt32(clamping: count) }
    private func place(_ coordinate: Int) -> Int32 { Int32(clamping: coordinate) }
}

extension Table {
    public init(_ columns: [Column]) { self.init(columns: columns, cells: []) }

    /// Adds a row; one cell for each column.
    public mutating func add(_ row: [Cell]) { cells += row }
}

extension Table.Cell {
    public static var empty: Table.Cell { Table.Cell(kind: .empty) }

    /// Text; `key` makes it sort as a number.
    public static func text(_ text: String, role: Role = .value, key: Double = .nan) -> Table.Cell {
        Table.Cell(kind: .text, role: role, text: text, number: key)
    }

    /// A number with its unit; nil is an empty cell.
    public static func number(_ number: Double?, unit: String, role: Role = .value) -> Table.Cell {
        guard let number else { return .empty }
        return Table.Cell(kind: .number, role: role, text: unit, number: number)
    }

    public static func gauge(_ fraction: Double?, limits: Limits = .none) -> Table.Cell {
        guard let fraction else { return .empty }
        return Table.Cell(kind: .gauge, number: fraction, limits: limits)
    }

    public static func spark(_ history: [Float], role: Role = .graph) -> Table.Cell {
        Table.Cell(kind: .spark, role: role, history: history)
    }

    /// The sign of a status, then a word.
    public static func status(_ status: Status, _ text: String = "") -> Table.Cell {
        Table.Cell(kind: .status, status: status, text: text, number: .nan)
    }
}

/// A table in the shape of the header. Texts and histories lie in two pools, so that a table of thousands of
/// rows costs four allocations.
private struct TableStorage {
    let columns: UnsafeMutablePointer<cm_column>
    let cells: UnsafeMutablePointer<cm_cell>
    private let bytes: UnsafeMutablePointer<CChar>
    private let values: UnsafeMutablePointer<Float>

    init(_ table: Table) {
        var (byteCount, valueCount) = (0, 0)
        for column in table.columns { byteCount += column.title.utf8.count }
        for cell in table.cells {
            byteCount += cell.text.utf8.count
            valueCount += cell.history.count
        }
        columns = .allocate(capacity: max(table.columns.count, 1))
        cells = .allocate(capacity: max(table.cells.count, 1))
        bytes = .allocate(capacity: max(byteCount, 1))
        values = .allocate(capacity: max(valueCount, 1))
        var (nextByte, nextValue) = (bytes, values)
        for (index, column) in table.columns.enumerated() {
            (columns + index).initialize(
                to: cm_column(
                    title: Self.store(column.title, at: &nextByte), align: UInt32(column.alignment.rawValue),
                    width: UInt32(clamping: column.width), grow: UInt32(clamping: column.grow),
                    priority: UInt32(clamping: column.priority)))
        }
        for (index, cell) in table.cells.enumerated() {
            var entry = cm_cell()
            entry.kind = UInt32(cell.kind.rawValue)
            entry.role = UInt32(cell.role.rawValue)
            entry.status = UInt32(cell.status.rawValue)
            entry.text = Self.store(cell.text, at: &nextByte)
            entry.number = cell.number
            entry.limits = cm_limits(warning: cell.limits.warning, critical: cell.limits.critical)
            entry.history = UnsafePointer(nextValue)
            entry.history_count = UInt64(cell.history.count)
            for value in cell.history {
                nextValue.initialize(to: value)
                nextValue += 1
            }
            (cells + index).initialize(to: entry)
        }
    }

    func free() {
        columns.deallocate()
        cells.deallocate()
        bytes.deallocate()
        values.deallocate()
    }

    private static func store(_ string: String, at place: inout UnsafeMutablePointer<CChar>) -> cm_string {
        let start = place
        for byte in string.utf8 {
            place.initialize(to: CChar(bitPattern: byte))
            place += 1
        }
        return cm_string(data: start, length: UInt64(place - start))
    }
}
