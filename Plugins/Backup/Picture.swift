import PluginKit

/// Draws one backup as lines, several as a table with further details below it where there is room.
struct Picture {
    private let view: WidgetView
    private let canvas: Canvas
    private let moments: Moments

    init(_ view: WidgetView, _ canvas: Canvas) {
        self.view = view
        self.canvas = canvas
        moments = Moments(now: view.now)
    }

    func draw() {
        let rows = view.instances
        if rows.count == 1 {
            lines(of: rows[0]).draw(on: canvas)
        } else if rows.count > 1 {
            let height = min(rows.count + 1, canvas.height)
            canvas.table(table(rows), height: height)
            drawDetails(rows, from: height + 1)
        }
    }

    // MARK: One backup

    private func lines(of row: Row) -> Rows {
        var lines = Rows()
        addState(of: row, to: &lines)
        if let duration = row.number(durationMetric) {
            lines.text("Duration", Format.duration(duration), importance: 3)
        }
        if let size = sizeLine(row) { lines.text("Size", size, importance: 1) }
        if let count = row.number(snapshotsMetric) {
            lines.text("Count", countLine(count, row), importance: 4)
        }
        if let next = row.number(nextMetric) {
            lines.text("Next", moments.moment(next), importance: 2)
        }
        if let error = row.text(errorMetric) { lines.text("Error", error, role: .unknown, importance: 5) }
        addDetails(of: row, to: &lines)
        return lines
    }

    private func addDetails(of row: Row, to lines: inout Rows) {
        if let service = serviceLine(row) {
            lines.text("Service", service, status: quiet(row.status(serviceMetric)), importance: 5)
        }
        if let message = row.text(messageMetric) {
            lines.text("Message", message, role: .muted, importance: 6)
        }
        if let unit = row.text(unitMetric) {
            let result = row.text(resultMetric) ?? ""
            let run = row.number(runMetric).map { ", ended " + moments.moment($0) } ?? ""
            lines.text("Unit", "\(unit): \(result)\(run)", role: .muted, importance: 6)
        }
        if let paths = row.text(pathsMetric) { lines.text("Holds", paths, role: .muted, importance: 7) }
        if let hosts = row.text(hostsMetric) { lines.text("Hosts", hosts, role: .muted, importance: 9) }
        if let location = row.text(locationMetric), let tool = row.text(toolMetric) {
            lines.text("Place", "\(tool) \(location)", role: .muted, importance: 8)
        }
        if let checked = row.number(checkedMetric) {
            lines.text("Checked", Age.relative(checked), role: .muted, importance: 10)
        }
    }

    /// Adds what was and what failed. A state that is one of the last success stands beside its date: "Success (04:00,
    /// 5h ago)". Any other has a line of its own, so that no date is taken for that of something else.
    private func addState(of row: Row, to lines: inout Rows) {
        let (word, status) = (row.text(stateMetric) ?? "", row.status(stateMetric))
        let failure = row.number(failureMetric) ?? (word == "failed" ? row.number(runMetric) : nil)
        let isDated = word == "failed" && failure != nil
        guard let last = row.number(lastMetric) else {
            if !isDated {
                lines.text("Last", word == "asking" ? "asking…" : word, status: status, importance: 0)
            }
            addFailure(failure, status: isDated ? status : row.status(failureMetric), to: &lines)
            return
        }
        let (when, age) = (moments.event(last), Age.relative(view.now - last))
        if ["success", "late", "overdue"].contains(word) {
            // A tick beside a newer failure would reassure.
            let isDoubted = status == .ok && row.status(failureMetric) == .warning
            let state = Self.capitalised(word)
            lines.text(
                "Last", fitting("\(state) (\(when))", or: "\(state) (\(age))"),
                status: isDoubted ? .auto : status, importance: 0)
            addFailure(failure, status: row.status(failureMetric), to: &lines)
            return
        }
        lines.text(
            "Last", fitting("success " + when, or: "success " + age), status: quiet(row.status(ageMetric)),
            importance: 0)
        if !isDated { lines.text("State", word, status: status, importance: 0) }
        addFailure(failure, status: isDated ? status : row.status(failureMetric), to: &lines)
    }

    private func addFailure(_ moment: Double?, status: Status, to lines: inout Rows) {
        guard let moment else { return }
        lines.text(
            "Failed", fitting(moments.event(moment), or: Age.relative(view.now - moment)), status: status,
            role: status == .auto ? .muted : status.role, importance: status == .auto ? 8 : 0)
    }

    /// The text, or a shorter one where there is no room for it: an age is not cut.
    private func fitting(_ text: String, or short: String) -> String {
        text.utf8.count <= Rows.textRoom(in: canvas.width) ? text : short
    }

