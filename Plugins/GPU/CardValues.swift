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

    init(_ card: Card) {
        name = card.name
        driver = card.driver
    }

    init(name: String) { self.name = name }

    var memory: Double? {
        guard let memoryUsed, let memoryTotal, memoryTotal > 0 else { return nil }
        return 100 * memoryUsed / memoryTotal
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
            sink.emit(temperatureMetric, temperature, of: instance, status: isThrottling ? .critical : .auto)
        }
        sink.emit(temperatureLimitMetric, temperatureLimit, of: instance)
        sink.emit(powerMetric, power, of: instance)
        sink.emit(powerLimitMetric, powerLimit, of: instance)
        sink.emit(fanMetric, fan, of: instance)
        sink.emit(clockMetric, clock, of: instance)
        sink.emit(clockLimitMetric, clockLimit, of: instance)
        sink.emit(memoryClockMetric, memoryClock, of: instance)
        if !driver.isEmpty { sink.emit(driverMetric, driver, of: instance) }
    }
}

extension Machine {
    /// A number from sysfs multiplied by `factor`; nil where it is missing or negative.
    func scaled(_ path: String, by factor: Double) -> Double? {
        guard let number = number(path), number >= 0 else { return nil }
        return number * factor
    }
}
