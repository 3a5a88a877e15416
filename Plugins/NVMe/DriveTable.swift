import PluginKit

/// Draws several drives, one on each line.
struct DriveTable {
    private(set) var table: Table

    /// The worst status of all values of a drive.
    static func status(of row: Row) -> Status {
        let metrics = [
            Measure.verdict, Measure.wear, Measure.temperature, Measure.heat, Measure.spare, Measure.errors,
            Measure.findings,
        ]
        let foretold = row.forecast(Measure.wear)?.status ?? .auto
        return metrics.reduce(foretold) { Status.worse($0, row.status($1)) }
    }

    /// The verdict, and how old the values of a drive are that sleeps; nil where there is none.
    static func verdict(of row: Row) -> String? {
        let age = row.number(Measure.age).flatMap { $0 >= 60 ? " " + Format.duration($0) : nil }
        return row.text(Measure.verdict).map { $0 + (age ?? "") }
    }

    init(_ view: WidgetView, showsAll: Bool) {
        let rows = view.instances
        let parts = Self.parts(rows, showsAll: showsAll).filter { part in
            part.isAlways || rows.contains { part.cell($0, view).kind != .empty }
        }
        table = Table(parts.map { $0.column })
        for row in rows { table.add(parts.map { $0.cell(row, view) }) }
    }

    /// For a narrow widget: beside each drive its worst value, or how warm it is where all is well.
    init(compact view: WidgetView) {
        table = Table([
            Table.Column(title: "Drive"), Table.Column(title: "Worst", grow: 1),
        ])
        for row in view.instances {
            let status = Self.status(of: row)
            let value: Table.Cell =
                status.trouble > 0
                ? .text(Self.reason(of: row, status, view), role: status.role)
                : view.cell(Measure.temperature, of: row)
            table.add([.status(status, row.name), value])
        }
    }

    /// What has a drive's worst status, in a few words: "104% wear".
    private static func reason(of row: Row, _ status: Status, _ view: WidgetView) -> String {
        if row.status(Measure.verdict) == status, let verdict = row.text(Measure.verdict) { return verdict }
        if row.status(Measure.wear) == status, let wear = view.figure(Measure.wear, of: row) {
            return wear + " wear"
        }
        if row.status(Measure.spare) == status, let spare = view.figure(Measure.spare, of: row) {
            return spare + " spare"
        }
        if Status.worse(row.status(Measure.findings), row.status(Measure.errors)) == status {
            if let findings = row.text(Measure.findings) { return findings }
            if let errors = view.figure(Measure.errors, of: row) { return errors + " errors" }
        }
        if let forecast = row.forecast(Measure.wear), forecast.status == status {
            return forecast.words(in: 16) ?? "worn out soon"
        }
        return view.figure(Measure.temperature, of: row) ?? "–"
    }

    /// A column and the function that makes its cells.
    private struct Part {
        let column: Table.Column
        /// Whether the column is shown even where no drive has a value for it.
        var isAlways = false
        let cell: (Row, WidgetView) -> Table.Cell
    }

    private static func parts(_ rows: [Row], showsAll: Bool) -> [Part] {
        var parts = facts
        if showsAll {
            parts += details
        } else {
            parts += troubles(rows)
        }
        // In a small widget a column in which all is ok is left out.
        parts.append(
            Part(column: Table.Column(title: "Findings", width: 16, grow: 2, priority: 3), isAlways: showsAll)
            {
                row, _ in findings(of: row)
            })
        parts.append(
            text(Measure.model, Table.Column(title: "Model", width: 12, grow: 1, priority: 8), role: .muted))
        let about = Table.Column(title: "Description", width: 12, grow: 1, priority: 9)
        parts.append(text(Measure.description, about, role: .muted))
        if showsAll {
            let problem = Table.Column(title: "Problem", width: 12, grow: 2, priority: 8)
            parts.append(text(Measure.problem, problem, role: .unknown))
        }
        return parts
    }

