import CNVML
import PluginKit

/// The questions of one tick to one NVIDIA card. What is not answered is kept, except where the card does not have it.
struct Questions {
    private let library: OpaquePointer
    private let handle: UnsafeMutableRawPointer
    private(set) var problems: [Problem] = []
    /// The code by which the card or the library answers nothing more; nil: none.
    private(set) var end: Int32?

    init(_ library: OpaquePointer, _ handle: UnsafeMutableRawPointer) {
        self.library = library
        self.handle = handle
    }

    /// Returns the numbers of the answer; nil where there is none.
    mutating func answers(_ question: cnvml_question, _ value: String) -> [Double]? {
        guard end == nil else { return nil }
        var answers = [Double](repeating: .nan, count: Int(CNVML_ANSWERS))
        let code = cnvml_ask(library, handle, question, &answers)
        switch Int(code) {
        case 0: return answers
        case CNVML_NOT_SUPPORTED, CNVML_NO_FUNCTION: break
        case CNVML_NO_PERMISSION: problems.append(Problem(value, .denied))
        case _ where NVMLCode.isEnd(code): end = code
        default: problems.append(Problem(value, .failed(code)))
        }
        return nil
    }

    mutating func number(_ question: cnvml_question, _ value: String) -> Double? {
        answers(question, value)?[0]
    }

    /// Fills in what is measured, and the limits, which move: drivers and users change them while cards work.
    mutating func fill(_ reading: inout CardValues) {
        let memory = answers(CNVML_MEMORY, "memory")
        reading.setMemory(used: memory?[0], total: memory?[1])
        reading.load = reading.possible(number(CNVML_LOAD, "load"), .percent, "load", "percent")
        reading.setTemperature(number(CNVML_TEMPERATURE, "temperature"))
        reading.temperatureLimit = Quantity.temperatureLimit.possible(
            number(CNVML_SLOWDOWN, "temperature limit"))
        reading.power = reading.possible(number(CNVML_POWER, "power"), .cardPower, "power", "watts")
        reading.powerLimit = Quantity.cardPower.possible(number(CNVML_POWER_LIMIT, "power limit"))
        reading.fan = reading.possible(number(CNVML_FAN, "fan"), .fan, "fan", "percent")
        reading.clock = reading.possible(number(CNVML_CLOCK, "clock"), .cardClock, "clock", "hertz")
        reading.memoryClock = reading.possible(
            number(CNVML_MEMORY_CLOCK, "memory clock"), .cardClock, "memory clock", "hertz")
    }

    /// The bits that say why the clocks are low.
    mutating func slowdownBits() -> UInt64? {
        number(CNVML_REASONS, "reason of slowdown").flatMap { UInt64(exactly: $0) }
    }

    mutating func health() -> Health {
        var health = Health()
        health.corrected = Quantity.count.possible(number(CNVML_ECC_CORRECTED, "ECC errors"))
        health.uncorrected = Quantity.count.possible(number(CNVML_ECC_UNCORRECTED, "ECC errors"))
        if let rows = answers(CNVML_REMAPPED_ROWS, "remapped rows") {
            health.remapped = Quantity.count.possible(rows[0])
            health.isPending = rows[1] != 0
            health.isWornOut = rows[2] != 0
        } else {
            // Older cards take whole pages out of use.
            health.isPending = number(CNVML_RETIREMENT, "retired pages") == 1
        }
        return health
    }
}
