import PluginKit

let nameMetric = Metric(
    "name", "Name", kind: .text, lasting: true, help: "The GPU's name, by its driver or the list of PCI ids.")
let stateMetric = Metric(
    "state", "State", kind: .state,
    help:
        "ok, asleep (runtime suspended, not woken), passed through, or what is wrong with it or unknown of it."
)
let loadMetric = Metric(
    "load", "Load", unit: "percent", history: true, headline: true,
    help: "Time in which the GPU was busy: NVML, gpu_busy_percent, or what is left of the idle state RC6.")
let memoryMetric = Metric(
    "memory", "Memory", unit: "percent", worse: .higherIsWorse, warning: 90, critical: 98, history: true,
    headline: true, help: "Memory of the card in use; of an APU with what it may use of the machine's.")
let memoryUsedMetric = Metric("memory_used", "Used", unit: "bytes", help: "Memory of the card in use.")
let memoryTotalMetric = Metric("memory_total", "Total", unit: "bytes", help: "Memory of the card.")
let temperatureMetric = Metric(
    "temperature", "Temp", unit: "celsius", worse: .higherIsWorse, warning: 85, critical: 95, history: true,
    headline: true, help: "Temperature of the GPU; critical also from temperature_limit on.")
let temperatureLimitMetric = Metric(
    "temperature_limit", "Throttles at", unit: "celsius",
    help: "Temperature at which the card slows itself down.")
let powerMetric = Metric("power", "Power", unit: "watts", history: true, help: "What the card draws.")
let powerLimitMetric = Metric("power_limit", "Power limit", unit: "watts", help: "What the card may draw.")
let fanMetric = Metric("fan", "Fan", unit: "percent", help: "Speed of the fan, of its largest.")
let clockMetric = Metric("clock", "Clock", unit: "hertz", help: "Clock of the graphics engine.")
let clockLimitMetric = Metric(
    "clock_limit", "Clock limit", unit: "hertz", help: "Largest clock of the graphics engine.")
let memoryClockMetric = Metric(
    "memory_clock", "Memory clock", unit: "hertz", help: "Clock of the card's memory.")
let throttleMetric = Metric(
    "throttle", "Slowed by", kind: .state,
    help: "Why NVIDIA's driver keeps the clocks low: none, power limit, heat, power brake, hardware.")
let correctedMetric = Metric(
    "ecc_corrected", "ECC corrected", unit: "count",
    help: "Memory errors that ECC corrected since the driver was loaded (NVIDIA).")
let uncorrectedMetric = Metric(
    "ecc_uncorrected", "ECC uncorrected", unit: "count",
    help: "Memory errors that ECC could not correct since the driver was loaded (NVIDIA); the first warns.")
let remappedMetric = Metric(
    "remapped_rows", "Remapped rows", unit: "count",
    help: "Rows of memory replaced by spare ones; warning: some wait for a reset; critical: none was left.")
let leftOutMetric = Metric(
    "left_out", "Left out", kind: .text,
    help: "Graphics adapters and accelerators of the machine that are not measured; stands at the first GPU.")
let driverMetric = Metric(
    "driver", "Driver", kind: .text, help: "Kernel driver and, for NVIDIA, its version.")

let libraryOption = Option(
    "nvml_library", .text, default: "",
    help: "NVIDIA's libnvidia-ml.so.1 where it lies in no usual place.")

let plugin = Plugin(
    id: "gpu", name: "GPU", icon: "🎮", version: "1.0.0",
    summary: "Load, memory, temperature and power of NVIDIA, AMD and Intel GPUs.",
    metrics: [
        nameMetric, stateMetric, loadMetric, memoryMetric, memoryUsedMetric, memoryTotalMetric,
        temperatureMetric, temperatureLimitMetric, powerMetric, powerLimitMetric, fanMetric, clockMetric,
        clockLimitMetric,
        memoryClockMetric, throttleMetric, correctedMetric, uncorrectedMetric, remappedMetric, driverMetric,
        leftOutMetric,
    ],
    options: [libraryOption], documents: ["services"], keepsNoDocuments: true
) { machine, options throws(PluginError) in GPUWidget(machine, options) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }
