import PluginKit

/// Current frequencies of the processors. On some machines each query interrupts the core, so each tick queries a
/// few, and the others keep their last value.
struct Frequencies {
    private struct Policy {
        let path: String
        let cores: [Int]
        var frequency: Double?
    }

    private var policies: [Policy] = []
    private var next = 0
    private static let perTick = 4
    private static let folder = "/sys/devices/system/cpu"

    /// The highest frequency that the hardware allows.
    private(set) var maximum: Double?
    /// Whether there is no cpufreq; frequencies are only in /proc/cpuinfo then.
    var isEmpty: Bool { policies.isEmpty }

    init(_ machine: Machine) {
        var folders: [String] = []
        for name in machine.names(in: Self.folder + "/cpufreq") where name.after("policy") != nil {
            folders.append(Self.folder + "/cpufreq/" + name)
        }
        if folders.isEmpty {
            // Kernels before 4.3 have these files below each processor.
            for name in machine.names(in: Self.folder)
            where name.after("cpu").flatMap(Double.init(text:)) != nil {
                let path = Self.folder + "/" + name + "/cpufreq"
                if machine.exists(path + "/scaling_cur_freq") { folders.append(path) }
            }
        }
        for path in folders {
            var numbers: [Int] = []
            for word in (machine.text(path + "/affected_cpus") ?? "").words {
                if let number = Int(word), number >= 0 { numbers.append(number) }
            }
            let highest = machine.number(path + "/cpuinfo_max_freq").map { $0 * 1000 }
            if let highest = Quantity.frequency.possible(highest) { maximum = max(maximum ?? 0, highest) }
            policies.append(Policy(path: path + "/scaling_cur_freq", cores: numbers))
        }
        for _ in policies { readNext(machine) }
    }

    /// Queries the next few policies.
    mutating func step(_ machine: Machine) {
        for _ in 0..<min(Self.perTick, policies.count) { readNext(machine) }
    }

    var average: Double? {
        var (sum, count) = (0.0, 0.0)
        for policy in policies {
            guard let frequency = policy.frequency else { continue }
            let weight = Double(max(policy.cores.count, 1))
            sum += frequency * weight
            count += weight
        }
        return count > 0 ? sum / count : nil
    }

    /// Calls `body` with the number and frequency of each core.
    func forEachCore(_ body: (Int, Double) -> Void) {
        for policy in policies {
            guard let frequency = policy.frequency else { continue }
            for core in policy.cores { body(core, frequency) }
        }
    }

    private mutating func readNext(_ machine: Machine) {
        guard next < policies.count else { return }
        // In kilohertz, or "<unknown>" where the driver has no value.
        let kilohertz = machine.number(policies[next].path)
        policies[next].frequency = Quantity.frequency.possible(kilohertz.map { $0 * 1000 })
        next = (next + 1) % policies.count
    }
}

/// The values of /proc/cpuinfo.
struct ProcessorInfo {
    private(set) var model: String?
    private(set) var frequency: Double?
    private(set) var board: String?

    init(_ machine: Machine) {
        try? machine.readBytes("/proc/cpuinfo") { bytes in read(bytes) }
        if let name = machine.text("/proc/device-tree/model") {
            // The device tree ends its texts with a NUL.
            board = String(decoding: name.utf8.prefix { $0 != 0 }, as: UTF8.self).trimmed
        }
    }

    var name: String? { model ?? board }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) {
        var text = Scanner(bytes)
        var (sum, count) = (0.0, 0.0)
        while var line = text.line() {
            if line.skip("model name") {
                if model == nil, line.skip(past: UInt8(ascii: ":")) { model = line.rest }
            } else if line.skip("cpu MHz") {
                guard line.skip(past: UInt8(ascii: ":")),
                    let hertz = Quantity.frequency.possible(line.number().map({ $0 * 1e6 }))
                else { continue }
                sum += hertz
                count += 1
            } else if line.skip("Model\t") || line.skip("Hardware\t") {
                if line.skip(past: UInt8(ascii: ":")) { board = line.rest }
            }
        }
        if count > 0 { frequency = sum / count }
        if model?.isEmpty == true { model = nil }
    }
}