    private static func capitalised(_ word: String) -> String {
        let first = word.utf8.first.map { String(decoding: [$0 & 0xdf], as: UTF8.self) } ?? ""
        return first + String(decoding: word.utf8.dropFirst(), as: UTF8.self)
    }

    /// "15.2G → 4.10G deduplicated"
    private func sizeLine(_ row: Row) -> String? {
        let stored = row.number(storedMetric).map { Format.number($0, unit: "bytes") }
        guard let size = row.number(sizeMetric).map({ Format.number($0, unit: "bytes") }) else {
            return stored.map { $0 + " deduplicated" }
        }
        return size + (stored.map { " → \($0) deduplicated" } ?? "")
    }

    /// "enabled, 2 jobs pending"
    private func serviceLine(_ row: Row) -> String? {
        var parts: [String] = []
        if let state = row.text(serviceMetric) { parts.append(state) }
        if let count = row.number(pendingMetric) {
            parts.append(countText(count, "job") + " pending")
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// A backup that is ok has one sign only, so those of its lines are omitted.
    private func quiet(_ status: Status) -> Status { status == .ok ? .auto : status }

    private func countLine(_ count: Double, _ row: Row) -> String {
        let added =
            row.number(addedMetric).map { ", the last added " + Format.number($0, unit: "bytes") } ?? ""
        return countText(count, "snapshot") + added
    }

    // MARK: Several backups

    private func table(_ rows: [Row]) -> Table {
        // Columns without a value for any backup are left out.
        let columns = Self.columns.filter { entry in rows.contains { $0.number(entry.metric) != nil } }
        var table = Table([Table.Column(title: "Backup", width: 0, grow: 1)] + columns.map { $0.column })
        for row in rows {
            let word = row.text(stateMetric) ?? ""
            // The status ok has no text.
            let shown = word == "asking" ? "asking…" : word
            let name = word == "success" ? row.name : row.name + ": " + shown
            table.add(
                [.status(row.status(stateMetric), name)] + columns.map { cell(of: row, $0.metric) })
        }
        return table
    }

    private static var columns: [(metric: Metric, column: Table.Column)] {
        [
            (lastMetric, Table.Column(title: "Last", alignment: .right)),
            (ageMetric, Table.Column(title: "Age", alignment: .right)),
            (durationMetric, Table.Column(title: "Took", alignment: .right, priority: 4)),
            (sizeMetric, Table.Column(title: "Size", alignment: .right, width: 5, priority: 3)),
            (storedMetric, Table.Column(title: "Stored", alignment: .right, width: 6, priority: 2)),
            (snapshotsMetric, Table.Column(title: "Count", alignment: .right, width: 5, priority: 1)),
            (nextMetric, Table.Column(title: "Next", alignment: .right, priority: 1)),
        ]
    }

    private func cell(of row: Row, _ metric: Metric) -> Table.Cell {
        guard let number = row.number(metric) else { return .empty }
        if metric === lastMetric || metric === nextMetric {
            return .text(moments.moment(number), key: number)
        }
        if metric === durationMetric { return .text(Format.duration(number), key: number) }
        guard metric === ageMetric else {
            return .number(number, unit: metric === snapshotsMetric ? "count" : "bytes")
        }
        let age = view.now - (row.number(lastMetric) ?? view.now - number)
        return .text(
            age < 0 ? Age.relative(age) : Age.text(age), role: row.status(metric).role, key: age)
    }

    /// Draws the details of each backup that the table leaves out, while there are lines left.
    private func drawDetails(_ rows: [Row], from top: Int) {
        var y = top
        for row in rows {
            var details: [(label: String, text: String)] = []
            if let error = row.text(errorMetric) { details.append(("Error", error)) }
            if let unit = row.text(unitMetric) {
                let run = row.number(runMetric).map { ", ended " + moments.moment($0) } ?? ""
                details.append(("Unit", "\(unit): \(row.text(resultMetric) ?? "")\(run)"))
            }
            if let paths = row.text(pathsMetric) { details.append(("Holds", paths)) }
            if let location = row.text(locationMetric) {
                details.append(("Place", "\(row.text(toolMetric) ?? "") \(location)"))
            }
            guard y + details.count + 1 <= canvas.height else { return }
            canvas.text(row.name, x: 3, y: y, role: .title)
            y += 1
            for detail in details {
                canvas.text(detail.label, x: 3, y: y, width: 8, role: .label)
                canvas.text(
                    detail.text, x: 12, y: y,
                    role: detail.label == "Error" ? row.status(errorMetric).role : .muted)
                y += 1
            }
            y += 1
        }
    }
}
