import PluginKit

/// Reads AMD and Intel cards, and others with a hardware monitor, from sysfs.
final class KernelGPU {
    let card: Card
    private let machine: Machine
    /// The counter of the last tick and its time.
    private var idle: (milliseconds: Double, at: Double)?
    private var energy: (joules: Double, at: Double)?
    /// Values that do not change.
    private let isBrokenIntoTiles: Bool
    private let powerLimit: Double?
    private let temperatureLimit: Double?

    init(_ card: Card, on machine: Machine) {
        self.card = card
        self.machine = machine
        isBrokenIntoTiles = card.vendor == .intel && machine.exists(card.path + "/tile0")
        let hwmon = card.hwmon
        powerLimit =
            hwmon.isEmpty
            ? nil
            : machine.scaled(hwmon + "/power1_cap", by: 1e-6)
                ?? machine.scaled(hwmon + "/power1_max", by: 1e-6)
        temperatureLimit = hwmon.isEmpty ? nil : machine.scaled(hwmon + "/temp1_crit", by: 1e-3)
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
        return reading
    }

    private func readAMD(_ reading: inout CardValues) {
        reading.load = machine.scaled(card.path + "/gpu_busy_percent", by: 1).map { min($0, 100) }
        guard let total = machine.scaled(card.path + "/mem_info_vram_total", by: 1), total > 0 else { return }
        reading.memoryTotal = total
        reading.memoryUsed = machine.scaled(card.path + "/mem_info_vram_used", by: 1)
    }

    private func readIntel(_ reading: inout CardValues, _ tick: Tick) {
        if isBrokenIntoTiles {
            let gt = card.path + "/tile0/gt0"
            reading.clock =
                machine.scaled(gt + "/freq0/act_freq", by: 1e6)
                ?? machine.scaled(gt + "/freq0/cur_freq", by: 1e6)
            reading.clockLimit = machine.scaled(gt + "/freq0/max_freq", by: 1e6)
            reading.load = busy(machine.number(gt + "/gtidle/idle_residency_ms"), tick)
        } else if !card.graphics.isEmpty {
            reading.clock =
                machine.scaled(card.graphics + "/gt_act_freq_mhz", by: 1e6)
                ?? machine.scaled(card.graphics + "/gt_cur_freq_mhz", by: 1e6)
            reading.clockLimit = machine.scaled(card.graphics + "/gt_max_freq_mhz", by: 1e6)
            let residency =
                machine.number(card.graphics + "/gt/gt0/rc6_residency_ms")
                ?? machine.number(card.graphics + "/power/rc6_residency_ms")
            reading.load = busy(residency, tick)
        }
    }

    /// Busy percentage: 100 minus the share of idle time since the last tick.
    private func busy(_ milliseconds: Double?, _ tick: Tick) -> Double? {
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
        // temp1 is the edge sensor; the driver xe begins with temp2.
        reading.temperature =
            machine.scaled(hwmon + "/temp1_input", by: 1e-3)
            ?? machine.scaled(hwmon + "/temp2_input", by: 1e-3)
        reading.temperatureLimit = temperatureLimit
        reading.power =
            machine.scaled(hwmon + "/power1_average", by: 1e-6) ?? machine.scaled(
                hwmon + "/power1_input", by: 1e-6)
            ?? meanPower(machine.scaled(hwmon + "/energy1_input", by: 1e-6), tick)
        reading.powerLimit = powerLimit
        guard card.vendor == .amd else { return }
        reading.fan = machine.scaled(hwmon + "/pwm1", by: 100.0 / 255).map { min($0, 100) }
        reading.clock = machine.scaled(hwmon + "/freq1_input", by: 1)
        reading.memoryClock = machine.scaled(hwmon + "/freq2_input", by: 1)
    }

    private func meanPower(_ joules: Double?, _ tick: Tick) -> Double? {
        defer { energy = joules.map { ($0, tick.seconds) } }
        guard let joules, let energy, tick.seconds > energy.at, joules >= energy.joules else { return nil }
        return (joules - energy.joules) / (tick.seconds - energy.at)
    }
}
