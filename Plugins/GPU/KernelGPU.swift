import PluginKit

/// Reads AMD and Intel cards, and others with a hardware monitor, from sysfs.
final class KernelGPU {
    let card: Card
    private let machine: Machine
    /// The counter of the last tick and its time.
    private var idle: (milliseconds: Double, at: Double)?
    private var energy: (joules: Double, at: Double)?
    /// Whether the driver lists the engines below a tile. Does not change.
    private let isBrokenIntoTiles: Bool

    init(_ card: Card, on machine: Machine) {
        self.card = card
        self.machine = machine
        isBrokenIntoTiles = card.vendor == .intel && machine.exists(card.path + "/tile0")
    }

    func read(_ tick: Tick) -> CardValues {
        var reading = CardValues(card)
        if card.driver == "vfio-pci" {
            reading.mark("passed through", .ok)
            return reading
        }
        if card.isAsleep(on: machine) {
            reading.mark("asleep", .ok)
            (idle, energy) = (nil, nil)
            return reading
        }
        switch (card.vendor, card.driver) {
        case (_, ""):
            reading.mark(
                "no driver", .unknown,
                "\(card.instance) (\(card.name)) has no kernel driver: see whether its firmware is installed"
                    + " (dmesg | grep \(card.address))")
            return reading
        case (.intel, _): readIntel(&reading, tick)
        case (.amd, _): readAMD(&reading)
        default: break
        }
        readMonitor(&reading, tick)
        reading.judgeReadings(card.instance)
        return reading
    }

    private func readAMD(_ reading: inout CardValues) {
        let load = machine.scaled(card.path + "/gpu_busy_percent", by: 1)
        reading.load = reading.possible(load, .percent, "a load", "percent")
        var used = machine.scaled(card.path + "/mem_info_vram_used", by: 1)
        var total = machine.scaled(card.path + "/mem_info_vram_total", by: 1)
        if isPartOfProcessor, let vramUsed = used, let vramTotal = total,
            let shared = machine.scaled(card.path + "/mem_info_gtt_used", by: 1),
            let most = machine.scaled(card.path + "/mem_info_gtt_total", by: 1)
        {
            (used, total) = (vramUsed + shared, vramTotal + most)
        }
        reading.setMemory(used: used, total: total)
    }

    /// Whether the GPU is a part of the processor (APU): the driver offers neither a fan nor a power limit of its own.
    /// What is set aside for it (VRAM) is full by design, and it uses the memory of the machine (GTT) beside that.
    private var isPartOfProcessor: Bool {
        !card.hwmon.isEmpty && !machine.exists(card.hwmon + "/pwm1")
            && !machine.exists(card.hwmon + "/power1_cap")
    }

    private func readIntel(_ reading: inout CardValues, _ tick: Tick) {
        if isBrokenIntoTiles {
            let gt = card.path + "/tile0/gt0"
            reading.clock = clock([gt + "/freq0/act_freq", gt + "/freq0/cur_freq"])
            reading.clockLimit = clock([gt + "/freq0/max_freq"])
            reading.load = busy(machine.number(gt + "/gtidle/idle_residency_ms"), tick)
        } else if !card.graphics.isEmpty {
            reading.clock = clock([card.graphics + "/gt_act_freq_mhz", card.graphics + "/gt_cur_freq_mhz"])
            reading.clockLimit = clock([card.graphics + "/gt_max_freq_mhz"])
            let residency =
                machine.number(card.graphics + "/gt/gt0/rc6_residency_ms")
                ?? machine.number(card.graphics + "/power/rc6_residency_ms")
            reading.load = busy(residency, tick)
        }
    }

    /// The first of some files in MHz that states a possible clock. A sleeping engine states 0.
    private func clock(_ paths: [String]) -> Double? {
        for path in paths {
            if let hertz = machine.scaled(path, by: 1e6) {
                return hertz == 0 ? 0 : Quantity.clock.possible(hertz)
            }
        }
        return nil
    }

    /// Busy percentage: 100 minus the share of idle time since the last tick.
    private func busy(_ milliseconds: Double?, _ tick: Tick) -> Double? {
        let milliseconds = Quantity.count.possible(milliseconds)
        defer { idle = milliseconds.map { ($0, tick.seconds) } }
        guard let milliseconds, let idle, tick.seconds > idle.at, milliseconds >= idle.milliseconds else {
            return nil
        }
        let share = (milliseconds - idle.milliseconds) / 1000 / (tick.seconds - idle.at)
        return 100 * (1 - min(share, 1))
    }

    private func readMonitor(_ reading: inout CardValues, _ tick: Tick) {
        guard !card.hwmon.isEmpty else { return }
        let hwmon = card.hwmon
        // temp1 is the edge sensor; some cards have the junction (temp2) alone, and the driver xe begins with temp2.
        let sensor = ["/temp1", "/temp2"].first { machine.exists(hwmon + $0 + "_input") } ?? "/temp1"
        reading.setTemperature(
            machine.scaled(hwmon + sensor + "_input", by: 1e-3),
            limit: machine.scaled(hwmon + sensor + "_crit", by: 1e-3))
        let power =
            machine.scaled(hwmon + "/power1_average", by: 1e-6) ?? machine.scaled(
                hwmon + "/power1_input", by: 1e-6)
            ?? meanPower(machine.scaled(hwmon + "/energy1_input", by: 1e-6), tick)
        reading.power = reading.possible(power, .power, "a power", "watts")
        // Limits are moved by tools and firmware.
        let cap =
            machine.scaled(hwmon + "/power1_cap", by: 1e-6) ?? machine.scaled(hwmon + "/power1_max", by: 1e-6)
        reading.powerLimit = Quantity.powerLimit.possible(cap)
        guard card.vendor == .amd else { return }
        let fan = machine.scaled(hwmon + "/pwm1", by: 100.0 / 255)
        reading.fan = reading.possible(fan, .percent, "a fan speed", "percent")
        reading.clock = Quantity.clock.possible(machine.scaled(hwmon + "/freq1_input", by: 1))
        reading.memoryClock = Quantity.clock.possible(machine.scaled(hwmon + "/freq2_input", by: 1))
    }

    private func meanPower(_ joules: Double?, _ tick: Tick) -> Double? {
        defer { energy = joules.map { ($0, tick.seconds) } }
        guard let joules, let energy, tick.seconds > energy.at, joules >= energy.joules else { return nil }
        return (joules - energy.joules) / (tick.seconds - energy.at)
    }
}
