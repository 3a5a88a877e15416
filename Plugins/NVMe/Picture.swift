import PluginKit

/// Draws drives: one with all its facts, several as a table.
struct Picture {
    private let view: WidgetView
    private let canvas: Canvas

    /// In less room a table has no columns for what may be wrong beside each other.
    private static let tableWidth = 34
    /// Widths of labels, and of the right-aligned numbers behind them, which do not move when one grows.
    private static let (labelWidth, shortLabelWidth, numberWidth) = (8, 7, 6)
    private static var behind: Int { labelWidth + numberWidth + 1 }

    init(_ view: WidgetView, _ canvas: Canvas) {
        self.view = view
        self.canvas = canvas
    }

    func draw() {
        guard let first = view.only else { return }
        if view.instanceCount > 1 {
            let isNarrow = canvas.width < Self.tableWidth
            canvas.table(
                isNarrow ? DriveTable(compact: view).table : DriveTable(view, showsAll: view.isZoomed).table)
        } else if view.isZoomed && canvas.width >= 56 && canvas.height >= 8 {
            drawDetails(first)
        } else if canvas.width >= 56 {
            drawPair(first, rows: canvas.height)
        } else if canvas.height >= 6 || canvas.width < 36 || DriveTable.status(of: first).trouble > 0 {
            drawList(first)
        } else {
            drawCompact(first)
        }
    }

    // MARK: One drive

    /// Draws one fact on each line. In a single line it has the drive's sign before it.
    private func drawList(_ row: Row) {
        let facts: [Fact] = [
            .wear, .temperature, .used, .hours, .spare, .status, .errors, .outlook, .model, .written, .serial,
            .description,
        ]
        let shown = Fact.fitting(facts.filter { $0.isKnown(of: row) }, of: row, lines: canvas.height)
        let needsSign = shown.count == 1 && shown[0] != .status
        if needsSign { canvas.status(DriveTable.status(of: row), x: 0, y: 0) }
        let x = needsSign ? 3 : 0
        draw(shown, of: row, x: x, y: 0, width: canvas.width - x, rows: canvas.height)
    }

    private func drawPair(_ row: Row, rows: Int) {
        let width = (canvas.width - 2) / 2
        let first: [Fact] = [.wear, .temperature, .used, .hours, .outlook, .written, .firmware]
        let second: [Fact] = [.status, .spare, .errors, .model, .serial, .kind, .description]
        let known = (first + second).filter { $0.isKnown(of: row) }
        // A column that is too short for its facts in trouble gives some to the other.
        var left = known.filter { first.contains($0) }
        var right = known.filter { !first.contains($0) }
        let shown = Fact.fitting(known, of: row, lines: 2 * rows).filter { $0.status(of: row).trouble > 0 }
        left = leading(left, in: shown, rows)
        right = leading(right, in: shown, rows)
        while left.count > rows, right.count < rows { right.append(left.removeLast()) }
        while right.count > rows, left.count < rows { left.append(right.removeLast()) }
        draw(left, of: row, x: 0, y: 0, width: width, rows: rows)
        draw(right, of: row, x: width + 2, y: 0, width: width, rows: rows)
    }

    /// The first facts that fit, and all that are in trouble.
    private func leading(_ facts: [Fact], in trouble: [Fact], _ rows: Int) -> [Fact] {
        var kept = facts
        while kept.count > rows, let last = kept.lastIndex(where: { !trouble.contains($0) }) {
            kept.remove(at: last)
        }
        return kept
    }

    private func drawDetails(_ row: Row) {
        let width = (canvas.width - 2) / 2
        let left: [Fact] = [
            .wear, .temperature, .used, .hours, .spare, .errors, .written, .unsafeShutdowns, .outlook,
        ]
        let right: [Fact] = [.status, .model, .serial, .firmware, .kind, .device, .description]
        draw(left.filter { $0.isKnown(of: row) }, of: row, x: 0, y: 0, width: width, rows: 9)
        draw(right.filter { $0.isKnown(of: row) }, of: row, x: width + 2, y: 0, width: width, rows: 8)
        if let problem = row.text(Measure.problem), canvas.height > 10 {
            canvas.text(problem, x: 0, y: 10, role: .unknown)
        }
        let history = row.history(Measure.temperature)
        let room = canvas.height - 14
        guard room >= 2, history.isCurve else { return }
        canvas.text("Temperature", x: 0, y: 12, role: .title)
        canvas.spark(history, x: 0, y: 13, width: canvas.width, height: min(room, 12))
    }

