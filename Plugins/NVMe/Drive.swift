import PluginKit

/// One drive: what /sys says of it, and its last SMART reading.
final class Drive {
    /// Stable as long as the machine runs: "nvme0n1", "sda".
    let name: String
    /// What smartctl is asked for.
    var path: String
    /// smartctl's `-d`; empty: it finds out by itself.
    var type = ""
    /// Its block devices: all namespaces of an NVMe drive; none behind a RAID controller.
    var blocks: [String] = []
    var kind: String
    var isRotating = false
    /// False where SMART is not spoken at all: eMMC and SD cards.
    var hasSMART = true

    var model: String?
    var serial: String?
    var firmware: String?
    var capacity: Double?
    /// eMMC counts its wear in /sys.
    var wear: Double?

    /// The file of its live temperature, in thousandths of a degree.
    var sensor: String?
    var sensorLimits = Limits.none
    var sensorTemperature: Double?

    var report: SmartReport?
    var problem: Problem?
    /// Has yet to answer.
    var isAsked = false
    /// Questions in a row that it did not answer in time.
    var hangs = 0
    /// The round in which to ask it again.
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

    /// What /sys does not tell again with every round.
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

    /// From where on it is hot: the drive's own limits, else what is usual for its kind.
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

/// "nvme2n1" before "nvme10n1", and "sdb" before "sdaa".
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

/// The number at a place in bytes; moves the place behind it.
private func digits(_ bytes: [UInt8], from index: inout Int) -> Double {
    var number = 0.0
    while index < bytes.count, isDigit(bytes[index]) {
        number = number * 10 + Double(bytes[index] - UInt8(ascii: "0"))
        index += 1
    }
    return number
}

/// The last part of a path: "nvme0" of "../../nvme0".
func lastPart(_ path: String) -> String { path.split(on: UInt8(ascii: "/")).last ?? path }

/// Whether a text holds another, byte by byte.
func contains(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    guard !part.isEmpty, text.count >= part.count else { return part.isEmpty }
    return (0...(text.count - part.count)).contains { start in
        text[start] == part[0] && text[start..<(start + part.count)].elementsEqual(part)
    }
}
