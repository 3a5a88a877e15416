import PluginKit

/// Emits the samples of one drive.
struct Emission {
    private let entry: Roster.Entry
    private let drive: Drive
    private let report: SmartReport?
    private let verdict: DriveHealth?
    private let used: Double?
    private let age: Double?
    private let judgesHeat: Bool

    /// - Parameter used: bytes used on each block device.
    init(
        _ entry: Roster.Entry, _ reader: SmartReader, _ used: [String: Double], at tick: Tick,
        judgesHeat: Bool
    ) {
        self.entry = entry
        self.judgesHeat = judgesHeat
        drive = entry.drive
        // What a controller says of its volume is not said of any drive.
        report = entry.isVolume ? nil : drive.report
        verdict = DriveHealth(entry, smartctlIsMissing: reader.isMissing)
        let parts = entry.blocks.compactMap { used[$0] }
        self.used = parts.isEmpty ? nil : parts.reduce(0, +)
        age = drive.isAsleep && report != nil ? max(tick.unixSeconds - drive.reportTime, 0) : nil
    }

    func emit(into sink: Sink) {
        let name = entry.name
        if let verdict { sink.emit(Measure.verdict, verdict.text, of: name, status: verdict.status) }
        sink.emit(Measure.age, age, of: name)
        emitWear(into: sink)
        if !entry.isVolume { emitTemperature(into: sink) }
        emitSpare(into: sink)
        sink.emit(Measure.errors, report?.errorCount, of: name)
        emitFindings(into: sink)
        sink.emit(Measure.powerOn, report?.powerOn, of: name)
        sink.emit(Measure.used, used, of: name)
        sink.emit(Measure.capacity, report?.identity.capacity ?? drive.identity.capacity, of: name)
        sink.emit(Measure.written, report?.written, of: name)
        sink.emit(Measure.unsafeShutdowns, report?.unsafeShutdowns, of: name)
        emitTexts(into: sink)
    }

    private func emitTexts(into sink: Sink) {
        let identity = entry.isVolume ? drive.identity : drive.wholeIdentity
        let texts = [
            (Measure.kind, entry.isVolume ? "RAID" : drive.shownKind),
            (Measure.bus, report?.bus ?? (drive.kind == "NVMe" ? "NVMe" : nil)),
            (Measure.model, identity.model), (Measure.serial, identity.serial),
            (Measure.firmware, report?.firmware ?? drive.firmware),
            (Measure.device, drive.type.isEmpty ? drive.path : "\(drive.path) -d \(drive.type)"),
            (Measure.problem, problem),
        ]
        for (metric, text) in texts {
            if let text { sink.emit(metric, text, of: entry.name) }
        }
    }

    /// What is not known of the drive, and why.
    private var problem: String? {
        if entry.isVolume { return entry.hasMembers ? nil : drive.problem?.sentence }
        if drive.isAsleep && report != nil { return "\(drive.path) sleeps: its last values are shown" }
        if let problem = drive.problem { return problem.sentence }
        guard let names = report?.impossible, !names.isEmpty else { return nil }
        return "\(drive.path) states what cannot be true for: \(names.joined(separator: ", "))"
    }

    private func emitWear(into sink: Sink) {
        guard let wear = report?.wear else {
            return sink.emit(Measure.wear, drive.cells.wear, of: entry.name)
        }
        // Of two figures that contradict each other, one alone is never critical.
        let isWarning = wear.isDisputed && wear.percent >= 80
        sink.emit(Measure.wear, wear.percent, of: entry.name, status: isWarning ? .warning : .auto)
    }

    private func emitTemperature(into sink: Sink) {
        guard let temperature = drive.temperature else {
            // A drive whose temperature is impossible has one that is not known.
            if judgesHeat, !drive.isAsleep, report?.impossible.contains("temperature") == true {
                sink.emit(Measure.heat, "impossible reading", of: entry.name, status: .unknown)
            }
            return
        }
        sink.emit(Measure.temperature, temperature, of: entry.name)
        if judgesHeat, let heat = drive.heat(at: temperature) {
            sink.emit(Measure.heat, heat.text, of: entry.name, status: heat.status)
        }
    }

    private func emitSpare(into sink: Sink) {
        guard let spare = report?.spare else { return }
        let threshold = report?.spareThreshold
        // The limits judge, but the threshold of the drive's manufacturer counts too.
        sink.emit(Measure.spare, spare, of: entry.name, status: spare < threshold ?? 0 ? .critical : .auto)
        sink.emit(Measure.spareThreshold, threshold, of: entry.name)
    }

    private func emitFindings(into sink: Sink) {
        if let spare = drive.cells.spare, let finding = spare.finding {
            sink.emit(Measure.findings, finding, of: entry.name, status: spare.verdict.status)
        }
        guard let report else { return }
        let counts = report.errors.filter { $0.count > 0 }.map {
            "\(Format.number($0.count, unit: "count")) \($0.name)"
        }
        let words = report.alarms + report.remarks + counts + (report.wear?.dispute.map { [$0] } ?? [])
        guard !words.isEmpty else { return }
        // Error counts are judged by their own metric, whose limits a layout may set.
        let status: Status = !report.alarms.isEmpty ? .critical : !report.remarks.isEmpty ? .warning : .auto
        sink.emit(Measure.findings, words.joined(separator: ", "), of: entry.name, status: status)
    }
}
