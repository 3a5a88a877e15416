import PluginKit

// Instances: "total" (the machine), "core0" (a logical processor), "package0" (a socket, where there are
// several with a sensor), "fs:/home" (a file system by its mount point), "md0" and "pool:tank" (arrays).

let use = Metric(
    "use", "Use", unit: "percent", worse: .higherIsWorse, history: true, headline: true, minimumEffect: 20,
    help:
        "Time all processors were busy since the last collect, stolen time included; at first since boot."
)
let coreUse = Metric(
    "core_use", "Core use", unit: "percent",
    help: "Time one logical processor was busy since the last collect.")
let user = Metric("user", "User", unit: "percent", help: "Time in programs, guests included (/proc/stat).")
let nice = Metric("nice", "Nice", unit: "percent", help: "Time in programs of lowered priority.")
let system = Metric("system", "System", unit: "percent", help: "Time in the kernel.")
let irq = Metric("irq", "Interrupts", unit: "percent", help: "Time in hard and soft interrupts.")
let iowait = Metric("iowait", "I/O wait", unit: "percent", help: "Idle time in which a disk was waited for.")
let steal = Metric(
    "steal", "Stolen", unit: "percent", worse: .higherIsWorse, warning: 10, critical: 30,
    help: "Time the hypervisor gave to other machines.")
let load1 = Metric("load1", "Load 1m", help: "Average number of tasks that ran or waited, last minute.")
let load5 = Metric("load5", "Load 5m", help: "The same over 5 minutes.")
let load15 = Metric("load15", "Load 15m", help: "The same over 15 minutes.")
let loadPerCore = Metric(
    "load_per_core", "Load per core", worse: .higherIsWorse, warning: 1.5, critical: 4,
    help: "The load of 5 minutes for each logical processor.")
let running = Metric("running", "Running", unit: "count", help: "Tasks that run or could (/proc/loadavg).")
let blocked = Metric(
    "blocked", "Blocked", unit: "count", help: "Processes that wait for a disk (/proc/stat).")
let threads = Metric("threads", "Tasks", unit: "count", help: "All processes and threads (/proc/loadavg).")
let cores = Metric("cores", "Cores", unit: "count", help: "Logical processors that are online.")
let model = Metric("model", "Model", kind: .text, help: "Name of the processor, or of the board.")
let uptime = Metric("uptime", "Uptime", unit: "seconds", help: "Time since boot.")
let frequency = Metric(
    "frequency", "Frequency", unit: "hertz",
    help: "Of one processor, or the average of all (cpufreq or cpuinfo).")
let frequencyMax = Metric("frequency_max", "Highest", unit: "hertz", help: "The highest the hardware allows.")
let temperature = Metric(
    "temperature", "Temperature", unit: "celsius", worse: .higherIsWorse, warning: 90, critical: 100,
    history: true,
    headline: true, minimumEffect: 10, help: "Of the hottest processor package (hwmon, else thermal zone).")
let temperatureLimit = Metric(
    "temperature_limit", "Limit", unit: "celsius",
    help: "The critical temperature that the sensor itself states.")
let temperatureMargin = Metric(
    "temperature_margin", "Margin", unit: "celsius", worse: .lowerIsWorse, warning: 5, critical: 1,
    help: "What is left to the sensor's critical temperature.")
// A machine that compiles has tasks waiting for processors and disks all the time, and is well: waiting is not judged
// unless the layout says so. It is a warning when nothing but waiting for a disk happens.
let pressureCPU = Metric(
    "pressure_cpu", "CPU pressure", unit: "percent", worse: .higherIsWorse,
    help: "Part of the last 10 s in which a task waited for a processor (PSI some avg10).")
let pressureIO = Metric(
    "pressure_io", "I/O pressure", unit: "percent", worse: .higherIsWorse,
    help: "Part of the last 10 s in which a task waited for a disk (PSI some avg10).")
let pressureIOFull = Metric(
    "pressure_io_full", "I/O stalled", unit: "percent", worse: .higherIsWorse, warning: 90,
    help: "Part of the last 10 s in which all tasks waited for a disk (PSI full avg10).")
let diskPercent = Metric(
    "fs_percent", "Used", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95,
    help: "Used part of a file system, of what ordinary users can have (as df counts).")
let diskUsed = Metric(
    "fs_used", "Used bytes", unit: "bytes", forecast: .fills(diskSize), help: "Bytes used in a file system.")
let diskSize = Metric(
    "fs_size", "Size", unit: "bytes", lasting: true, help: "Size of a file system.")
let diskInodes = Metric(
    "fs_inodes_percent", "Inodes", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95,
    help: "Used part of a file system's inodes, where their number is fixed.")

let diskMetadata = Metric(
    "fs_metadata_percent", "Metadata", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95,
    help: "Used part of what a btrfs file system can have for metadata, its reserve included.")
let diskState = Metric(
    "fs_state", "State", kind: .state,
    help: "What is wrong with a file system: read-only after an error, errors, device missing, unreadable.")
let leftOut = Metric(
    "fs_left_out", "Left out", kind: .text,
    help: "Mounts that hold files and are not shown: network, FUSE, images that cannot be written.")
let arrayState = Metric(
    "array_state", "Array", kind: .state, help: "State of a software RAID (md0) or of a ZFS pool (pool:tank)."
)
let scope = Metric(
    "scope", "Scope", kind: .text,
    help: "\"container\" where the figures are those of the container that this runs in.")

let coresOption = Option("cores", .bool, default: "true", help: "Show each logical processor.")
let fileSystemsOption = Option(
    "file_systems", .list, default: "auto",
    help: "File systems to show: mount points or patterns; \"auto\" is / and all on local disks.")

let plugin = Plugin(
    id: "cpu", name: "CPU", icon: "🧠", version: "1.0.0",
    summary:
        "Load, use, frequency, temperature and pressure of the processors; how full the file systems are.",
    metrics: [
        use, coreUse, user, nice, system, irq, iowait, steal, load1, load5, load15, loadPerCore, running,
        blocked,
        threads, cores, model, uptime, frequency, frequencyMax, temperature, temperatureLimit,
        temperatureMargin,
        pressureCPU, pressureIO, pressureIOFull, diskPercent, diskUsed, diskSize, diskInodes, diskMetadata,
        diskState, leftOut, arrayState, scope,
    ],
    options: [coresOption, fileSystemsOption], documents: ["services"], keepsNoDocuments: true
) { machine, options throws(PluginError) in CPUWidget(machine, options) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }
