/// One call on a canvas. A widget's picture crosses the pipe as a list of these and not as cells, so that theme,
/// icons, scrolling and sorting need no further call into the plugin. Positions and sizes are in cells of the
/// widget, (0, 0) at the top left; parts outside it are clipped.
public enum DrawOperation: Sendable, Equatable {
    case text(x: Int, y: Int, width: Int, alignment: Alignment, role: Role, text: String)
    case number(
        x: Int, y: Int, width: Int, alignment: Alignment, role: Role, number: Double, unit: String)
    case status(x: Int, y: Int, status: Status)
    case gauge(x: Int, y: Int, width: Int, fraction: Double, limits: Limits)
    case spark(
        x: Int, y: Int, width: Int, height: Int, role: Role, values: [Float], highs: [Float] = [],
        minimum: Double, maximum: Double)
    case fill(x: Int, y: Int, width: Int, height: Int, role: Role, character: UInt32)
    case table(x: Int, y: Int, width: Int, height: Int, table: Table)
}

/// A table that the host scrolls, sorts, filters and selects in: `cm_table`.
public struct Table: Sendable, Equatable {
    /// One column of a table.
    public struct Column: Sendable, Equatable {
        /// The heading; may be empty.
        public var title: String
        /// Alignment of the heading and of texts and numbers below it.
        public var alignment: Alignment
        /// The wanted width in cells; 0: as wide as the widest cell.
        public var width: Int
        /// The column's weight where room that is left over is divided; 0: the column does not grow.
        public var grow: Int
        /// Columns are left out from the highest priority down while the room is too small; 0: never left out.
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

    /// One cell of a table. Which properties are used depends on ``kind``.
    public struct Cell: Sendable, Equatable {
        /// What a cell shows. Raw values are those of `CM_CELL_…`.
        public enum Kind: UInt8, Sendable {
            case empty = 0
            case text, number, gauge, spark, status

            /// Whether ``Cell/limits`` belong to a cell of this kind.
            var hasLimits: Bool { self == .gauge || self == .number }
        }

        /// What the cell shows.
        public var kind: Kind
        /// The style of a text, number or curve.
        public var role: Role
        /// The status that the cell shows or is in.
        public var status: Status
        /// The text of a text or status cell; the unit of a number.
        public var text: String
        /// The number, or the filled part of a gauge (0 to 1); also the key to sort by. NaN: the text is the key.
        public var number: Double
        /// The limits of a gauge, from 0 to 1; those that a number was judged by, in its unit, so that rounding does
        /// not take it across one.
        public var limits: Limits
        /// The values of a curve, oldest first.
        public var history: [Float]
        /// The largest value that each value of the curve stands for; empty: none is larger.
        public var highs: [Float]

        public init(
            kind: Kind, role: Role = .value, status: Status = .auto, text: String = "", number: Double = .nan,
            limits: Limits = .none, history: [Float] = [], highs: [Float] = []
        ) {
            self.kind = kind
            self.role = role
            self.status = status
            self.text = text
            self.number = number
            self.limits = limits
            self.history = history
            self.highs = highs
        }

        /// Compares numbers by bit pattern, so that two absent numbers (NaN) are equal.
        public static func == (left: Cell, right: Cell) -> Bool {
            left.kind == right.kind && left.role == right.role && left.status == right.status
                && left.text == right.text && left.number.bitPattern == right.number.bitPattern
                && left.limits == right.limits && left.history == right.history
                && left.highs == right.highs
        }
    }

    /// The columns, from left to right.
    public var columns: [Column]
    /// Row by row; the count is a multiple of the number of columns.
    public var cells: [Cell]

    public init(columns: [Column], cells: [Cell] = []) {
        self.columns = columns
        self.cells = cells
    }

    /// Number of whole rows.
    public var rowCount: Int { columns.isEmpty ? 0 : cells.count / columns.count }
}
