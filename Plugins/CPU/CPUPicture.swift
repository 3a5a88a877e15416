import PluginKit

/// Draws a snapshot of the processors as lines.
struct CPUPicture {
    private let view: WidgetView
    private var machine: Row?
    private var coreRows: [Row] = []
    private var diskRows: [Row] = []

    init(_ view: WidgetView) {
        self.view = view
        for row in view.instances {
            if row.name == "total" {
                machine = row
            } else if row.number(coreUse) != nil {
                coreRows.append(row)
            } else if row.number(diskSize) != nil {
                diskRows.append(row)
            }
        }
    }

    func draw(on canvas: Canvas) {
        guard let machine else { return }
        var rows = Rows()
        addUse(machine, to: &rows)
        let coresAt = rows
        addRest(machine, width: canvas.width, to: &rows)
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
        addRest(machine, width: canvas.width, to: &complete)
        graph(machine, on: canvas, from: complete.draw(on: canvas) + 1)
    }

    private func graph(_ row: Row, on canvas: Canvas, from y: Int) {
        canvas.pastGraph(row.history(use), label: "Use", interval: view.interval, from: y)
    }

    private func addUse(_ row: Row, to rows: inout Rows) {
        guard let busy = row.number(use) else { return }
        var meter = Rows.Meter(
            fraction: busy / 100, limits: view.limits(of: use).scaled(by: 0.01),
            text: row.number(frequency).map { Format.number($0, unit: "hertz") } ?? "",
            figure: Format.number(busy, unit: "percent"))
        meter.history = row.history(use)
        rows.meter("Use", meter, status: row.status(use), importance: 0)
    }

    private func addRest(_ row: Row, width: Int, to rows: inout Rows) {
        addLoad(row, width, to: &rows)
        addTemperature(row, to: &rows)
        for disk in diskRows { addDisk(disk, to: &rows) }
        addPressure(row, to: &rows)
        addTimes(row, width, to: &rows)
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
                .text(row.name, key: Double(index)), .number(busy, unit: "percent"),
                .gauge(busy.map { $0 / 100 }),
            ])
            if hasFrequencies { table.add([.number(row.number(frequency), unit: "hertz")]) }
        }
        return table
    }

    private func addLoad(_ row: Row, _ width: Int, to rows: inout Rows) {
        let loads = [load1, load5, load15].compactMap { row.number($0) }
        guard !loads.isEmpty else { return }
        var entries = [loads.map(Self.load).joined(separator: " ")]
        if row.number(use) == nil, let hertz = row.number(frequency) {
            entries.append("at " + Format.number(hertz, unit: "hertz"))
        }
        if let count = row.number(cores) {
            entries.append("on " + Format.number(count, unit: "count") + (count == 1 ? " core" : " cores"))
        }
        rows.text("Load", entries: entries, status: row.status(loadPerCore), in: width, importance: 2)
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
            figure: Format.number(celsius, unit: "celsius"))
        meter.history = row.history(temperature)
        let status = Status.worse(row.status(temperature), row.status(temperatureMargin))
        rows.meter("Temp", meter, status: status, importance: 1)
    }

    private func addDisk(_ row: Row, to rows: inout Rows) {
        guard let part = row.number(diskUsed), let size = row.number(diskSize),
            let percent = row.number(diskPercent)
        else { return }
        let path = row.name.after("fs:") ?? row.name
        var meter = Rows.Meter(
            fraction: percent / 100, limits: view.limits(of: diskPercent).scaled(by: 0.01),
            text: Format.share(part, of: size, unit: "bytes"), figure: Format.number(percent, unit: "percent")
        )
        meter.remark = path == ServedDisk.name ? "" : "disk"
        if let inodes = row.number(diskInodes) {
            meter.remark += "  inodes " + Format.number(inodes, unit: "percent").padded(to: 4)
        }
        let status = Status.worse(row.status(diskPercent), row.status(diskInodes))
        rows.meter(path, meter, status: status, importance: path == "/" || path == ServedDisk.name ? 3 : 6)
    }

    private func addPressure(_ row: Row, to rows: inout Rows) {
        var (text, status) = ("", Status.auto)
        func add(_ label: String, _ metric: Metric) {
            guard let value = row.number(metric) else { return }
            text +=
                (text.isEmpty ? "" : "  ") + label + " " + Format.number(value, unit: "percent").padded(to: 4)
            status = Status.worse(status, row.status(metric))
        }
        add("cpu", pressureCPU)
        add("io", pressureIO)
        add("io full", pressureIOFull)
        if !text.isEmpty { rows.text("Pressure", text, status: status, importance: 7) }
    }

    private func addTimes(_ row: Row, _ width: Int, to rows: inout Rows) {
        var entries: [String] = []
        func add(_ label: String, _ metric: Metric) {
            guard let value = row.number(metric) else { return }
            entries.append(label + " " + Format.number(value, unit: "percent").padded(to: 4))
        }
        add("user", user)
        add("sys", system)
        add("wait", iowait)
        add("steal", steal)
        add("nice", nice)
        add("irq", irq)
        rows.text("Time", entries: entries, status: row.status(steal), in: width, importance: 8)
    }

    private func addTasks(_ row: Row, to rows: inout Rows) {
        var text = ""
        func add(_ label: String, _ metric: Metric) {
            guard let value = row.number(metric) else { return }
            text += Format.number(value, unit: "count").padded(to: 2) + " " + label + "  "
        }
        add("running", running)
        add("blocked", blocked)
        add("tasks", threads)
        if let seconds = row.number(uptime) { text += "up " + Format.duration(seconds) }
        if !text.isEmpty { rows.text("Tasks", text, importance: 9) }
        guard let name = row.text(model) else { return }
        let highest = row.number(frequencyMax).map { ", up to " + Format.number($0, unit: "hertz") } ?? ""
        rows.text("Model", name + highest, role: .muted, importance: 10)
    }
}
