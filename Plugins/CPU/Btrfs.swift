import PluginKit

/// What limits a btrfs file system beside the space that statvfs(3) tells, from /sys/fs/btrfs.
struct Btrfs {
    private let machine: Machine
    private let folder: String

    /// Finds the file system of a mount by one of its devices; nil where the kernel does not tell of it.
    init?(_ mount: Mount, _ machine: Machine) {
        guard mount.type == "btrfs", let block = machine.blockName(of: mount.source) else { return nil }
        let pools = "/sys/fs/btrfs/"
        guard
            let pool = machine.names(in: pools).first(where: {
                machine.names(in: pools + $0 + "/devices").contains(block)
            })
        else { return nil }
        self.machine = machine
        folder = pools + pool
    }

    /// Used part of the metadata, in percent of what it can have: what is set aside for it, and what no kind of
    /// data has yet. When that is used up nothing can be written nor deleted, however much room df tells of. The
    /// global reserve counts as used, as it is kept for deleting.
    var metadataPercent: Double? {
        let metadata = folder + "/allocation/metadata"
        guard let used = machine.number(metadata + "/bytes_used"),
            let total = Quantity.capacity.possible(machine.number(metadata + "/total_bytes")),
            let onDisk = Quantity.capacity.possible(machine.number(metadata + "/disk_total")), let unallocated
        else { return nil }
        let reserve = machine.number(folder + "/allocation/global_rsv_size") ?? 0
        let can = total + unallocated / max(onDisk / total, 1)
        return Quantity.percent.possible(min(100 * (used + reserve) / can, 100))
    }

    /// Bytes of all devices that no kind of data has yet.
    private var unallocated: Double? {
        var room = 0.0
        for name in machine.names(in: folder + "/devices") {
            guard let sectors = machine.number(folder + "/devices/" + name + "/size") else { return nil }
            room += sectors * 512
        }
        guard room > 0 else { return nil }
        for kind in ["data", "metadata", "system", "mixed"] {
            room -= machine.number("\(folder)/allocation/\(kind)/disk_total") ?? 0
        }
        return max(room, 0)
    }

    /// Devices that are missing.
    var missing: Int {
        machine.names(in: folder + "/devinfo").reduce(0) { count, name in
            count + (machine.number("\(folder)/devinfo/\(name)/missing") == 1 ? 1 : 0)
        }
    }

    /// The usage of a subvolume that has a limit of its own (a quota group); nil without one.
    func limitedUsage(of mount: Mount) -> Usage? {
        guard let id = mount.superOptions.compactMap({ $0.after("subvolid=") }).first else { return nil }
        let group = "\(folder)/qgroups/0_\(id)"
        guard let flags = machine.number(group + "/limit_flags").flatMap({ Int(exactly: $0) }),
            flags & 1 != 0,
            let used = machine.number(group + "/referenced"),
            let most = Quantity.capacity.possible(machine.number(group + "/max_referenced"))
        else { return nil }
        return Usage(used: min(used, most), available: max(most - used, 0))
    }
}
