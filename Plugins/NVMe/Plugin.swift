import PluginKit

let plugin = Plugin(
    id: "nvme", name: "NVMe Health", icon: "💾", version: "1.0.0",
    summary: "Wear, temperature, verdict and use of every drive: NVMe, SATA and SAS.",
    metrics: Measure.all, options: Setting.all, documents: ["drives"], keepsNoDocuments: true
) { machine, options throws(PluginError) in try DrivesWidget(machine, options) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }

/// The metrics of each drive.
enum Measure {
    static let verdict = Metric(
        "verdict", "Status", kind: .state, headline: true,
        help:
            "The drive's own verdict, PASSED or FAILED; why there is none, as asleep; in a document the host's."
    )
    static let age = Metric(
        "reading_age", "Read", unit: "seconds",
        help: "Age of the SMART values of a drive that sleeps; the others are of the last reading.")
    static let wear = Metric(
        "wear", "Wear", unit: "percent", worse: .higherIsWorse, warning: 80, critical: 95, history: true,
        headline: true, rememberDays: 3650,
        forecast: .wear(written: written, powered: powerOn, identity: serial),
        help: "Share of the rated endurance used, as the drive counts it; an NVMe drive may pass 100.")
    static let temperature = Metric(
        "temperature", "Temp", unit: "celsius", worse: .higherIsWorse, warning: 85, critical: 95,
        history: true, minimumEffect: 10,
        help: "Temperature, live from the kernel's hwmon, else from the last SMART reading.")
    static let heat = Metric(
        "heat", "Heat", kind: .state,
        help: "The temperature against the drive's own limits, or those usual for its kind.")
    static let spare = Metric(
        "spare", "Spare", unit: "percent", worse: .lowerIsWorse, warning: 20, critical: 10,
        rememberDays: 3650,
        help: "Spare blocks left; critical also below the drive's own threshold.")
    static let spareThreshold = Metric(
        "spare_threshold", "Spare min", unit: "percent",
        help: "Below so much spare the drive itself gives warning.")
    static let errors = Metric(
        "errors", "Errors", unit: "count", worse: .higherIsWorse, warning: 1, rememberDays: 3650,
        help: "Media errors; reallocated, pending and uncorrectable sectors; grown defects.")
    static let findings = Metric(
        "findings", "Findings", kind: .state,
        help: "What the drive complains of, in words: critical warnings, failing attributes, kinds of errors."
    )
    static let powerOn = Metric(
        "power_on", "Hours", unit: "seconds", kind: .counter, help: "Time that the drive has been on.")
    static let used = Metric(
        "used", "Used", unit: "bytes", history: true,
        help: "Used by the file systems on the drive, through partitions, LVM, LUKS and RAID.")
    static let capacity = Metric(
        "capacity", "Capacity", unit: "bytes", lasting: true, help: "Size of the drive.")
    static let written = Metric(
        "data_written", "Written", unit: "bytes", kind: .counter, rememberDays: 3650,
        help: "Bytes that the machine has written to the drive in its life.")
    static let unsafeShutdowns = Metric(
        "unsafe_shutdowns", "Unsafe off", unit: "count", kind: .counter,
        help: "How often power went away without notice (NVMe).")
    static let kind = Metric(
        "kind", "Kind", kind: .text, lasting: true,
        help: "NVMe, SSD, HDD, eMMC, UFS, SD, USB, or RAID for a controller's volume.")
    static let bus = Metric(
        "protocol", "Protocol", kind: .text, help: "The language the drive speaks: NVMe, ATA or SCSI.")
    static let model = Metric("model", "Model", kind: .text, help: "The maker's name of the drive.")
    static let serial = Metric("serial", "Serial", kind: .text, help: "Serial number.")
    static let firmware = Metric("firmware", "Firmware", kind: .text, help: "Version of the drive's program.")
    static let device = Metric(
        "device", "Device", kind: .text, help: "What smartctl is asked for, with its -d where it needs one.")
    static let problem = Metric(
        "problem", "Problem", kind: .text, help: "Why this drive's SMART data is not known.")

    static let description = Metric(
        "description", "Description", kind: .text,
        help: "What a host that is watched over HTTP says of its drive.")

    static let all = [
        verdict, wear, temperature, heat, spare, spareThreshold, errors, findings, powerOn, used, capacity,
        written, unsafeShutdowns, kind, bus, model, serial, firmware, device, problem,
        description, age,
    ]
}

/// The options of the plugin.
enum Setting {
    static let devices = Option(
        "devices", .list, default: "*",
        help: "Drives to show, as patterns of their names (\"nvme*\", \"sda\") or paths.")
    static let exclude = Option(
        "exclude", .list, default: "", help: "Drives to leave out, as patterns of their names or paths.")
    static let smartEvery = Option(
        "smart_every", .duration, default: "60s", range: 1...86400,
        help: "Time between two SMART readings; in between the temperature alone is live.")
    static let timeout = Option(
        "timeout", .duration, default: "20s", range: 1...600,
        help: "How long smartctl may take to answer for one drive.")
    static let command = Option(
        "command", .list, default: "smartctl",
        help:
            "How smartctl is called; [\"sudo\", \"-n\", \"smartctl\"] with new_privileges = true where it needs more rights."
    )
    static let wake = Option(
        "wake", .bool, default: "false",
        help: "Read rotating drives that sleep, too; this starts their motor at each reading.")
    static let driveLimits = Option(
        "drive_limits", .bool, default: "true",
        help: "Judge the temperature by the drive's own limits also, not by temperature_warning alone.")

    static let all = [devices, exclude, smartEvery, timeout, command, wake, driveLimits]
}
