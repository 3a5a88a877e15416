import PluginJSON
import PluginKit

/// The values in one output of `smartctl -j -a`. Missing values and those of a wrong type are nil.
struct SmartReport {
    var model: String?
    var serial: String?
    var firmware: String?
    var bus: String?
    var capacity: Double?
    /// Revolutions per minute; 0: no rotating drive.
    var rotation: Double?

    var passed: Bool?
    var isAvailable: Bool?
    var isEnabled: Bool?

    var wear: Double?
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

    /// - Parameter exitStatus: smartctl's exit status, a mask that its manual describes.
    init(_ json: JSON, exitStatus: Int) {
        readIdentity(json)
        readHealth(json)
        if json["nvme_smart_health_information_log"] != nil { readNVMe(json) }
        readATA(json)
        readSCSI(json)
        // smartctl 7.4 computes these for every kind of drive.
        wear = Self.percent(json["endurance_used", "current_percent"]) ?? wear
        spare = Self.percent(json["spare_available", "current_percent"]) ?? spare
        spareThreshold = Self.percent(json["spare_available", "threshold_percent"]) ?? spareThreshold
        // An emulated drive reports 0 for both; a drive without wear cannot have used up its spare blocks.
        if spare == 0, spareThreshold == 0, wear == 0 { (spare, spareThreshold) = (nil, nil) }
        if exitStatus & 8 != 0 && passed == nil { passed = false }
        if exitStatus & 128 != 0 { remarks.append("self-test failed") }
    }

    /// Whether the report has no value about health.
    var isBlank: Bool {
        passed == nil && wear == nil && temperature == nil && powerOn == nil && spare == nil && errors.isEmpty
    }

    var isEmpty: Bool { isBlank && model == nil && capacity == nil && bus == nil }

    var errorCount: Double? { errors.isEmpty ? nil : errors.reduce(0) { $0 + $1.count } }

    private mutating func readIdentity(_ json: JSON) {
        model = Self.word(json["model_name"]) ?? Self.word(json["scsi_model_name"])
        serial = Self.word(json["serial_number"])
        firmware =
            Self.word(json["firmware_version"]) ?? Self.word(json["scsi_revision"])
            ?? Self.word(json["revision"])
        bus = Self.word(json["device", "protocol"])
        capacity = Self.positive(json["user_capacity", "bytes"]) ?? Self.positive(json["nvme_total_capacity"])
        rotation = json["rotation_rate"]?.number
    }

    private mutating func readHealth(_ json: JSON) {
        passed = json["smart_status", "passed"]?.flag
        isAvailable = json["smart_support", "available"]?.flag
        isEnabled = json["smart_support", "enabled"]?.flag
        let temperatures = json["temperature"]
        temperature = Self.degrees(temperatures?["current"])
        let thresholds = json["nvme_composite_temperature_threshold"]
        hot = Self.limit(temperatures?["op_limit_max"]) ?? Self.limit(thresholds?["warning"])
        tooHot =
            Self.limit(temperatures?["critical_limit_max"]) ?? Self.limit(thresholds?["critical"])
            ?? Self.limit(temperatures?["limit_max"]) ?? Self.limit(temperatures?["drive_trip"])
        if let hours = Self.count(json["power_on_time", "hours"]), hours < 2_000_000 {
            powerOn = hours * 3600 + (Self.count(json["power_on_time", "minutes"]) ?? 0) * 60
        }
    }

    private mutating func readNVMe(_ json: JSON) {
        let log = json["nvme_smart_health_information_log"]
        wear = Self.percent(log?["percentage_used"])
        spare = Self.percent(log?["available_spare"])
        spareThreshold = Self.percent(log?["available_spare_threshold"])
        temperature = temperature ?? Self.degrees(log?["temperature"])
        // A data unit is 1000 blocks of 512 bytes.
        written = Self.count(log?["data_units_written"]).map { $0 * 512_000 }
        unsafeShutdowns = Self.count(log?["unsafe_shutdowns"])
        if let count = Self.count(log?["media_errors"]) { errors.append((count, "media errors")) }
        if let mask = Self.count(log?["critical_warning"]), mask <= 255 {
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
        if rotation == nil || rotation == 0 { wear = ATAAttribute.wear(of: attributes) }
        spare = ATAAttribute.spare(of: attributes)
        let block = Self.positive(json["logical_block_size"]) ?? 512
        written = ATAAttribute.written(by: attributes, block: block)
        errors += ATAAttribute.errors(of: attributes)
        var failing: [String] = []
        for attribute in attributes {
            if attribute.failed == "now" { failing.append(attribute.name + " failing") }
            if attribute.failed == "past" { remarks.append(attribute.name + " failed once") }
        }
        // Some drives list an attribute under two ids.
        for words in failing where !alarms.contains(words) { alarms.append(words) }
    }

    private mutating func readSCSI(_ json: JSON) {
        wear = Self.percent(json["scsi_percentage_used_endurance_indicator"]) ?? wear
        if let count = Self.count(json["scsi_grown_defect_list"]) { errors.append((count, "grown defects")) }
        guard let log = json["scsi_error_counter_log"] else { return }
        let counts = log.members.compactMap { Self.count($0.value["total_uncorrected_errors"]) }
        if !counts.isEmpty { errors.append((counts.reduce(0, +), "uncorrected")) }
        if let text = log["write", "gigabytes_processed"]?.text, let gigabytes = Double(text: text),
            gigabytes >= 0
        {
            written = gigabytes * 1e9
        }
    }

    private static func word(_ json: JSON?) -> String? {
        guard let text = json?.text?.trimmed, !text.isEmpty else { return nil }
        return text
    }

    private static func count(_ json: JSON?) -> Double? {
        guard let number = json?.number, number.isFinite, number >= 0 else { return nil }
        return number
    }

    private static func positive(_ json: JSON?) -> Double? {
        guard let number = count(json), number > 0 else { return nil }
        return number
    }

    /// A percentage, which is one byte in every log: at most 255.
    private static func percent(_ json: JSON?) -> Double? {
        guard let number = count(json), number <= 255 else { return nil }
        return number
    }

    /// A temperature; nil for 0 K and 255, which drives without a sensor report.
    private static func degrees(_ json: JSON?) -> Double? {
        guard let number = json?.number, number > -100, number < 200 else { return nil }
        return number
    }

    private static func limit(_ json: JSON?) -> Double? {
        guard let number = json?.number, number >= 30, number <= 150 else { return nil }
        return number
    }
}
