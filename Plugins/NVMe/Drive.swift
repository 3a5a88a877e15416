import PluginKit

/// One drive: its values in /sys, and its last SMART report.
final class Drive {
    /// The name, which is stable as long as the machine runs: "nvme0n1", "sda".
    let name: String
    /// The device that is given to smartctl.
    var path: String
    /// The value of smartctl's `-d`; empty: smartctl detects it.
    var type = ""
    /// The block devices: all namespaces of an NVMe drive; none behind a RAID controller.
    var blocks: [String] = []
    var kind: String
    var isRotating = false
    /// Whether the drive may support SMART; eMMC and SD cards do not.
    var hasSMART = true

    var model: String?
    var serial: String?
    var firmware: String?
    var capacity: Double?
    /// Wear from /sys, which eMMC has; nil: none.
    var wear: Double?

    /// The file with the current temperature in thousandths of a degree.
    var sensor: String?
    var sensorLimits = Limits.none
    var sensorTemperature: Double?

    var report: SmartReport?
    var problem: Problem?
    /// Whether smartctl has not answered yet.
    var isAsked = false
    /// Consecutive queries without an answer in time.
    var hangs = 0
    /// The round of the next query.
    var nextRound = 0

    init(name: String, path: String, kind: String) {
        self.name = name
        self.path = path
        self.kind = kind
    }

    /// Why a drive gives no SMART data.
    struct Problem {
        enum Reason {
            case denied, unsupported, failed, silent, asleep
        }

        let reason: Reason
        let sentence: String
    }

    /// Copies what does not come from /sys from the same drive of the last round.
    func inherit(from old: Drive) {
        report = old.report
        problem = old.problem
        sensorTemperature = old.sensorTemperature
        hangs = old.hangs
        if path == old.path && type == old.type { nextRound = old.nextRound }
    }

    var temperature: Double? { sensorTemperature ?? report?.temperature }

    var shownKind: String {
        guard let report else { return kind }
        if report.bus == "NVMe" { return "NVMe" }
        guard let rotation = report.rotation else { return kind }
        return rotation > 0 ? "HDD" : "SSD"
    }

    /// The temperature limits: the drive's own, else usual ones for its kind.
    var heatLimits: Limits {
        let usual = Self.usualHeatLimits(of: shownKind)
        let own = Limits(
            warning: report?.hot ?? Self.known(sensorLimits.warning) ?? .nan,
            critical: report?.tooHot ?? Self.known(sensorLimits.critical) ?? .nan)
        if own.warning.isNaN {
            return own.critical.isNaN ? usual : Limits(warning: own.critical - 5, critical: own.critical)
        }
        return Limits(
            warning: own.warning, critical: own.critical.isNaN ? own.warning + 5 : own.critical)
    }

    static func usualHeatLimits(of kind: String) -> Limits {
        switch kind {
        case "HDD": Limits(warning: 55, critical: 65)
        case "SSD": Limits(warning: 70, critical: 80)
        default: Limits(warning: 75, critical: 85)
        }
    }

    private static func known(_ value: Double) -> Double? { value.isNaN ? nil : value }
}

/// Sorts names: "nvme2n1" before "nvme10n1", and "sdb" before "sdaa".
func isOrdered(_ left: String, before right: String) -> Bool {
    if left.hasPrefix("sd") && right.hasPrefix("sd") && left.utf8.count != right.utf8.count {
        return left.utf8.count < right.utf8.count
    }
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    var (i, j) = (0, 0)
    while i < left.count && j < right.count {
        if isDigit(left[i]) && isDigit(right[j]) {
            let (first, second) = (digits(left, from: &i), digits(right, from: &j))
            if first != second { return first < second }
        } else if left[i] != right[j] {
            return left[i] < right[j]
        } else {
            i += 1
            j += 1
        }
    }
    return left.count - i < right.count - j
}

func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

/// Reads the number at an index and moves the index behind it.
private func digits(_ bytes: [UInt8], from index: inout Int) -> Double {
    var number = 0.0
    while index < bytes.count, isDigit(bytes[index]) {
        number = number * 10 + Double(bytes[index] - UInt8(ascii: "0"))
        index += 1
    }
    return number
}

/// The last component of a path: "nvme0" of "../../nvme0".
func lastPart(_ path: String) -> String { path.split(on: UInt8(ascii: "/")).last ?? path }

/// Whether a text contains another one, compared as bytes.
func contains(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    guard !part.isEmpty, text.count >= part.count else { return part.isEmpty }
    return (0...(text.count - part.count)).contains { start in
        text[start] == part[0] && text[start..<(start + part.count)].elementsEqual(part)
    }
}
