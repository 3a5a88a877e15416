import CNVML
import PluginKit

/// Why the clocks of an NVIDIA card are lower than they could be.
struct Slowdown {
    /// "none", or the reasons.
    let words: String
    private(set) var status = Status.ok
    /// The end of a sentence that begins with the card; nil where the reason is none to worry about.
    private(set) var problem: String?

    /// - Parameter isLasting: whether the hardware slowed the card down at the last tick, too. Once is no problem,
    ///   since it does so for a moment whenever clocks change.
    init(bits: UInt64, isLasting: Bool) {
        var (words, rest): ([String], UInt64) = ([], bits)
        func has(_ reasons: cnvml_reason...) -> Bool {
            var found = false
            for reason in reasons where rest & UInt64(reason.rawValue) != 0 {
                rest &= ~UInt64(reason.rawValue)
                found = true
            }
            return found
        }
        // What was set, and idling, are no slowdown.
        _ = has(CNVML_REASON_IDLE, CNVML_REASON_SETTING, CNVML_REASON_SYNC, CNVML_REASON_DISPLAY)
        let isHeat = has(CNVML_REASON_HEAT, CNVML_REASON_HEAT_BY_DRIVER)
        let isBrake = has(CNVML_REASON_POWER_BRAKE)
        let isHardware = has(CNVML_REASON_HARDWARE) && !isHeat && !isBrake
        if isHeat { words.append("heat") }
        if isBrake { words.append("power brake") }
        if isHardware { words.append("hardware") }
        if has(CNVML_REASON_POWER_LIMIT) { words.append("power limit") }
        if has(CNVML_REASON_BOARD_LIMIT) { words.append("board limit") }
        if has(CNVML_REASON_RELIABILITY) { words.append("voltage limit") }
        if rest != 0 { words.append("reason \(rest)") }
        self.words = words.isEmpty ? "none" : words.joined(separator: ", ")
        if isHeat {
            (status, problem) = (
                .warning, " is slowed down by heat: see to its fans, to dust and to the air around it"
            )
        } else if isBrake {
            (status, problem) = (
                .warning,
                " is slowed down by the machine's power supply: see to its cables and to what it can deliver"
            )
        } else if isHardware && isLasting {
            (status, problem) = (.warning, " is slowed down by its hardware: see to power and cooling")
        } else if rest != 0 {
            (status, problem) = (
                .unknown, " is slowed down for a reason that this plugin does not know (bits \(rest))"
            )
        }
    }

    static func isHardware(_ bits: UInt64) -> Bool { bits & UInt64(CNVML_REASON_HARDWARE.rawValue) != 0 }
}

/// The errors of an NVIDIA card's memory; nil: not told.
struct Health {
    var corrected: Double?
    var uncorrected: Double?
    /// Rows of memory that were replaced.
    var remapped: Double?
    /// Whether memory waits for a reset to be replaced or taken out of use.
    var isPending = false
    /// Whether a row could not be replaced.
    var isWornOut = false

    /// What is wrong: the state of the card, and the end of a sentence that begins with it.
    var problem: (state: String, status: Status, sentence: String)? {
        if isWornOut {
            return (
                "memory failing", .critical,
                " has no spare memory left to replace a bad row with: replace the card"
            )
        }
        if isPending {
            return (
                "memory to repair", .warning,
                " has bad memory that it replaces at the next reset: end what uses it, then nvidia-smi --gpu-reset"
            )
        }
        if let uncorrected, uncorrected > 0 {
            return (
                "memory errors", .warning,
                " had " + Format.number(uncorrected, unit: "count")
                    + " memory errors that ECC could not correct: results may be wrong, see nvidia-smi -q -d ECC"
            )
        }
        return nil
    }

    func emit(of instance: String, into sink: Sink) {
        sink.emit(correctedMetric, corrected, of: instance)
        sink.emit(
            uncorrectedMetric, uncorrected, of: instance, status: uncorrected ?? 0 > 0 ? .warning : .auto)
        // Cards without rows to remap tell only whether pages wait to be taken out of use.
        sink.emit(
            remappedMetric, remapped, of: instance,
            status: isWornOut ? .critical : isPending ? .warning : .auto)
    }
}
