import PluginKit

let stateMetric = Metric(
    "state", "State", kind: .state, headline: true,
    help: "How the backup stands: success, running, late, overdue, failed, no snapshot, unreadable, asking.")
let ageMetric = Metric(
    "age", "Age", unit: "seconds", headline: true, age: true,
    help:
        "Time since the last successful snapshot; without a repository, since the unit's last successful run."
)
let lastMetric = Metric("last", "Last", help: "Unix time of the last successful snapshot or run.")
let durationMetric = Metric(
    "duration", "Duration", unit: "seconds", history: true,
    help: "How long the last backup took, by the repository or else by its unit.")
let sizeMetric = Metric(
    "size", "Size", unit: "bytes", history: true, help: "What a restore of the last snapshot would write.")
let storedMetric = Metric(
    "stored", "Stored", unit: "bytes", history: true, rememberDays: 1000,
    help: "What all snapshots take in the repository, deduplicated and compressed.")
let addedMetric = Metric(
    "added", "Added", unit: "bytes", history: true, help: "What the last snapshot added to the repository.")
let snapshotsMetric = Metric("snapshots", "Snapshots", unit: "count", help: "Snapshots (archives) kept.")
let nextMetric = Metric("next", "Next", help: "Unix time of the next run, by the systemd timer.")
let resultMetric = Metric(
    "result", "Result", kind: .state, help: "Result of the unit's last run, by systemd.")
let runMetric = Metric("run", "Last run", help: "Unix time at which the unit's last run ended.")
let unitMetric = Metric("unit", "Unit", kind: .text, help: "The systemd service that makes the backup.")
let toolMetric = Metric("tool", "Tool", kind: .text, help: "restic, borg, borg2 or systemd.")
let locationMetric = Metric("location", "Location", kind: .text, help: "Where the repository is.")
let hostsMetric = Metric("hosts", "Hosts", kind: .text, help: "Hosts with snapshots in the repository.")
let pathsMetric = Metric("paths", "Paths", kind: .text, help: "What the last snapshot holds.")
let errorMetric = Metric(
    "error", "Error", kind: .text, help: "Why the repository or the unit could not be read.")
let checkedMetric = Metric(
    "checked", "Checked", unit: "seconds", help: "Age of the repository's last answer.")
let failureMetric = Metric(
    "last_failure", "Last failure", help: "Unix time of the last run that failed, where a host tells of it.")
let pendingMetric = Metric(
    "pending", "Pending", unit: "count", help: "Jobs that wait in the host's backup service.")
let serviceMetric = Metric(
    "service", "Service", kind: .state, help: "Whether the host's backup service is enabled.")
let messageMetric = Metric(
    "message", "Message", kind: .text, help: "What the host's backup service said last.")

let repositoriesOption = Option(
    "repositories", .list, default: "",
    help:
        "Repositories as \"restic:LOCATION\", \"borg:LOCATION\", \"borg2:LOCATION\" or \"NAME=restic:LOCATION\"."
)
let passwordFileOption = Option(
    "password_file", .list, default: "",
    help: "Files that hold a password: \"/path\" for all repositories, \"NAME=/path\" for one.")
let passwordCommandOption = Option(
    "password_command", .list, default: "",
    help: "Commands that print a password: \"pass show backup\" for all repositories, \"NAME=…\" for one.")
let environmentFileOption = Option(
    "environment_file", .list, default: "",
    help:
        "Files of KEY=VALUE lines for restic or borg: \"/path\" for all repositories, \"NAME=/path\" for one."
)
let unitsOption = Option(
    "units", .list, default: "",
    help: "systemd services or timers of the backups: \"restic.timer\" or \"NAME=restic.service\".")
let freshOption = Option(
    "fresh", .duration, default: "26h", range: 60...1e9, help: "A last snapshot older than this is a warning."
)
let overdueOption = Option(
    "overdue", .duration, default: "0", range: 0...2e9,
    help: "A last snapshot older than this is critical; 0: twice `fresh`.")
let freshForOption = Option(
    "fresh_for", .list, default: "", help: "`fresh` of single repositories: \"NAME=8d\".")
let checkEveryOption = Option(
    "check_every", .duration, default: "10m", range: 10...86400, help: "How often a repository is asked.")
let statsEveryOption = Option(
    "stats_every", .duration, default: "6h", range: 60...1e7,
    help: "How often sizes are computed anew; also after each new snapshot.")

let plugin = Plugin(
    id: "backup", name: "Backup Status", icon: "💾", version: "1.0.0",
    summary: "Backups by restic, borg and systemd: last run, size, count, next run.",
    metrics: [
        stateMetric, ageMetric, lastMetric, durationMetric, sizeMetric, storedMetric, addedMetric,
        snapshotsMetric,
        nextMetric, resultMetric, runMetric, unitMetric, toolMetric, locationMetric, hostsMetric, pathsMetric,
        errorMetric, checkedMetric, failureMetric, pendingMetric, serviceMetric, messageMetric,
    ],
    options: [
        repositoriesOption, passwordFileOption, passwordCommandOption, environmentFileOption, unitsOption,
        freshOption, overdueOption, freshForOption, checkEveryOption, statsEveryOption,
    ],
    documents: ["backups"], keepsNoDocuments: true
) { machine, options throws(PluginError) in try BackupWidget(machine, options) }

@_cdecl("cm_plugin_entry_v1")
public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }
