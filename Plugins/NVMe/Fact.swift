import PluginKit

/// What a line of one drive's picture tells.
enum Fact {
    case wear, temperature, used, hours, spare, status, errors, outlook, written, unsafeShutdowns
    case model, serial, firmware, kind, device, problem, description

    /// The status of what a fact shows. The line of the verdict has the sign of the whole drive, which is no reason.
    func status(of row: Row) -> Status {
        switch self {
        case .wear: row.status(Measure.wear)
        case .temperature: Status.worse(row.status(Measure.heat), row.status(Measure.temperature))
        case .spare: row.status(Measure.spare)
        case .status: row.status(Measure.verdict)
        case .errors: Status.worse(row.status(Measure.findings), row.status(Measure.errors))
        case .outlook: row.forecast(Measure.wear)?.status ?? .auto
        case .problem: .unknown
        case .used, .hours, .written, .unsafeShutdowns, .model, .serial, .firmware, .kind, .device,
            .description:
            .auto
        }
    }

    /// Whether the drive has a value for the fact.
    func isKnown(of row: Row) -> Bool {
        switch self {
        case .wear: row.number(Measure.wear) != nil
        case .temperature: row.number(Measure.temperature) != nil
        case .used: row.number(Measure.used) != nil || row.number(Measure.capacity) != nil
        case .hours: row.number(Measure.powerOn) != nil
        case .spare: row.number(Measure.spare) != nil
        case .errors: row.number(Measure.errors) != nil || row.text(Measure.findings) != nil
        case .outlook: row.forecast(Measure.wear) != nil
        case .written: row.number(Measure.written) != nil
        case .unsafeShutdowns: row.number(Measure.unsafeShutdowns) != nil
        case .model: row.text(Measure.model) != nil
        case .serial: row.text(Measure.serial) != nil
        case .firmware: row.text(Measure.firmware) != nil
        case .problem: row.text(Measure.problem) != nil
        case .kind: row.text(Measure.kind) != nil
        case .device: row.text(Measure.device) != nil
        case .description: row.text(Measure.description) != nil
        case .status: row.text(Measure.verdict) != nil || DriveTable.status(of: row) != .auto
        }
    }

    /// The facts that are drawn where there are so many lines: those in trouble before all others, the worst first.
    static func fitting(_ facts: [Fact], of row: Row, lines: Int) -> [Fact] {
        var kept: [Int] = []
        for trouble in [3, 2, 1, 0] {
            for index in facts.indices where facts[index].status(of: row).trouble == trouble {
                if kept.count < max(lines, 1) { kept.append(index) }
            }
        }
        return facts.indices.filter { kept.contains($0) }.map { facts[$0] }
    }
}
