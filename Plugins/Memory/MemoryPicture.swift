import PluginKit

/// Draws a snapshot of memory as lines.
struct MemoryPicture {
    private let view: WidgetView
    private let machine: Row?
    private let instances: [Row]

    init(_ view: WidgetView) {
        self.view = view
        instances = view.instances
        machine = instances.first { $0.name == "total" }
    }

    func draw(on canvas: Canvas) {
        guard let machine else { return }
        var rows = Rows()
        addPhysical(machine, to: &rows)
        addSwap(machine, to: &rows)
        for row in instances where row.number(zramSize) != nil { addZram(row, to: &rows) }
        for row in instances where row.number(tmpfsSize) != nil { addTmpfs(row, to: &rows) }
        addSettings(canvas.width, to: &rows)
        addPressure(machine, to: &rows)
        addContents(machine, canvas.width, to: &rows)
        let used = rows.draw(on: canvas)
        canvas.pastGraph(
            machine.history(usedPercent), label: "Physical memory used", interval: view.interval,
            from: used + 1)
    }

    private func addPhysical(_ row: Row, to rows: inout Rows) {
        guard let part = row.number(used), let all = row.number(total) else { return }
        var meter = share(part, of: all, metric: usedPercent, percent: row.number(usedPercent))
        meter.history = row.history(usedPercent)
        meter.remark = row.text(scopeMetric) ?? ""
        rows.meter("Physical", meter, status: row.status(usedPercent), importance: 0)
    }

    private func addSwap(_ row: Row, to rows: inout Rows) {
        guard let part = row.number(swapUsed), let all = row.number(swapTotal) else { return }
        var meter = share(part, of: all, metric: swapPercent, percent: row.number(swapPercent))
        meter.history = row.history(swapPercent)
        rows.meter("Swap", meter, status: row.status(swapPercent), importance: 4)
    }

    /// The bar shows how full the device is, the figure the compression ratio.
    private func addZram(_ row: Row, to rows: inout Rows) {
        guard let data = row.number(zramData), let size = row.number(zramSize) else { return }
        var meter = share(data, of: size, metric: swapPercent, percent: nil)
        let memory = Format.number(row.number(zramMemory) ?? 0, unit: "bytes")
        let algorithm = row.text(zramAlgorithm) ?? ""
        let purpose = row.text(zramUse) ?? ""
        if let ratio = row.number(zramRatio) {
            meter.figure = Format.number(ratio, unit: "ratio")
        } else {
            meter.figure = "empty"
        }
        meter.remark = "in \(memory.padded(to: 5)) \(algorithm)" + (purpose == "swap" ? "" : ", \(purpose)")
        rows.meter(row.name, meter, status: row.status(swapPercent), importance: 1)
    }

    private func addTmpfs(_ row: Row, to rows: inout Rows) {
        guard let part = row.number(tmpfsUsed), let size = row.number(tmpfsSize) else { return }
        let path = row.name.after("tmpfs:") ?? row.name
        let percent = row.number(tmpfsPercent) ?? 0
        var meter = share(part, of: size, metric: tmpfsPercent, percent: percent)
        meter.remark = "tmpfs"
        // Where only some fit, the fullest ones are shown.
        let importance = 100 - Int(min(max(percent, 0), 100))
        rows.meter(
            path, meter, status: row.status(tmpfsPercent), importance: isFullest(row) ? 2 : 10 + importance)
    }

    private func isFullest(_ row: Row) -> Bool {
        let percent = row.number(tmpfsPercent) ?? 0
        for other in instances {
            guard let theirs = other.number(tmpfsPercent) else { continue }
            if theirs > percent { return false }
            if theirs == percent { return other.name == row.name }
        }
        return true
    }

    /// Adds as many settings on a line as fit whole.
    private func addSettings(_ width: Int, to rows: inout Rows) {
        let room = Rows.textRoom(in: width)
        var (line, status, isFirst): (String, Status, Bool) = ("", .auto, true)
        func flush(_ rows: inout Rows) {
            if !line.isEmpty {
                rows.text(isFirst ? "Kernel" : "", line, status: status, importance: isFirst ? 3 : 9)
                isFirst = false
            }
            (line, status) = ("", .auto)
        }
        for row in instances {
            guard let value = row.text(setting) else { continue }
            let entry = row.name + "=" + value
            if !line.isEmpty && line.utf8.count + 2 + entry.utf8.count > room { flush(&rows) }
            line += line.isEmpty ? entry : "  " + entry
            status = Status.worse(status, row.status(setting))
        }
        flush(&rows)
    }

    private func addPressure(_ row: Row, to rows: inout Rows) {
        var (line, status) = ("", Status.auto)
        if let some = row.number(pressureSome) {
            line = "some " + Format.number(some, unit: "percent").padded(to: 4)
            status = row.status(pressureSome)
        }
        if let full = row.number(pressureFull) {
            line += "  full " + Format.number(full, unit: "percent").padded(to: 4)
            status = Status.worse(status, row.status(pressureFull))
        }
        if !line.isEmpty { rows.text("Pressure", line, status: status, importance: 5) }
        guard let kills = row.number(oomKills) else { return }
        let recent = row.number(oomRecent) ?? 0
        let text =
            Format.number(recent, unit: "count") + " in the last hour, "
            + Format.number(kills, unit: "count") + " since boot"
        rows.text("OOM kills", text, status: row.status(oomRecent), importance: 7)
    }

    /// Adds what the memory is used for; left out first where there is little room.
    private func addContents(_ row: Row, _ width: Int, to rows: inout Rows) {
        var entries: [String] = []
        func add(_ label: String, _ metric: Metric) {
            guard let number = row.number(metric) else { return }
            entries.append(label + " " + Format.number(number, unit: "bytes").padded(to: 5))
        }
        add("cached", cached)
        add("buffers", buffers)
        add("shared", shared)
        add("dirty", dirty)
        add("ARC", arc)
        rows.text("Contents", entries: entries, in: width, importance: 6)
        if let part = row.number(hugeUsed), let all = row.number(hugeTotal) {
            rows.meter("Huge pages", share(part, of: all, metric: nil, percent: nil), importance: 8)
        }
        if let data = row.number(zswapData) {
            let memory = row.number(zswapMemory).map { " in " + Format.number($0, unit: "bytes") } ?? ""
            rows.text("zswap", Format.number(data, unit: "bytes") + memory, importance: 8)
        }
        if let source = row.text(availableSource), source != "MemAvailable", row.text(scopeMetric) == nil {
            rows.text("Available", source, role: .muted, importance: 8)
        }
    }

    private func share(_ part: Double, of whole: Double, metric: Metric?, percent: Double?) -> Rows.Meter {
        let limits = metric.map { view.limits(of: $0).scaled(by: 0.01) } ?? .none
        return Rows.Meter(
            fraction: whole > 0 ? min(max(part / whole, 0), 1) : 0, limits: limits,
            text: Format.share(part, of: whole, unit: "bytes"),
            figure: percent.map { Format.number($0, unit: "percent") } ?? "")
    }
}
