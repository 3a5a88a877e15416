// Drawing operations on the wire; see Codec.swift.

extension ByteWriter {
    mutating func operation(_ operation: DrawOperation) {
        switch operation {
        case .text(let x, let y, let width, let alignment, let role, let string):
            place(0, x, y)
            int(width)
            u8(alignment.rawValue)
            u8(role.rawValue)
            text(string)
        case .number(let x, let y, let width, let alignment, let role, let number, let unit):
            place(1, x, y)
            int(width)
            u8(alignment.rawValue)
            u8(role.rawValue)
            double(number)
            text(unit)
        case .status(let x, let y, let status):
            place(2, x, y)
            u8(status.rawValue)
        case .gauge(let x, let y, let width, let fraction, let limits):
            place(3, x, y)
            int(width)
            double(fraction)
            self.limits(limits)
        case .spark(
            let x, let y, let width, let height, let role, let values, let highs, let minimum, let maximum):
            place(4, x, y)
            int(width)
            int(height)
            u8(role.rawValue)
            double(minimum)
            double(maximum)
            floats(values)
            floats(highs)
        case .fill(let x, let y, let width, let height, let role, let character):
            place(5, x, y)
            int(width)
            int(height)
            u8(role.rawValue)
            u32(character)
        case .table(let x, let y, let width, let height, let table):
            place(6, x, y)
            int(width)
            int(height)
            self.table(table)
        }
    }

    private mutating func place(_ tag: UInt8, _ x: Int, _ y: Int) {
        u8(tag)
        int(x)
        int(y)
    }

    private mutating func table(_ table: Table) {
        count(table.columns.count)
        for column in table.columns {
            text(column.title)
            u8(column.alignment.rawValue)
            int(column.width)
            int(column.grow)
            int(column.priority)
        }
        count(table.rowCount)
        for cell in table.cells.prefix(table.rowCount * table.columns.count) {
            u8(cell.kind.rawValue)
            if cell.kind == .empty { continue }
            u8(cell.role.rawValue)
            u8(cell.status.rawValue)
            text(cell.text)
            double(cell.number)
            if cell.kind.hasLimits { limits(cell.limits) }
            if cell.kind == .spark {
                floats(cell.history)
                floats(cell.highs)
            }
        }
    }
}

extension DrawOperation {
    /// An upper bound of the bytes that the operation takes in a frame. The worker leaves out operations that would
    /// make a frame larger than the host accepts.
    public var wireSize: Int {
        switch self {
        case .text(_, _, _, _, _, let text): 32 + text.utf8.count
        case .number(_, _, _, _, _, _, let unit): 32 + unit.utf8.count
        case .status, .fill: 32
        case .gauge: 48
        case .spark(_, _, _, _, _, let values, let highs, _, _): 52 + 4 * (values.count + highs.count)
        case .table(_, _, _, _, let table):
            table.columns.reduce(32) { $0 + 17 + $1.title.utf8.count }
                + table.cells.reduce(0) {
                    $0 + 36 + $1.text.utf8.count + 4 * ($1.history.count + $1.highs.count)
                }
        }
    }
}

extension ByteReader {
    mutating func operation() throws(WireError) -> DrawOperation {
        let tag = try u8()
        let x = try int()
        let y = try int()
        switch tag {
        case 0:
            return .text(
                x: x, y: y, width: try int(), alignment: try alignment(), role: try role(),
                text: try text(atMost: WireLimits.text))
        case 1:
            return .number(
                x: x, y: y, width: try int(), alignment: try alignment(), role: try role(),
                number: try double(), unit: try text(atMost: WireLimits.name))
        case 2: return .status(x: x, y: y, status: try status())
        case 3: return .gauge(x: x, y: y, width: try int(), fraction: try double(), limits: try limits())
        case 4: return try spark(x, y)
        case 5:
            return .fill(
                x: x, y: y, width: try int(), height: try int(), role: try role(), character: try u32())
        case 6:
            let width = try int()
            let height = try int()
            return .table(x: x, y: y, width: width, height: height, table: try table())
        default: throw .unknownTag
        }
    }

    /// The largest values of a curve: one for each value, or none.
    mutating func highs(of values: [Float]) throws(WireError) -> [Float] {
        let highs = try floats(atMost: values.count)
        guard highs.isEmpty || highs.count == values.count else { throw .outOfRange }
        return highs
    }

    private mutating func spark(_ x: Int, _ y: Int) throws(WireError) -> DrawOperation {
        let width = try int()
        let height = try int()
        let role = try role()
        let minimum = try double()
        let maximum = try double()
        let values = try floats(atMost: WireLimits.sparkValues)
        return .spark(
            x: x, y: y, width: width, height: height, role: role, values: values,
            highs: try highs(of: values), minimum: minimum, maximum: maximum)
    }

    private mutating func table() throws(WireError) -> Table {
        var table = Table(columns: [])
        for _ in 0..<(try count(ofSize: 17, atMost: WireLimits.tableColumns)) {
            table.columns.append(
                Table.Column(
                    title: try text(atMost: WireLimits.text), alignment: try alignment(), width: try int(),
                    grow: try int(), priority: try int()))
        }
        let rows = try count(ofSize: table.columns.count, atMost: WireLimits.tableRows)
        guard rows == 0 || !table.columns.isEmpty else { throw .outOfRange }
        // An empty cell is one byte on the wire and many in memory: their number is bounded for the whole frame.
        tables += 1
        tableCells += (rows + 1) * table.columns.count
        guard tables <= WireLimits.tables, tableCells <= WireLimits.tableCells else { throw .outOfRange }
        table.cells.reserveCapacity(rows * table.columns.count)
        for _ in 0..<rows * table.columns.count { table.cells.append(try cell()) }
        return table
    }

    private mutating func cell() throws(WireError) -> Table.Cell {
        guard let kind = Table.Cell.Kind(rawValue: try u8()) else { throw .outOfRange }
        if kind == .empty { return Table.Cell(kind: .empty) }
        var cell = Table.Cell(kind: kind, role: try role(), status: try status())
        cell.text = try text(atMost: WireLimits.text)
        cell.number = try double()
        if kind.hasLimits { cell.limits = try limits() }
        if kind == .spark {
            cell.history = try floats(atMost: WireLimits.sparkValues)
            cell.highs = try highs(of: cell.history)
        }
        return cell
    }
}
