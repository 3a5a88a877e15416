import PluginJSON
import PluginKit

final class CPUWidget: Widget {
    private let machine: Machine
    private let wantsCores: Bool
    private let wantedFileSystems: [String]
    private var meter = UseMeter()
    private var frequencies: Frequencies?
    private var processor: ProcessorInfo?
    private var temperatures = Temperatures()
    private var disks = Disks()
    private var usages: [(instance: String, usage: Usage)] = []
    private var names: [String] = []
    private var disksDue = -Double.infinity
    private var hardwareDue = -Double.infinity

    /// Seconds between two looks at file systems and hardware, which change slowly.
    private static let diskInterval = 10.0
    private static let hardwareInterval = 60.0

    init(_ machine: Machine, _ options: Options) {
        self.machine = machine
        wantsCores = options.flag(coresOption)
        wantedFileSystems = options.list(fileSystemsOption)
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        try emitUse(into: sink)
        if tick.seconds >= hardwareDue || tick.isRefresh { findHardware(at: tick.seconds) }
        if tick.seconds >= disksDue || tick.isRefresh { askDisks(at: tick.seconds) }
        emitLoad(into: sink)
        emitFrequency(into: sink)
        emitTemperature(into: sink)
        emitPressure(into: sink)
        emitDisks(into: sink)
    }

    private func findHardware(at now: Double) {
        hardwareDue = now + Self.hardwareInterval
        if frequencies == nil { frequencies = Frequencies(machine) }
        // /proc/cpuinfo is long and slow to read. It is read again only where frequencies come from it.
        if processor == nil || frequencies?.isEmpty == true { processor = ProcessorInfo(machine) }
        temperatures = Temperatures(machine)
    }

    private func emitUse(into sink: Sink) throws(PluginError) {
        var isRead = false
        try machine.readBytes("/proc/stat") { bytes in isRead = meter.read(bytes) }
        guard isRead else {
            throw .failed(
                "\(machine.root)/proc/stat: no line \"cpu\" with times in it; check that /proc is mounted and "
                    + "not cut short")
        }
        let instance = "total"
        if let total = meter.total {
            sink.emit(use, total.busy, of: instance)
            sink.emit(user, total.user, of: instance)
            sink.emit(nice, total.nice, of: instance)
            sink.emit(system, total.system, of: instance)
            sink.emit(irq, total.irq, of: instance)
            sink.emit(iowait, total.iowait, of: instance)
            sink.emit(steal, total.steal, of: instance)
        }
        sink.emit(blocked, meter.blocked, of: instance)
        if meter.coreCount > 0 { sink.emit(cores, Double(meter.coreCount), of: instance) }
        guard wantsCores else { return }
        for (index, value) in meter.cores.enumerated() { sink.emit(coreUse, value, of: name(of: index)) }
    }

    private func emitLoad(into sink: Sink) {
        let instance = "total"
        try? machine.readBytes("/proc/loadavg") { bytes in
            // 0.52 0.48 0.40 1/123 4567
            var text = Scanner(bytes)
            guard let one = text.number(), let five = text.number(), let fifteen = text.number() else {
                return
            }
            sink.emit(load1, one, of: instance)
            sink.emit(load5, five, of: instance)
            sink.emit(load15, fifteen, of: instance)
            if meter.coreCount > 0 { sink.emit(loadPerCore, five / Double(meter.coreCount), of: instance) }
            sink.emit(running, text.number(), of: instance)
            if text.skip("/") { sink.emit(threads, text.number(), of: instance) }
        }
        try? machine.readBytes("/proc/uptime") { bytes in
            var text = Scanner(bytes)
            sink.emit(uptime, text.number(), of: instance)
        }
        if let name = processor?.name { sink.emit(model, name, of: instance) }
    }

    private func emitFrequency(into sink: Sink) {
        frequencies?.step(machine)
        sink.emit(frequency, frequencies?.average ?? processor?.frequency, of: "total")
        sink.emit(frequencyMax, frequencies?.maximum, of: "total")
        guard wantsCores else { return }
        frequencies?.forEachCore { core, value in
            if core < meter.cores.count { sink.emit(frequency, value, of: name(of: core)) }
        }
    }

    private func emitTemperature(into sink: Sink) {
        var (hottest, limit): (Double?, Double?) = (nil, nil)
        for (index, sensor) in temperatures.sensors.enumerated() {
            guard let celsius = temperatures.read(sensor, machine) else { continue }
            if temperatures.sensors.count > 1 { sink.emit(temperature, celsius, of: "package\(index)") }
            if celsius >= hottest ?? celsius { (hottest, limit) = (celsius, sensor.limit) }
        }
        guard let hottest else { return }
        sink.emit(temperature, hottest, of: "total")
        sink.emit(temperatureLimit, limit, of: "total")
        sink.emit(temperatureMargin, limit.map { $0 - hottest }, of: "total")
    }

    private func emitPressure(into sink: Sink) {
        sink.emit(pressureCPU, machine.pressure(on: "cpu")?.some, of: "total")
        let disk = machine.pressure(on: "io")
        sink.emit(pressureIO, disk?.some, of: "total")
        sink.emit(pressureIOFull, disk?.full, of: "total")
    }

    private func askDisks(at now: Double) {
        disksDue = now + Self.diskInterval
        disks = Disks(wantedFileSystems, machine)
        usages = []
        for path in disks.paths {
            if let usage = machine.usage(at: path), usage.size > 0 {
                usages.append((instance: "fs:" + path, usage: usage))
            }
        }
    }

    private func emitDisks(into sink: Sink) {
        for (instance, usage) in usages {
            sink.emit(diskPercent, usage.percent, of: instance)
            sink.emit(diskUsed, usage.used, of: instance)
            sink.emit(diskSize, usage.size, of: instance)
            sink.emit(diskInodes, usage.inodePercent, of: instance)
        }
        guard !disks.missing.isEmpty else { return }
        var list = ""
        for path in disks.missing { list += (list.isEmpty ? "" : ", ") + path }
        sink.note(
            .warning,
            "file_systems: nothing is mounted at \(list); mount it, or take it out of the layout")
    }

    /// Names are made once, since making them on each tick would cost more than reading the times.
    private func name(of core: Int) -> String {
        while names.count <= core { names.append("core\(names.count)") }
        return names[core]
    }

    /// Emits the values of the whole host from its services document.
    override func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        let summary = try DocumentObject(document).object("summary")
        let remarks = summary.remarks
        if remarks.fieldCount == 0 { try summary.require("cpu_load_1") }
        let loads = [(load1, "cpu_load_1"), (load5, "cpu_load_5"), (load15, "cpu_load_15")]
            .map { (metric: $0.0, number: summary.number($0.1, .load)) }
        let hertz = summary.number("cpu_freq_mhz", .processorFrequency, times: 1e6)
        let heat = summary.temperature("cpu_temp_c")
        let disk = ServedDisk(summary)
        if hertz == nil, heat == nil, disk == nil, loads.allSatisfy({ $0.number == nil }),
            let failure = remarks.failure
        {
            throw failure
        }
        for load in loads { sink.emit(load.metric, load.number, of: "total") }
        sink.emit(frequency, hertz, of: "total")
        sink.emit(temperature, heat?.celsius, of: "total", status: heat?.status ?? .auto)
        disk?.emit(into: sink)
        sink.note(remarks)
    }

    override func draw(_ view: WidgetView, on canvas: Canvas) { CPUPicture(view).draw(on: canvas) }
}