    /// Draws two facts on each line, for small widgets of four or five lines.
    private func drawCompact(_ row: Row) {
        // At the right edge where the drive's size leaves room.
        let half = max(canvas.width - Self.shortLabelWidth - Self.numberWidth, 21)
        let first: Fact =
            row.number(Measure.wear) == nil && row.number(Measure.errors) != nil ? .errors : .wear
        switch canvas.height {
        case 1:
            drawStatus(row, x: 0, y: 0, width: half - 1, names: false)
            if first.isKnown(of: row) { short(first, row, x: half, y: 0, labelWidth: Self.shortLabelWidth) }
        case 2:
            draw([first].filter { $0.isKnown(of: row) }, of: row, x: 0, y: 0, width: canvas.width, rows: 1)
            drawStatus(row, x: 0, y: 1, width: half - 1, names: false)
            if Fact.temperature.isKnown(of: row) {
                short(.temperature, row, x: half, y: 1, labelWidth: Self.shortLabelWidth)
            }
        default: drawColumns(row, first, half: half)
        }
    }

    /// Draws a line with a bar, short facts in two columns, and the status below; unknown facts are left out.
    private func drawColumns(_ row: Row, _ first: Fact, half: Int) {
        var y = 0
        if first.isKnown(of: row) {
            draw(first, of: row, x: 0, y: 0, width: canvas.width)
            y = 1
        }
        let isLow = canvas.height == 3
        let spare: Fact = row.number(Measure.spare) == nil ? .errors : .spare
        var left: [Fact] = (isLow ? [.temperature] : [.temperature, .used]).filter { $0.isKnown(of: row) }
        var right: [Fact] = (isLow ? [.hours] : [spare, .hours]).filter { $0.isKnown(of: row) && $0 != first }
        while left.count < right.count { left.append(right.removeLast()) }
        for (line, fact) in left.enumerated() { short(fact, row, x: 0, y: y + line) }
        for (line, fact) in right.enumerated() {
            short(fact, row, x: half, y: y + line, labelWidth: Self.shortLabelWidth)
        }
        y += left.count
        if Fact.status.isKnown(of: row) && y < canvas.height {
            drawStatus(row, x: 0, y: y, width: canvas.width, names: true)
            y += 1
        }
        let rest: [Fact] = [.outlook, .written, .description]
        draw(
            rest.filter { $0.isKnown(of: row) }, of: row, x: 0, y: y, width: canvas.width,
            rows: canvas.height - y)
    }

    private func draw(_ facts: [Fact], of row: Row, x: Int, y: Int, width: Int, rows: Int) {
        for (line, fact) in facts.prefix(max(rows, 0)).enumerated() {
            draw(fact, of: row, x: x, y: y + line, width: width)
        }
    }

    private func draw(_ fact: Fact, of row: Row, x: Int, y: Int, width: Int) {
        let rest = width - Self.behind
        switch fact {
        case .status: drawStatus(row, x: x, y: y, width: width, names: false)
        case .wear:
            number(row, Measure.wear, "Wear", x: x, y: y)
            gauge(
                row.number(Measure.wear).map { $0 / 100 }, limits: fractions(view.limits(of: Measure.wear)),
                x: x, y: y, width: rest)
        case .temperature:
            number(row, Measure.temperature, "Temp", x: x, y: y, role: heatRole(row))
            let history = row.history(Measure.temperature)
            if history.isCurve && rest > 3 { canvas.spark(history, x: x + Self.behind, y: y, width: rest) }
        case .used: drawUsed(row, x: x, y: y, width: rest)
        case .hours:
            number(row, Measure.powerOn, "Hours", x: x, y: y)
            if let seconds = row.number(Measure.powerOn) {
                more(Format.duration(seconds), x: x, y: y, width: rest)
            }
        case .spare:
            number(row, Measure.spare, "Spare", x: x, y: y)
            if let least = row.number(Measure.spareThreshold) {
                more("min \(Format.number(least, unit: "percent"))", x: x, y: y, width: rest)
            }
        case .errors:
            drawErrors(row, x: x, y: y, width: width)
        case .outlook: drawOutlook(row, x: x, y: y, width: width)
        case .written: number(row, Measure.written, "Written", x: x, y: y)
        case .unsafeShutdowns: number(row, Measure.unsafeShutdowns, "Unsafe", x: x, y: y)
        case .model: text(row.text(Measure.model), "Model", x: x, y: y, width: width)
        case .serial: text(row.text(Measure.serial), "Serial", x: x, y: y, width: width)
        case .firmware: text(row.text(Measure.firmware), "Version", x: x, y: y, width: width)
        case .kind: text(kind(of: row), "Kind", x: x, y: y, width: width)
        case .device: text(row.text(Measure.device), "Device", x: x, y: y, width: width)
        case .problem: text(row.text(Measure.problem), "Problem", x: x, y: y, width: width)
        case .description: text(row.text(Measure.description), "About", x: x, y: y, width: width)
        }
    }

