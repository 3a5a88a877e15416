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

    /// Why a service has its sign, in a few words: "failed", "58 restarts", "98% memory"; nil where it is well.
    static func reason(of row: Row, _ view: WidgetView) -> (text: String, role: Role)? {
        let status = status(of: row)
        guard status.trouble > 0 else { return nil }
        let numbers: [(metric: Metric, words: String)] = [
            (Measure.restarts, " restarts"), (Measure.memoryPercent, " memory"), (Measure.memory, " memory"),
            (Measure.diskPercent, " disk"), (Measure.disk, " disk"), (Measure.cpu, " CPU"),
        ]
        if row.status(Measure.state) != status {
            for (metric, words) in numbers where row.status(metric) == status {
                if let figure = view.figure(metric, of: row) { return (figure + words, status.role) }
            }
            if row.status(Measure.diskCount) == status, let text = row.text(Measure.diskCount) {
                return (text, status.role)
            }
        }
        return (row.text(Measure.state) ?? "–", status.role)
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

    /// Draws the number of running services, and the names of the others with what is wrong with them.
    private func drawLine() {
        let bad = rows.filter { Self.status(of: $0).trouble > 0 }
        let worst = bad.first.map(Self.status) ?? .ok
        canvas.status(worst, x: 0, y: 0)
        let summary = view.instances.first { $0.name.isEmpty }?.text(Measure.summary) ?? "\(rows.count)"
        // The reason of the worst, and the names of all.
        let troubles = bad.enumerated().map { place, row in
            row.name + (place == 0 ? Self.reason(of: row, view).map { " " + $0.text } ?? "" : "")
        }
        var x = 3
        // What is well gives way to what is not.
        if let first = troubles.first, x + canvas.measure(summary) + 10 + canvas.measure(first) > canvas.width
        {
            return drawWorst(bad[0], x: x)
        }
        canvas.text(summary + " running", x: x, y: 0)
        x += canvas.measure(summary) + 10
        canvas.text(troubles.joined(separator: ", "), x: x, y: 0, role: worst.role)
    }

    /// Draws the reason of the worst service at the right, and as much of its name as has room before it.
    private func drawWorst(_ row: Row, x: Int) {
        let reason = Self.reason(of: row, view)?.text ?? ""
        let width = min(canvas.measure(reason), canvas.width - x)
        let role = Self.status(of: row).role
        canvas.text(row.name, x: x, y: 0, width: max(canvas.width - x - width - 1, 0), role: role)
        canvas.text(reason, x: canvas.width - width, y: 0, width: width, align: .right, role: role)
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
        canvas.status(Self.status(of: row), x: x, y: y)
        let room = width - 3
        let reason = isShown(row, fields) ? nil : Self.reason(of: row, view)
        let role = reason?.role ?? .value
        if reason != nil || row.number(Measure.memory) == nil {
            let word = reason?.text ?? row.text(Measure.state) ?? "–"
            // What is wrong has room before the name of what it is wrong with.
            let wordWidth = min(canvas.measure(word), max(reason == nil ? room - 8 : room, 0))
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

    /// Whether the fields of an entry show why the service has its sign.
    private func isShown(_ row: Row, _ fields: Fields) -> Bool {
        let memory = Status.worse(row.status(Measure.memory), row.status(Measure.memoryPercent))
        let disk = Status.worse(row.status(Measure.disk), row.status(Measure.diskPercent))
        let status = Self.status(of: row)
        return row.number(Measure.memory) != nil
            && (fields.memory > 0 && memory == status || fields.disk > 0 && disk == status)
    }

    /// A right-aligned amount: "256M/4.00G" with a limit, else "256M".
    private func share(
        _ row: Row, _ used: Metric, of limit: Metric, judged: Metric, end: Int, y: Int, width: Int
    ) {
        guard let number = row.number(used) else { return }
        let least = used === Measure.disk && row.text(Measure.diskCount) != nil ? "≥" : ""
        let status = Status.worse(row.status(judged), row.status(used))
        let room = width - 1 - canvas.measure(least)
        let text =
            row.number(limit).map { Format.share(number, of: $0, unit: "bytes", width: room) }
            ?? Format.number(number, unit: "bytes", width: room)
        canvas.text(
            least + text, x: end - width + 1, y: y, width: width - 1, align: .right, role: status.role)
    }
}
