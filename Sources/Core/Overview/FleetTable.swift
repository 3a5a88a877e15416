import Contract

/// The overview of all hosts as a table: one row per host, one column per requested property or metric.
public struct FleetTable: Sendable {
    /// A column of the overview.
    public struct Column: Sendable, Equatable {
        /// What a column shows.
        public enum Content: Sendable, Equatable {
            case role, address, state, status, age, alert
            /// A cell of a row's `cells`, for a plugin's metric. The columns of metrics and the cells have the same
            /// order.
            case metric(unit: String, isNumeric: Bool)
        }

        /// The text of its head.
        public var title: String
        /// What it shows.
        public var content: Content
        /// The limits that a metric's numbers are usually judged by, which rounding does not cross.
        public var limits: Limits

        public init(_ content: Content, title: String, limits: Limits = .none) {
            self.title = title
            self.content = content
            self.limits = limits
        }
    }

    /// A metric's value for a host.
    public struct Headline: Sendable, Equatable {
        /// The value with its status.
        public var cell: Snapshot.Cell
        /// Whether the value is older than it should be.
        public var isStale: Bool
        /// What is drawn instead of a number: the date of a time that is foretold; nil: the number.
        public var words: String?
        /// What a number was before, drawn behind it where there is room; nil: not known.
        public var past: Past?

        public init(_ cell: Snapshot.Cell, isStale: Bool = false, past: Past? = nil) {
            self.cell = cell
            self.isStale = isStale
            self.past = past
        }
    }

    /// The properties of one host.
    public struct Row: Sendable, Equatable {
        /// The host's name.
        public var host: String
        /// The host's role; empty: none.
        public var role: String
        /// The host's address; empty: this machine.
        public var address: String
        /// The state of the host's answers.
        public var state: HostState
        /// The state in words, with the reason.
        public var stateWords: String
        /// The worst status of all values of the host.
        public var status: Status
        /// Seconds since its newest value was taken; nil: there is none.
        public var age: Int64?
        /// The latest change of status, in words.
        public var alert: String
        /// The status after that change.
        public var alertStatus: Status
        /// One for each column of a metric; nil: nothing is known.
        public var cells: [Headline?]

        public init(
            host: String, role: String = "", address: String = "", state: HostState = .waiting,
            stateWords: String = "", status: Status = .auto, age: Int64? = nil, alert: String = "",
            alertStatus: Status = .auto,
            cells: [Headline?] = []
        ) {
            self.host = host
            self.role = role
            self.address = address
            self.state = state
            self.stateWords = stateWords
            self.status = status
            self.age = age
            self.alert = alert
            self.alertStatus = alertStatus
            self.cells = cells
        }
    }

    /// The columns, without that of the host names.
    public private(set) var columns: [Column]
    /// The rows, in the order in which they were given.
    public private(set) var rows: [Row]
    private let leadsWithRole: Bool
    /// The table that is drawn: the host's name with its status, then the columns.
    public private(set) var table: Table
    /// The past of the numbers in ``table``; nil: none has one.
    public var curves: TableCurves? { pasts.isEmpty ? nil : pasts }
    private var pasts: TableCurves

    /// - Parameter columns: A role column in the first place precedes the host names and groups the rows.
    public init(columns: [Column], rows: [Row] = []) {
        self.columns = columns
        self.rows = rows
        leadsWithRole = columns.first?.content == .role
        table = Table(columns: Self.heads(columns, names: rows.map(\.host)))
        table.cells.reserveCapacity(rows.count * table.columns.count)
        pasts = TableCurves([], columns: table.columns.count)
        for row in rows { table.cells += cells(of: row) }
        pasts = TableCurves(rows.flatMap { pasts(of: $0) }, columns: table.columns.count)
    }

    /// Replaces one row, and leaves the cells of all others as they are.
    public mutating func replace(_ row: Row, at index: Int) {
        guard rows[index] != row else { return }
        rows[index] = row
        let width = table.columns.count
        table.cells.replaceSubrange(index * width..<(index + 1) * width, with: cells(of: row))
        pasts.replace(index, with: pasts(of: row))
    }

    /// The worst status of all rows.
    public var status: Status { rows.reduce(.auto) { Status.worse($0, $1.status) } }

    /// The index in ``table`` of the column with the host names.
    public var hostPlace: Int { leadsWithRole ? 1 : 0 }
    /// Returns the index in ``table`` of a column, given its index in ``columns``.
    public func place(of column: Int) -> Int { leadsWithRole && column == 0 ? 0 : column + 1 }

    /// Returns the grouping of the rows by role, in the given order of roles; nil: no role column is shown.
    public func grouping(by roles: [String]) -> TableState.Grouping? {
        guard leadsWithRole else { return nil }
        let others = Set(rows.map(\.role)).subtracting(roles).subtracting([""]).sorted()
        let order = roles + others
        let ranks = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return TableState.Grouping(column: 0, ranks: rows.map { ranks[$0.role] ?? order.count })
    }

    // MARK: Columns

    private static func heads(_ columns: [Column], names: [String]) -> [Table.Column] {
        var metrics = 0
        var heads = columns.enumerated().map { index, column in
            if case .metric = column.content { metrics += 1 }
            return head(column, priority: index + 3, metrics: metrics)
        }
        // One long name must not take the room of all the values.
        let widest = names.map { CharacterWidth.of($0, atMost: longestName) }.max() ?? 0
        heads.insert(
            Table.Column(title: "Host", width: max(min(widest, longestName), 4) + 3),
            at: columns.first?.content == .role ? 1 : 0)
        return heads
    }

