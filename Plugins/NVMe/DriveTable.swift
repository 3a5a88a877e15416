import PluginKit

/// Several drives, one a line.
struct DriveTable {
    private(set) var table: Table

    /// The worst of all that is judged of a drive.
    static func status(of row: Row) -> Status {
        let metrics = [
            Measure.verdict, Measure.wear, Measure.temperature, Measure.heat, Measure.spare, Measure.errors,
            Measure.findings,
        ]
        return metrics.reduce(.auto) { Status.worse($0, row.status($1)) }
    }

    init(_ view: WidgetView, showsAll: Bool) {
        let rows = view.instances
        // A column of nothing but good news is worth no room in a small widget.
        let hasFindings = rows.contains { $0.text(Measure.findings) != nil }
        let hasProblems = showsAll && rows.contains { $0.text(Measure.problem) != nil }
        var columns = [
            Table.Column(title: "Drive"),
            Table.Column(title: "Wear", alignment: .right, width: 5),
            Table.Column(title: "", width: 8, priority: 4),
            Table.Column(title: "Temp", alignment: .right, width: 5, priority: 1),
            Table.Column(title: "Used", alignment: .right, width: 5, priority: 3),
            Table.Column(title: "Size", alignment: .right, width: 5, priority: 5),
            Table.Column(title: "Hours", alignment: .right, width: 6, priority: 6),
            Table.Column(title: "Status", priority: 2),
        ]
        if showsAll {
            columns += [
                Table.Column(title: "Spare", alignment: .right, width: 5, priority: 7),
                Table.Column(title: "Errors", alignment: .right, width: 6, priority: 7),
                Table.Column(title: "Written", alignment: .right, width: 7, priority: 9),
                Table.Column(title: "Unsafe", alignment: .right, width: 6, priority: 12),
                Table.Column(title: "Kind", priority: 10),
                Table.Column(title: "Protocol", priority: 13),
                Table.Column(title: "Serial", priority: 11),
                Table.Column(title: "Firmware", priority: 12),
            ]
        }
        if hasFindings || showsAll {
            columns.append(Table.Column(title: "Findings", width: 16, grow: 2, priority: 3))
        }
        columns.append(Table.Column(title: "Model", width: 12, grow: 1, priority: 8))
        if hasProblems { columns.append(Table.Column(title: "Problem", width: 12, grow: 2, priority: 8)) }
        table = Table(columns)
        let limits = view.limits(of: Measure.wear)
        let fractions = Limits(warning: limits.warning / 100, critical: limits.critical / 100)
        for row in rows {
            var cells = Self.cells(of: row, limits: fractions)
            if showsAll { cells += Self.details(of: row) }
            if hasFindings || showsAll { cells.append(Self.findings(of: row)) }
            cells.append(Self.text(row, Measure.model, role: .muted))
            if hasProblems { cells.append(Self.text(row, Measure.problem, role: .unknown)) }
            table.add(cells)
        }
    }

    private static func cells(of row: Row, limits: Limits) -> [Table.Cell] {
        let wear = row.number(Measure.wear)
        let heat = Status.worse(row.status(Measure.heat), row.status(Measure.temperature))
        return [
            .status(status(of: row), row.name),
            .number(wear, unit: "percent", role: row.status(Measure.wear).role),
            .gauge(wear.map { $0 / 100 }, limits: limits),
            .number(row.number(Measure.temperature), unit: "celsius", role: heat.role),
            .number(row.number(Measure.used), unit: "bytes"),
            .number(row.number(Measure.capacity), unit: "bytes", role: .muted),
            .number(row.number(Measure.powerOn), unit: "seconds"),
            .text(row.text(Measure.verdict) ?? "–", role: row.status(Measure.verdict).role),
        ]
    }

    private static func details(of row: Row) -> [Table.Cell] {
        [
            .number(row.number(Measure.spare), unit: "percent", role: row.status(Measure.spare).role),
            .number(row.number(Measure.errors), unit: "count", role: row.status(Measure.errors).role),
            .number(row.number(Measure.written), unit: "bytes"),
            .number(row.number(Measure.unsafeShutdowns), unit: "count"),
            text(row, Measure.kind), text(row, Measure.bus), text(row, Measure.serial),
            text(row, Measure.firmware),
        ]
    }

    private static func findings(of row: Row) -> Table.Cell {
        let status = Status.worse(row.status(Measure.findings), row.status(Measure.errors))
        return text(row, Measure.findings, role: status.role)
    }

    private static func text(_ row: Row, _ metric: Metric, role: Role = .value) -> Table.Cell {
        row.text(metric).map { .text($0, role: role) } ?? .empty
    }
}
