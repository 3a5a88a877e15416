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
    private let group: ContainerProcessors
    private let datasets = Datasets()
    private var disks = Disks()
    private var spaces: [Space] = []
    private var arrays: [StorageArray] = []
    private var possibleCores: Double?
    private var isInContainer = false
    private var names: [String] = []
    private var disksDue = -Double.infinity
    private var hardwareDue = -Double.infinity

    /// Seconds between two looks at file systems and hardware, which change slowly.
    private static let diskInterval = 10.0
    private static let hardwareInterval = 60.0

    init(_ machine: Machine, _ options: Options) {
        self.machine = machine
        group = ContainerProcessors(machine)
        wantsCores = options.flag(coresOption)
        wantedFileSystems = options.list(fileSystemsOption)
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        let uptime = readUptime()
        try readUse(tick, uptime)
        if tick.seconds >= hardwareDue || tick.isRefresh { findHardware(at: tick.seconds) }
        if tick.seconds >= disksDue || tick.isRefresh { askDisks(at: tick.seconds) }
        if group.limit != nil {
            // Times, loads and uptime of /proc are the host's.
            group.emit(at: tick.seconds, into: sink)
        } else {
            emitUse(into: sink)
            emitLoad(uptime, into: sink)
        }
        if let name = processor?.name { sink.emit(model, name, of: "total") }
        emitFrequency(into: sink)
        var notes = Notes()
        emitTemperature(into: sink, &notes)
        emitPressure(into: sink)
        emitDisks(into: sink, &notes)
        notes.emit(into: sink)
    }

    /// Seconds since the start of the machine; nil where they are not known.
    private func readUptime() -> Double? {
        var seconds: Double?
        try? machine.readBytes("/proc/uptime") { bytes in
            var text = Scanner(bytes)
            seconds = text.number()
        }
        return Quantity.runTime.possible(seconds)
    }

    private func findHardware(at now: Double) {
        hardwareDue = now + Self.hardwareInterval
        if frequencies == nil { frequencies = Frequencies(machine) }
        // /proc/cpuinfo is long and slow to read. It is read again only where frequencies come from it.
        if processor == nil || frequencies?.isEmpty == true { processor = ProcessorInfo(machine) }
        temperatures = Temperatures(machine)
        isInContainer = machine.isProvidedByLXCFS("/proc/stat")
        // "0-7": what the total of /proc/stat is counted for, online or not.
        possibleCores = machine.text("/sys/devices/system/cpu/possible")
            .flatMap { Double(text: $0.trimmed.split(on: UInt8(ascii: "-")).last ?? "") }.map { $0 + 1 }
    }

    private func readUse(_ tick: Tick, _ uptime: Double?) throws(PluginError) {
        var isRead = false
        try machine.readBytes("/proc/stat") { bytes in
            isRead = meter.read(bytes, uptime: uptime, seconds: tick.seconds, processors: possibleCores)
        }
        guard isRead else {
            throw .failed(
                "\(machine.root)/proc/stat: no line \"cpu\" with times in it; check that /proc is mounted and "
                    + "not cut short")
        }
    }

    private func emitUse(into sink: Sink) {
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
        if isInContainer { sink.emit(scope, "container", of: instance) }
        guard wantsCores else { return }
        for (index, value) in meter.cores.enumerated() { sink.emit(coreUse, value, of: name(of: index)) }
    }

    private func emitLoad(_ seconds: Double?, into sink: Sink) {
        let instance = "total"
        try? machine.readBytes("/proc/loadavg") { bytes in
            // 0.52 0.48 0.40 1/123 4567
            var text = Scanner(bytes)
            guard let one = Quantity.load.possible(text.number()),
                let five = Quantity.load.possible(text.number()),
                let fifteen = Quantity.load.possible(text.number())
            else { return }
            sink.emit(load1, one, of: instance)
            sink.emit(load5, five, of: instance)
            sink.emit(load15, fifteen, of: instance)
            if meter.coreCount > 0 { sink.emit(loadPerCore, five / Double(meter.coreCount), of: instance) }
            sink.emit(running, Quantity.count.possible(text.number()), of: instance)
            if text.skip("/") { sink.emit(threads, Quantity.count.possible(text.number()), of: instance) }
        }
        sink.emit(uptime, seconds, of: instance)
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

    private func emitTemperature(into sink: Sink, _ notes: inout Notes) {
        var (hottest, limit, impossible): (Double?, Double?, Double?) = (nil, nil, nil)
        for (index, sensor) in temperatures.sensors.enumerated() {
            guard let celsius = temperatures.read(sensor, machine, impossible: &impossible) else { continue }
            if temperatures.sensors.count > 1 { sink.emit(temperature, celsius, of: "package\(index)") }
            if celsius >= hottest ?? celsius { (hottest, limit) = (celsius, sensor.limit) }
        }
        guard let hottest else {
            if let impossible {
                let stated = Format.number(impossible, unit: "celsius")
                notes.add(.unknown, "the processor's sensor states \(stated), which is impossible")
            }
            return
        }
        sink.emit(temperature, hottest, of: "total")
        sink.emit(temperatureLimit, limit, of: "total")
        sink.emit(temperatureMargin, limit.map { $0 - hottest }, of: "total")
    }

    private func emitPressure(into sink: Sink) {
        let disk = group.pressure(on: "io")
        sink.emit(pressureCPU, group.pressure(on: "cpu")?.some, of: "total")
        sink.emit(pressureIO, disk?.some, of: "total")
        sink.emit(pressureIOFull, disk?.full, of: "total")
    }

    private func askDisks(at now: Double) {
        disksDue = now + Self.diskInterval
        disks = Disks(wantedFileSystems, machine)
        // A machine that was captured without df tells nothing of any file system.
        guard !machine.isCaptured || machine.exists("/commands/df") else { return }
        if disks.places.contains(where: { $0.mount.isDataset }) { datasets.update(machine, at: now) }
        spaces = disks.places.map { Space($0, datasets, machine) }
        for (mount, usage) in disks.limited { spaces.append(Space(subvolume: mount, usage)) }
        arrays = wantedFileSystems.isEmpty ? [] : StorageArray.all(machine)
    }

    private func emitDisks(into sink: Sink, _ notes: inout Notes) {
        for space in spaces {
            let instance = space.instance
            sink.emit(diskPercent, space.usage?.percent, of: instance)
            sink.emit(diskUsed, space.usage?.used, of: instance)
            sink.emit(diskSize, space.usage?.size, of: instance)
            sink.emit(diskInodes, space.usage?.inodePercent, of: instance)
            sink.emit(diskMetadata, space.metadataPercent, of: instance)
            if let trouble = space.trouble {
                sink.emit(diskState, trouble.word, of: instance, status: trouble.status)
            }
        }
        for array in arrays { sink.emit(arrayState, array.word, of: array.name, status: array.status) }
        if !disks.leftOut.isEmpty {
            sink.emit(leftOut, disks.leftOut.joined(separator: ", "), of: "total")
        }
        guard !disks.missing.isEmpty else { return }
        let list = disks.missing.joined(separator: ", ")
        notes.add(
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
