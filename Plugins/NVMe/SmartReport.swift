import PluginJSON
import PluginKit

/// The values in one output of `smartctl -j -a`. Values that are missing, of a wrong type or impossible are nil.
struct SmartReport {
    var identity = Identity()
    var firmware: String?
    var bus: String?
    /// Revolutions per minute; 0: no rotating drive.
    var rotation: Double?

    var passed: Bool?
    var isAvailable: Bool?
    var isEnabled: Bool?

    var wear: Wear?
    var temperature: Double?
    var hot: Double?
    var tooHot: Double?
    var powerOn: Double?
    var spare: Double?
    var spareThreshold: Double?
    var written: Double?
    var unsafeShutdowns: Double?

    /// Error counts with their names: (8, "reallocated").
    var errors: [(count: Double, name: String)] = []
    /// The drive's own critical warnings.
    var alarms: [String] = []
    var remarks: [String] = []
    /// The names of values that cannot be true and are left out.
    var impossible: [String] = []

    /// - Parameter exitStatus: smartctl's exit status, a mask that its manual describes.
    init(_ json: JSON, exitStatus: Int) {
        readIdentity(json)
        readHealth(json)
        if json["nvme_smart_health_information_log"] != nil { readNVMe(json) }
        readATA(json)
        readSCSI(json)
        readCommon(json)
        // An emulated drive reports 0 for both; a drive without wear cannot have used up its spare blocks.
        if spare == 0, spareThreshold == 0, wear?.percent == 0 { (spare, spareThreshold) = (nil, nil) }
        readExitStatus(exitStatus)
    }

    /// Whether the report has no value about health.
    var isBlank: Bool {
        passed == nil && wear == nil && temperature == nil && powerOn == nil && spare == nil && errors.isEmpty
    }

    var isEmpty: Bool { isBlank && identity.model == nil && identity.capacity == nil && bus == nil }

    /// All errors together; nil where none is told, and where those that are told are 0 and others are not known.
    var errorCount: Double? {
        let sum = errors.reduce(0) { $0 + $1.count }
        return errors.isEmpty || sum == 0 && hasUnknownErrors ? nil : sum
    }

    /// Whether a count of errors is impossible.
    private var hasUnknownErrors = false

    private mutating func readIdentity(_ json: JSON) {
        identity = Identity(report: json)
        firmware =
            Self.word(json["firmware_version"]) ?? Self.word(json["scsi_revision"])
            ?? Self.word(json["revision"])
        bus = Self.word(json["device", "protocol"])
        // Speeds below that are reserved.
        rotation = Quantity.rotation.possible(json["rotation_rate"]?.number).flatMap {
            $0 > 0 && $0 <= 1024 ? nil : $0
        }
    }

    private mutating func readHealth(_ json: JSON) {
        passed = json["smart_status", "passed"]?.flag
        isAvailable = json["smart_support", "available"]?.flag
        isEnabled = json["smart_support", "enabled"]?.flag
        let temperatures = json["temperature"]
        // A SCSI device without a sensor and without SMART states 0 for its temperature and for the limit of it.
        let isUnmeasured =
            temperatures?["current"]?.number == 0 && temperatures?["drive_trip"]?.number == 0
        if isUnmeasured && passed == nil { isAvailable = isAvailable ?? false }
        if !isUnmeasured { temperature = degrees(temperatures?["current"]) }
        let thresholds = json["nvme_composite_temperature_threshold"]
        hot = Self.limit(temperatures?["op_limit_max"]) ?? Self.limit(thresholds?["warning"])
        tooHot =
            Self.limit(temperatures?["critical_limit_max"]) ?? Self.limit(thresholds?["critical"])
            ?? Self.limit(temperatures?["limit_max"]) ?? Self.limit(temperatures?["drive_trip"])
        let minutes = Quantity.count.possible(json["power_on_time", "minutes"]?.number)
        if let hours = json["power_on_time", "hours"]?.number {
            powerOn = possible(Quantity.runTime, hours * 3600, "hours").map { $0 + (minutes ?? 0) * 60 }
        }
    }

    private mutating func readNVMe(_ json: JSON) {
        guard let log = json["nvme_smart_health_information_log"] else { return }
        wear = possible(Quantity.wear, log["percentage_used"], "wear").map { Wear(percent: $0) }
        spare = possible(Quantity.percent, log["available_spare"], "spare")
        spareThreshold = possible(Quantity.percent, log["available_spare_threshold"], "spare threshold")
        temperature = temperature ?? degrees(log["temperature"])
        // A data unit is 1000 blocks of 512 bytes.
        written = possible(Quantity.count, log["data_units_written"], "data written").map { $0 * 512_000 }
        unsafeShutdowns = possible(Quantity.count, log["unsafe_shutdowns"], "unsafe shutdowns")
        addErrors(log["media_errors"], "media errors")
        if let mask = Quantity.count.possible(log["critical_warning"]?.number), mask <= 255 {
            alarms += Self.words(forWarning: Int(mask))
        }
    }

    private static func words(forWarning mask: Int) -> [String] {
        let words = [
            "spare below threshold", "temperature beyond its limits", "reliability degraded", "read-only",
            "backup of volatile memory failed", "persistent memory read-only",
        ]
        return words.enumerated().filter { mask >> $0.offset & 1 != 0 }.map { $0.element }
    }

