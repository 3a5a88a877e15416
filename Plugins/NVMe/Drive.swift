import PluginKit

/// One drive: its values in /sys, and its last SMART report.
final class Drive {
    /// The name, which is stable as long as the machine runs: "nvme0n1", "sda".
    let name: String
    /// The device that is given to smartctl.
    var path: String
    /// Other devices that lead to the same drive.
    var otherPaths: [String] = []
    /// The value of smartctl's `-d`; empty: smartctl detects it.
    var type = ""
    /// The block devices: all namespaces of an NVMe drive; none behind a RAID controller.
    var blocks: [String] = []
    /// "NVMe", "SSD", "HDD", "eMMC", "SD", "UFS" or "USB"; nil: it could not be read.
    var kind: String?
    /// Whether the drive may have a motor: not where the kernel says that it has none.
    var mayRotate = true
    /// Whether the drive may support SMART; eMMC, SD cards and UFS do not.
    var hasSMART = true
    /// The RAID level that the kernel states where the device is a volume of a controller.
    var raidLevel: String?
    /// The number of the SCSI host; nil: it is not known, or another bus.
    var host: String?

    /// The identity in /sys.
    var identity = Identity()
    var firmware: String?
    /// What the kernel tells of the end of life of eMMC and UFS.
    var cells = CellHealth()

    /// The file with the current temperature in thousandths of a degree.
    var sensor: String?
    var sensorLimits = Limits.none
    var sensorTemperature: Double?

    var report: SmartReport?
    /// Unix time of the report.
    var reportTime = 0.0
    var problem: Problem?
    /// Whether smartctl has not answered yet.
    var isAsked = false
    /// Consecutive queries without an answer in time.
    var hangs = 0
    /// The round of the next query.
    var nextRound = 0

    init(name: String, path: String, kind: String?) {
        self.name = name
        self.path = path
        self.kind = kind
    }

    /// Why a drive gives no SMART data.
    struct Problem {
        enum Reason {
            case denied, unsupported, failed, silent, asleep, volume
        }

        let reason: Reason
        let sentence: String
    }

    /// Copies what does not come from /sys from the same drive of the last round.
    func inherit(from old: Drive) {
        report = old.report
        reportTime = old.reportTime
        problem = old.problem
        sensorTemperature = old.sensorTemperature
        hangs = old.hangs
        if path == old.path && type == old.type { nextRound = old.nextRound }
    }

    /// Whether smartctl reads the drive behind a controller, which hides it from the kernel.
    var isMember: Bool { contains(type, ",") }
    /// Whether there was no answer yet.
    var isUnread: Bool { report == nil && problem == nil }
    var isAsleep: Bool { problem?.reason == .asleep }

    /// What is known of the drive's identity, from its answer and from /sys.
    var wholeIdentity: Identity { report?.identity.completed(by: identity) ?? identity }

    /// The temperature now; nil where it is not known, as while the drive sleeps.
    var temperature: Double? { isAsleep ? nil : sensorTemperature ?? report?.temperature }

    /// Whether the sensor is read at this collect. Reading a drive that rotates can keep it from falling asleep or wake
    /// it, so it is read once in a round, and not where the drive is known to sleep.
    func isToBeMeasured(_ isNewRound: Bool) -> Bool {
        sensor != nil && (!mayRotate || isNewRound && !isAsleep)
    }

    var shownKind: String? {
        guard let report else { return kind }
        if report.bus == "NVMe" { return "NVMe" }
        guard let rotation = report.rotation else { return kind }
        if rotation > 0 { return "HDD" }
        // SCSI answers 0 also where the speed is not told; a drive that counts its endurance has cells.
        if report.bus == "SCSI" && report.wear == nil { return kind }
        return "SSD"
    }

    /// The temperature judged by the drive's own limits, else by those usual for its kind. Where neither is known,
    /// what is normal or too hot for every kind is.
    func heat(at temperature: Double) -> Heat? {
        if let limits = ownHeatLimits { return Heat(temperature, limits) }
        if let kind = shownKind { return Heat(temperature, Self.usualHeatLimits(of: kind)) }
        let (least, most) = (Self.usualHeatLimits(of: "HDD"), Self.usualHeatLimits(of: "NVMe"))
        return temperature >= least.warning && temperature < most.warning ? nil : Heat(temperature, most)
    }

    private var ownHeatLimits: Limits? {
        let hot = report?.hot ?? Self.known(sensorLimits.warning)
        let tooHot = report?.tooHot ?? Self.known(sensorLimits.critical)
        guard let hot else { return tooHot.map { Limits(warning: $0 - 5, critical: $0) } }
        return Limits(warning: hot, critical: tooHot ?? hot + 5)
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
