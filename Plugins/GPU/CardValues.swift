import PluginKit

/// The values of one card at one tick; nil: not available.
struct CardValues {
    var name: String
    private(set) var state = "ok"
    private(set) var status = Status.ok
    /// The problem of the card, for the note; nil: none.
    private(set) var sentence: String?
    var driver = ""
    var load: Double?
    private(set) var memoryUsed: Double?
    private(set) var memoryTotal: Double?
    private(set) var temperature: Double?
    var temperatureLimit: Double?
    var power: Double?
    var powerLimit: Double?
    var fan: Double?
    var clock: Double?
    var clockLimit: Double?
    var memoryClock: Double?
    var slowdown: Slowdown?
    var health = Health()
    /// Whether a counter was read whose rate is known at the next tick only.
    var hasCounter = false
    /// Values that the card did not give, or gave as something impossible.
    private(set) var problems: [Problem] = []

    init(_ card: Card) {
        name = card.name
        driver = card.driver
    }

    init(name: String) { self.name = name }

    /// Whether anything that the card measures is known.
    var hasValue: Bool {
        load != nil || memoryUsed != nil || temperature != nil || power != nil || fan != nil || clock != nil
            || memoryClock != nil || hasCounter
    }

    var memory: Double? {
        guard let memoryUsed, let memoryTotal else { return nil }
        return 100 * memoryUsed / memoryTotal
    }

    /// Whether the temperature is one at which the card slows itself down.
    var isTooHot: Bool {
        guard let temperature, let temperatureLimit else { return false }
        return temperature >= temperatureLimit
    }

    mutating func mark(_ state: String, _ status: Status, _ sentence: String? = nil) {
        self.state = state
        self.status = status
        self.sentence = sentence
    }

    /// Marks the card unless something as bad or worse is known of it.
    mutating func raise(_ state: String, _ status: Status, _ sentence: String) {
        guard Status.worse(self.status, status) != self.status else { return }
        mark(state, status, sentence)
    }

    // MARK: Gate

    mutating func add(_ problem: Problem) { problems.append(problem) }

    /// Returns a reading that is possible and keeps another as a problem of `value`. A 0 that is not possible means
    /// that there is no reading.
    mutating func possible(_ reading: Double?, _ quantity: Quantity, _ value: String, _ unit: String)
        -> Double?
    {
        if let reading, reading != 0, quantity.isImpossible(reading) {
            add(Problem(value, .impossible(Format.number(reading, unit: unit))))
        }
        return quantity.possible(reading)
    }

    /// Takes a measured temperature. Sensors of cards that hang state 0 °C, which no card at work has.
    mutating func setTemperature(_ reading: Double?) {
        if reading == 0 {
            add(Problem("temperature", .impossible(Format.number(0, unit: "celsius"))))
        } else {
            temperature = possible(reading, .temperature, "temperature", "celsius")
        }
    }

    /// Takes the memory in use and in all. A total of 0 means that the card has no memory of its own.
    mutating func setMemory(used: Double?, total: Double?) {
        memoryTotal = total == 0 ? nil : possible(total, .memory, "memory", "bytes")
        guard let used, !(used == 0 && memoryTotal == nil) else { return }
        guard let memoryTotal, used > memoryTotal else {
            memoryUsed = possible(used, .memory, "memory", "bytes")
            return
        }
        let share =
            Format.number(used, unit: "bytes") + " of " + Format.number(memoryTotal, unit: "bytes")
        add(Problem("memory", .impossible(share)))
    }

    // MARK: Samples

    func emit(of instance: String, into sink: Sink) {
        sink.emit(nameMetric, name, of: instance)
        sink.emit(stateMetric, state, of: instance, status: status)
        sink.emit(loadMetric, load, of: instance)
        sink.emit(memoryMetric, memory, of: instance)
        sink.emit(memoryUsedMetric, memoryUsed, of: instance)
        sink.emit(memoryTotalMetric, memoryTotal, of: instance)
        // The limits in force judge the temperature; one at which the card slows down is critical in any case.
        sink.emit(temperatureMetric, temperature, of: instance, status: isTooHot ? .critical : .auto)
        sink.emit(temperatureLimitMetric, temperatureLimit, of: instance)
        sink.emit(powerMetric, power, of: instance)
        sink.emit(powerLimitMetric, powerLimit, of: instance)
        sink.emit(fanMetric, fan, of: instance)
        sink.emit(clockMetric, clock, of: instance)
        sink.emit(clockLimitMetric, clockLimit, of: instance)
        sink.emit(memoryClockMetric, memoryClock, of: instance)
        if let slowdown { sink.emit(throttleMetric, slowdown.words, of: instance, status: slowdown.status) }
        health.emit(of: instance, into: sink)
        if !driver.isEmpty { sink.emit(driverMetric, driver, of: instance) }
    }
}

/// A value that a card should have told, and why it is not known.
struct Problem {
    enum Reason {
        /// The figure that cannot be true.
        case impossible(String)
        case denied
        /// The code of NVML.
        case failed(Int32)
    }

    let value: String
    let reason: Reason

    init(_ value: String, _ reason: Reason) {
        self.value = value
        self.reason = reason
    }

    var isDenied: Bool { if case .denied = reason { true } else { false } }

    /// The state of a card with this problem alone.
    var state: String {
        switch reason {
        case .impossible: value + ": impossible"
        case .denied: value + ": not permitted"
        case .failed: value + ": no answer"
        }
    }

    /// The problem as a part of a sentence.
    var words: String {
        switch reason {
        case .impossible(let figure): "\(value) cannot be \(figure)"
        case .denied: "\(value) may not be read by this user or in this container"
        case .failed(let code): "\(value) is not answered (NVML error \(code))"
        }
    }
}

extension CardValues {
    /// Marks the card by its values: too hot, slowed down, with bad memory, or with values that are not known.
    /// `remedy` says where to look for the cause of a missing value.
    mutating func judge(of instance: String, remedy: String) {
        let what = "\(instance) (\(name))"
        if let first = problems.first {
            let more = problems.count > 1 ? ", \(problems.count - 1) more" : ""
            let list = problems.map { $0.words }.joined(separator: ", ")
            let isDenied = problems.allSatisfy { $0.isDenied }
            raise(
                first.state + more, .unknown, what + ": " + list + (isDenied ? "" : ": " + remedy))
        }
        if isTooHot, let temperature, let temperatureLimit {
            raise(
                "too hot", .critical,
                what + " has " + Format.number(temperature, unit: "celsius") + " and slows itself down from "
                    + Format.number(temperatureLimit, unit: "celsius") + " on: see to its cooling")
        }
        if let slowdown, let problem = slowdown.problem {
            raise("slowed by " + slowdown.words, slowdown.status, what + problem)
        }
        if let problem = health.problem { raise(problem.state, problem.status, what + problem.sentence) }
    }
}

extension Machine {
    /// A number from sysfs multiplied by `factor`; nil where it is missing or no number.
    func scaled(_ path: String, by factor: Double) -> Double? { number(path).map { $0 * factor } }
}