    private mutating func readATA(_ json: JSON) {
        let attributes = json["ata_smart_attributes", "table"]?.elements.compactMap(ATAAttribute.init) ?? []
        guard !attributes.isEmpty else { return }
        if rotation == nil || rotation == 0 {
            wear = Wear(attributes, told: json["endurance_used", "current_percent"]?.number)
        }
        spare = ATAAttribute.spare(of: attributes)
        let block = Quantity.capacity.possible(json["logical_block_size"]?.number) ?? 512
        written = ATAAttribute.written(by: attributes, block: block)
        for error in ATAAttribute.errors(of: attributes) {
            if let count = error.count {
                errors.append((count, error.name))
            } else {
                Self.add(error.name, to: &impossible)
                hasUnknownErrors = true
            }
        }
        for attribute in attributes {
            // A rating that another figure of the same attribute contradicts is no alarm by itself.
            let isBelieved = wear?.disbelieved.contains(attribute.name) != true
            if attribute.failed == "now" && isBelieved { Self.add(attribute.name + " failing", to: &alarms) }
            if attribute.failed == "now" && !isBelieved {
                remarks.append(attribute.name + " below its limit")
            }
            if attribute.failed == "past" { remarks.append(attribute.name + " failed once") }
        }
    }

    /// Some drives list an attribute under two ids.
    private static func add(_ words: String, to list: inout [String]) {
        if !list.contains(words) { list.append(words) }
    }

    private mutating func readSCSI(_ json: JSON) {
        let used = json["scsi_percentage_used_endurance_indicator"]
        wear = possible(Quantity.wear, used, "wear").map { Wear(percent: $0) } ?? wear
        if let count = errorCount(json["scsi_grown_defect_list"], "grown defects") {
            errors.append((Self.defects(count, listedBy: SmartctlVersion(json)), "grown defects"))
        }
        if let pending = json["scsi_pending_defects"] { addErrors(pending["count"], "pending") }
        guard let log = json["scsi_error_counter_log"] else { return }
        let counts = log.members.compactMap {
            errorCount($0.value["total_uncorrected_errors"], "uncorrected")
        }
        if !counts.isEmpty { errors.append((counts.reduce(0, +), "uncorrected")) }
        if let text = log["write", "gigabytes_processed"]?.text {
            written = Quantity.capacity.possible(Double(text: text).map { $0 * 1e9 })
        }
    }

    /// Smartctl before 7.2 prints the length of the list in bytes, of which a defect takes 8. A number that is no
    /// multiple of 8 is no such length.
    private static func defects(_ number: Double, listedBy version: SmartctlVersion?) -> Double {
        guard let version, version < SmartctlVersion(7, 2) else { return number }
        return number.truncatingRemainder(dividingBy: 8) == 0 ? number / 8 : number
    }

    /// Reads what smartctl 7.4 and later computes for every kind of drive. Of ATA drives it is a guess from the
    /// attributes, so that it counts only where these tell nothing themselves.
    private mutating func readCommon(_ json: JSON) {
        let isGuess = json["ata_smart_attributes", "table"]?.elements.isEmpty == false
        if !isGuess, let used = possible(Quantity.wear, json["endurance_used", "current_percent"], "wear") {
            wear = Wear(percent: used)
        }
        let told = json["spare_available"]
        guard !isGuess || spare == nil,
            let left = possible(Quantity.percent, told?["current_percent"], "spare")
        else { return }
        // The rating of reallocated sectors can be low from the beginning.
        if isGuess && left < 100 && errors.contains(where: { $0.name == "reallocated" && $0.count == 0 }) {
            return
        }
        spare = left
        let least = possible(Quantity.percent, told?["threshold_percent"], "spare threshold")
        spareThreshold = least ?? (isGuess ? nil : spareThreshold)
    }

    private mutating func readExitStatus(_ mask: Int) {
        if mask & 8 != 0 && passed == nil { passed = false }
        if mask & 16 != 0 && alarms.isEmpty && passed != false {
            remarks.append("an attribute is below its limit")
        }
        if mask & 128 != 0 { remarks.append("self-test failed") }
    }

    // MARK: Values

    private mutating func addErrors(_ json: JSON?, _ name: String) {
        if let count = errorCount(json, name) { errors.append((count, name)) }
    }

    private mutating func errorCount(_ json: JSON?, _ name: String) -> Double? {
        if Quantity.count.isImpossible(json?.number) { hasUnknownErrors = true }
        return possible(Quantity.count, json, name)
    }

    private mutating func possible(_ quantity: Quantity, _ json: JSON?, _ name: String) -> Double? {
        possible(quantity, json?.number, name)
    }

    /// Returns a value that can be true, and notes one that cannot.
    private mutating func possible(_ quantity: Quantity, _ number: Double?, _ name: String) -> Double? {
        if quantity.isImpossible(number) { Self.add(name, to: &impossible) }
        return quantity.possible(number)
    }

    /// A temperature. NVMe's 0 K means that there is no sensor, which is nothing odd.
    private mutating func degrees(_ json: JSON?) -> Double? {
        guard let number = json?.number, number != -273 else { return nil }
        return possible(Quantity.temperature, number, "temperature")
    }

    private static func limit(_ json: JSON?) -> Double? {
        Quantity.temperatureLimit.possible(json?.number)
    }

    /// A text without blanks at its ends; nil where it is empty.
    static func word(_ json: JSON?) -> String? {
        guard let text = json?.text?.trimmed, !text.isEmpty else { return nil }
        return text
    }
}

/// The version of smartctl that has printed an answer.
struct SmartctlVersion: Comparable {
    private let major: Double
    private let minor: Double

    init(_ major: Double, _ minor: Double) { (self.major, self.minor) = (major, minor) }

    /// Nil where the answer does not tell it.
    init?(_ json: JSON) {
        guard let parts = json["smartctl", "version"]?.elements, parts.count >= 2,
            let major = parts[0].number, let minor = parts[1].number
        else { return nil }
        self.init(major, minor)
    }

    static func < (left: SmartctlVersion, right: SmartctlVersion) -> Bool {
        left.major != right.major ? left.major < right.major : left.minor < right.minor
    }
}
