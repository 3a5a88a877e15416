import PluginKit

/// The state of what keeps file systems on several drives: Linux' software RAID and the pools of ZFS.
struct StorageArray {
    /// "md0", or "pool:tank".
    let name: String
    let word: String
    let status: Status

    /// All arrays of the machine.
    static func all(_ machine: Machine) -> [StorageArray] {
        let blocks = machine.names(in: "/sys/block").filter { $0.hasPrefix("md") }
        return blocks.compactMap { raid($0, machine) } + pools(machine)
    }

    // MARK: Software RAID

    /// The array of a block device; nil where none is assembled, and for a container of arrays, which holds no data.
    private static func raid(_ block: String, _ machine: Machine) -> StorageArray? {
        let folder = "/sys/block/\(block)/md"
        guard let state = machine.text(folder + "/array_state")?.trimmed, state != "clear" else { return nil }
        let format = machine.text(folder + "/metadata_version")?.trimmed ?? ""
        if let external = format.after("external:"), !external.hasPrefix("/") { return nil }
        let level = machine.text(folder + "/level")?.trimmed ?? ""
        let verdict = raidVerdict(state)
        guard verdict.status == .ok else {
            return StorageArray(name: block, word: verdict.word, status: verdict.status)
        }
        let action = machine.text(folder + "/sync_action")?.trimmed ?? "idle"
        let absent = Quantity.count.possible(machine.number(folder + "/degraded")) ?? 0
        guard absent > 0 else {
            return StorageArray(name: block, word: action == "idle" ? verdict.word : action, status: .ok)
        }
        let disks =
            machine.number(folder + "/raid_disks").map { " of " + Format.number($0, unit: "count") } ?? ""
        let word = "degraded, " + Format.number(absent, unit: "count") + disks + " missing"
        if action == "recover" {
            return StorageArray(name: block, word: word + ", recovering", status: .warning)
        }
        let isLast = absent >= spares(level, disks: machine.number(folder + "/raid_disks"))
        return StorageArray(name: block, word: word, status: isLast ? .critical : .warning)
    }

    /// The states of md, by family: those that begin with "active", "clean" and "read" work.
    private static func raidVerdict(_ state: String) -> (word: String, status: Status) {
        if ["clean", "active", "write-pending", "read-auto"].contains(where: { state.hasPrefix($0) }) {
            return (state == "clean" ? "clean" : "active", .ok)
        }
        if state.hasPrefix("readonly") || state.hasPrefix("suspended") { return (state, .warning) }
        if state.hasPrefix("inactive") || state.hasPrefix("broken") { return (state, .critical) }
        return (state.isEmpty ? "unknown" : state, .unknown)
    }

    /// The drives that a level can lose.
    private static func spares(_ level: String, disks: Double?) -> Double {
        switch level {
        case "raid6": 2
        case "raid1": max((disks ?? 2) - 1, 1)
        default: 1
        }
    }

    // MARK: ZFS

    private static func pools(_ machine: Machine) -> [StorageArray] {
        let folder = "/proc/spl/kstat/zfs"
        return machine.names(in: folder).compactMap { pool in
            guard let state = machine.text("\(folder)/\(pool)/state")?.trimmed else { return nil }
            let status: Status =
                switch state {
                case "ONLINE": .ok
                case "DEGRADED": .warning
                case "FAULTED", "UNAVAIL", "SUSPENDED", "REMOVED", "OFFLINE", "CANT_OPEN", "SPLIT": .critical
                default: .unknown
                }
            return StorageArray(name: "pool:" + pool, word: state.isEmpty ? "unknown" : state, status: status)
        }
    }
}
