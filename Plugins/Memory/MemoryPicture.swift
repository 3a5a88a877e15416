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
        addContents(machine, to: &rows)
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
        meter.forecast = row.forecast(used)
        rows.meter("Physical", meter, status: row.status(usedPercent), importance: 0)
    }

    private func addSwap(_ row: Row, to rows: inout Rows) {
        guard let part = row.number(swapUsed), let all = row.number(swapTotal) else { return }
        var meter = share(part, of: all, metric: swapPercent, percent: row.number(swapPercent))
        meter.history = row.history(swapPercent)
        rows.meter("Swap", meter, status: row.status(swapPercent), importance: 4)
    }

    /// The bar shows how full the device is. The figure is the compression ratio, or how full it is where that is too
    /// full.
    private func addZram(_ row: Row, to rows: inout Rows) {
        guard let data = row.number(zramData), let size = row.number(zramSize) else { return }
        var meter = share(data, of: size, metric: swapPercent, percent: nil)
        let memory = Format.number(row.number(zramMemory) ?? 0, unit: "bytes")
        let algorithm = row.text(zramAlgorithm) ?? ""
        let purpose = row.text(zramUse) ?? ""
        let ratio = row.number(zramRatio).map { Format.number($0, unit: "ratio", width: 6) } ?? "empty"
        let status = row.status(swapPercent)
        let full = view.figure(swapPercent, of: row, width: 6)
        meter.figure = status.trouble > 0 ? full ?? ratio : ratio
        meter.remark =
            (status.trouble > 0 ? ratio + " " : "") + "in \(memory.padded(to: 5)) \(algorithm)"
            + (purpose == "swap" ? "" : ", \(purpose)")
        meter.forecast = row.forecast(zramData)
        rows.meter(row.name, meter, status: status, importance: 1)
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

    /// Adds as many settings on a line as fit whole, those in trouble first.
    private func addSettings(_ width: Int, to rows: inout Rows) {
        let room = Rows.textRoom(in: width)
        var (line, used, isFirst): ([Rows.Entry], Int, Bool) = ([], 0, true)
        func flush(_ rows: inout Rows) {
            rows.entries(isFirst ? "Kernel" : "", line, importance: isFirst ? 3 : 9)
            isFirst = isFirst && line.isEmpty
            (line, used) = ([], 0)
        }
        let settings = instances.filter { $0.text(setting) != nil }
        let inTrouble = settings.filter { $0.status(setting).trouble > 0 }
        for row in inTrouble + settings.filter({ $0.status(setting).trouble == 0 }) {
            let entry = row.name + "=" + (row.text(setting) ?? "")
            if used > 0 && used + 2 + entry.utf8.count > room { flush(&rows) }
            used += entry.utf8.count + (used > 0 ? 2 : 0)
            line.append(Rows.Entry(entry, status: row.status(setting)))
        }
        flush(&rows)
    }

    private func addPressure(_ row: Row, to rows: inout Rows) {
        var entries: [Rows.Entry] = []
        func add(_ label: String, _ metric: Metric) {
            guard let figure = view.figure(metric, of: row) else { return }
            entries.append(Rows.Entry(label + " " + figure.padded(to: 4), status: row.status(metric)))
        }
        add("some", pressureSome)
        add("full", pressureFull)
        rows.entries("Pressure", entries, importance: 5)
        guard let kills = row.number(oomKills) else { return }
        let recent = Format.number(row.number(oomRecent) ?? 0, unit: "count")
        let all = Format.number(kills, unit: "count")
        rows.entries(
            "OOM kills",
            [
                Rows.Entry(recent + " in the last hour", status: row.status(oomRecent)),
                Rows.Entry(all + " since boot"),
            ], importance: 7)
    }

    /// Adds what the memory is used for; left out first where there is little room.
    private func addContents(_ row: Row, to rows: inout Rows) {
        var entries: [Rows.Entry] = []
        func add(_ label: String, _ metric: Metric) {
            guard let figure = view.figure(metric, of: row) else { return }
            entries.append(Rows.Entry(label + " " + figure.padded(to: 5)))
        }
        add("cached", cached)
        add("buffers", buffers)
        add("shared", shared)
        add("dirty", dirty)
        add("ARC", arc)
        rows.entries("Contents", entries, importance: 6)
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
        let limits = metric.map { view.limits(of: $0) } ?? .none
        return Rows.Meter(
            fraction: whole > 0 ? min(max(part / whole, 0), 1) : 0, limits: limits.scaled(by: 0.01),
            text: Format.share(part, of: whole, unit: "bytes", width: 11),
            figure: percent.map { Format.number($0, unit: "percent", width: 6, limits: limits) } ?? "")
    }
}
