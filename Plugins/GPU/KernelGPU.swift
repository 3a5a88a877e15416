import PluginKit

/// Reads AMD and Intel cards, and others with a hardware monitor, from sysfs.
final class KernelGPU {
    let card: Card
    private let machine: Machine
    /// The counter of the last tick and its time.
    private var idle: (milliseconds: Double, at: Double)?
    private var energy: (joules: Double, at: Double)?
    private let isBrokenIntoTiles: Bool
    /// Whether the card is an APU; nil until it is awake, since asking would wake it.
    private var sharesMemory: Bool?

    init(_ card: Card, on machine: Machine) {
        self.card = card
        self.machine = machine
        isBrokenIntoTiles = card.vendor == .intel && machine.exists(card.path + "/tile0")
    }

    func read(_ tick: Tick) -> CardValues {
        var reading = CardValues(card)
        if card.rest(on: machine, marking: &reading) {
            (idle, energy) = (nil, nil)
            return reading
        }
        let what = "\(card.instance) (\(card.name))"
        switch (card.vendor, card.driver) {
        case (_, ""):
            reading.mark(
                "no driver", .unknown,
                what + " has no kernel driver: see whether its firmware is installed"
                    + " (dmesg | grep \(card.address))")
            return reading
        case (.intel, _): readIntel(&reading, tick)
        case (.amd, _): readAMD(&reading)
        default: break
        }
        readMonitor(&reading, tick)
        guard reading.hasValue else {
            let problems = reading.problems.map { ": " + $0.words }.joined()
            reading.mark(
                Driver.vendor(card.driver) == nil ? card.driver : "no answer", .unknown,
                what
                    + " tells no value through its driver, \(card.driver)\(problems): see dmesg | grep \(card.address)"
            )
            return reading
        }
        reading.judge(of: card.instance, remedy: "see dmesg | grep \(card.address)")
        return reading
    }

    private func readAMD(_ reading: inout CardValues) {
        reading.load = reading.possible(
            machine.number(card.path + "/gpu_busy_percent"), .percent, "load", "percent")
        let isShared = sharesMemory ?? AMDMemory.isShared(card, machine)
        sharesMemory = isShared
        let memory = AMDMemory(card, isShared, machine)
        reading.setMemory(used: memory.used, total: memory.total)
    }

    private func readIntel(_ reading: inout CardValues, _ tick: Tick) {
        if isBrokenIntoTiles {
            let gt = card.path + "/tile0/gt0"
            setClocks(
                &reading, gt + "/freq0/act_freq", or: gt + "/freq0/cur_freq", limit: gt + "/freq0/max_freq")
            setLoad(&reading, machine.number(gt + "/gtidle/idle_residency_ms"), tick)
        } else if !card.graphics.isEmpty {
            setClocks(
                &reading, card.graphics + "/gt_act_freq_mhz", or: card.graphics + "/gt_cur_freq_mhz",
                limit: card.graphics + "/gt_max_freq_mhz")
            let residency =
                machine.number(card.graphics + "/gt/gt0/rc6_residency_ms")
                ?? machine.number(card.graphics + "/power/rc6_residency_ms")
            setLoad(&reading, residency, tick)
        }
    }

    private func setClocks(
        _ reading: inout CardValues, _ path: String, or fallback: String, limit: String
    ) {
        let clock = machine.scaled(path, by: 1e6) ?? machine.scaled(fallback, by: 1e6)
        reading.clock = reading.possible(clock, .cardClock, "clock", "hertz")
        reading.clockLimit = Quantity.cardClock.possible(machine.scaled(limit, by: 1e6))
    }

    private func setLoad(_ reading: inout CardValues, _ residency: Double?, _ tick: Tick) {
        let milliseconds = Quantity.count.possible(residency)
        reading.hasCounter = milliseconds != nil
        reading.load = busy(milliseconds, tick)
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
        // temp1 is the edge sensor; large cards have the junction, temp2, alone, and the driver xe begins with temp2.
        let sensor = hwmon + (machine.exists(hwmon + "/temp1_input") ? "/temp1" : "/temp2")
        reading.setTemperature(machine.scaled(sensor + "_input", by: 1e-3))
        reading.temperatureLimit = Quantity.temperatureLimit.possible(
            machine.scaled(sensor + "_crit", by: 1e-3))
        reading.power = power(&reading, hwmon) ?? meanPower(&reading, tick)
        reading.powerLimit =
            Quantity.cardPower.possible(machine.scaled(hwmon + "/power1_cap", by: 1e-6))
            ?? Quantity.cardPower.possible(machine.scaled(hwmon + "/power1_max", by: 1e-6))
        guard card.vendor == .amd else { return }
        reading.fan = reading.possible(
            machine.scaled(hwmon + "/pwm1", by: 100.0 / 255), .fan, "fan", "percent")
        reading.clock = reading.possible(
            machine.number(hwmon + "/freq1_input"), .cardClock, "clock", "hertz")
        reading.memoryClock = reading.possible(
            machine.number(hwmon + "/freq2_input"), .cardClock, "memory clock", "hertz")
    }

    /// The power that the card states as a mean, or else at this moment. Some cards have both and fill in one.
    private func power(_ reading: inout CardValues, _ hwmon: String) -> Double? {
        for name in ["/power1_average", "/power1_input"] {
            let power = reading.possible(
                machine.scaled(hwmon + name, by: 1e-6), .cardPower, "power", "watts")
            if let power { return power }
        }
        return nil
    }

    private func meanPower(_ reading: inout CardValues, _ tick: Tick) -> Double? {
        let joules = Quantity.count.possible(machine.scaled(card.hwmon + "/energy1_input", by: 1e-6))
        if joules != nil { reading.hasCounter = true }
        return reading.possible(rate(joules, tick), .cardPower, "power", "watts")
    }

    private func rate(_ joules: Double?, _ tick: Tick) -> Double? {
        defer { energy = joules.map { ($0, tick.seconds) } }
        guard let joules, let energy, tick.seconds > energy.at, joules >= energy.joules else { return nil }
        return (joules - energy.joules) / (tick.seconds - energy.at)
    }
}
