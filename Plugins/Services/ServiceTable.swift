import PluginKit

/// Draws services as a table, one on each line.
struct ServiceTable {
    private(set) var table: Table

    init(_ view: WidgetView, _ rows: [Row], showsAll: Bool) {
        let has = Presence(rows, showsAll: showsAll)
        table = Table(Self.columns(has))
        let limits = (
            memory: Self.fractions(view.limits(of: Measure.memoryPercent)),
            disk: Self.fractions(view.limits(of: Measure.diskPercent))
        )
        // The snapshot may be older than the moment that is drawn.
        let age = max(view.now - view.taken, 0)
        for row in rows { table.add(Self.cells(of: row, view, has, limits.memory, limits.disk, age: age)) }
    }

    /// For a small widget with more services than lines: without heading, and with few columns.
    init(compact rows: [Row], _ view: WidgetView) {
        table = Table([
            Table.Column(title: "", width: 12, grow: 1), Table.Column(title: "", alignment: .right),
        ])
        for row in rows {
            let value: Table.Cell =
                if let reason = Picture.reason(of: row, view) {
                    .text(reason.text, role: reason.role)
                } else if row.number(Measure.memory) != nil {
                    view.cell(Measure.memory, of: row)
                } else {
                    .text(row.text(Measure.state) ?? "–", role: .muted)
                }
            table.add([.status(Picture.status(of: row), row.name), value])
        }
    }

    /// The columns that have values.
    private struct Presence {
        let cpu, memory, memoryLimit, disk, quota, restarts, processes, since, pid, description: Bool
        let showsAll: Bool

        init(_ rows: [Row], showsAll: Bool) {
            let has = { (metric: Metric) in rows.contains { $0.number(metric) != nil } }
            cpu = has(Measure.cpu)
            memory = has(Measure.memory)
            memoryLimit = has(Measure.memoryLimit)
            disk = has(Measure.disk) || rows.contains { $0.text(Measure.diskCount) != nil }
            quota = has(Measure.diskQuota)
            restarts = has(Measure.restarts)
            processes = has(Measure.processes)
            since = has(Measure.since)
            pid = has(Measure.pid)
            description = rows.contains { $0.text(Measure.description) != nil }
            self.showsAll = showsAll
        }
    }

    private static func columns(_ has: Presence) -> [Table.Column] {
        var columns = [
            // Remaining room goes to bars and descriptions; without them a name takes it.
            Table.Column(title: "Service", grow: has.description || has.memoryLimit || has.quota ? 0 : 1),
            Table.Column(title: "State", priority: 1),
        ]
        let number = { (title: String, width: Int, priority: Int) in
            Table.Column(title: title, alignment: .right, width: width, priority: priority)
        }
        if has.cpu { columns.append(number("CPU", 5, 4)) }
        if has.cpu && has.showsAll { columns.append(Table.Column(title: "", width: 12, priority: 13)) }
        if has.memory { columns.append(number("Memory", 6, 2)) }
        if has.memoryLimit {
            columns.append(Table.Column(title: "", width: 8, grow: 1, priority: 7))
            columns.append(number("Limit", 5, 6))
        }
        if has.disk { columns.append(number("Disk", 6, 3)) }
        if has.quota {
            columns.append(Table.Column(title: "", width: 8, grow: 1, priority: 9))
            columns.append(number("Quota", 5, 8))
        }
        if has.restarts { columns.append(number("Restarts", 8, 10)) }
        if has.processes { columns.append(number("Processes", 9, 5)) }
        if has.since { columns.append(number("Since", 7, 11)) }
        if has.showsAll {
            if has.pid { columns.append(number("PID", 7, 12)) }
            if has.disk { columns.append(Table.Column(title: "Disk count", priority: 15)) }
        }
        if has.description {
            columns.append(Table.Column(title: "Description", width: 20, grow: 3, priority: 14))
        }
        return columns
    }

    private static func cells(
        of row: Row, _ view: WidgetView, _ has: Presence, _ memoryLimits: Limits, _ diskLimits: Limits,
        age: Double
    ) -> [Table.Cell] {
        let state = row.status(Measure.state)
        var cells: [Table.Cell] = [
            .status(Picture.status(of: row), row.name),
            .text(row.text(Measure.state) ?? "–", role: state == .ok || state == .auto ? .muted : state.role),
        ]
        if has.cpu { cells.append(view.cell(Measure.cpu, of: row)) }
        if has.cpu && has.showsAll { cells.append(.spark(row.history(Measure.cpu))) }
        if has.memory { cells.append(view.cell(Measure.memory, of: row, judged: Measure.memoryPercent)) }
        if has.memoryLimit {
            cells.append(.gauge(row.number(Measure.memoryPercent).map { $0 / 100 }, limits: memoryLimits))
            cells.append(view.cell(Measure.memoryLimit, of: row, role: .muted))
        }
        if has.disk { cells.append(disk(row, view)) }
        if has.quota {
            cells.append(.gauge(row.number(Measure.diskPercent).map { $0 / 100 }, limits: diskLimits))
            cells.append(view.cell(Measure.diskQuota, of: row, role: .muted))
        }
        if has.restarts { cells.append(view.cell(Measure.restarts, of: row)) }
        if has.processes { cells.append(view.cell(Measure.processes, of: row)) }
        if has.since { cells.append(since(row, age: age)) }
        if has.showsAll {
            if has.pid {
                cells.append(
                    row.number(Measure.pid).map { .text(Format.number($0, unit: "count"), key: $0) } ?? .empty
                )
            }
            if has.disk {
                cells.append(row.text(Measure.diskCount).map { .text($0, role: .muted) } ?? .empty)
            }
        }
        if has.description {
            cells.append(row.text(Measure.description).map { .text($0, role: .muted) } ?? .empty)
        }
        return cells
    }

    private static func disk(_ row: Row, _ view: WidgetView) -> Table.Cell {
        guard row.text(Measure.diskCount) != nil else {
            return view.cell(Measure.disk, of: row, judged: Measure.diskPercent)
        }
        let role = Status.worse(row.status(Measure.diskPercent), row.status(Measure.diskCount)).role
        guard let bytes = row.number(Measure.disk) else { return .text("–", role: role) }
        return .text("≥" + Format.number(bytes, unit: "bytes"), role: role, key: bytes)
    }

    private static func since(_ row: Row, age: Double) -> Table.Cell {
        guard let seconds = row.number(Measure.since) else { return .empty }
        return .text(Format.duration((seconds + age).rounded(.down)), role: .muted, key: seconds)
    }

    private static func fractions(_ limits: Limits) -> Limits {
        Limits(warning: limits.warning / 100, critical: limits.critical / 100)
    }
}
