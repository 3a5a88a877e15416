import PluginJSON
import PluginKit

/// One row of an ATA drive's table of attributes. Manufacturers use ids as they like, so the name, which smartctl
/// knows for each model, decides the meaning.
struct ATAAttribute {
    let id: Int
    let name: String
    /// The normalised value: 100 is new, 0 is worn out, with some exceptions.
    let value: Double
    /// The raw value; nil where it is not told.
    let raw: Double?
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
        raw = Self.leadingNumber(json["raw", "string"]?.text) ?? json["raw", "value"]?.number
    }

    /// The first number of smartctl's text of the raw value, into which manufacturers pack several: "29 (Min/Max
    /// 19/29)", "0/1234".
    private static func leadingNumber(_ text: String?) -> Double? {
        text?.words.first.flatMap { word in
            Double(text: word.split(on: UInt8(ascii: "/")).first ?? word)
        }
    }

    /// Percent of the spare blocks that are left.
    static func spare(of attributes: [ATAAttribute]) -> Double? {
        attributes.first {
            [170, 232].contains($0.id) && Quantity.percent.possible($0.value) != nil
                && (contains($0.name, "Reservd") || contains($0.name, "Resrvd") || contains($0.name, "Spare"))
        }?.value
    }

    /// Bytes written by the machine; the attribute's name has the unit.
    static func written(by attributes: [ATAAttribute], block: Double) -> Double? {
        for attribute in attributes where [225, 241, 246].contains(attribute.id) {
            guard let raw = rawCount.possible(attribute.raw) else { continue }
            if contains(attribute.name, "32MiB") && contains(attribute.name, "Host") {
                return raw * 32 * 1_048_576
            }
            if contains(attribute.name, "Writes_GiB") { return raw * 1_073_741_824 }
            if contains(attribute.name, "Hst_GB") { return raw * 1e9 }
            if attribute.name == "Total_LBAs_Written" { return raw * block }
        }
        return nil
    }

    /// Error counts with their names; a count of nil is impossible. A sector that could not be read counts once,
    /// whether the drive calls it pending, found it in its own scan or reported it to the machine.
    static func errors(of attributes: [ATAAttribute]) -> [(count: Double?, name: String)] {
        func raw(_ attribute: ATAAttribute?) -> Double? { sectors.possible(attribute?.raw) }
        func find(_ id: Int) -> ATAAttribute? { attributes.first { $0.id == id && $0.raw != nil } }
        var errors: [(count: Double?, name: String)] = []
        // Some manufacturers use 5 and 198 for other values, always under another name.
        if let attribute = find(5) { errors.append((raw(attribute), "reallocated")) }
        if let attribute = find(197) { errors.append((raw(attribute), "pending")) }
        let pending = raw(find(197)) ?? 0
        let scanned = raw(attributes.first { $0.id == 198 && contains($0.name, "Uncorrect") }) ?? 0
        let uncorrectable = max(scanned, raw(find(187)) ?? 0) - pending
        if uncorrectable > 0 { errors.append((uncorrectable, "uncorrectable")) }
        return errors
    }

    /// A raw value has 48 bits; all ones means that it is not known.
    private static let rawCount = Quantity(0...281_474_976_710_654)
    /// A number of sectors, for which all ones in 32 bits means the same.
    private static let sectors = Quantity(0...4_294_967_294)
}
