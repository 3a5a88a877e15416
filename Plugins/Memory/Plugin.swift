import PluginKit

// Instances: "total" (the machine), "zram0" (a zram device), "tmpfs:/run" (a mount), "vm.swappiness" (a
// setting).

let usedPercent = Metric(
    "used_percent", "Used", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95, history: true,
    headline: true, minimumEffect: 15,
    help: "Part of the physical memory that programs cannot get: used of total.")
let used = Metric(
    "used", "Used", unit: "bytes", forecast: .fills(total),
    help: "MemTotal less MemAvailable of /proc/meminfo.")
let total = Metric("total", "Total", unit: "bytes", help: "MemTotal of /proc/meminfo.")
let available = Metric(
    "available", "Available", unit: "bytes", help: "What programs can still get without swapping.")
let availableSource = Metric(
    "available_source", "Available from", kind: .text,
    help: "Where the available memory comes from: the kernel's MemAvailable, or how it was estimated.")
let cached = Metric(
    "cached", "Cached", unit: "bytes",
    help: "File contents and reclaimable slabs that can be dropped: Cached + SReclaimable - Shmem.")
let buffers = Metric("buffers", "Buffers", unit: "bytes", help: "Block device metadata held in memory.")
let shared = Metric("shared", "Shared", unit: "bytes", help: "Shmem: tmpfs contents and shared memory.")
let dirty = Metric(
    "dirty", "Dirty", unit: "bytes", help: "Written by programs, not yet on disk: Dirty + Writeback.")
let arc = Metric("zfs_arc", "ZFS ARC", unit: "bytes", help: "Size of the ZFS cache (arcstats).")
let hugeTotal = Metric("huge_total", "Huge pages", unit: "bytes", help: "Memory set aside as huge pages.")
let hugeUsed = Metric("huge_used", "Huge used", unit: "bytes", help: "Huge pages that are in use.")
let zswapData = Metric("zswap_data", "zswap data", unit: "bytes", help: "Pages held compressed by zswap.")
let zswapMemory = Metric("zswap_memory", "zswap memory", unit: "bytes", help: "Memory that zswap takes.")
let swapPercent = Metric(
    "swap_percent", "Swap", unit: "percent", worse: .higherIsWorse, warning: 80, critical: 95, history: true,
    help: "Used part of the swap: of all disks and files together, and of each zram device by itself.")
let swapUsed = Metric(
    "swap_used", "Swap used", unit: "bytes", help: "From /proc/swaps; zram is never in the total.")
let swapTotal = Metric(
    "swap_total", "Swap size", unit: "bytes", help: "From /proc/swaps; zram is never in the total.")
let zramData = Metric(
    "zram_data", "zram data", unit: "bytes", forecast: .fills(zramSize),
    help: "What was stored, before compression (mm_stat).")
let zramCompressed = Metric(
    "zram_compressed", "Compressed", unit: "bytes", help: "The same data after compression (mm_stat).")
let zramMemory = Metric(
    "zram_memory", "Memory", unit: "bytes",
    help: "Physical memory the device takes, overhead included (mm_stat).")
let zramSize = Metric(
    "zram_size", "Size", unit: "bytes", help: "How much data the device can hold (disksize).")
let zramRatio = Metric(
    "zram_ratio", "Ratio", unit: "ratio",
    help:
        "Data stored for each byte of memory taken; absent below 1 MiB of data, where it says nothing."
)
let zramAlgorithm = Metric("zram_algorithm", "Algorithm", kind: .text, help: "The compression in use.")
let zramUse = Metric(
    "zram_use", "Used for", kind: .text, help: "\"swap\", or where its file system is mounted.")
let tmpfsPercent = Metric(
    "tmpfs_percent", "tmpfs", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95,
    help: "Used part of a tmpfs mount.")
let tmpfsUsed = Metric("tmpfs_used", "tmpfs used", unit: "bytes", help: "Bytes stored in a tmpfs mount.")
let tmpfsSize = Metric("tmpfs_size", "tmpfs size", unit: "bytes", help: "What a tmpfs mount may hold.")
let setting = Metric(
    "setting", "Setting", kind: .state, help: "Value of a kernel setting, read from /proc/sys.")
// Some tasks wait for memory whenever the kernel makes room for files that are read, as a compiler and a copy do: that
// is at most a warning. That all wait at once means that the machine gets nothing done.
let pressureSome = Metric(
    "pressure_some", "Pressure", unit: "percent", worse: .higherIsWorse, warning: 20,
    history: true,
    help: "Part of the last 10 s in which a task waited for memory (PSI some avg10).")
let pressureFull = Metric(
    "pressure_full", "Stalled", unit: "percent", worse: .higherIsWorse, warning: 10, critical: 40,
    help: "Part of the last 10 s in which all tasks waited for memory (PSI full avg10).")
let oomKills = Metric(
    "oom_kills", "OOM kills", unit: "count", kind: .counter,
    help: "Processes killed since boot for want of memory (oom_kill of /proc/vmstat).")
let oomRecent = Metric(
    "oom_kills_hour", "OOM kills, 1 h", unit: "count", worse: .higherIsWorse, warning: 1,
    help: "Processes killed for want of memory in the last hour that this widget watched.")

let scopeMetric = Metric(
    "scope", "Scope", kind: .text,
    help: "\"container\" where the figures are those of the container that this runs in.")

let settingsOption = Option(
    "settings", .list, default: "vm.swappiness, vm.dirty_ratio",
    help: "Kernel settings to show, by their sysctl names.")
let tmpfsOption = Option(
    "tmpfs", .list, default: "auto",
    help:
        "tmpfs mounts to show: paths or patterns; \"auto\" leaves out those of sessions and containers."
)
let arcOption = Option(
    "zfs_arc_is_cache", .bool, default: "true",
    help: "Count what the ZFS cache can give back as available memory, as the kernel does not.")

let plugin = Plugin(
    id: "memory", name: "Memory", icon: "🐏", version: "1.0.0",
    summary: "Physical memory, swap, zram, tmpfs mounts, kernel settings and memory pressure.",
    metrics: [
        usedPercent, used, total, available, availableSource, cached, buffers, shared, dirty, arc, hugeTotal,
        hugeUsed, zswapData, zswapMemory, swapPercent, swapUsed, swapTotal, zramData, zramCompressed,
        zramMemory,
        zramSize, zramRatio, zramAlgorithm, zramUse, tmpfsPercent, tmpfsUsed, tmpfsSize, setting,
        pressureSome,
        pressureFull, oomKills, oomRecent, scopeMetric,
    ],
    options: [settingsOption, tmpfsOption, arcOption], documents: ["services"], keepsNoDocuments: true
) { machine, options throws(PluginError) in try MemoryWidget(machine, options) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }
