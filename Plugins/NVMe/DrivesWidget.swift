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
        let entries = reader.roster
        guard !entries.isEmpty else {
            if reader.isBusy {
                let waiting = "waiting for smartctl to list the drives"
                return sink.note(.auto, reader.hasControllers ? waiting : noDrives().sentence)
            }
            throw noDrives()
        }
        if isNewRound { blocks = nil }
        countUsed(tick)
        for entry in entries {
            if entry.drive.isToBeMeasured(isNewRound) {
                let reading = entry.drive.sensor.flatMap { machine.number($0) }.map { $0 / 1000 }
                entry.drive.sensorTemperature = Quantity.temperature.possible(reading)
            }
            Emission(entry, reader, used, at: tick, judgesHeat: judgesHeat).emit(into: sink)
        }
        if let note = Remarks(reader).note { sink.note(note.status, note.sentence) }
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
        used = map.used(on: Set(reader.roster.flatMap { $0.blocks }))
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
