import PluginJSON
import PluginKit

/// All drives of a machine.
final class DrivesWidget: Widget {
    private let machine: Machine
    private let reader: SmartReader
    private let choice: DriveChoice
    private let judgesHeat: Bool
    private var isFirst = true
    private var blocks: BlockMap?
    private var used: [String: Double] = [:]
    private var nextCount = -Double.infinity

    /// Seconds between two counts of used space, which changes slowly and has many sources.
    private static let countEvery = 10.0

    init(_ machine: Machine, _ options: Options) throws(PluginError) {
        self.machine = machine
        judgesHeat = options.flag(Setting.driveLimits)
        let choice = DriveChoice(options)
        self.choice = choice
        reader = try SmartReader(machine, options) { drive in choice.shows([drive.name, drive.path]) }
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        let isNewRound = reader.advance(tick, isFirst: isFirst)
        isFirst = false
        let drives = reader.drives
        guard !drives.isEmpty else {
            if reader.isBusy {
                let waiting = "waiting for the list of drives from smartctl --scan"
                return sink.note(.auto, reader.hasControllers ? waiting : noDrives().sentence)
            }
            throw noDrives()
        }
        if isNewRound { blocks = nil }
        countUsed(tick)
        for drive in drives {
            // Reading the temperature of a rotating drive can prevent it from sleeping.
            if let sensor = drive.sensor, isNewRound || !drive.isRotating {
                drive.sensorTemperature = machine.number(sensor).flatMap {
                    $0 > -100_000 && $0 < 200_000 ? $0 / 1000 : nil
                }
            }
            emit(drive, into: sink)
        }
        if let note = Remarks(drives, reader).note { sink.note(note.status, note.sentence) }
    }

    override func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        let served = try ServedDrives(document)
        guard !served.drives.isEmpty else {
            if served.remarks.note == nil { throw .unavailable("\(document.host) reports no drives") }
            return sink.note(served.remarks)
        }
        let drives = served.drives.filter { choice.shows([$0.name, "/dev/" + $0.name]) }
        guard !drives.isEmpty else { throw Self.allHidden }
        for drive in drives { drive.emit(judgesHeat: judgesHeat, into: sink) }
        sink.note(served.remarks)
    }

    override func draw(_ view: WidgetView, on canvas: Canvas) { Picture(view, canvas).draw() }

    private static var allHidden: PluginError {
        .unavailable("no drive is left to show: check the options devices and exclude of this widget")
    }

    private func noDrives() -> PluginError {
        if reader.hidesAll {
            return Self.allHidden
        }
        if let disk = reader.virtualDisks.first {
            let which =
                reader.virtualDisks.count == 1
                ? "\(disk) is a virtual disk (\(disk.hasPrefix("x") ? "Xen" : "virtio-blk")), which has"
                : reader.virtualDisks.joined(separator: ", ") + " are virtual disks, which have"
            return .unavailable(
                "no drives: \(which) no wear, temperature or SMART data; watch the machine that it runs on")
        }
        if let problem = reader.scanProblem {
            return .unavailable("no drives: /sys/block lists none, and \(problem)")
        }
        return .unavailable("no drives: neither /sys/block nor smartctl --scan lists any")
    }

    private func countUsed(_ tick: Tick) {
        guard blocks == nil || tick.seconds >= nextCount || tick.isRefresh else { return }
        nextCount = tick.seconds + Self.countEvery
        let map = blocks ?? BlockMap(machine)
        blocks = map
        used = map.used(on: Set(reader.drives.flatMap { $0.blocks }))
    }

    private func emit(_ drive: Drive, into sink: Sink) {
        let (name, report) = (drive.name, drive.report)
        let verdict = DriveHealth(drive, smartctlIsMissing: reader.isMissing)
        if let verdict { sink.emit(Measure.verdict, verdict.text, of: name, status: verdict.status) }
        sink.emit(Measure.wear, report?.wear ?? drive.wear, of: name)
        if let temperature = drive.temperature {
            sink.emit(Measure.temperature, temperature, of: name)
            if judgesHeat { emitHeat(drive, temperature, into: sink) }
        }
        emitSpare(report, of: name, into: sink)
        sink.emit(Measure.errors, report?.errorCount, of: name)
        emitFindings(report, of: name, into: sink)
        sink.emit(Measure.powerOn, report?.powerOn, of: name)
        let parts = drive.blocks.compactMap { used[$0] }
        if !parts.isEmpty { sink.emit(Measure.used, parts.reduce(0, +), of: name) }
        sink.emit(Measure.capacity, report?.capacity ?? drive.capacity, of: name)
        sink.emit(Measure.written, report?.written, of: name)
        sink.emit(Measure.unsafeShutdowns, report?.unsafeShutdowns, of: name)
        sink.emit(Measure.kind, drive.shownKind, of: name)
        let texts = [
            (Measure.bus, report?.bus ?? (drive.kind == "NVMe" ? "NVMe" : nil)),
            (Measure.model, report?.model ?? drive.model), (Measure.serial, report?.serial ?? drive.serial),
            (Measure.firmware, report?.firmware ?? drive.firmware),
            (Measure.device, drive.type.isEmpty ? drive.path : "\(drive.path) -d \(drive.type)"),
            (Measure.problem, drive.problem?.sentence),
        ]
        for (metric, text) in texts {
            if let text { sink.emit(metric, text, of: name) }
        }
    }

    private func emitHeat(_ drive: Drive, _ temperature: Double, into sink: Sink) {
        let heat = Heat(temperature, drive.heatLimits)
        sink.emit(Measure.heat, heat.text, of: drive.name, status: heat.status)
    }

    private func emitSpare(_ report: SmartReport?, of name: String, into sink: Sink) {
        guard let spare = report?.spare else { return }
        let threshold = report?.spareThreshold
        // The limits judge, but the threshold of the drive's manufacturer counts too.
        sink.emit(Measure.spare, spare, of: name, status: spare < threshold ?? 0 ? .critical : .auto)
        sink.emit(Measure.spareThreshold, threshold, of: name)
    }

    private func emitFindings(_ report: SmartReport?, of name: String, into sink: Sink) {
        guard let report else { return }
        let counts = report.errors.filter { $0.count > 0 }.map {
            "\(Format.number($0.count, unit: "count")) \($0.name)"
        }
        let words = report.alarms + report.remarks + counts
        guard !words.isEmpty else { return }
        // Error counts are judged by their own metric, whose limits a layout may set.
        let status: Status = !report.alarms.isEmpty ? .critical : !report.remarks.isEmpty ? .warning : .auto
        sink.emit(Measure.findings, words.joined(separator: ", "), of: name, status: status)
    }
}

/// The choice of drives in a layout.
struct DriveChoice {
    private let shown: [String]
    private let hidden: [String]

    init(_ options: Options) {
        shown = options.list(Setting.devices).filter { !$0.isEmpty }
        hidden = options.list(Setting.exclude).filter { !$0.isEmpty }
    }

    /// Whether a drive with these names is shown.
    func shows(_ names: [String]) -> Bool {
        func isAny(of patterns: [String]) -> Bool {
            patterns.contains { pattern in names.contains { matches($0, pattern: pattern) } }
        }
        return (shown.isEmpty || isAny(of: shown)) && !isAny(of: hidden)
    }
}
