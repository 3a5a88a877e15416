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
            let name = gpu.text(nameMetric) ?? gpu.name
            lines.text(
                "GPU", state == "ok" ? name : "\(name): \(state)", status: gpu.status(stateMetric),
                importance: state == "ok" ? 3 : 0)
        }
        if let load = gpu.number(loadMetric) {
            var meter = Rows.Meter(fraction: load / 100, figure: Format.number(load, unit: "percent"))
            meter.history = gpu.history(loadMetric)
            lines.meter("Load", meter, importance: 1)
        }
        addMemory(gpu, to: &lines)
        addTemperature(gpu, to: &lines)
        if let power = gpu.number(powerMetric) {
            let limit = gpu.number(powerLimitMetric)
            let text = limit.map {
                Format.number(power, unit: "watts") + "/" + Format.number($0, unit: "watts")
            }
            lines.meter(
                "Power",
                Rows.Meter(
                    fraction: share(power, of: limit), text: text ?? "",
                    figure: text == nil ? Format.number(power, unit: "watts") : percent(power, of: limit)),
                importance: 4)
        }
        if let fan = gpu.number(fanMetric) {
            lines.meter(
                "Fan", Rows.Meter(fraction: fan / 100, figure: Format.number(fan, unit: "percent")),
                importance: 6)
        }
        if let clock = gpu.number(clockMetric) {
            let limit = gpu.number(clockLimitMetric)
            lines.meter(
                "Clock",
                Rows.Meter(fraction: share(clock, of: limit), text: Format.number(clock, unit: "hertz")),
                importance: 5)
        }
        gpu.addHealth(to: &lines, width: canvas.width)
        if let driver = gpu.text(driverMetric) {
            lines.text("Driver", "\(driver), PCI \(gpu.name)", role: .muted, importance: 7)
        }
    }

    private func addMemory(_ gpu: Row, to lines: inout Rows) {
        guard let used = gpu.number(memoryUsedMetric) else { return }
        var meter = Rows.Meter(text: Format.number(used, unit: "bytes"))
        if let total = gpu.number(memoryTotalMetric), let percent = gpu.number(memoryMetric) {
            meter.fraction = percent / 100
            meter.text = Format.share(used, of: total, unit: "bytes")
            meter.figure = Format.number(percent, unit: "percent")
            meter.limits = view.limits(of: memoryMetric).scaled(by: 0.01)
            meter.history = gpu.history(memoryMetric)
        }
        lines.meter("Memory", meter, status: sign(gpu, memoryMetric), importance: 2)
    }

    private func addTemperature(_ gpu: Row, to lines: inout Rows) {
        guard let temperature = gpu.number(temperatureMetric) else { return }
        var meter = Rows.Meter(
            fraction: temperature / 110, limits: view.limits(of: temperatureMetric).scaled(by: 1 / 110.0),
            figure: Format.number(temperature, unit: "celsius"))
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
        share(part, of: whole).map { Format.number(100 * $0, unit: "percent") } ?? ""
    }

    private func table(_ gpus: [Row]) -> Table {
        var table = Table([
            Table.Column(title: "GPU", grow: 2),
            Table.Column(title: "Load", width: 8, grow: 1, priority: 1),
            Table.Column(title: "", alignment: .right, width: 4),
            Table.Column(title: "Past", width: 8, grow: 1, priority: 5),
            Table.Column(title: "Memory", width: 8, grow: 1, priority: 4),
            Table.Column(title: "Used", alignment: .right, width: 5),
            Table.Column(title: "of", alignment: .right, width: 5, priority: 3),
            Table.Column(title: "Temp", alignment: .right, width: 5),
            Table.Column(title: "Power", alignment: .right, width: 5, priority: 2),
        ])
        for gpu in gpus {
            let state = gpu.text(stateMetric) ?? "ok"
            let name = gpu.text(nameMetric) ?? gpu.name
            let load = gpu.number(loadMetric)
            table.add([
                .status(
                    Status.worse(gpu.status(stateMetric), gpu.status(temperatureMetric)),
                    state == "ok" ? name : "\(name): \(state)"),
                .gauge(load.map { $0 / 100 }),
                .number(load, unit: "percent"),
                .spark(gpu.history(loadMetric)),
                .gauge(
                    gpu.number(memoryMetric).map { $0 / 100 },
                    limits: view.limits(of: memoryMetric).scaled(by: 0.01)),
                .number(gpu.number(memoryUsedMetric), unit: "bytes", role: gpu.status(memoryMetric).role),
                .number(gpu.number(memoryTotalMetric), unit: "bytes", role: .muted),
                .number(
                    gpu.number(temperatureMetric), unit: "celsius", role: gpu.status(temperatureMetric).role),
                .number(gpu.number(powerMetric), unit: "watts"),
            ])
        }
        return table
    }
}
