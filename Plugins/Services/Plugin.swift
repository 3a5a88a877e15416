import PluginKit

let plugin = Plugin(
    id: "services", name: "Services Status", icon: "🔧", version: "1.0.0",
    summary: "systemd's services: state, restarts, CPU, memory against its limit, disk use against a quota.",
    metrics: Measure.all, options: Setting.all, documents: ["services"], keepsNoDocuments: true
) { machine, options throws(PluginError) in ServicesWidget(machine, try Choice(options)) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }

/// The metrics: `summary`, `running` and `total` of the instance "", all others of each service.
enum Measure {
    static let summary = Metric(
        "summary", "Services", kind: .state, headline: true, help: "Services that run, of those shown: 7/8.")
    static let running = Metric(
        "running", "Running", unit: "count", help: "Services shown that are active.")
    static let total = Metric("total", "Total", unit: "count", help: "Services shown.")

    static let state = Metric(
        "state", "State", kind: .state,
        help: "systemd's state in one word; for a failed service also why it failed.")
    static let restarts = Metric(
        "restarts", "Restarts", unit: "count", kind: .counter,
        help: "How often systemd restarted it by itself; a warning for a while after each time.")
    static let since = Metric(
        "since", "Since", unit: "seconds",
        help: "How long it has been in its state, at the time of the snapshot.")
    static let cpu = Metric(
        "cpu", "CPU", unit: "percent", worse: .higherIsWorse, history: true,
        help: "CPU time used, in percent of one core, from the cgroup's cpu.stat.")
    static let memory = Metric(
        "memory", "Memory", unit: "bytes", worse: .higherIsWorse, history: true,
        help: "Memory charged to it, file cache included, from the cgroup's memory.current.")
    static let memoryLimit = Metric(
        "memory_limit", "Limit", unit: "bytes", help: "MemoryMax, or MemoryHigh where that alone is set.")
    static let memoryPercent = Metric(
        "memory_percent", "Memory use", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95,
        help: "Memory without the file cache that can be dropped at once, in percent of the limit.")
    static let disk = Metric(
        "disk", "Disk", unit: "bytes", worse: .higherIsWorse, history: true, rememberDays: 365,
        help: "Taken by its state, cache and logs directories and by those set in `paths`.")
    static let diskQuota = Metric(
        "disk_quota", "Quota", unit: "bytes", help: "What the layout's `quotas` grants it.")
    static let diskPercent = Metric(
        "disk_percent", "Disk use", unit: "percent", worse: .higherIsWorse, warning: 85, critical: 95,
        help: "Disk use in percent of the quota.")
    static let diskCount = Metric(
        "disk_count", "Disk count", kind: .state,
        help: "Why `disk` is less than all: it is still being counted, or a part cannot be read.")
    static let pid = Metric("pid", "PID", help: "Main process.")
    static let processes = Metric(
        "processes", "Processes", unit: "count", help: "Processes of that name, on machines without systemd.")
    static let description = Metric(
        "description", "Description", kind: .text, help: "The unit's own description.")

    static let all = [
        summary, running, total, state, restarts, since, cpu, memory, memoryLimit, memoryPercent, disk,
        diskQuota,
        diskPercent, diskCount, pid, processes, description,
    ]
}

/// The options of the plugin.
enum Setting {
    static let units = Option(
        "units", .list, default: "",
        help:
            "Services to show, by name or pattern (\"gitea\", \"cm-*\"); empty: all that failed and the largest."
    )
    static let limit = Option(
        "limit", .integer, default: "12", range: 1...500,
        help: "How many to show where `units` names none; failed ones are always shown.")
    static let processes = Option(
        "processes", .list, default: "",
        help: "Processes to show on a machine without systemd, by name or pattern; empty: those of `units`.")
    static let disk = Option("disk", .bool, default: "true", help: "Count the disk use of the services.")
    static let diskEvery = Option(
        "disk_every", .duration, default: "15m", range: 10...604_800,
        help: "Time between two counts of a service.")
    static let paths = Option(
        "paths", .list, default: "",
        help: "More directories of a service: \"gitea=/var/lib/gitea,/srv/git\".")
    static let quotas = Option(
        "quotas", .list, default: "", help: "How much disk a service may take: \"gitea=100G\".")
    static let restartWindow = Option(
        "restart_window", .duration, default: "10m", range: 0...604_800,
        help: "How long a restart that systemd made by itself is a warning.")

    static let all = [units, limit, processes, disk, diskEvery, paths, quotas, restartWindow]
}
