import PluginKit

/// A display controller on the PCI bus, from sysfs. Reading this does not wake a sleeping card.
struct Card {
    enum Vendor { case nvidia, amd, intel, other }

    /// "0000:03:00.0"
    let address: String
    let vendor: Vendor
    /// "1002:73bf"
    let ids: String
    /// The kernel driver, "amdgpu"; "" where none is bound.
    let driver: String
    /// The card's directory below /sys/class/drm; "" where there is none.
    let graphics: String
    let hwmon: String
    let name: String

    var path: String { Card.bus + address }

    /// The address without the domain, which is 0 except on large machines.
    var instance: String { address.after("0000:") ?? address }

    static let bus = "/sys/bus/pci/devices/"

    /// Whether the card is in runtime suspend; reading a sensor would wake it.
    func isAsleep(on machine: Machine) -> Bool {
        machine.text(path + "/power/runtime_status")?.trimmed == "suspended"
    }
}

/// The cards of the machine in the order of the bus.
struct Inventory {
    let cards: [Card]
    /// Display controllers without sensors: consoles of servers and virtual machines.
    let others: [String]

    init(_ machine: Machine) {
        var (cards, others): ([Card], [String]) = ([], [])
        for address in machine.names(in: Card.bus) {
            let path = Card.bus + address
            let kind = machine.text(path + "/class")
            let isDisplay = kind?.after("0x03") != nil
            // Processing accelerators are not always GPUs; the driver tells.
            guard isDisplay || kind?.after("0x12") != nil || Self.isGPU(path, machine),
                let card = Self.card(address, path, machine)
            else { continue }
            if card.vendor != .other && (isDisplay || Self.drivers.contains(card.driver)) {
                cards.append(card)
            } else {
                others.append(card.ids)
            }
        }
        self.cards = cards
        self.others = others
    }

    /// The drivers that are bound to GPUs only. A card with one of them is a GPU, whatever its PCI class says.
    private static let drivers = ["amdgpu", "radeon", "nvidia", "nouveau", "nova-core", "i915", "xe"]

    private static func isGPU(_ path: String, _ machine: Machine) -> Bool {
        drivers.contains(driver(path, machine))
    }

    private static func driver(_ path: String, _ machine: Machine) -> String {
        machine.link(path + "/driver")?.split(on: UInt8(ascii: "/")).last ?? ""
    }

    private static func card(_ address: String, _ path: String, _ machine: Machine) -> Card? {
        guard let vendor = machine.text(path + "/vendor")?.trimmed.after("0x"),
            let device = machine.text(path + "/device")?.trimmed.after("0x")
        else { return nil }
        let maker: Card.Vendor =
            switch vendor {
            case "10de": .nvidia
            case "1002": .amd
            case "8086": .intel
            default: .other
            }
        let graphics = machine.names(in: path + "/drm").first { $0.after("card") != nil }
        let hwmon = machine.names(in: path + "/hwmon").first
        let fallback =
            switch maker {
            case .nvidia: "NVIDIA "
            case .amd: "AMD "
            case .intel: "Intel "
            case .other: ""
            }
        return Card(
            address: address, vendor: maker, ids: vendor + ":" + device,
            driver: driver(path, machine),
            graphics: graphics.map { path + "/drm/" + $0 } ?? "",
            hwmon: hwmon.map { path + "/hwmon/" + $0 } ?? "",
            name: maker == .other ? "" : deviceName(vendor, device, machine) ?? fallback + device)
    }

    /// The name in pci.ids, as lspci shows it; the part in brackets is the product name.
    private static func deviceName(_ vendor: String, _ device: String, _ machine: Machine) -> String? {
        var name: String?
        for path in ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"] where name == nil {
            try? machine.readBytes(path) { bytes in name = find(vendor, device, in: bytes) }
        }
        guard let bytes = name.map({ Array($0.utf8) }) else { return nil }
        guard let open = bytes.firstIndex(of: UInt8(ascii: "[")),
            let close = bytes.lastIndex(of: UInt8(ascii: "]")),
            open < close
        else { return name }
        return String(decoding: bytes[(open + 1)..<close], as: UTF8.self)
    }

    private static func find(_ vendor: String, _ device: String, in bytes: UnsafeRawBufferPointer) -> String?
    {
        let (maker, entry) = (Array(vendor.utf8), Array(("\t" + device).utf8))
        var (start, isInside) = (0, false)
        while start < bytes.count {
            var end = start
            while end < bytes.count && bytes[end] != UInt8(ascii: "\n") { end += 1 }
            let line = bytes[start..<end]
            start = end + 1
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if first != UInt8(ascii: "\t") {
                if isInside { return nil }
                isInside = line.starts(with: maker)
            } else if isInside && line.starts(with: entry) {
                return String(decoding: line.dropFirst(entry.count), as: UTF8.self).trimmed
            }
        }
        return nil
    }
}
