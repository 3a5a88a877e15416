import Contract

/// The overview of all hosts as a table: a row for each, a column for each metric that was asked for.
public struct FleetTable: Sendable {
    public struct Column: Sendable {
        public var title: String
        public var unit: String
        public var isNumeric: Bool

        public init(title: String, unit: String = "", isNumeric: Bool) {
            self.title = title
            self.unit = unit
            self.isNumeric = isNumeric
        }
    }

    public struct Row: Sendable {
        public var host: String
        public var role: String
        /// What its connection is worth, in a word: "online", "stale", "unreachable".
        public var state: String
        /// The worst of all that is known of the host.
        public var status: Status
        /// No value of it is as new as it should be.
        public var isStale: Bool
        /// One for each column; nil: nothing is known.
        public var cells: [Snapshot.Cell?]

        public init(
            host: String, role: String, state: String, status: Status, isStale: Bool, cells: [Snapshot.Cell?]
        ) {
            self.host = host
            self.role = role
            self.state = state
            self.status = status
            self.isStale = isStale
            self.cells = cells
        }
    }

    public var columns: [Column]
    public var rows: [Row]

    public init(columns: [Column], rows: [Row]) {
        self.columns = columns
        self.rows = rows
    }

    public var table: Table {
        var table = Table(columns: [
            Table.Column(title: "Host", grow: 1),
            Table.Column(title: "State", width: 16, grow: 3, priority: 1),
            Table.Column(title: "Role", priority: columns.count + 2),
        ])
        for (index, column) in columns.enumerated() {
            table.columns.append(
                Table.Column(
                    title: column.title, alignment: column.isNumeric ? .right : .left, priority: index + 2))
        }
        table.cells.reserveCapacity(rows.count * table.columns.count)
        for row in rows {
            let role = Self.role(of: row)
            table.cells.append(Table.Cell(kind: .status, status: row.status, text: row.host))
            table.cells.append(Table.Cell(kind: .text, role: role, text: row.state))
            table.cells.append(Table.Cell(kind: .text, role: row.isStale ? .muted : role, text: row.role))
            for (column, cell) in zip(columns, row.cells) {
                table.cells.append(Self.cell(cell, column, of: row))
            }
        }
        return table
    }

    /// The worst of all rows, for the frame.
    public var status: Status { rows.reduce(.auto) { Status.worse($0, $1.status) } }

    private static func cell(_ cell: Snapshot.Cell?, _ column: Column, of row: Row) -> Table.Cell {
        guard let cell else { return Table.Cell(kind: .empty) }
        // What is worse than its row says so itself; what is old is grey.
        let own: Role =
            switch cell.status {
            case .warning: .warning
            case .critical: .critical
            default: role(of: row)
            }
        let role = row.isStale ? .muted : own
        return switch cell.value {
        case .absent: Table.Cell(kind: .empty)
        case .number(let number): Table.Cell(kind: .number, role: role, text: column.unit, number: number)
        case .text(let text): Table.Cell(kind: .text, role: role, text: text)
        }
    }

    /// A row in trouble is coloured as a row.
    private static func role(of row: Row) -> Role {
        switch row.status {
        case .warning: .warning
        case .critical: .critical
        case .unknown: .muted
        case .auto, .ok: .value
        }
    }

    /// "NVMe wear": a label alone does not tell whose it is.
    public static func title(of metric: MetricDeclaration, in plugin: PluginDescription) -> String {
        let label = metric.label.isEmpty ? metric.id : metric.label
        let name = plugin.name.split(separator: " ").first.map(String.init) ?? plugin.id
        if label.lowercased().hasPrefix(name.lowercased()) { return label }
        return "\(name) \(label.prefix(1).lowercased())\(label.dropFirst())"
    }

    /// What stands for all instances of a plugin: the worst cell of a metric, and of equally bad ones the worst number.
    public static func headline(
        _ instances: [Snapshot.Instance], metric: Int, direction: MetricDeclaration.Direction
    ) -> Snapshot.Cell? {
        var best: Snapshot.Cell?
        for instance in instances where metric < instance.cells.count {
            let cell = instance.cells[metric]
            guard cell.value != .absent else { continue }
            guard let known = best else {
                best = cell
                continue
            }
            if cell.status != known.status {
                if Status.worse(known.status, cell.status) == cell.status { best = cell }
            } else if case .number(let new) = cell.value, case .number(let old) = known.value {
                if direction == .lowerIsWorse ? new < old : new > old { best = cell }
            }
        }
        return best
    }
}
