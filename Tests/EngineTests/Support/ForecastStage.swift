import Contract
import Core
import Engine

/// A drive and a disk whose past and present the test sets, and an engine with a forecaster.
@MainActor
final class ForecastStage {
    let stage = Stage(refresh: 60)
    let past: StubPast
    /// Returns the drive's values at a Unix time in nanoseconds; nil: there is no drive.
    var drive: (Int64) -> Drive? = { _ in nil }
    /// Returns the bytes used of a disk of 1,000 GB.
    var used: (Int64) -> Double? = { _ in nil }
    /// Returns the heat of the drive.
    var heat: (Int64) -> Double? = { _ in nil }
    private(set) var subscription: Subscription!

    struct Drive {
        var wear: Double
        var written: Double?
        var hours: Double?
        var serial = "A1"
    }

    nonisolated static let day: Int64 = 86_400_000_000_000
    nonisolated static let hour: Int64 = 3_600_000_000_000
    static let size = 1000e9

    init(options: [Setting] = []) {
        past = StubPast(stage.clock)
        stage.workers.files["drives"] = MemoryWorkers.File(
            description: Self.description, collect: { [weak self] _ in self?.collected() })
        past.value = { [weak self] _, metric, time in self?.value(metric, time) }
        stage.engine.past = past
        stage.engine.forecaster = Forecaster(past, work: IdleWork(stage.clock))
        subscription = stage.subscribe(options: options)
    }

    static let description = PluginDescription(
        id: "drives", name: "Drives",
        metrics: [
            MetricDeclaration(
                id: "wear", label: "Wear", unit: "percent", direction: .higherIsWorse,
                forecast: ForecastDeclaration(
                    .wear, written: "written", powered: "power_on", identity: "serial")),
            MetricDeclaration(id: "written", label: "Written", unit: "bytes", kind: .counter),
            MetricDeclaration(id: "power_on", label: "On", unit: "seconds", kind: .counter),
            MetricDeclaration(id: "serial", label: "Serial", kind: .text),
            MetricDeclaration(
                id: "used", label: "Used", unit: "bytes",
                forecast: ForecastDeclaration(.fill, size: "size")),
            MetricDeclaration(id: "size", label: "Size", unit: "bytes"),
            MetricDeclaration(id: "heat", label: "Heat", unit: "celsius", minimumEffect: 5),
        ])

    private func value(_ metric: String, _ time: Int64) -> Double? {
        switch metric {
        case "wear": drive(time)?.wear
        case "written": drive(time)?.written
        case "power_on": drive(time)?.hours.map { $0 * 3600 }
        case "used": used(time)
        case "heat": heat(time)
        default: nil
        }
    }

    private func collected() -> Collected {
        let now = stage.clock.wall
        var samples: [Sample] = []
        func emit(_ metric: Int, _ number: Double?) {
            guard let number else { return }
            samples.append(Sample(instance: "sda", metric: metric, value: .number(number)))
        }
        if let drive = drive(now) {
            emit(0, drive.wear)
            emit(1, drive.written)
            emit(2, drive.hours.map { $0 * 3600 })
            samples.append(Sample(instance: "sda", metric: 3, value: .text(drive.serial)))
        }
        if let used = used(now) {
            emit(4, used)
            emit(5, Self.size)
        }
        emit(6, heat(now))
        return Collected(samples: samples)
    }

    /// Starts, and lets the first forecasts be made.
    func start() {
        stage.start()
        stage.settle()
    }

    /// Advances the time, a minute at a time.
    func pass(minutes: Int) {
        for _ in 0..<minutes {
            stage.clock.advance(seconds: 60)
            stage.settle()
        }
    }

    /// Advances the time at once.
    func jump(days: Double) {
        stage.clock.jump(by: UInt64(days * Double(Self.day)))
        stage.settle()
        pass(minutes: 2)
    }

    var now: Int64 { stage.clock.wall }
    var snapshot: Snapshot? { subscription.collector.entry.snapshot }

    private func cell(_ metric: String) -> Snapshot.Cell? {
        guard let snapshot, let index = snapshot.schema.index(of: metric) else { return nil }
        return snapshot.instances.first?.cells[index]
    }

    func words(_ metric: String) -> String? { cell(metric)?.value.text }
    func days(_ metric: String) -> Double? { cell(metric)?.value.number.map { $0 / 86_400 } }
    func number(_ metric: String) -> Double? { cell(metric)?.value.number }
    func status(_ metric: String) -> Status? { cell(metric)?.status }
}
