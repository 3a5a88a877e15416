import PluginJSON
import PluginKit

/// What tells one drive from another, whatever path leads to it.
struct Identity {
    var model: String?
    var serial: String?
    /// The world wide name as lower-case hexadecimal digits.
    var wwn: String?
    /// Bytes.
    var capacity: Double?

    init() {}

    /// The identity in an answer of smartctl.
    init(report json: JSON) {
        let word = SmartReport.word
        model =
            word(json["model_name"]) ?? word(json["scsi_model_name"])
            ?? Self.joined(word(json["scsi_vendor"]), word(json["scsi_product"]))
            ?? Self.joined(word(json["vendor"]), word(json["product"]))
        serial = word(json["serial_number"])
        wwn = Self.wwn(ofATA: json["wwn"]) ?? word(json["logical_unit_id"]).flatMap(Self.digits)
        capacity =
            Quantity.capacity.possible(json["user_capacity", "bytes"]?.number)
            ?? Quantity.capacity.possible(json["nvme_total_capacity"]?.number)
    }

    /// Returns these values, and those of `other` where this one has none.
    func completed(by other: Identity) -> Identity {
        var whole = self
        whole.model = model ?? other.model
        whole.serial = serial ?? other.serial
        whole.wwn = wwn ?? other.wwn
        whole.capacity = capacity ?? other.capacity
        return whole
    }

    /// A text that is the same for the same drive only; nil where none is known that can be trusted.
    var key: String? {
        let marks = marks
        return marks.isEmpty ? nil : (marks + [Self.plain(model ?? "")]).joined(separator: " ")
    }

    /// The serial number, if it can be trusted, and the world wide name. Two devices that have none of them in common
    /// are two drives.
    var marks: [String] { [Self.trusted(serial), wwn].compactMap { $0 } }

    /// Whether both are one drive: by the serial number, else by the world wide name. Both occur twice in the world,
    /// so model and capacity must agree as well. The units of a drive with two actuators share a serial number and
    /// have two names.
    func isSame(as other: Identity) -> Bool {
        if let wwn, let its = other.wwn, wwn != its { return false }
        if let own = serial, let its = other.serial {
            guard let own = Self.trusted(own), own == Self.trusted(its) else { return false }
        } else {
            guard let wwn, wwn == other.wwn else { return false }
        }
        return agreesInModel(with: other) && agreesInCapacity(with: other)
    }

    /// Whether the two are known to be different drives.
    func isOther(than other: Identity) -> Bool {
        if let wwn, let its = other.wwn, wwn != its { return true }
        if let own = Self.trusted(serial), let its = Self.trusted(other.serial) { return own != its }
        if wwn != nil && other.wwn != nil { return false }
        return !agreesInModel(with: other) || !agreesInCapacity(with: other)
    }

    /// A controller may leave out the maker, or put "ATA" before the model.
    private func agreesInModel(with other: Identity) -> Bool {
        guard let own = model.map(Self.plain), let its = other.model.map(Self.plain) else { return true }
        return contains(own, its) || contains(its, own)
    }

    /// Controllers take some of the drive's end for themselves.
    private func agreesInCapacity(with other: Identity) -> Bool {
        guard let capacity, let its = other.capacity else { return true }
        return abs(capacity - its) <= 0.01 * max(capacity, its)
    }

    /// A serial number that is none is left out: too short, or one letter repeated, as cheap bridges have it.
    private static func trusted(_ serial: String?) -> String? {
        guard let bytes = serial.map({ Array(plain($0).utf8) }), bytes.count >= 4,
            bytes.contains(where: isDigit), bytes.contains(where: { $0 != bytes[0] })
        else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Letters and digits alone, in lower case.
    private static func plain(_ text: String) -> String {
        let bytes = text.utf8.compactMap { byte -> UInt8? in
            if isDigit(byte) { return byte }
            let lower = byte | 0x20
            return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z") ? lower : nil
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func joined(_ vendor: String?, _ product: String?) -> String? {
        product.map { product in vendor.map { "\($0) \(product)" } ?? product }
    }

    /// The hexadecimal digits of "0x5000c500a1b2c3d4" or "naa.5000c500a1b2c3d4"; nil for anything else.
    static func digits(_ text: String) -> String? {
        guard let digits = text.after("0x") ?? text.after("naa.") ?? text.after("eui.") else { return nil }
        let plain = plain(digits)
        return plain.utf8.count >= 16 && plain.utf8.contains { $0 != UInt8(ascii: "0") } ? plain : nil
    }

    /// The name whose three parts smartctl prints for ATA drives: 4, 24 and 36 bits.
    private static func wwn(ofATA json: JSON?) -> String? {
        guard let naa = json?["naa"]?.number, let oui = json?["oui"]?.number, let id = json?["id"]?.number,
            naa >= 0, naa < 16, oui >= 0, oui < 16_777_216, id > 0, id < 68_719_476_736
        else { return nil }
        let value = UInt64(naa) << 60 | UInt64(oui) << 36 | UInt64(id)
        return String(value, radix: 16)
    }
}
