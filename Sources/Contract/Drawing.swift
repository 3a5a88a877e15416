/// One call on a canvas. A widget's picture crosses the pipe as a list of these and not as cells, so that
/// theme, icons, scrolling and sorting need no further call into the plugin.
public enum DrawOperation: Sendable, Equatable {
    case text(x: Int, y: Int, width: Int, alignment: Alignment, role: Role, text: String)
    case number(
        x: Int, y: Int, width: Int, alignment: Alignment, role: Role, number: Double, unit: String)
    case status(x: Int, y: Int, status: Status)
    case gauge(x: Int, y: Int, width: Int, fraction: Double, limits: Limits)
    case spark(
        x: Int, y: Int, width: Int, height: Int, role: Role, values: [Float], minimum: Double,
        maximum: Double)
    case fill(x: Int, y: Int, width: Int, height: Int, role: Role, character: UInt32)
    case table(x: Int, y: Int, width: Int, height: Int, table: Table)
}

/// A table whose scrolling, sorting, filtering and selection are the host's: `cm_table`.
public struct Table: Sendable, Equatable {
    public struct Column: Sendable, Equatable {
        public var title: String
        public var alignment: Alignment
        /// Cells wanted; 0: as wide as the widest cell.
        public var width: Int
        /// Share of the room that is left over.
        public var grow: Int
        /// When there is too little room the highest number goes first; 0 stays.
        public var priority: Int

        public init(
            title: String, alignment: Alignment = .left, width: Int = 0, grow: Int = 0, priority: Int = 0
        ) {
            self.title = title
            self.alignment = alignment
            self.width = width
            self.grow = grow
            self.priority = priority
        }
    }

    public struct Cell: Sendable, Equatable {
        public enum Kind: UInt8, Sendable {
            case empty = 0
            case text, number, gauge, spark, status
        }

        public var kind: Kind
        public var role: Role
        public var status: Status
        public var text: String
        /// Also the key to sort by; NaN: the text is.
        public var number: Double
        public var limits: Limits
        public var history: [Float]

        public init(
            kind: Kind, role: Role = .value, status: Status = .auto, text: String = "", number: Double = .nan,
            limits: Limits = .none, history: [Float] = []
        ) {
            self.kind = kind
            self.role = role
            self.status = status
            self.text = text
            self.number = number
            self.limits = limits
            self.history = history
        }

        public static func == (left: Cell, right: Cell) -> Bool {
            left.kind == right.kind && left.role == right.role && left.status == right.status
                && left.text == right.text && left.number.bitPattern == right.number.bitPattern
                && left.limits == right.limits && left.history == right.history
        }
    }

    public var columns: [Column]
    /// Row by row; the count is a multiple of the number of columns.
    public var cells: [Cell]

    public init(columns: [Column], cells: [Cell] = []) {
        self.columns = columns
        self.cells = cells
    }

    public var rowCount: Int { columns.isEmpty ? 0 : cells.count / columns.count }
}
