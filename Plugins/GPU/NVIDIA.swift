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

    private struct Device {
        let handle: UnsafeMutableRawPointer
        let name: String
    }

    private static let every = 60.0

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
        guard card.driver != "vfio-pci" else {
            reading.mark("passed through", .ok)
            return reading
        }
        if card.isAsleep(on: machine) {
            reading.mark("asleep", .ok)
            devices[card.address] = nil
            return reading
        }
        open(tick)
        guard let library else {
            let failure = explained(card)
            reading.mark(failure.state, .unknown, failure.sentence)
            return reading
        }
        if devices[card.address] == nil, let code = find(card.address, library) {
            mark(&reading, code, card.instance)
            return reading
        }
        guard let device = devices[card.address] else { return reading }
        fill(&reading, device, card.address, library, card.instance, tick)
        return reading
    }

    /// Reads the cards of NVML where the PCI bus shows none: Linux in Windows (WSL).
    func readAll(_ tick: Tick) -> [(instance: String, reading: CardValues)] {
        guard !paths.isEmpty else { return [] }
        open(tick)
        guard let library else { return [] }
        return (0..<cnvml_count(library)).map { index in
            let instance = "gpu\(index)"
            var reading = CardValues(name: "NVIDIA")
            if devices[instance] == nil {
                var handle: UnsafeMutableRawPointer?
                let code = cnvml_by_index(library, index, &handle)
                guard code == 0, let handle else {
                    mark(&reading, code, instance)
                    return (instance, reading)
                }
                devices[instance] = describe(handle, library)
            }
            if let device = devices[instance] { fill(&reading, device, instance, library, instance, tick) }
            return (instance, reading)
        }
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
            failure = Self.failure(code, reason)
            return
        }
        failure = nil
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 100) { buffer in
            cnvml_driver(library, buffer.baseAddress!, buffer.count)
            driver = String(cString: buffer.baseAddress!)
        }
    }

    private func close(_ tick: Tick, retryAtOnce: Bool) {
        cnvml_close(library)
        library = nil
        devices = [:]
        retryAt = retryAtOnce ? tick.seconds : tick.seconds + Self.every
    }

    private static func failure(_ code: Int32, _ reason: String) -> (state: String, sentence: String) {
        switch Int(code) {
        case CNVML_VERSION_MISMATCH:
            (
                "driver mismatch",
                "NVIDIA's library and the loaded kernel module are of different versions after an update:"
                    + " restart the"
                    + " machine, or unload the module (rmmod nvidia_uvm nvidia_drm nvidia_modeset nvidia)"
            )
        case CNVML_NO_DRIVER:
            (
                "no driver",
                "NVIDIA's kernel module is not loaded: modprobe nvidia, then see dmesg | grep -i nvidia"
            )
        case CNVML_NO_PERMISSION:
            (
                "not permitted",
                "no permission to open /dev/nvidiactl: add this user to the group that owns it, or run as"
                    + " root"
            )
        case CNVML_ABSENT: ("no library", reason)
        default: ("no answer", "NVML cannot be initialised (error \(code)): see dmesg | grep -i nvidia")
        }
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

    /// Finds the handle of a card; returns NVML's error code where that fails.
    private func find(_ address: String, _ library: OpaquePointer) -> Int32? {
        var handle: UnsafeMutableRawPointer?
        let code = cnvml_by_address(library, address, &handle)
        guard code == 0, let handle else { return code }
        devices[address] = describe(handle, library)
        return nil
    }

    private func describe(_ handle: UnsafeMutableRawPointer, _ library: OpaquePointer) -> Device {
        var card = cnvml_card()
        _ = cnvml_describe(library, handle, &card)
        let name = withUnsafeBytes(of: &card.name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Device(handle: handle, name: name)
    }

    private func fill(
        _ reading: inout CardValues, _ device: Device, _ key: String, _ library: OpaquePointer,
        _ instance: String, _ tick: Tick
    ) {
        var values = cnvml_reading()
        cnvml_read(library, device.handle, &values)
        if !device.name.isEmpty { reading.name = device.name }
        reading.driver = driver.isEmpty ? "nvidia" : "nvidia " + driver
        let answers = NVMLAnswers(values)
        if let code = answers.grave {
            mark(&reading, code, instance)
            // The card is looked up again at the next collect: it may have been reset, or its driver replaced.
            devices[key] = nil
            if Self.endsLibrary.contains(Int(code)) { close(tick, retryAtOnce: true) }
            return
        }
        answers.fill(&reading)
        if let sentence = answers.missing {
            reading.mark("in part", .unknown, "\(instance) (\(reading.name)): \(sentence)")
        }
        reading.judgeReadings(instance)
    }

    /// Codes after which the library is opened anew: the driver it was opened with is gone.
    private static let endsLibrary = [CNVML_UNINITIALIZED, CNVML_NO_DRIVER, CNVML_VERSION_MISMATCH].map {
        Int($0)
    }

    private func mark(_ reading: inout CardValues, _ code: Int32, _ instance: String) {
        let what = "\(instance) (\(reading.name))"
        switch Int(code) {
        case CNVML_GPU_LOST:
            reading.mark(
                "lost", .critical,
                "\(what) has fallen off the bus: restart the machine, then see to power and seating")
        case CNVML_RESET_REQUIRED:
            reading.mark(
                "needs reset", .critical,
                "\(what) must be reset: end what uses it, then nvidia-smi --gpu-reset")
        case CNVML_NO_PERMISSION:
            reading.mark(
                "not permitted", .unknown,
                "\(what) may not be read: add this user to the group that owns /dev/nvidia*, or give the"
                    + " card to this container")
        case CNVML_NO_POWER:
            reading.mark("no power", .critical, "\(what) lacks its power cables")
        case CNVML_NOT_FOUND:
            reading.mark(
                "not given", .unknown, "\(what) is on the PCI bus, but NVIDIA's driver does not offer it here"
            )
        case CNVML_VERSION_MISMATCH, CNVML_NO_DRIVER:
            let failure = Self.failure(code, "")
            reading.mark(failure.state, .unknown, failure.sentence)
        case CNVML_NOT_SUPPORTED:
            reading.mark(
                "no answer", .unknown,
                "\(what) answers none of the questions: see dmesg | grep -i nvrm")
        default:
            reading.mark(
                "no answer", .unknown,
                "\(what) does not answer (NVML error \(code)): see dmesg | grep -i nvrm")
        }
    }
}
