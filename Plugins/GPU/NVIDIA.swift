import CNVML
import PluginKit

/// Reads NVIDIA cards through NVML. The library is loaded when the first card is awake; after a failure loading is
/// tried again once a minute.
final class NVIDIA {
    private let machine: Machine
    private let paths: [String]
    private var library: OpaquePointer?
    private var retryAt = -Double.infinity
    private var driver = ""
    /// Why the library is not open; nil: it is, or was not needed yet.
    private var failure: (state: String, sentence: String)?
    private var devices: [String: Device] = [:]
    /// The names of all cards that NVML has given a handle of, by the key in `devices`.
    private var names: [String: String] = [:]
    /// When a card told a value for the last time, or the library was loaded.
    private var answeredAt = -Double.infinity

    private struct Device {
        let handle: UnsafeMutableRawPointer
        /// The errors of its memory, what was not answered of them, and when they were asked.
        var health: (Health, [Problem], Double)?
        /// Whether the hardware slowed the card down at the last tick.
        var isSlowed = false
    }

    private static let every = 60.0
    /// Seconds between two questions for errors of the memory, which take longer than others.
    private static let healthEvery = 10.0

    init(_ machine: Machine, library path: String) {
        self.machine = machine
        if !path.isEmpty {
            paths = [path]
        } else if machine.isCaptured {
            paths = []
        } else {
            paths = [
                "libnvidia-ml.so.1", "/run/opengl-driver/lib/libnvidia-ml.so.1",
                "/usr/lib/wsl/lib/libnvidia-ml.so.1",
            ]
        }
    }

    deinit { cnvml_close(library) }

    func read(_ card: Card, _ tick: Tick) -> CardValues {
        var reading = CardValues(card)
        if card.rest(on: machine, marking: &reading) {
            devices[card.address] = nil
            return reading
        }
        open(tick)
        guard let library else {
            if let name = names[card.address], !name.isEmpty { reading.name = name }
            let failure = explained(card)
            reading.mark(failure.state, .unknown, failure.sentence)
            return reading
        }
        if devices[card.address] == nil {
            var handle: UnsafeMutableRawPointer?
            let code = cnvml_by_address(library, card.address, &handle)
            guard code == 0, let handle else {
                // A card that was there and still has its driver has gone by itself.
                let isGone = names[card.address] != nil && card.hasSameDriver(on: machine)
                end(&reading, NVMLCode.known(code, isGone), card.address, card.instance, tick)
                return reading
            }
            add(handle, card.address, library)
        }
        fill(&reading, card.address, card.instance, tick)
        return reading
    }

    /// Reads the cards of NVML where the PCI bus shows none: Linux in Windows (WSL).
    func readAll(_ tick: Tick) -> [(instance: String, reading: CardValues)] {
        guard !paths.isEmpty else { return [] }
        open(tick)
        guard let library else { return [] }
        var count: UInt32 = 0
        let code = cnvml_count(library, &count)
        guard code == 0 else {
            var reading = CardValues(name: "NVIDIA")
            end(&reading, code, "gpu0", "gpu0", tick)
            return [("gpu0", reading)]
        }
        var readings: [(instance: String, reading: CardValues)] = []
        for index in 0..<count {
            let instance = "gpu\(index)"
            var reading = CardValues(name: "NVIDIA")
            var handle: UnsafeMutableRawPointer?
            if devices[instance] == nil, let library = self.library {
                let code = cnvml_by_index(library, index, &handle)
                if code == 0, let handle {
                    add(handle, instance, library)
                } else {
                    end(&reading, code, instance, instance, tick)
                }
            }
            if devices[instance] != nil { fill(&reading, instance, instance, tick) }
            readings.append((instance, reading))
        }
        return readings
    }

    // MARK: Library

