import PluginKit

/// Draws a snapshot of the processors as lines.
struct CPUPicture {
    private let view: WidgetView
    private var machine: Row?
    private var coreRows: [Row] = []
    private var diskRows: [Row] = []
    private var arrayRows: [Row] = []

    init(_ view: WidgetView) {
        self.view = view
        for row in view.instances {
            if row.name == "total" {
                machine = row
            } else if row.number(coreUse) != nil {
                coreRows.append(row)
            } else if row.name.hasPrefix("fs:") {
                diskRows.append(row)
            } else if row.text(arrayState) != nil {
                arrayRows.append(row)
            }
        }
    }

    func draw(on canvas: Canvas) {
        guard let machine else { return }
        var rows = Rows()
        addUse(machine, to: &rows)
        let coresAt = rows
        addRest(machine, to: &rows)
        let others = rows.height(in: canvas.width)
        if view.isZoomed && coreRows.count > 0 && canvas.height > others + 4 {
            let used = rows.draw(on: canvas)
            let table = coreTable()
            let tableHeight = min(table.rowCount + 1, canvas.height - used - 1)
            canvas.table(table, x: 3, y: used + 1, width: min(canvas.width - 3, 100), height: tableHeight)
            graph(machine, on: canvas, from: used + 1 + tableHeight + 1)
            return
        }
        var complete = coresAt
        addCores(to: &complete, room: canvas.height - others, width: canvas.width)
        addRest(machine, to: &complete)
        graph(machine, on: canvas, from: complete.draw(on: canvas) + 1)
    }

    private func graph(_ row: Row, on canvas: Canvas, from y: Int) {
        canvas.pastGraph(row.history(use), label: "Use", interval: view.interval, from: y)
    }

    private func addUse(_ row: Row, to rows: inout Rows) {
        guard let busy = row.number(use) else { return }
        var meter = Rows.Meter(
            fraction: busy / 100, limits: view.limits(of: use).scaled(by: 0.01),
            text: view.figure(frequency, of: row, width: 11) ?? "",
            figure: view.figure(use, of: row, width: 6) ?? "")
        meter.history = row.history(use)
        if let name = row.text(scope), row.number(load1) == nil, let count = row.number(cores) {
            meter.remark = "\(name), \(Self.coreWords(count))"
        }
        rows.meter("Use", meter, status: row.status(use), importance: 0)
    }

    private func addRest(_ row: Row, to rows: inout Rows) {
        addLoad(row, to: &rows)
        addTemperature(row, to: &rows)
        for disk in diskRows { addDisk(disk, to: &rows) }
        for array in arrayRows {
            let status = array.status(arrayState)
            rows.text(
                array.name.after("pool:") ?? array.name, array.text(arrayState) ?? "–", status: status,
                importance: 6)
        }
        addPressure(row, to: &rows)
        addTimes(row, to: &rows)
        addTasks(row, to: &rows)
    }

    /// Adds a named gauge for each core where they fit, else one cell for each.
    private func addCores(to rows: inout Rows, room: Int, width: Int) {
        guard !coreRows.isEmpty else { return }
        let values = coreRows.map { $0.number(coreUse) ?? .nan }
        var grid = Rows()
        grid.grid(coreRows.map { $0.name.after("core") ?? $0.name }, values, importance: 3)
        if values.count <= 32 && grid.height(in: width) <= room {
            rows.grid(coreRows.map { $0.name.after("core") ?? $0.name }, values, importance: 3)
        } else {
            rows.strip("Cores", values, importance: 5)
        }
    }

    private func coreTable() -> Table {
        let hasFrequencies = coreRows.contains { $0.number(frequency) != nil }
        var columns = [
            Table.Column(title: "Core"), Table.Column(title: "Use", alignment: .right, width: 5),
            Table.Column(title: "", grow: 1),
        ]
        if hasFrequencies { columns.append(Table.Column(title: "Frequency", alignment: .right, width: 9)) }
        var table = Table(columns)
        for (index, row) in coreRows.enumerated() {
            let busy = row.number(coreUse)
            table.add([
                .text(row.name, key: Double(index)), view.cell(coreUse, of: row),
                .gauge(busy.map { $0 / 100 }),
            ])
            if hasFrequencies { table.add([.number(row.number(frequency), unit: "hertz")]) }
        }
        return table
    }

    private func addLoad(_ row: Row, to rows: inout Rows) {
        let loads = [load1, load5, load15].compactMap { row.number($0) }
        guard !loads.isEmpty else { return }
        let text = loads.map(Self.load).joined(separator: " ")
        var entries = [Rows.Entry(text, status: row.status(loadPerCore))]
        if row.number(use) == nil, let hertz = row.number(frequency) {
            entries.append(Rows.Entry("at " + Format.number(hertz, unit: "hertz")))
        }
        if let count = row.number(cores) {
            entries.append(Rows.Entry("on " + Self.coreWords(count)))
        }
        if let name = row.text(scope) { entries.append(Rows.Entry(name)) }
        rows.entries("Load", entries, importance: 2)
    }

