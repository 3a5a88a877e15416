import CNVML
import PluginKit

/// All answers of NVML about one card at one tick. Only "not supported" and "no such function" are no errors: every other
/// code of any call is kept.
struct NVMLAnswers {
    private let values: cnvml_reading
    private let named: [(name: String, answer: cnvml_value)]

    init(_ values: cnvml_reading) {
        self.values = values
        named = [
            ("load", values.load), ("memory", values.memory_total), ("temperature", values.temperature),
            ("temperature limit", values.slowdown), ("power", values.power),
            ("power limit", values.power_limit), ("fan", values.fan), ("clock", values.clock),
            ("memory clock", values.memory_clock), ("throttling", values.throttle),
            ("ECC errors", values.ecc_errors), ("remapped rows", values.remapped),
        ]
    }

    /// The code that stands for the whole card: one that any call can give, or the one that all calls gave. nil: the card
    /// answers, at least in part.
    var grave: Int32? {
        if let code = named.first(where: { Self.ofCard.contains(Int($0.answer.code)) })?.answer.code {
            return code
        }
        let asked = named.map { $0.answer }.filter { !Self.isSilent($0.code) }
        guard asked.allSatisfy({ $0.code != 0 }) else { return nil }
        return asked.first?.code ?? Int32(CNVML_NOT_SUPPORTED)
    }

    /// The values that the card did not give because of an error, in words; nil: there are none.
    var missing: String? {
        var groups: [(code: Int32, names: [String])] = []
        for (name, answer) in named where answer.code != 0 && !Self.isSilent(answer.code) {
            if let place = groups.firstIndex(where: { $0.code == answer.code }) {
                groups[place].names.append(name)
            } else {
                groups.append((answer.code, [name]))
            }
        }
        guard !groups.isEmpty else { return nil }
        return groups.map { group in
            let names = group.names.joined(separator: ", ")
            return Int(group.code) == CNVML_NO_PERMISSION
                ? "no permission to read \(names) (a part of a card, MIG, needs root)"
                : "no \(names) (NVML error \(group.code))"
        }.joined(separator: "; ")
    }

    private static let ofCard =
        [
            CNVML_GPU_LOST, CNVML_RESET_REQUIRED, CNVML_UNINITIALIZED, CNVML_NO_DRIVER, CNVML_NO_POWER,
            CNVML_VERSION_MISMATCH,
        ].map { Int($0) }

    private static func isSilent(_ code: Int32) -> Bool {
        Int(code) == CNVML_NOT_SUPPORTED || Int(code) == CNVML_FUNCTION_NOT_FOUND
    }

    /// Sets the values that are there and possible.
    func fill(_ reading: inout CardValues) {
        reading.load = reading.possible(Self.known(values.load), .percent, "a load", "percent")
        reading.setMemory(used: Self.known(values.memory_used), total: Self.known(values.memory_total))
        reading.setTemperature(Self.known(values.temperature), limit: Self.known(values.slowdown))
        reading.power = reading.possible(Self.known(values.power), .power, "a power", "watts")
        reading.powerLimit = Quantity.powerLimit.possible(Self.known(values.power_limit))
        // Fans may turn faster than their rated speed.
        let fastest = Quantity(0...200)
        reading.fan = reading.possible(Self.known(values.fan), fastest, "a fan speed", "percent")
        reading.clock = Self.clock(values.clock)
        reading.memoryClock = Self.clock(values.memory_clock)
        reading.throttle = Self.known(values.throttle).flatMap(Self.throttle)
        reading.eccErrors = Quantity.count.possible(Self.known(values.ecc_errors))
        if let count = Quantity.count.possible(Self.known(values.remapped)) {
            let status: Status =
                values.has_no_rows.number == 1
                ? .critical : values.is_remapping.number == 1 ? .warning : .auto
            reading.remappedRows = (count, status)
        }
    }

    private static func known(_ answer: cnvml_value) -> Double? { answer.code == 0 ? answer.number : nil }

    private static func clock(_ answer: cnvml_value) -> Double? {
        guard let hertz = known(answer) else { return nil }
        return hertz == 0 ? 0 : Quantity.clock.possible(hertz)
    }

    /// Heat and hardware protection slow a card down against its owner's wish; a power limit is usual at full load.
    private static func throttle(_ bits: Double) -> (reason: String, status: Status)? {
        guard bits >= 0, bits < 65536 else { return nil }
        let mask = Int(bits)
        func has(_ bit: Int) -> Bool { mask & bit != 0 }
        if has(CNVML_THROTTLE_HARDWARE_HEAT) || has(CNVML_THROTTLE_HEAT) {
            return ("heat", .warning)
        }
        if has(CNVML_THROTTLE_POWER_BRAKE) { return ("power brake", .warning) }
        if has(CNVML_THROTTLE_HARDWARE) { return ("hardware", .warning) }
        if has(CNVML_THROTTLE_POWER_CAP) { return ("power limit", .auto) }
        return ("none", .auto)
    }
}
