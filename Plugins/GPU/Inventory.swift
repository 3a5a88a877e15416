import PluginKit

/// A GPU on the PCI bus, from sysfs. Reading this does not wake a sleeping card.
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

    /// Whether a virtual machine has the card.
    var isPassedThrough: Bool { Driver.passesThrough(driver) }

    /// Whether the card is bound to the driver that it had when it was found.
    func hasSameDriver(on machine: Machine) -> Bool { Driver.bound(path, machine) == driver }

    /// Marks a card that must not be read: a virtual machine has it, or it sleeps and reading would wake it.
    /// Returns whether that is so.
    func rest(on machine: Machine, marking reading: inout CardValues) -> Bool {
        if isPassedThrough {
            reading.mark("passed through", .ok)
            return true
        }
        switch machine.text(path + "/power/runtime_status")?.trimmed ?? "" {
        case "", "active", "resuming", "unsupported": return false
        case "suspended", "suspending": reading.mark("asleep", .ok)
        case let word:
            reading.mark(
                "power: " + word, .unknown,
                "\(instance) (\(reading.name)) has the power state \"\(word)\" and is not read, which could wake it:"
                    + " see dmesg | grep \(address)")
        }
        return true
    }
}

/// What the kernel driver of a PCI device says about it.
enum Driver {
    /// The driver that is bound; "" where there is none.
    static func bound(_ path: String, _ machine: Machine) -> String {
        machine.link(path + "/driver")?.split(on: UInt8(ascii: "/")).last ?? ""
    }

    /// Whose GPUs a driver is for; nil: it is for other devices, or for any.
    static func vendor(_ driver: String) -> Card.Vendor? {
        switch driver {
        case "nvidia", "nouveau", "nova", "nova_core": .nvidia
        case "amdgpu", "radeon": .amd
        case "i915", "xe": .intel
        default: nil
        }
    }

    /// Whether a driver does nothing but give the device to a virtual machine.
    static func passesThrough(_ driver: String) -> Bool {
        let words = driver.split(on: UInt8(ascii: "-")).flatMap { $0.split(on: UInt8(ascii: "_")) }
        return words.contains("vfio") || words.contains("pciback") || words.contains("stub")
    }
}

/// The cards of the machine in the order of the bus.
///
/// A device is a GPU by the driver that is bound, whatever its PCI class. Without such a driver it is one by class and
/// vendor: a display controller, or an accelerator of a vendor whose accelerators are GPUs.
struct Inventory {
    let cards: [Card]
    /// The PCI ids of display controllers without sensors: consoles of servers and virtual machines.
    let adapters: [String]
    /// Accelerators that are no GPUs, and graphics devices that are not on the PCI bus.
    let others: [String]

    /// What is not measured.
    var leftOut: [String] { adapters + others }

    init(_ machine: Machine) {
        var (cards, adapters, others): ([Card], [String], [String]) = ([], [], [])
        for address in machine.names(in: Card.bus) {
            let path = Card.bus + address
            let driver = Driver.bound(path, machine)
            let type = machine.text(path + "/class") ?? ""
            let isDisplay = type.after("0x03") != nil
            guard Driver.vendor(driver) != nil || isDisplay || type.after("0x12") != nil,
                let card = Self.card(address, path, driver, isDisplay, machine)
            else { continue }
            if card.vendor != .other {
                cards.append(card)
            } else if isDisplay {
                adapters.append(card.ids)
            } else {
                others.append(driver.isEmpty ? card.ids : "\(card.ids) (\(driver))")
            }
        }
        self.cards = cards
        self.adapters = adapters
        self.others = others + Self.elsewhere(machine)
    }

    /// The graphics devices with a driver of their own that are not on the PCI bus, as on boards with ARM processors.
    private static func elsewhere(_ machine: Machine) -> [String] {
        machine.names(in: drm).compactMap { name in
            // "card0", but not its connectors, "card0-HDMI-A-1".
            guard name.after("card") != nil, !name.utf8.contains(UInt8(ascii: "-")) else { return nil }
            let device = drm + name + "/device"
            guard !machine.exists(device + "/vendor") else { return nil }
            let driver = Driver.bound(device, machine)
            return driver.isEmpty ? nil : driver
        }
    }

    private static let drm = "/sys/class/drm/"

    private static func card(
        _ address: String, _ path: String, _ driver: String, _ isDisplay: Bool, _ machine: Machine
    ) -> Card? {
        guard let vendor = machine.text(path + "/vendor")?.trimmed.after("0x"),
            let device = machine.text(path + "/device")?.trimmed.after("0x")
        else { return nil }
        let maker: Card.Vendor =
            switch vendor {
            case _ where Driver.vendor(driver) != nil: Driver.vendor(driver)!
            case "10de": .nvidia
            case "1002": .amd
            // Intel's accelerators are NPUs.
            case "8086" where isDisplay: .intel
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
            driver: driver,
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
