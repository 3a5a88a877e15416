import PluginKit

/// Draws services: columns of names and use in a low widget, a table in a higher one.
struct Picture {
    private let view: WidgetView
    private let canvas: Canvas
    private let rows: [Row]

    private static let (entryWidth, gap, tableWidth) = (36, 2, 60)
    /// In wider entries the number would be too far from its name.
    private static let widestEntry = 64

    init(_ view: WidgetView, _ canvas: Canvas) {
        self.view = view
        self.canvas = canvas
        rows = Self.worstFirst(view.instances.filter { !$0.name.isEmpty })
    }

    func draw() {
        guard !rows.isEmpty else { return }
        let columns = max((canvas.width + Self.gap) / (Self.entryWidth + Self.gap), 1)
        let lines = (rows.count + columns - 1) / columns
        if canvas.height == 1 && rows.count > columns {
            drawLine()
        } else if view.isZoomed || canvas.width >= Self.tableWidth && rows.count < canvas.height {
            canvas.table(ServiceTable(view, rows, showsAll: view.isZoomed).table)
        } else if lines <= canvas.height {
            // The fewest columns that fit, so that names have more room.
            let wanted = max((rows.count + canvas.height - 1) / max(canvas.height, 1), 1)
            drawEntries(columns: canvas.width >= 2 * Self.entryWidth ? max(wanted, min(2, rows.count)) : 1)
        } else if canvas.width >= Self.tableWidth && canvas.height > 2 {
            canvas.table(ServiceTable(view, rows, showsAll: false).table)
        } else {
            canvas.table(ServiceTable(compact: rows, view).table)
        }
    }

    /// The worst status of all values of a service.
    static func status(of row: Row) -> Status {
        [
            Measure.state, Measure.restarts, Measure.cpu, Measure.memory, Measure.memoryPercent, Measure.disk,
            Measure.diskPercent, Measure.diskCount,
        ].reduce(.auto) { Status.worse($0, row.status($1)) }
    }

    private static func worstFirst(_ rows: [Row]) -> [Row] {
        var result: [Row] = []
        let statuses = rows.map(status)
        for wanted in [Status.critical, .warning, .unknown] {
            for (row, status) in zip(rows, statuses) where status == wanted { result.append(row) }
        }
        for (row, status) in zip(rows, statuses) where status == .ok || status == .auto { result.append(row) }
        return result
    }

    // MARK: One line

    /// Draws the number of running services and the names of the others.
    private func drawLine() {
        let bad = rows.filter { Self.status(of: $0) != .ok && Self.status(of: $0) != .auto }
        let worst = bad.first.map(Self.status) ?? .ok
        let summary = view.instances.first { $0.name.isEmpty }?.text(Measure.summary) ?? "\(rows.count)"
        canvas.status(worst, x: 0, y: 0)
        canvas.text(summary + " running", x: 3, y: 0)
        let start = 3 + canvas.measure(summary) + 10
        canvas.text(bad.map { $0.name }.joined(separator: ", "), x: start, y: 0, role: worst.role)
    }

    // MARK: Entries

    private func drawEntries(columns: Int) {
        let lines = (rows.count + columns - 1) / columns
        let width = min((canvas.width - (columns - 1) * Self.gap) / columns, Self.widestEntry)
        let fields = Fields(rows, width: width)
        for (place, row) in rows.enumerated() {
            drawEntry(row, fields, x: place / lines * (width + Self.gap), y: place % lines, width: width)
        }
    }

    /// Widths of the numbers at the right of an entry, equal for all entries.
    private struct Fields {
        var memory = 0
        var disk = 0

        init(_ rows: [Row], width: Int) {
            if rows.contains(where: { $0.number(Measure.memory) != nil }) { memory = 6 }
            if rows.contains(where: { $0.number(Measure.memoryLimit) != nil }) { memory = 12 }
            if rows.contains(where: { $0.number(Measure.disk) != nil }) { disk = 7 }
            if rows.contains(where: { $0.number(Measure.diskQuota) != nil }) { disk = 12 }
            // The name has priority over the disk use.
            if width - 3 - memory - disk < 8 { disk = 0 }
            if width - 3 - memory < 8 { memory = 0 }
        }
    }

    private func drawEntry(_ row: Row, _ fields: Fields, x: Int, y: Int, width: Int) {
        let status = Self.status(of: row)
        let state = row.status(Measure.state)
        canvas.status(status, x: x, y: y)
        let room = width - 3
        var role: Role = state == .warning || state == .critical || state == .unknown ? state.role : .value
        var word = row.text(Measure.state) ?? "–"
        if role == .value, row.status(Measure.restarts) == .warning {
            role = .warning
            word = "\(Format.number(row.number(Measure.restarts) ?? 0, unit: "count")) restarts"
        }
        if role != .value || row.number(Measure.memory) == nil {
            let wordWidth = min(canvas.measure(word), max(room - 8, 0))
            canvas.text(row.name, x: x + 3, y: y, width: max(room - wordWidth - 1, 0), role: role)
            canvas.text(
                word, x: x + width - wordWidth, y: y, width: wordWidth, align: .right,
                role: role == .value ? .muted : role)
            return
        }
        canvas.text(row.name, x: x + 3, y: y, width: max(room - fields.memory - fields.disk, 0), role: role)
        let end = x + width
        if fields.memory > 0 {
            share(
                row, Measure.memory, of: Measure.memoryLimit, judged: Measure.memoryPercent,
                end: end - fields.disk, y: y, width: fields.memory)
        }
        if fields.disk > 0 {
            share(
                row, Measure.disk, of: Measure.diskQuota, judged: Measure.diskPercent, end: end, y: y,
                width: fields.disk)
        }
    }

    /// A right-aligned amount: "256M/4.00G" with a limit, else "256M".
    private func share(
        _ row: Row, _ used: Metric, of limit: Metric, judged: Metric, end: Int, y: Int, width: Int
    ) {
        guard let number = row.number(used) else { return }
        let least = used === Measure.disk && row.text(Measure.diskCount) != nil ? "≥" : ""
        let text = least + Format.number(number, unit: "bytes")
        let status = Status.worse(row.status(judged), row.status(used))
        let whole = row.number(limit).map { "/" + Format.number($0, unit: "bytes") } ?? ""
        canvas.text(
            text + whole, x: end - width + 1, y: y, width: width - 1, align: .right, role: status.role)
    }
}
