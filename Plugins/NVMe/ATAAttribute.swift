import PluginJSON
import PluginKit

/// One row of an ATA drive's table of attributes. Manufacturers use ids as they like, so the name, which smartctl
/// knows for each model, decides the meaning.
struct ATAAttribute {
    let id: Int
    let name: String
    /// The normalised value: 100 is new, 0 is worn out, with some exceptions.
    let value: Double
    let raw: Double
    /// "", "now" or "past".
    let failed: String

    init?(_ json: JSON) {
        guard let id = json["id"]?.number, id >= 0, id < 256, let name = json["name"]?.text,
            let value = json["value"]?.number
        else { return nil }
        self.id = Int(id)
        self.name = name
        self.value = value
        failed = json["when_failed"]?.text ?? ""
        raw = Self.leadingNumber(json["raw", "string"]?.text) ?? json["raw", "value"]?.number ?? 0
    }

    /// The first number of smartctl's text of the raw value, into which manufacturers pack several: "29 (Min/Max
    /// 19/29)".
    private static func leadingNumber(_ text: String?) -> Double? {
        text?.words.first.flatMap { Double(text: $0) }
    }

    /// Percent of the rated endurance that is used.
    static func wear(of attributes: [ATAAttribute]) -> Double? {
        // Attribute 230 of WD and SanDisk counts upwards in an undocumented way and is not used.
        let rated = attributes.filter { $0.id != 230 && $0.value >= 0 && $0.value <= 100 }
        let names = [
            "Life_Left", "Lifetime_Left", "Life_Remain", "Lifetime_Remain", "Remaining_Life", "Media_Wearout",
            "Lifetime_Used", "Endurance_Remain",
        ]
        for attribute in rated where names.contains(where: { contains(attribute.name, $0) }) {
            // This attribute keeps its normalised value at 100 and counts down in the raw value.
            if attribute.name == "Remaining_Lifetime_Perc" && attribute.raw >= 0 && attribute.raw <= 100 {
                return 100 - min(attribute.raw, attribute.value)
            }
            return 100 - attribute.value
        }
        let erased = ["Wear_Leveling_Count", "Ave_Block-Erase_Count"]
        return rated.first { [173, 177].contains($0.id) && erased.contains($0.name) }.map { 100 - $0.value }
    }

    /// Percent of the spare blocks that are left.
    static func spare(of attributes: [ATAAttribute]) -> Double? {
        attributes.first {
            [170, 232].contains($0.id) && $0.value >= 0 && $0.value <= 100
                && (contains($0.name, "Reservd") || contains($0.name, "Resrvd") || contains($0.name, "Spare"))
        }?.value
    }

    /// Bytes written by the machine; the attribute's name has the unit.
    static func written(by attributes: [ATAAttribute], block: Double) -> Double? {
        for attribute in attributes where [225, 241, 246].contains(attribute.id) && attribute.raw >= 0 {
            if contains(attribute.name, "32MiB") && contains(attribute.name, "Host") {
                return attribute.raw * 32 * 1_048_576
            }
            if contains(attribute.name, "Writes_GiB") { return attribute.raw * 1_073_741_824 }
            if contains(attribute.name, "Hst_GB") { return attribute.raw * 1e9 }
            if attribute.name == "Total_LBAs_Written" { return attribute.raw * block }
        }
        return nil
    }

    /// Error counts with their names. A sector that could not be read counts once, whether the drive calls it
    /// pending, found it in its own scan or reported it to the machine.
    static func errors(of attributes: [ATAAttribute]) -> [(count: Double, name: String)] {
        func raw(_ id: Int) -> Double? { attributes.first { $0.id == id && $0.raw >= 0 }?.raw }
        var errors: [(count: Double, name: String)] = []
        // Some manufacturers use 5 and 198 for other values, always under another name.
        if let count = raw(5) { errors.append((count, "reallocated")) }
        let pending = raw(197) ?? 0
        let scanned = attributes.first { $0.id == 198 && contains($0.name, "Uncorrect") }?.raw ?? 0
        if raw(197) != nil { errors.append((pending, "pending")) }
        let uncorrectable = max(scanned, raw(187) ?? 0) - pending
        if uncorrectable > 0 { errors.append((uncorrectable, "uncorrectable")) }
        return errors
    }
}