    private static var facts: [Part] {
        [
            Part(column: Table.Column(title: "Drive")) { row, _ in .status(status(of: row), row.name) },
            number(Measure.wear, Table.Column(title: "Wear", alignment: .right, width: 5)),
            Part(column: Table.Column(title: "", width: 8, priority: 4)) { row, view in
                .gauge(
                    row.number(Measure.wear).map { $0 / 100 },
                    limits: view.limits(of: Measure.wear).scaled(by: 0.01))
            },
            Part(column: Table.Column(title: "Worn out", priority: 2)) { row, view in outlook(of: row, view)
            },
            Part(column: Table.Column(title: "Temp", alignment: .right, width: 5, priority: 1)) {
                $1.cell(Measure.temperature, of: $0, judged: Measure.heat)
            },
            number(Measure.used, Table.Column(title: "Used", alignment: .right, width: 5, priority: 3)),
            number(
                Measure.capacity,
                Table.Column(title: "Size", alignment: .right, width: 5, priority: 5),
                role: .muted),
            number(
                Measure.powerOn,
                Table.Column(title: "Hours", alignment: .right, width: 6, priority: 6)),
            Part(column: Table.Column(title: "Status", priority: 2)) { row, _ in
                verdict(of: row).map { .text($0, role: row.status(Measure.verdict).role) } ?? .empty
            },
        ]
    }

    /// Columns of the details that are the reason for a drive's sign, which a small widget shows as well.
    private static func troubles(_ rows: [Row]) -> [Part] {
        var parts: [Part] = []
        if rows.contains(where: { $0.status(Measure.spare).trouble > 0 }) {
            parts.append(
                number(Measure.spare, Table.Column(title: "Spare", alignment: .right, width: 5, priority: 7)))
        }
        // The findings say how many errors of what kind there are.
        if rows.contains(where: {
            $0.status(Measure.errors).trouble > 0 && $0.text(Measure.findings) == nil
        }) {
            parts.append(
                number(
                    Measure.errors, Table.Column(title: "Errors", alignment: .right, width: 6, priority: 7))
            )
        }
        return parts
    }

    private static var details: [Part] {
        let right = { (title: String, width: Int, priority: Int) in
            Table.Column(title: title, alignment: .right, width: width, priority: priority)
        }
        return [
            number(Measure.spare, right("Spare", 5, 7)),
            number(Measure.errors, right("Errors", 6, 7)),
            number(Measure.written, right("Written", 7, 9)),
            number(Measure.unsafeShutdowns, right("Unsafe", 6, 12)),
            text(Measure.kind, Table.Column(title: "Kind", priority: 10)),
            text(Measure.bus, Table.Column(title: "Protocol", priority: 13)),
            text(Measure.serial, Table.Column(title: "Serial", priority: 11)),
            text(Measure.firmware, Table.Column(title: "Firmware", priority: 12)),
        ]
    }

    /// When a drive is worn out: where all drives are shown in full, with the words around the date.
    private static func outlook(of row: Row, _ view: WidgetView) -> Table.Cell {
        guard let forecast = row.forecast(Measure.wear),
            let words = forecast.words(in: view.isZoomed ? 30 : 16)
        else { return .empty }
        return .text(words, role: forecast.role)
    }

    private static func findings(of row: Row) -> Table.Cell {
        let status = Status.worse(row.status(Measure.findings), row.status(Measure.errors))
        return row.text(Measure.findings).map { .text($0, role: status.role) } ?? .empty
    }

    private static func number(
        _ metric: Metric, _ column: Table.Column, role: Role? = nil
    ) -> Part {
        Part(column: column) { row, view in view.cell(metric, of: row, role: role) }
    }

    private static func text(_ metric: Metric, _ column: Table.Column, role: Role = .value) -> Part {
        Part(column: column) { row, _ in row.text(metric).map { .text($0, role: role) } ?? .empty }
    }
}
