import PluginKit

/// The memory of an AMD card in bytes, in use and in all.
///
/// A processor with graphics (APU) has no memory of its own: the firmware carves out a part of the machine's (VRAM),
/// which the driver fills first, and takes the rest it needs from what the machine has left (GTT). How full the
/// carve-out is says nothing; both count together.
struct AMDMemory {
    private(set) var used: Double?
    private(set) var total: Double?

    init(_ card: Card, _ isShared: Bool, _ machine: Machine) {
        used = Self.vram("used", card, machine)
        total = Self.vram("total", card, machine)
        guard isShared else { return }
        guard let carvedOut = total, let inCarveOut = used, let size = Self.gtt("total", card, machine),
            let inUse = Self.gtt("used", card, machine)
        else {
            (used, total) = (nil, nil)
            return
        }
        used = inCarveOut + inUse
        total = carvedOut + size
    }

    /// Whether a card is an APU, which no file says. Only APUs have a voltage of the north bridge, and their table of
    /// metrics is of format 2 or 3. Where neither is told, one with a fan, a critical temperature or a limit of power of
    /// its own is a card.
    static func isShared(_ card: Card, _ machine: Machine) -> Bool {
        if !card.hwmon.isEmpty, machine.text(card.hwmon + "/in1_label")?.trimmed == "vddnb" { return true }
        var format: UInt8?
        // A header of two bytes of size, the format, and the revision of its content.
        try? machine.readBytes(card.path + "/gpu_metrics") { bytes in
            if bytes.count >= 4 { format = bytes[2] }
        }
        if let format { return format == 2 || format == 3 }
        guard let carvedOut = vram("total", card, machine), let size = gtt("total", card, machine) else {
            return false
        }
        // Without sensors only the size is left to judge by.
        guard !card.hwmon.isEmpty else { return carvedOut <= 1_073_741_824 && size > carvedOut }
        let ofCards = ["/pwm1", "/fan1_input", "/temp1_crit", "/temp2_crit", "/power1_cap"]
        return size > carvedOut && !ofCards.contains { machine.exists(card.hwmon + $0) }
    }

    private static func vram(_ what: String, _ card: Card, _ machine: Machine) -> Double? {
        machine.number(card.path + "/mem_info_vram_" + what)
    }

    private static func gtt(_ what: String, _ card: Card, _ machine: Machine) -> Double? {
        Quantity.memory.possible(machine.number(card.path + "/mem_info_gtt_" + what))
    }
}
