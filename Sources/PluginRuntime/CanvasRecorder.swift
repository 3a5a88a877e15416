import CPluginTable
import ContractEmbedded
import PluginAPI

/// A canvas that records calls as draw operations.
final class CanvasRecorder {
    private(set) var operations: [DrawOperation] = []
    private let width: Int
    private let height: Int
    private let quota: Int
    /// Size of the recorded operations: bytes in a frame, tables and their cells.
    private var bytes = 64
    private var tables = 0
    private var cells = 0

    init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        quota = WireLimits.operations(width: width, height: height)
    }

    /// Records the calls on the table while `body` runs.
    func during(_ table: UnsafeMutablePointer<cm_canvas>, _ body: () -> Void) {
        table.pointee.width = UInt32(clamping: width)
        table.pointee.height = UInt32(clamping: height)
        cplugintable_lend(UInt32(CPLUGINTABLE_CANVAS), Unmanaged.passUnretained(self).toOpaque())
        defer { cplugintable_take_back() }
        body()
    }

    /// Makes the function table for plugins. One table serves all draws and is never freed, so that a plugin that
    /// keeps it does not use freed memory.
    static func makeTable() -> UnsafeMutablePointer<cm_canvas> {
        var canvas = cm_canvas()
        canvas.size = UInt32(MemoryLayout<cm_canvas>.size)
        canvas.text = { canvas, x, y, width, align, role, text in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .text(
                    x: $0, y: $1, width: Int(width), alignment: alignment(align),
                    role: CanvasRecorder.role(role),
                    text: String(lent: text, atMost: WireLimits.text))
            }
        }
        canvas.number = { canvas, x, y, width, align, role, number, unit in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .number(
                    x: $0, y: $1, width: Int(width), alignment: alignment(align),
                    role: CanvasRecorder.role(role),
                    number: number, unit: String(lent: unit, atMost: 16))
            }
        }
        canvas.status = { canvas, x, y, status in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .status(x: $0, y: $1, status: CanvasRecorder.status(status))
            }
        }
        canvas.gauge = { canvas, x, y, width, fraction, limits in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .gauge(
                    x: $0, y: $1, width: Int(width), fraction: fraction,
                    limits: Limits(warning: limits.warning, critical: limits.critical))
            }
        }
        canvas.spark = { canvas, x, y, width, height, role, values, count, minimum, maximum in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .spark(
                    x: $0, y: $1, width: Int(width), height: Int(height), role: CanvasRecorder.role(role),
                    values: floats(values, count), minimum: minimum, maximum: maximum)
            }
        }
        canvas.fill = { canvas, x, y, width, height, role, character in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .fill(
                    x: $0, y: $1, width: Int(width), height: Int(height), role: CanvasRecorder.role(role),
                    character: character)
            }
        }
        canvas.table = { canvas, x, y, width, height, table in
            guard let table else { return }
            CanvasRecorder.of(canvas)?.add(x, y) {
                .table(
                    x: $0, y: $1, width: Int(width), height: Int(height), table: Table(lent: table.pointee))
            }
        }
        canvas.measure = { _, text in
            UInt32(clamping: CharacterWidth.of(String(lent: text, atMost: WireLimits.text)))
        }
        canvas.peaks = { canvas, x, y, width, height, role, values, high, count, minimum, maximum in
            CanvasRecorder.of(canvas)?.add(x, y) {
                .spark(
                    x: $0, y: $1, width: Int(width), height: Int(height), role: CanvasRecorder.role(role),
                    values: floats(values, count), highs: values == nil ? [] : floats(high, count),
                    minimum: minimum, maximum: maximum)
            }
        }
        let table = UnsafeMutablePointer<cm_canvas>.allocate(capacity: 1)
        table.initialize(to: canvas)
        return table
    }

    private static func of(_ canvas: UnsafePointer<cm_canvas>?) -> CanvasRecorder? {
        cplugintable_lent(UInt32(CPLUGINTABLE_CANVAS)).map {
            Unmanaged<CanvasRecorder>.fromOpaque($0).takeUnretainedValue()
        }
    }

    private func add(_ x: Int32, _ y: Int32, _ operation: (Int, Int) -> DrawOperation) {
        guard operations.count < quota else { return }
        let operation = operation(Int(x), Int(y))
        var more = (tables: 0, cells: 0)
        if case .table(_, _, _, _, let table) = operation {
            more = (1, (table.rowCount + 1) * table.columns.count)
        }
        let size = operation.wireSize
        guard bytes + size <= WireLimits.frame, tables + more.tables <= WireLimits.tables,
            cells + more.cells <= WireLimits.tableCells
        else { return }
        bytes += size
        tables += more.tables
        cells += more.cells
        operations.append(operation)
    }

    fileprivate static func role(_ raw: UInt32) -> Role { Role(rawValue: UInt8(clamping: raw)) ?? .value }

    fileprivate static func status(_ raw: UInt32) -> Status {
        Status(rawValue: UInt8(clamping: raw)) ?? .unknown
    }
}