    /// "1 core"; a container may have a part of one: "0.5 cores".
    private static func coreWords(_ count: Double) -> String {
        Format.number(count, unit: count == count.rounded() ? "count" : "")
            + (count == 1 ? " core" : " cores")
    }

    /// A load average with two decimals, as usual.
    private static func load(_ value: Double) -> String {
        guard value >= 0 && value < 999.9 else { return Format.number(value, unit: "").padded(to: 6) }
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)".padded(to: 6)
    }

    private func addTemperature(_ row: Row, to rows: inout Rows) {
        guard let celsius = row.number(temperature) else { return }
        let limits = view.limits(of: temperature)
        let full = row.number(temperatureLimit) ?? (limits.critical.isFinite ? limits.critical : 100)
        var meter = Rows.Meter(
            fraction: full > 0 ? celsius / full : 0, limits: full > 0 ? limits.scaled(by: 1 / full) : .none,
            text: row.number(temperatureLimit).map { "of " + Format.number($0, unit: "celsius") } ?? "",
            figure: view.figure(temperature, of: row, width: 6) ?? "")
        meter.history = row.history(temperature)
        let status = Status.worse(row.status(temperature), row.status(temperatureMargin))
        rows.meter("Temp", meter, status: status, importance: 1)
    }

    /// Adds a file system. The bar and the figure are about its space, or about its inodes or metadata where those are
    /// worse.
    private func addDisk(_ disk: Row, to rows: inout Rows) {
        let path = disk.name.after("fs:") ?? disk.name
        let (isFirst, state) = (path == "/" || path == ServedDisk.name, disk.text(diskState))
        guard let part = disk.number(diskUsed), let size = disk.number(diskSize),
            disk.number(diskPercent) != nil
        else {
            if let state { rows.text(path, state, status: disk.status(diskState), importance: 3) }
            return
        }
        let kinds = [(diskPercent, ""), (diskMetadata, "metadata"), (diskInodes, "inodes")]
        var worst = kinds[0]
        for kind in kinds where disk.status(kind.0).trouble > disk.status(worst.0).trouble { worst = kind }
        let bytes = Format.share(part, of: size, unit: "bytes", width: 11)
        var meter = Rows.Meter(
            fraction: (disk.number(worst.0) ?? 0) / 100, limits: view.limits(of: worst.0).scaled(by: 0.01),
            text: worst.1.isEmpty ? bytes : worst.1, figure: view.figure(worst.0, of: disk, width: 6) ?? "")
        meter.remark = state ?? (path == ServedDisk.name ? "" : "disk")
        for (metric, label) in kinds where label != worst.1 {
            guard let other = view.figure(metric, of: disk)?.padded(to: 4) else { continue }
            meter.remark += "  " + (label.isEmpty ? bytes : label) + " " + other
        }
        meter.forecast = disk.forecast(diskUsed)
        let status = [diskPercent, diskInodes, diskMetadata, diskState].reduce(.auto) {
            Status.worse($0, disk.status($1))
        }
        rows.meter(path, meter, status: status, importance: isFirst ? 3 : 6)
    }

    private func addPressure(_ row: Row, to rows: inout Rows) {
        let entries = [
            entry("cpu", pressureCPU, row), entry("io", pressureIO, row),
            entry("io full", pressureIOFull, row),
        ]
        rows.entries("Pressure", entries.compactMap { $0 }, importance: 7)
    }

    private func addTimes(_ row: Row, to rows: inout Rows) {
        let entries = [
            entry("user", user, row), entry("sys", system, row), entry("wait", iowait, row),
            entry("steal", steal, row), entry("nice", nice, row), entry("irq", irq, row),
        ]
        rows.entries("Time", entries.compactMap { $0 }, importance: 8)
    }

    /// "steal  12%"
    private func entry(_ label: String, _ metric: Metric, _ row: Row) -> Rows.Entry? {
        view.figure(metric, of: row).map {
            Rows.Entry(label + " " + $0.padded(to: 4), status: row.status(metric))
        }
    }

    private func addTasks(_ row: Row, to rows: inout Rows) {
        var entries: [Rows.Entry] = []
        func add(_ label: String, _ metric: Metric) {
            guard let value = row.number(metric) else { return }
            let count = Format.number(value, unit: "count").padded(to: 2)
            entries.append(Rows.Entry(count + " " + label, status: row.status(metric)))
        }
        add("running", running)
        add("blocked", blocked)
        add("tasks", threads)
        if let seconds = row.number(uptime) { entries.append(Rows.Entry("up " + Format.duration(seconds))) }
        rows.entries("Tasks", entries, importance: 9)
        if let list = row.text(leftOut) { rows.text("Not shown", list, role: .muted, importance: 11) }
        guard let name = row.text(model) else { return }
        let highest = row.number(frequencyMax).map { ", up to " + Format.number($0, unit: "hertz") } ?? ""
        rows.text("Model", name + highest, role: .muted, importance: 10)
    }
}