    /// Draws when the drive is worn out, in as many words as have room.
    private func drawOutlook(_ row: Row, x: Int, y: Int, width: Int) {
        guard let forecast = row.forecast(Measure.wear) else { return }
        let room = max(width - Self.labelWidth, 0)
        canvas.text("Outlook", x: x, y: y, width: Self.labelWidth, role: .label)
        let words = forecast.words(in: room) ?? forecast.forms[forecast.forms.count - 1]
        canvas.text(words, x: x + Self.labelWidth, y: y, width: room, role: forecast.role)
    }

    /// Draws the number of errors and what they are. Where both have no room, the words alone, which hold the number.
    private func drawErrors(_ row: Row, x: Int, y: Int, width: Int) {
        let rest = width - Self.behind
        guard let findings = row.text(Measure.findings) else {
            return number(row, Measure.errors, "Errors", x: x, y: y)
        }
        let needed = canvas.measure(findings)
        if needed <= rest || width - Self.labelWidth < needed && rest > needed / 2 {
            number(row, Measure.errors, "Errors", x: x, y: y)
            more(findings, x: x, y: y, width: rest, role: findingsRole(row))
        } else {
            let start = needed <= width - Self.labelWidth ? Self.labelWidth : 0
            if start > 0 { canvas.text("Errors", x: x, y: y, width: Self.labelWidth, role: .label) }
            canvas.text(findings, x: x + start, y: y, width: width - start, role: findingsRole(row))
        }
    }

    /// Draws a fact without the text behind its number.
    private func short(_ fact: Fact, _ row: Row, x: Int, y: Int, labelWidth: Int = labelWidth) {
        let draw = { (metric: Metric, label: String, role: Role?) in
            number(row, metric, label, x: x, y: y, role: role, labelWidth: labelWidth)
        }
        switch fact {
        case .temperature: draw(Measure.temperature, "Temp", heatRole(row))
        case .spare where row.number(Measure.spare) != nil: draw(Measure.spare, "Spare", nil)
        case .spare, .errors: draw(Measure.errors, "Errors", nil)
        case .hours: draw(Measure.powerOn, "Hours", nil)
        case .used:
            canvas.text("Used", x: x, y: y, width: Self.labelWidth, role: .label)
            let used = view.figure(Measure.used, of: row, width: Self.numberWidth) ?? "–"
            let size = view.figure(Measure.capacity, of: row, width: 5).map { "/" + $0 } ?? ""
            canvas.text(used, x: x + Self.labelWidth, y: y, width: Self.numberWidth, align: .right)
            canvas.text(size, x: x + Self.labelWidth + Self.numberWidth, y: y, width: 6, role: .muted)
        default: draw(Measure.wear, "Wear", nil)
        }
    }

