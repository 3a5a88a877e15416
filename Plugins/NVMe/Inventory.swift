import PluginKit

/// The drives that the kernel knows, from /sys/block. Needs no program and no privileges.
struct Inventory {
    private(set) var drives: [Drive] = []
    /// Disks of a virtual machine, which are not physical drives.
    private(set) var virtualDisks: [String] = []
    private let machine: Machine

    init(_ machine: Machine) {
        self.machine = machine
        for block in machine.names(in: "/sys/block") { add(block) }
        attachSensors()
    }

    private mutating func add(_ block: String) {
        if block.hasPrefix("vd") || block.hasPrefix("xvd") {
            virtualDisks.append(block)
        } else if block.hasPrefix("nvme") {
            addNamespace(block)
        } else if block.hasPrefix("sd") || block.hasPrefix("hd") {
            addDisk(block)
        } else if let number = block.after("mmcblk"), number.utf8.allSatisfy(isDigit) {
            addCard(block)
        }
    }

    /// The namespaces of one controller are one drive, named after the first namespace.
    private mutating func addNamespace(_ block: String) {
        guard let number = Self.controllerNumber(ofNamespace: block) else { return }
        let controller = controller(of: block) ?? "nvme\(number)"
        let capacity = bytes(of: block)
        if let drive = drives.first(where: { $0.path == "/dev/" + controller }) {
            drive.blocks.append(block)
            drive.capacity = (drive.capacity ?? 0) + (capacity ?? 0)
            return
        }
        let drive = Drive(name: block, path: "/dev/" + controller, kind: "NVMe")
        let folder = "/sys/class/nvme/" + controller
        drive.type = "nvme"
        drive.blocks = [block]
        drive.capacity = capacity
        drive.model = word(folder + "/model") ?? word("/sys/block/\(block)/device/model")
        drive.serial = word(folder + "/serial") ?? word("/sys/block/\(block)/device/serial")
        drive.firmware = word(folder + "/firmware_rev") ?? word("/sys/block/\(block)/device/firmware_rev")
        drives.append(drive)
    }

    private mutating func addDisk(_ block: String) {
        // A card reader without a card has no size and is not a drive.
        guard let capacity = bytes(of: block), capacity > 0 else { return }
        let folder = "/sys/block/\(block)"
        let drive = Drive(name: block, path: "/dev/" + block, kind: "SSD")
        let vendor = word(folder + "/device/vendor")
        drive.blocks = [block]
        drive.capacity = capacity
        drive.isRotating = machine.number(folder + "/queue/rotational") == 1
        if drive.isRotating { drive.kind = "HDD" }
        if let place = machine.resolve(folder), contains(place, "/usb") {
            // USB bridges and sticks always claim to rotate.
            drive.kind = "USB"
            drive.isRotating = false
        } else if vendor == "ATA" {
            // The type is given, since smartctl's detection may wake a sleeping drive.
            drive.type = "sat"
        }
        let model = word(folder + "/device/model")
        drive.model =
            vendor == nil || vendor == "ATA"
            ? model : [vendor, model].compactMap { $0 }.joined(separator: " ")
        drive.firmware = word(folder + "/device/rev")
        drives.append(drive)
    }

    private mutating func addCard(_ block: String) {
        let folder = "/sys/block/\(block)/device"
        let isCard = word(folder + "/type") == "SD"
        let drive = Drive(name: block, path: "/dev/" + block, kind: isCard ? "SD" : "eMMC")
        drive.blocks = [block]
        drive.hasSMART = false
        drive.capacity = bytes(of: block)
        drive.model = word(folder + "/name")
        drive.serial = word(folder + "/serial")
        drive.firmware = word(folder + "/fwrev")
        drive.wear = cardWear(machine.text(folder + "/life_time") ?? "")
        drives.append(drive)
    }

    /// Parses eMMC's "0x03 0x01": the used life of two kinds of cells in steps of ten percent, 0 meaning unknown.
    private func cardWear(_ text: String) -> Double? {
        let steps = text.words.compactMap { Double(text: $0) }
        guard let worst = steps.max(), worst >= 1, worst <= 11 else { return nil }
        return worst * 10
    }

    private static func controllerNumber(ofNamespace block: String) -> String? {
        // "nvme0c1n1" is one of several paths to a namespace, not the namespace.
        let parts = (block.after("nvme") ?? "").split(on: UInt8(ascii: "n"))
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else {
            return nil
        }
        return parts[0]
    }

    /// With several paths to a drive, its namespaces are below a subsystem and not below a controller.
    private func controller(of block: String) -> String? {
        guard let link = machine.link("/sys/block/\(block)/device") else { return nil }
        let parent = lastPart(link)
        if Self.isController(parent) { return parent }
        return machine.names(in: "/sys/block/\(block)/device").first(where: Self.isController)
    }

    static func isController(_ name: String) -> Bool {
        guard let number = name.after("nvme") else { return false }
        return !number.isEmpty && number.utf8.allSatisfy(isDigit)
    }

    private func attachSensors() {
        for hwmon in machine.names(in: "/sys/class/hwmon") {
            let folder = "/sys/class/hwmon/" + hwmon
            guard let name = word(folder + "/name"), name == "nvme" || name == "drivetemp" else { continue }
            let owner: Drive?
            if name == "nvme" {
                let controller = lastPart(machine.link(folder + "/device") ?? "")
                owner = drives.first { $0.path == "/dev/" + controller }
            } else {
                let blocks = machine.names(in: folder + "/device/block")
                owner = drives.first { blocks.contains($0.name) }
            }
            guard let owner else { continue }
            owner.sensor = folder + "/temp1_input"
            owner.sensorLimits = Limits(
                warning: limit(folder + "/temp1_max"), critical: limit(folder + "/temp1_crit"))
        }
    }

    /// Drives without a limit report impossible ones, such as 65261 °C.
    private func limit(_ path: String) -> Double {
        guard let value = machine.number(path).map({ $0 / 1000 }), value >= 30, value <= 150 else {
            return .nan
        }
        return value
    }

    private func bytes(of block: String) -> Double? {
        machine.number("/sys/block/\(block)/size").map { $0 * 512 }
    }

    private func word(_ path: String) -> String? {
        guard let text = machine.text(path)?.trimmed, !text.isEmpty else { return nil }
        return text
    }
}
