import PluginKit

/// What the kernel tells of the end of life of eMMC and UFS, which have no SMART.
struct CellHealth {
    /// Used endurance in percent, the upper end of the step that the device tells.
    private(set) var wear: Double?
    /// The device's own word for its spare blocks.
    private(set) var spare: Spare?

    /// How many of the spare blocks are used, in the three steps of JEDEC's standards.
    enum Spare {
        case normal, low, urgent
    }

    init() {}

    /// - Parameters:
    ///   - lives: used life of each kind of cells, in steps of ten percent; 0 is not defined, 11 is beyond the end.
    ///   - end: the state of the spare blocks: 1 normal, 2 warning, 3 urgent.
    private init(lives: [Double], end: Double?) {
        let steps = lives.filter { $0 >= 1 && $0 <= 11 }
        wear = steps.max().map { $0 * 10 }
        switch end {
        case 1: spare = .normal
        case 2: spare = .low
        case 3: spare = .urgent
        default: spare = nil
        }
    }

    /// Reads the folder of an eMMC device in /sys.
    init(card folder: String, on machine: Machine) {
        self.init(
            lives: Self.numbers(machine.text(folder + "/life_time")),
            end: Self.numbers(machine.text(folder + "/pre_eol_info")).first)
    }

    /// Reads the health descriptor of a UFS controller in /sys.
    init(descriptor folder: String, on machine: Machine) {
        let names = ["/life_time_estimation_a", "/life_time_estimation_b"]
        self.init(
            lives: names.flatMap { Self.numbers(machine.text(folder + $0)) },
            end: Self.numbers(machine.text(folder + "/eol_info")).first)
    }

    /// The numbers of "0x03 0x01".
    private static func numbers(_ text: String?) -> [Double] {
        (text ?? "").words.compactMap { Double(text: $0) }
    }
}

extension CellHealth.Spare {
    /// The word for the drive's health, and its status.
    var verdict: (text: String, status: Status) {
        switch self {
        case .normal: ("normal", .ok)
        case .low: ("end of life near", .warning)
        case .urgent: ("end of life", .critical)
        }
    }

    /// What it means; nil where all is well.
    var finding: String? {
        switch self {
        case .normal: nil
        case .low: "80% of the spare blocks used"
        case .urgent: "90% of the spare blocks used"
        }
    }
}