    private func drawStatus(_ row: Row, x: Int, y: Int, width: Int, names: Bool) {
        let status = DriveTable.status(of: row)
        let findings = row.text(Measure.findings)
        let word = DriveTable.verdict(of: row) ?? (names && findings != nil ? "" : "–")
        // The label gives way to the verdict.
        let labelWidth = width >= Self.labelWidth + 3 + canvas.measure(word) ? Self.labelWidth : 0
        canvas.text("Status", x: x, y: y, width: labelWidth, role: .label)
        let start = x + labelWidth
        canvas.status(status, x: start, y: y)
        let more = names ? "  " + (findings ?? row.text(Measure.model) ?? "") : ""
        let role = findings == nil ? .muted : findingsRole(row)
        let room = width - labelWidth - 3
        let wordWidth = min(canvas.measure(word), max(room, 0))
        canvas.text(word, x: start + 3, y: y, width: wordWidth, role: row.status(Measure.verdict).role)
        if room > wordWidth {
            canvas.text(more, x: start + 3 + wordWidth, y: y, width: room - wordWidth, role: role)
        }
    }

    /// Draws used space and size at both ends of a bar.
    private func drawUsed(_ row: Row, x: Int, y: Int, width: Int) {
        canvas.text("Used", x: x, y: y, width: Self.labelWidth, role: .label)
        let (used, size) = (row.number(Measure.used), row.number(Measure.capacity))
        let text = view.figure(Measure.used, of: row, width: Self.numberWidth) ?? "–"
        canvas.text(text, x: x + Self.labelWidth, y: y, width: Self.numberWidth, align: .right)
        guard let size else { return }
        if let used, size > 0 { gauge(used / size, limits: .none, x: x, y: y, width: width - 6) }
        canvas.text(
            Format.number(size, unit: "bytes", width: 5), x: x + Self.behind + max(width - 5, 0), y: y,
            width: 5,
            align: .right,
            role: .muted)
    }

    private func number(
        _ row: Row, _ metric: Metric, _ label: String, x: Int, y: Int, role: Role? = nil,
        labelWidth: Int = labelWidth
    ) {
        // The label gives way to the number.
        let labelWidth = min(labelWidth, max(canvas.width - x - Self.numberWidth, 0))
        canvas.text(label, x: x, y: y, width: labelWidth, role: .label)
        let place = x + labelWidth
        if let number = row.number(metric) {
            let text =
                metric === Measure.powerOn
                ? hours(number) : view.figure(metric, of: row, width: Self.numberWidth) ?? "–"
            canvas.text(
                text, x: place, y: y, width: Self.numberWidth, align: .right,
                role: role ?? row.status(metric).role)
        } else {
            canvas.text("–", x: place, y: y, width: Self.numberWidth, align: .right, role: .muted)
        }
    }

    private func gauge(_ fraction: Double?, limits: Limits, x: Int, y: Int, width: Int) {
        guard let fraction, width > 2 else { return }
        canvas.gauge(fraction, x: x + Self.behind, y: y, width: min(width, 40), limits: limits)
    }

    private func text(_ value: String?, _ label: String, x: Int, y: Int, width: Int) {
        canvas.text(label, x: x, y: y, width: Self.labelWidth, role: .label)
        canvas.text(value ?? "–", x: x + Self.labelWidth, y: y, width: max(width - Self.labelWidth, 0))
    }

    private func more(_ text: String, x: Int, y: Int, width: Int, role: Role = .muted) {
        if width > 3 { canvas.text(text, x: x + Self.behind, y: y, width: width, role: role) }
    }

    /// A duration in hours, as drives report it, while that fits: "11419h".
    private func hours(_ seconds: Double) -> String {
        seconds < 100_000 * 3600
            ? "\(Int(max(seconds, 0) / 3600))h" : Format.duration(seconds, width: Self.numberWidth)
    }

    private func kind(of row: Row) -> String {
        let (kind, bus) = (row.text(Measure.kind) ?? "–", row.text(Measure.bus) ?? "")
        return bus.isEmpty || bus == kind ? kind : "\(kind), \(bus)"
    }

    private func findingsRole(_ row: Row) -> Role {
        Status.worse(row.status(Measure.findings), row.status(Measure.errors)).role
    }

    private func heatRole(_ row: Row) -> Role {
        Status.worse(row.status(Measure.heat), row.status(Measure.temperature)).role
    }

    private func fractions(_ limits: Limits) -> Limits {
        Limits(warning: limits.warning / 100, critical: limits.critical / 100)
    }
}
