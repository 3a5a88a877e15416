import PluginAPI

/// The cells that a widget draws into, (0, 0) at the top left. What lies outside is clipped. Valid during `draw`
/// only, on the thread that called it.
public struct Canvas {
    private let canvas: UnsafePointer<cm_canvas>
    private let calls: cm_canvas

    /// Calls that the host is too old to know do nothing.
    init(_ canvas: UnsafePointer<cm_canvas>) {
        var table = cm_canvas()
        copy(canvas, to: &table)
        self.canvas = canvas
        calls = table
    }

    /// Width in cells.
    public var width: Int { Int(calls.width) }
    /// Height in cells.
    public var height: Int { Int(calls.height) }

    /// Draws one line of text, shortened with an ellipsis where it is wider than `width` (default: to the right
    /// edge). It is not cut inside or right behind a number; ``Format`` makes numbers for a width.
    public func text(
        _ text: String, x: Int, y: Int, width: Int? = nil, align: Alignment = .left, role: Role = .value
    ) {
        withCString(text) {
            calls.text?(
                canvas, place(x), place(y), cells(width ?? self.width - x), UInt32(align.rawValue),
                UInt32(role.rawValue), $0)
        }
    }

    /// Draws a number with its unit in three significant digits, or in fewer where it is wider than `width`; NaN, and
    /// what does not fit, as "–".
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

    /// Draws the sign of a status, which is two cells wide.
    public func status(_ status: Status, x: Int, y: Int) {
        calls.status?(canvas, place(x), place(y), UInt32(status.rawValue))
    }

    /// Draws a bar, `fraction` (0 to 1) of it filled, with marks at the limits, which are fractions too.
    public func gauge(_ fraction: Double, x: Int, y: Int, width: Int, limits: Limits = .none) {
        calls.gauge?(
            canvas, place(x), place(y), cells(width), fraction,
            cm_limits(warning: limits.warning, critical: limits.critical))
    }

    /// Draws what a number was, the newest at the right, its peaks shaded. A bound of the scale that is NaN is taken from
    /// the values.
    public func spark(
        _ past: Past, x: Int, y: Int, width: Int, height: Int = 1, role: Role = .graph,
        from minimum: Double = .nan, to maximum: Double = .nan
    ) {
        guard !past.highs.isEmpty, let peaks = calls.peaks else {
            return spark(
                past.values, x: x, y: y, width: width, height: height, role: role, from: minimum, to: maximum)
        }
        past.values.withUnsafeBufferPointer { values in
            past.highs.withUnsafeBufferPointer { highs in
                peaks(
                    canvas, place(x), place(y), cells(width), cells(height), UInt32(role.rawValue),
                    values.baseAddress, highs.baseAddress, UInt64(values.count), minimum, maximum)
            }
        }
    }

    /// Draws a curve of values, the newest at the right; NaN is a gap. A bound of the scale that is NaN is taken from the
    /// values.
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

    /// Fills a rectangle with one character, which must be exactly one cell wide; another one is replaced.
    public func fill(
        _ character: Unicode.Scalar, x: Int, y: Int, width: Int, height: Int = 1, role: Role = .muted
    ) {
        calls.fill?(
            canvas, place(x), place(y), cells(width), cells(height), UInt32(role.rawValue), character.value)
    }

    /// Returns the number of cells that a text takes.
    public func measure(_ text: String) -> Int {
        var width: UInt32 = 0
        withCString(text) {
            width = calls.measure?(canvas, $0) ?? UInt32(clamping: text.unicodeScalars.count)
        }
        return Int(width)
    }

    /// Draws a table with its heading in the first row (default: from `x`, `y` to the lower right edge). The host
    /// scrolls, sorts, filters and selects in it.
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
    /// A table without rows.
    public init(_ columns: [Column]) { self.init(columns: columns, cells: []) }

    /// Adds a row, which must have one cell for each column.
    public mutating func add(_ row: [Cell]) { cells += row }
}

extension Table.Cell {
    /// A cell that shows nothing.
    public static var empty: Table.Cell { Table.Cell(kind: .empty) }

    /// A text; a `key` that is not NaN is what the cell sorts by.
    public static func text(_ text: String, role: Role = .value, key: Double = .nan) -> Table.Cell {
        Table.Cell(kind: .text, role: role, text: text, number: key)
    }

    /// A number with its unit, shown in three significant digits, which do not cross the `limits`; nil is an empty
    /// cell.
    public static func number(
        _ number: Double?, unit: String, role: Role = .value, limits: Limits = .none
    ) -> Table.Cell {
        guard let number else { return .empty }
        return Table.Cell(kind: .number, role: role, text: unit, number: number, limits: limits)
    }

    /// A bar; `fraction` and the limits from 0 to 1. Nil is an empty cell.
    public static func gauge(_ fraction: Double?, limits: Limits = .none) -> Table.Cell {
        guard let fraction else { return .empty }
        return Table.Cell(kind: .gauge, number: fraction, limits: limits)
    }

    /// A curve of values, oldest first; NaN is a gap.
    public static func spark(_ past: Past, role: Role = .graph) -> Table.Cell {
        Table.Cell(kind: .spark, role: role, history: past.values, highs: past.highs)
    }

    /// The sign of a status and a text behind it.
    public static func status(_ status: Status, _ text: String = "") -> Table.Cell {
        Table.Cell(kind: .status, status: status, text: text, number: .nan)
    }
}

/// A table as C structs. All texts are in one allocation and all histories in another, so that a table of thousands
/// of rows costs four allocations. ``free()`` releases them.
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
            valueCount += cell.history.count + cell.highs.count
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
            entry.history_count = UInt64(cell.history.count)
            entry.history = Self.store(cell.history, at: &nextValue)
            if !cell.highs.isEmpty { entry.history_high = Self.store(cell.highs, at: &nextValue) }
            (cells + index).initialize(to: entry)
        }
    }

    private static func store(_ values: [Float], at place: inout UnsafeMutablePointer<Float>)
        -> UnsafePointer<Float>
    {
        let start = place
        for value in values {
            place.initialize(to: value)
            place += 1
        }
        return UnsafePointer(start)
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