private func alignment(_ raw: UInt32) -> Alignment { Alignment(rawValue: UInt8(clamping: raw)) ?? .left }

private func floats(_ values: UnsafePointer<Float>?, _ count: UInt64) -> [Float] {
    guard let values else { return [] }
    // The newest values, which are at the end, are kept.
    let kept = Int(min(count, UInt64(WireLimits.sparkValues)))
    return [Float](UnsafeBufferPointer(start: values + (Int(clamping: count) - kept), count: kept))
}

extension Table {
    /// Copies a plugin's table; rows and columns beyond the limits are left out.
    fileprivate init(lent table: cm_table) {
        self.init(columns: [])
        let columnCount = Int(min(table.column_count, UInt64(WireLimits.tableColumns)))
        // The heading counts as a row.
        let mostRows = min(WireLimits.tableRows, WireLimits.tableCells / max(columnCount, 1) - 1)
        let rowCount = Int(min(table.row_count, UInt64(mostRows)))
        guard let columns = UnsafeRawPointer(table.columns), columnCount > 0,
            table.column_stride >= UInt32(MemoryLayout<cm_column>.size)
        else { return }
        for index in 0..<columnCount {
            let column = columns.advanced(by: index * Int(table.column_stride))
                .assumingMemoryBound(to: cm_column.self).pointee
            self.columns.append(
                Column(
                    title: String(lent: column.title, atMost: 256), alignment: alignment(column.align),
                    width: Int(clamping: column.width), grow: Int(clamping: column.grow),
                    priority: Int(clamping: column.priority)))
        }
        guard let cells = UnsafeRawPointer(table.cells),
            table.cell_stride >= UInt32(Self.smallestCell)
        else { return }
        self.cells.reserveCapacity(rowCount * columnCount)
        for row in 0..<rowCount {
            for column in 0..<columnCount {
                let place = row * Int(clamping: table.column_count) + column
                let start = cells.advanced(by: place * Int(table.cell_stride))
                self.cells.append(Cell(lent: Self.cell(at: start, size: Int(table.cell_stride))))
            }
        }
    }
}

extension Table {
    /// Bytes of a cell in ABI 1.0, which `layout.c` asserts.
    private static let smallestCell = 72

    /// Returns a plugin's cell; fields that lie outside of its size are zero.
    private static func cell(at start: UnsafeRawPointer, size: Int) -> cm_cell {
        var cell = cm_cell()
        withUnsafeMutableBytes(of: &cell) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: start, count: min(size, MemoryLayout<cm_cell>.size)))
        }
        return cell
    }
}

extension Table.Cell {
    fileprivate init(lent cell: cm_cell) {
        self.init(
            kind: Kind(rawValue: UInt8(clamping: cell.kind)) ?? .empty, role: CanvasRecorder.role(cell.role),
            status: CanvasRecorder.status(cell.status),
            text: String(lent: cell.text, atMost: WireLimits.text),
            number: cell.number,
            limits: Limits(warning: cell.limits.warning, critical: cell.limits.critical))
        // Two zeros are what a plugin leaves that sets no limits for a number.
        if kind == .number, limits.warning == 0, limits.critical == 0 { limits = .none }
        if kind == .spark {
            history = floats(cell.history, cell.history_count)
            if !history.isEmpty { highs = floats(cell.history_high, cell.history_count) }
        }
    }
}