    private func open(_ tick: Tick) {
        guard library == nil, tick.seconds >= retryAt || tick.isRefresh else { return }
        retryAt = tick.seconds + Self.every
        var code = Int32(CNVML_ABSENT)
        var reason = ""
        for path in paths where code == Int32(CNVML_ABSENT) {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 300) { buffer in
                code = cnvml_open(path, &library, buffer.baseAddress!, buffer.count)
                if reason.isEmpty { reason = String(cString: buffer.baseAddress!) }
            }
        }
        guard let library else {
            failure = NVMLCode.failure(code, reason)
            return
        }
        failure = nil
        answeredAt = tick.seconds
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 100) { buffer in
            cnvml_driver(library, buffer.baseAddress!, buffer.count)
            driver = String(cString: buffer.baseAddress!)
        }
    }

    /// Drops the library and all handles. It is loaded anew a minute after this.
    private func close(_ tick: Tick, for code: Int32) {
        cnvml_close(library)
        library = nil
        devices = [:]
        retryAt = tick.seconds + Self.every
        failure = NVMLCode.failure(code, "")
    }

    /// The failure of the library in the words for one card; the remedy depends on its driver.
    private func explained(_ card: Card) -> (state: String, sentence: String) {
        switch card.driver {
        case "":
            return (
                "no driver",
                "\(card.instance) (\(card.name)) has no kernel driver: install NVIDIA's (Debian: apt install"
                    + " nvidia-driver), or modprobe nvidia if it is installed"
            )
        case "nvidia":
            guard let failure, failure.state != "no library" else {
                return (
                    "no library",
                    "NVIDIA's driver is loaded, but libnvidia-ml.so.1 is not there: install it (Debian:"
                        + " apt install libnvidia-ml1) or name it in nvml_library"
                )
            }
            return failure
        default:
            return (
                card.driver,
                "\(card.instance) (\(card.name)) runs with \(card.driver), which tells neither load nor"
                    + " memory: install NVIDIA's driver (Debian: apt install nvidia-driver) to see them"
            )
        }
    }

    // MARK: Cards

    private func add(_ handle: UnsafeMutableRawPointer, _ key: String, _ library: OpaquePointer) {
        devices[key] = Device(handle: handle)
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 96) { buffer in
            cnvml_name(library, handle, buffer.baseAddress!, buffer.count)
            names[key] = String(cString: buffer.baseAddress!)
        }
    }

    private func name(_ reading: inout CardValues, _ key: String) {
        if let name = names[key], !name.isEmpty { reading.name = name }
        reading.driver = driver.isEmpty ? "nvidia" : "nvidia " + driver
    }

    private func fill(_ reading: inout CardValues, _ key: String, _ instance: String, _ tick: Tick) {
        guard let library, var device = devices[key] else { return }
        name(&reading, key)
        // What a card told before it was lost is not told of a card that is lost.
        let empty = reading
        var questions = Questions(library, device.handle)
        questions.fill(&reading)
        if let bits = questions.slowdownBits() {
            reading.slowdown = Slowdown(bits: bits, isLasting: device.isSlowed)
            device.isSlowed = Slowdown.isHardware(bits)
        } else {
            device.isSlowed = false
        }
        if questions.end == nil { health(&reading, &device, &questions, tick) }
        if let code = questions.end {
            reading = empty
            end(&reading, NVMLCode.known(code, true), key, instance, tick)
            return
        }
        devices[key] = device
        for problem in questions.problems { reading.add(problem) }
        guard reading.hasValue else {
            isSilent(&reading, key, instance, tick)
            return
        }
        answeredAt = tick.seconds
        reading.judge(of: instance, remedy: "see dmesg | grep -i nvrm")
    }

    /// Adds the errors of the memory, asked anew when they are due.
    private func health(
        _ reading: inout CardValues, _ device: inout Device, _ questions: inout Questions, _ tick: Tick
    ) {
        if let (told, problems, at) = device.health, tick.seconds < at + Self.healthEvery, !tick.isRefresh {
            reading.health = told
            for problem in problems { reading.add(problem) }
            return
        }
        let before = questions.problems.count
        reading.health = questions.health()
        device.health = (reading.health, Array(questions.problems[before...]), tick.seconds)
    }

    /// Marks a card that tells no value and has it looked up anew; after a minute without any answer the library is
    /// loaded anew, too.
    private func isSilent(_ reading: inout CardValues, _ key: String, _ instance: String, _ tick: Tick) {
        var (denied, failed, others): (Bool, Int32?, Bool) = (false, nil, false)
        for problem in reading.problems {
            switch problem.reason {
            case .denied: denied = true
            case .failed(let code): failed = failed ?? code
            case .impossible: others = true
            }
        }
        if denied && failed == nil && !others {
            NVMLCode.mark(&reading, Int32(CNVML_NO_PERMISSION), instance)
        } else if let failed {
            NVMLCode.mark(&reading, failed, instance)
        } else {
            reading.mark(
                "no answer", .unknown,
                "\(instance) (\(reading.name)) tells no possible value: see dmesg | grep -i nvrm")
        }
        devices[key] = nil
        if tick.seconds >= answeredAt + Self.every {
            close(tick, for: failed ?? Int32(CNVML_UNINITIALIZED))
            retryAt = tick.seconds
        }
    }

    /// Marks a card that answers nothing more, and drops what cannot be used any longer: its handle, or the library.
    private func end(
        _ reading: inout CardValues, _ code: Int32, _ key: String, _ instance: String, _ tick: Tick
    ) {
        name(&reading, key)
        devices[key] = nil
        if NVMLCode.isOfLibrary(code) {
            close(tick, for: code)
            if let failure { reading.mark(failure.state, .unknown, failure.sentence) }
        } else {
            NVMLCode.mark(&reading, code, instance)
        }
    }
}
