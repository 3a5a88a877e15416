import PluginKit

/// The drives that the kernel knows, from /sys/block. Needs no program and no privileges.
struct Inventory {
    private(set) var drives: [Drive] = []
    /// Disks of a virtual machine, which are not physical drives.
    private(set) var virtualDisks: [String] = []
    private let machine: Machine
    /// The drive of each UFS device, whose units are disks of their own to the kernel.
    private var flash: [String: Drive] = [:]

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
        var controllers = self.controllers(of: block)
        if controllers.isEmpty { controllers = ["nvme\(number)"] }
        let paths = controllers.map { "/dev/" + $0 }
        let capacity = bytes(of: block)
        if let drive = drives.first(where: {
            paths.contains($0.path) || paths.contains(where: $0.otherPaths.contains)
        }) {
            drive.blocks.append(block)
            drive.identity.capacity = (drive.identity.capacity ?? 0) + (capacity ?? 0)
            return
        }
        let drive = Drive(name: block, path: paths[0], kind: "NVMe")
        drive.otherPaths = Array(paths.dropFirst())
        drive.mayRotate = false
        let folder = "/sys/class/nvme/" + controllers[0]
        drive.type = "nvme"
        drive.blocks = [block]
        drive.identity.capacity = capacity
        drive.identity.model = word(folder + "/model") ?? word("/sys/block/\(block)/device/model")
        drive.identity.serial = word(folder + "/serial") ?? word("/sys/block/\(block)/device/serial")
        drive.firmware = word(folder + "/firmware_rev") ?? word("/sys/block/\(block)/device/firmware_rev")
        drives.append(drive)
    }

    private mutating func addDisk(_ block: String) {
        // A card reader without a card has no size and is not a drive.
        guard let capacity = bytes(of: block) else { return }
        let folder = "/sys/block/\(block)"
        let place = machine.resolve(folder) ?? folder
        if addFlash(block, at: place, capacity) { return }
        let drive = Drive(name: block, path: "/dev/" + block, kind: nil)
        let vendor = word(folder + "/device/vendor")
        drive.blocks = [block]
        let rotational = machine.number(folder + "/queue/rotational")
        drive.mayRotate = rotational != 0
        if let rotational { drive.kind = rotational == 0 ? "SSD" : "HDD" }
        if contains(place, "/usb") {
            // USB bridges and sticks claim to rotate unless they tell otherwise.
            drive.kind = "USB"
        } else if vendor == "ATA" {
            // The type is given, since smartctl's detection may wake a sleeping drive.
            drive.type = "sat"
        }
        drive.identity = identity(of: block, vendor: vendor)
        drive.identity.capacity = capacity
        drive.firmware = word(folder + "/device/rev")
        drive.raidLevel = raidLevel(of: block)
        drive.host = place.split(on: UInt8(ascii: "/")).compactMap { $0.after("host") }.first
        drives.append(drive)
    }

    private func identity(of block: String, vendor: String?) -> Identity {
        let folder = "/sys/block/\(block)/device"
        var identity = Identity()
        let model = word(folder + "/model")
        identity.model =
            vendor == nil || vendor == "ATA"
            ? model : [vendor, model].compactMap { $0 }.joined(separator: " ")
        // The page has four bytes before the number.
        try? machine.readBytes(folder + "/vpd_pg80") { bytes in
            guard bytes.count > 4 else { return }
            let text = String(decoding: UnsafeRawBufferPointer(rebasing: bytes[4...]), as: UTF8.self).trimmed
            identity.serial = text.isEmpty ? nil : text
        }
        identity.wwn = word(folder + "/wwid").flatMap(Identity.digits)
        return identity
    }

    /// The level that hpsa and smartpqi state for a volume, or the class of RAID devices for one of mpt; nil for a
    /// drive.
    private func raidLevel(of block: String) -> String? {
        let folder = "/sys/block/\(block)/device"
        let levels =
            [folder + "/raid_level"]
            + machine.names(in: folder + "/raid_devices").map {
                "\(folder)/raid_devices/\($0)/level"
            }
        return levels.compactMap(word).first { $0 != "N/A" && $0 != "unknown" }
    }

    /// Adds a unit of a UFS device to the device's drive; false for any other disk.
    private mutating func addFlash(_ block: String, at place: String, _ capacity: Double) -> Bool {
        var parts = place.split(on: UInt8(ascii: "/"))
        while parts.count > 2 {
            parts.removeLast()
            let device = parts.joined(separator: "/")
            guard machine.exists(device + "/health_descriptor") else { continue }
            if let drive = flash[device] {
                drive.blocks.append(block)
                drive.otherPaths.append("/dev/" + block)
                drive.identity.capacity = (drive.identity.capacity ?? 0) + capacity
                return true
            }
            let drive = Drive(name: block, path: "/dev/" + block, kind: "UFS")
            drive.blocks = [block]
            drive.hasSMART = false
            drive.mayRotate = false
            drive.identity = identity(of: block, vendor: word("/sys/block/\(block)/device/vendor"))
            drive.identity.capacity = capacity
            drive.cells = CellHealth(descriptor: device + "/health_descriptor", on: machine)
            flash[device] = drive
            drives.append(drive)
            return true
        }
        return false
    }

    private mutating func addCard(_ block: String) {
        let folder = "/sys/block/\(block)/device"
        let type = word(folder + "/type")
        let kind = type == "MMC" ? "eMMC" : type == "SD" ? "SD" : nil
        let drive = Drive(name: block, path: "/dev/" + block, kind: kind)
        drive.blocks = [block]
        drive.hasSMART = false
        drive.mayRotate = false
        drive.identity.capacity = bytes(of: block)
        drive.identity.model = word(folder + "/name")
        drive.identity.serial = word(folder + "/serial")
        drive.firmware = word(folder + "/fwrev")
        drive.cells = CellHealth(card: folder, on: machine)
        drives.append(drive)
    }

    private static func controllerNumber(ofNamespace block: String) -> String? {
        // "nvme0c1n1" is one of several paths to a namespace, not the namespace.
        let parts = (block.after("nvme") ?? "").split(on: UInt8(ascii: "n"))
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) }) else {
            return nil
        }
        return parts[0]
    }

    /// The controllers that lead to a namespace, those that work first. With several paths to a drive, its
    /// namespaces are below a subsystem and not below a controller.
    private func controllers(of block: String) -> [String] {
        guard let link = machine.link("/sys/block/\(block)/device") else { return [] }
        let parent = lastPart(link)
        if Self.isController(parent) { return [parent] }
        let all = machine.names(in: "/sys/block/\(block)/device").filter(Self.isController)
        let isLive = { (name: String) in (word("/sys/class/nvme/\(name)/state") ?? "live") == "live" }
        return all.filter(isLive) + all.filter { !isLive($0) }
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
        Quantity.temperatureLimit.possible(machine.number(path).map { $0 / 1000 }) ?? .nan
    }

    private func bytes(of block: String) -> Double? {
        Quantity.capacity.possible(machine.number("/sys/block/\(block)/size").map { $0 * 512 })
    }

    private func word(_ path: String) -> String? {
        guard let text = machine.text(path)?.trimmed, !text.isEmpty else { return nil }
        return text
    }
}
