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
            let name = gpu.text(nameMetric) ?? gpu.name
            let status = gpu.status(stateMetric)
            let entries =
                isOk
                ? [Rows.Entry(name, status: status)] : [Rows.Entry(name), Rows.Entry(state, status: status)]
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
        gpu.addHealth(to: &lines)
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
        let parts = parts.filter { part in
            part.title == "GPU" || gpus.contains { part.cell($0, view).kind != .empty }
        }
        var table = Table(parts.map { $0.column })
        for gpu in gpus { table.add(parts.map { $0.cell(gpu, view) }) }
        return table
    }

    /// A column and the function that makes its cells. Columns without a value for any card are left out.
    private struct Part {
        let column: Table.Column
        let cell: (Row, WidgetView) -> Table.Cell
        var title: String { column.title }

        init(
            _ title: String, width: Int = 0, grow: Int = 0, priority: Int = 0, right: Bool = false,
            cell: @escaping (Row, WidgetView) -> Table.Cell
        ) {
            column = Table.Column(
                title: title, alignment: right ? .right : .left, width: width, grow: grow, priority: priority)
            self.cell = cell
        }
    }

    private var parts: [Part] {
        [
            Part("GPU", grow: 2) { gpu, _ in
                .status(Self.status(of: gpu), gpu.text(nameMetric) ?? gpu.name)
            },
            // The state of a card that is ok has no text.
            Part("State", grow: 1) { gpu, _ in
                let state = gpu.text(stateMetric) ?? "ok"
                return state == "ok" ? .empty : .text(state, role: gpu.status(stateMetric).role)
            },
            Part("Load", width: 8, grow: 1, priority: 1) { gpu, _ in
                .gauge(gpu.number(loadMetric).map { $0 / 100 })
            },
            Part("", width: 4, right: true) { $1.cell(loadMetric, of: $0) },
            Part("Past", width: 8, grow: 1, priority: 5) { gpu, _ in
                let past = gpu.history(loadMetric)
                return past.isEmpty ? .empty : .spark(past)
            },
            Part("Memory", width: 8, grow: 1, priority: 4) { gpu, view in
                .gauge(
                    gpu.number(memoryMetric).map { $0 / 100 },
                    limits: view.limits(of: memoryMetric).scaled(by: 0.01))
            },
            Part("Used", width: 5, right: true) { $1.cell(memoryUsedMetric, of: $0, judged: memoryMetric) },
            Part("of", width: 5, priority: 3, right: true) {
                $1.cell(memoryTotalMetric, of: $0, role: .muted)
            },
            Part("Temp", width: 5, right: true) { $1.cell(temperatureMetric, of: $0) },
            Part("Power", width: 5, priority: 2, right: true) { $1.cell(powerMetric, of: $0) },
        ]
    }

    /// The worst status of all values of a card.
    private static func status(of gpu: Row) -> Status {
        [stateMetric, temperatureMetric, memoryMetric, loadMetric, powerMetric, fanMetric].reduce(.auto) {
            Status.worse($0, gpu.status($1))
        }
    }
}