    private static let longestName = 24
    /// Where there is too little room, half an alert tells less than these many metrics.
    private static let metricsBeforeAlert = 4

    private static func head(_ column: Column, priority: Int, metrics: Int) -> Table.Column {
        switch column.content {
        case .state: Table.Column(title: column.title, grow: 1, priority: 1)
        // What room is left belongs to the longest texts.
        case .alert: Table.Column(title: column.title, grow: 1000, priority: 50)
        case .role: Table.Column(title: column.title, priority: 49)
        case .address: Table.Column(title: column.title, priority: priority + 100)
        case .status: Table.Column(title: column.title, priority: priority)
        case .age: Table.Column(title: column.title, alignment: .right, width: 7, priority: priority)
        case .metric(_, let isNumeric):
            Table.Column(
                title: column.title, alignment: isNumeric ? .right : .left,
                priority: metrics > metricsBeforeAlert ? 50 + priority : priority)
        }
    }

    // MARK: Cells

    private func cells(of row: Row) -> [Table.Cell] {
        let role = Self.role(of: row)
        var cells: [Table.Cell] = []
        cells.reserveCapacity(columns.count + 1)
        var metrics = row.cells.makeIterator()
        for column in columns {
            switch column.content {
            case .role: cells.append(Table.Cell(kind: .text, role: role, text: row.role))
            case .address: cells.append(Table.Cell(kind: .text, role: role, text: row.address))
            case .state:
                cells.append(
                    Table.Cell(
                        kind: .text, role: Self.role(of: row.state, else: role),
                        // The reason has a claim on room like any other value that is not well.
                        status: row.state.status.trouble > 0 ? row.state.status : .auto, text: row.stateWords,
                        number: Double(row.state.rank)))
            case .status:
                cells.append(
                    Table.Cell(
                        kind: .text, role: Self.role(of: row.status) ?? role, text: Self.word(row.status)))
            case .age:
                cells.append(
                    row.age.map {
                        Table.Cell(
                            kind: .number, role: role, text: "seconds", number: Double($0))
                    } ?? Table.Cell(kind: .empty))
            case .alert:
                cells.append(
                    Table.Cell(kind: .text, role: Self.role(of: row.alertStatus) ?? role, text: row.alert))
            case .metric(let unit, _):
                cells.append(Self.cell(metrics.next() ?? nil, unit, column.limits, of: row))
            }
        }
        cells.insert(Table.Cell(kind: .status, status: row.status, text: row.host), at: hostPlace)
        return cells
    }

    /// The pasts of a row, one for each column of ``table``. What is no number has none.
    private func pasts(of row: Row) -> [Past?] {
        var metrics = row.cells.makeIterator()
        var pasts = columns.map { column -> Past? in
            guard case .metric(_, let isNumeric) = column.content, let value = metrics.next() ?? nil,
                isNumeric, case .number = value.cell.value
            else { return nil }
            return value.past
        }
        pasts.insert(nil, at: hostPlace)
        return pasts
    }

    private static func cell(_ value: Headline?, _ unit: String, _ limits: Limits, of row: Row) -> Table.Cell
    {
        guard let value else { return Table.Cell(kind: .empty) }
        // What is old is grey.
        let own = self.role(of: value.cell.status) ?? self.role(of: row)
        let role = value.isStale || row.state.isStale || row.state.isMaintenance ? .muted : own
        // Whoever is worked on is in no trouble.
        let status = row.state.isMaintenance ? .auto : value.cell.status
        return switch value.cell.value {
        case .absent: Table.Cell(kind: .empty)
        case .number(let number) where value.words != nil:
            Table.Cell(kind: .text, role: role, status: status, text: value.words ?? "", number: number)
        case .number(let number):
            Table.Cell(
                kind: .number, role: role, status: status, text: unit, number: number, limits: limits)
        case .text(let text): Table.Cell(kind: .text, role: role, status: status, text: text)
        }
    }

    /// The role of what is well in a row.
    private static func role(of row: Row) -> Role {
        row.state.isMaintenance || row.status == .unknown ? .muted : .value
    }

    /// The reason why values of a host are missing or old is what stands out in its row.
    private static func role(of state: HostState, else usual: Role) -> Role {
        state.status.trouble > 0 ? Role(state.status) : usual
    }

    private static func role(of status: Status) -> Role? {
        switch status {
        case .warning: .warning
        case .critical: .critical
        case .unknown, .auto, .ok: nil
        }
    }

    private static func word(_ status: Status) -> String { status == .auto ? "" : "\(status)" }

    // MARK: Metrics

    /// What stands for all instances of a plugin: the worst of a metric's cells, and of equally bad ones the worst number.
    public static func headline(
        _ cells: [Snapshot.Cell], direction: MetricDeclaration.Direction
    ) -> Snapshot.Cell? {
        headlinePlace(cells, direction: direction).map { cells[$0] }
    }

    /// The index of the cell that stands for all instances of a plugin; nil: all are absent.
    public static func headlinePlace(
        _ cells: [Snapshot.Cell], direction: MetricDeclaration.Direction
    ) -> Int? {
        var best: Int?
        for (place, cell) in cells.enumerated() where cell.value != .absent {
            guard let known = best.map({ cells[$0] }) else {
                best = place
                continue
            }
            if cell.status != known.status {
                if Status.worse(known.status, cell.status) == cell.status { best = place }
            } else if case .number(let new) = cell.value, case .number(let old) = known.value {
                if direction == .lowerIsWorse ? new < old : new > old { best = place }
            }
        }
        return best
    }
}
