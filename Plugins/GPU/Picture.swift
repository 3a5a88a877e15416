import PluginKit

/// Draws a few GPUs as lines, many as a table.
struct Picture {
    private let view: WidgetView
    private let canvas: Canvas

    init(_ view: WidgetView, _ canvas: Canvas) {
        self.view = view
        self.canvas = canvas
    }

    func draw() {
        let gpus = view.instances
        if gpus.count == 1 || gpus.count <= 3 && canvas.height >= 5 * gpus.count {
            var lines = Rows()
            for gpu in gpus { add(gpu, to: &lines) }
            let used = lines.draw(on: canvas)
            if gpus.count == 1 {
                canvas.pastGraph(
                    gpus[0].history(loadMetric), label: "Load", interval: view.interval, from: used + 1)
            }
        } else {
            canvas.table(table(gpus))
        }
    }

    private func add(_ gpu: Row, to lines: inout Rows) {
        if let state = gpu.text(stateMetric) {
            // The state has room before the name.
            let isOk = state == "ok"
            let name = Rows.Entry((gpu.text(nameMetric) ?? gpu.name) + (isOk ? "" : ":"))
            let status = gpu.status(stateMetric)
            let entries =
                isOk ? [Rows.Entry(name.text, status: status)] : [name, Rows.Entry(state, status: status)]
            lines.entries("GPU", entries, importance: isOk ? 3 : 0)
        }
        if let load = gpu.number(loadMetric) {
            var meter = Rows.Meter(
                fraction: load / 100, figure: view.figure(loadMetric, of: gpu, width: 6) ?? "")
            meter.history = gpu.history(loadMetric)
            lines.meter("Load", meter, status: sign(gpu, loadMetric), importance: 1)
        }
        addMemory(gpu, to: &lines)
        addTemperature(gpu, to: &lines)
        addPower(gpu, to: &lines)
        if let fan = gpu.number(fanMetric) {
            lines.meter(
                "Fan",
                Rows.Meter(fraction: fan / 100, figure: view.figure(fanMetric, of: gpu, width: 6) ?? ""),
                status: sign(gpu, fanMetric), importance: 6)
        }
        if let clock = gpu.number(clockMetric) {
            let limit = gpu.number(clockLimitMetric)
            lines.meter(
                "Clock",
                Rows.Meter(
                    fraction: share(clock, of: limit),
                    text: view.figure(clockMetric, of: gpu, width: 11) ?? ""),
                importance: 5)
        }
        if let driver = gpu.text(driverMetric) {
            lines.text("Driver", "\(driver), PCI \(gpu.name)", role: .muted, importance: 7)
        }
    }

    private func addPower(_ gpu: Row, to lines: inout Rows) {
        guard let power = gpu.number(powerMetric) else { return }
        let limit = gpu.number(powerLimitMetric)
        let text = limit.map { Format.share(power, of: $0, unit: "watts", width: 11) }
        let figure =
            text == nil ? view.figure(powerMetric, of: gpu, width: 6) ?? "" : percent(power, of: limit)
        lines.meter(
            "Power", Rows.Meter(fraction: share(power, of: limit), text: text ?? "", figure: figure),
            status: sign(gpu, powerMetric), importance: 4)
    }

    private func addMemory(_ gpu: Row, to lines: inout Rows) {
        guard let used = gpu.number(memoryUsedMetric) else { return }
        var meter = Rows.Meter(text: Format.number(used, unit: "bytes", width: 11))
        if let total = gpu.number(memoryTotalMetric), let percent = gpu.number(memoryMetric) {
            meter.fraction = percent / 100
            meter.text = Format.share(used, of: total, unit: "bytes", width: 11)
            meter.figure = view.figure(memoryMetric, of: gpu, width: 6) ?? ""
            meter.limits = view.limits(of: memoryMetric).scaled(by: 0.01)
            meter.history = gpu.history(memoryMetric)
        }
        lines.meter("Memory", meter, status: sign(gpu, memoryMetric), importance: 2)
    }

    private func addTemperature(_ gpu: Row, to lines: inout Rows) {
        guard let temperature = gpu.number(temperatureMetric) else { return }
        var meter = Rows.Meter(
            fraction: temperature / 110, limits: view.limits(of: temperatureMetric).scaled(by: 1 / 110.0),
            figure: view.figure(temperatureMetric, of: gpu, width: 6) ?? "")
        meter.history = gpu.history(temperatureMetric)
        lines.meter("Temp", meter, status: sign(gpu, temperatureMetric), importance: 3)
    }

    /// A card that is ok has one sign only.
    private func sign(_ gpu: Row, _ metric: Metric) -> Status {
        let status = gpu.status(metric)
        return status == .ok && gpu.text(stateMetric) != nil ? .auto : status
    }

    private func share(_ part: Double, of whole: Double?) -> Double? {
        guard let whole, whole > 0 else { return nil }
        return part / whole
    }

    private func percent(_ part: Double, of whole: Double?) -> String {
        share(part, of: whole).map { Format.number(100 * $0, unit: "percent", width: 6) } ?? ""
    }

    private func table(_ gpus: [Row]) -> Table {
        let showsStates = gpus.contains { $0.text(stateMetric) ?? "ok" != "ok" }
        var columns = [Table.Column(title: "GPU", grow: 2)]
        if showsStates { columns.append(Table.Column(title: "State", grow: 1)) }
        columns += [
            Table.Column(title: "Load", width: 8, grow: 1, priority: 1),
            Table.Column(title: "", alignment: .right, width: 4),
            Table.Column(title: "Past", width: 8, grow: 1, priority: 5),
            Table.Column(title: "Memory", width: 8, grow: 1, priority: 4),
            Table.Column(title: "Used", alignment: .right, width: 5),
            Table.Column(title: "of", alignment: .right, width: 5, priority: 3),
            Table.Column(title: "Temp", alignment: .right, width: 5),
            Table.Column(title: "Power", alignment: .right, width: 5, priority: 2),
        ]
        var table = Table(columns)
        for gpu in gpus {
            table.add([.status(status(of: gpu), gpu.text(nameMetric) ?? gpu.name)])
            if showsStates {
                table.add([.text(gpu.text(stateMetric) ?? "ok", role: gpu.status(stateMetric).role)])
            }
            table.add([
                .gauge(gpu.number(loadMetric).map { $0 / 100 }),
                view.cell(loadMetric, of: gpu),
                .spark(gpu.history(loadMetric)),
                .gauge(
                    gpu.number(memoryMetric).map { $0 / 100 },
                    limits: view.limits(of: memoryMetric).scaled(by: 0.01)),
                view.cell(memoryUsedMetric, of: gpu, judged: memoryMetric),
                view.cell(memoryTotalMetric, of: gpu, role: .muted),
                view.cell(temperatureMetric, of: gpu),
                view.cell(powerMetric, of: gpu),
            ])
        }
        return table
    }

    /// The worst status of all values of a card.
    private func status(of gpu: Row) -> Status {
        [stateMetric, temperatureMetric, memoryMetric, loadMetric, powerMetric, fanMetric].reduce(.auto) {
            Status.worse($0, gpu.status($1))
        }
    }
}
