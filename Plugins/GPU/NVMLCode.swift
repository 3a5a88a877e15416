import CNVML
import PluginKit

/// What NVML's codes mean for more than one value.
enum NVMLCode {
    /// Whether the library has to be loaded anew: it was shut down, or its kernel module is gone or replaced.
    static func isOfLibrary(_ code: Int32) -> Bool {
        let code = Int(code)
        return code == CNVML_UNINITIALIZED || code == CNVML_NO_DRIVER || code == CNVML_VERSION_MISMATCH
    }

    /// Whether the card or the library answers nothing more after this code.
    static func isEnd(_ code: Int32) -> Bool {
        isOfLibrary(code) || Int(code) == CNVML_GPU_LOST || Int(code) == CNVML_RESET_REQUIRED
            || Int(code) == CNVML_NO_POWER || Int(code) == CNVML_GPU_NOT_FOUND
    }

    /// The code as it has to be understood for a card that was there before.
    static func known(_ code: Int32, _ wasThere: Bool) -> Int32 {
        let isNotFound = Int(code) == CNVML_NOT_FOUND || Int(code) == CNVML_GPU_NOT_FOUND
        return isNotFound && wasThere ? Int32(CNVML_GPU_LOST) : code
    }

    /// The state and the note of a card whose library cannot be used.
    static func failure(_ code: Int32, _ reason: String) -> (state: String, sentence: String) {
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
        case CNVML_UNINITIALIZED: ("no answer", "NVML was shut down; it is loaded anew within a minute")
        default: ("no answer", "NVML cannot be initialised (error \(code)): see dmesg | grep -i nvidia")
        }
    }

    /// Marks a card that cannot be read.
    static func mark(_ reading: inout CardValues, _ code: Int32, _ instance: String) {
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
        case CNVML_NOT_FOUND, CNVML_GPU_NOT_FOUND:
            reading.mark(
                "not given", .unknown, "\(what) is on the PCI bus, but NVIDIA's driver does not offer it here"
            )
        default:
            reading.mark(
                "no answer", .unknown,
                "\(what) does not answer (NVML error \(code)): see dmesg | grep -i nvrm")
        }
    }
}
