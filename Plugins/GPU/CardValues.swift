import PluginKit

/// The values of one card at one tick; nil: not available.
struct CardValues {
    var name: String
    var state = "ok"
    var status = Status.ok
    /// The problem of the card, for the note; nil: none.
    var sentence: String?
    var driver = ""
    var load: Double?
    var memoryUsed: Double?
    var memoryTotal: Double?
    var temperature: Double?
    var temperatureLimit: Double?
    var power: Double?
    var powerLimit: Double?
    var fan: Double?
    var clock: Double?
    var clockLimit: Double?
    var memoryClock: Double?
    /// Why the clock is below the possible one, and what that is worth; nil: not known.
    var throttle: (reason: String, status: Status)?
    var eccErrors: Double?
    var remappedRows: (count: Double, status: Status)?
    /// The values that the card states and that cannot be: "a temperature of 511°C".
    private(set) var impossible: [String] = []

    init(_ card: Card) {
        name = card.name
        driver = card.driver
    }

    init(name: String) { self.name = name }

    var memory: Double? {
        guard let memoryUsed, let memoryTotal, memoryTotal > 0 else { return nil }
        return 100 * memoryUsed / memoryTotal
    }

    /// Whether no value of the card is known.
    var isBlank: Bool {
        [load, memoryUsed, memoryTotal, temperature, power, fan, clock, memoryClock].allSatisfy { $0 == nil }
    }

    /// Returns a reading that can be; any other is kept for the sentence.
    mutating func possible(
        _ reading: Double?, _ quantity: Quantity, _ name: String, _ unit: String
    ) -> Double? {
        if quantity.isImpossible(reading), let reading {
            impossible.append(
                name + " of " + (reading.isFinite ? Format.number(reading, unit: unit) : "all ones"))
        }
        return quantity.possible(reading)
    }

    /// Sets the memory. Used memory beyond the whole is not known; a card that states a total of 0 states none.
    mutating func setMemory(used: Double?, total: Double?) {
        memoryTotal = total == 0 ? nil : possible(total, .capacity, "a memory", "bytes")
        let most = memoryTotal ?? Quantity.capacity.range.upperBound
        memoryUsed = possible(used, Quantity(0...most), "used memory", "bytes")
        if memoryTotal == nil, memoryUsed == 0 { memoryUsed = nil }
    }

    /// Sets a temperature. A card at work is never at exactly 0 °C: its sensor was not read.
    mutating func setTemperature(_ reading: Double?, limit: Double?) {
        temperature = possible(reading, .temperature, "a temperature", "celsius")
        temperatureLimit = Quantity.temperatureLimit.possible(limit)
        if temperature == 0 { impossible.append("a temperature of exactly 0°C") }
    }

    /// Gives a card that states impossible values a state that says so, unless it is in a worse one.
    mutating func judgeReadings(_ instance: String) {
        guard status == .ok else { return }
        if !impossible.isEmpty {
            mark(
                "odd values", .unknown,
                "\(instance) (\(name)) states \(impossible.joined(separator: ", ")): it may have left the bus, or its"
                    + " driver cannot read it")
        }
    }

    mutating func mark(_ state: String, _ status: Status, _ sentence: String? = nil) {
        self.state = state
        self.status = status
        self.sentence = sentence
    }

    func emit(of instance: String, into sink: Sink) {
        sink.emit(nameMetric, name, of: instance)
        sink.emit(stateMetric, state, of: instance, status: status)
        sink.emit(loadMetric, load, of: instance)
        sink.emit(memoryMetric, memory, of: instance)
        sink.emit(memoryUsedMetric, memoryUsed, of: instance)
        sink.emit(memoryTotalMetric, memoryTotal, of: instance)
        if let temperature {
            // The limits in force judge the temperature; one at which the card throttles is critical in any case.
            let isThrottling = temperatureLimit.map { temperature >= $0 } ?? false
            let status: Status = isThrottling ? .critical : temperature == 0 ? .unknown : .auto
            sink.emit(temperatureMetric, temperature, of: instance, status: status)
        }
        sink.emit(temperatureLimitMetric, temperatureLimit, of: instance)
        sink.emit(powerMetric, power, of: instance)
        sink.emit(powerLimitMetric, powerLimit, of: instance)
        sink.emit(fanMetric, fan, of: instance)
        sink.emit(clockMetric, clock, of: instance)
        sink.emit(clockLimitMetric, clockLimit, of: instance)
        sink.emit(memoryClockMetric, memoryClock, of: instance)
        if let throttle {
            sink.emit(throttleMetric, throttle.reason, of: instance, status: throttle.status)
        }
        sink.emit(eccMetric, eccErrors, of: instance)
        if let remappedRows {
            sink.emit(remappedMetric, remappedRows.count, of: instance, status: remappedRows.status)
        }
        if !driver.isEmpty { sink.emit(driverMetric, driver, of: instance) }
    }
}

extension Machine {
    /// A number from sysfs multiplied by `factor`; nil where it is missing.
    func scaled(_ path: String, by factor: Double) -> Double? { number(path).map { $0 * factor } }
}
