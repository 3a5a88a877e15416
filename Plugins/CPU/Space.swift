import PluginKit

/// What is known of one file system that is shown.
struct Space {
    let instance: String
    let usage: Usage?
    let metadataPercent: Double?
    /// What is wrong with it; nil: nothing that the kernel tells of.
    let trouble: Trouble?

    struct Trouble {
        let word: String
        let status: Status
    }

    init(_ place: Disks.Place, _ datasets: Datasets, _ machine: Machine) {
        let mount = place.mount
        let btrfs = Btrfs(mount, machine)
        instance = "fs:" + mount.path
        usage = Self.usage(place, datasets, machine)
        metadataPercent = btrfs?.metadataPercent
        trouble =
            usage == nil ? Trouble(word: "unreadable", status: .unknown) : Self.trouble(mount, btrfs, machine)
    }

    /// A subvolume that is shown for its own limit.
    init(subvolume mount: Mount, _ usage: Usage) {
        instance = "fs:" + mount.path
        self.usage = usage
        (metadataPercent, trouble) = (nil, nil)
    }

    private static func usage(_ place: Disks.Place, _ datasets: Datasets, _ machine: Machine) -> Usage? {
        guard place.mount.isDataset else { return machine.usage(at: place.mount.path) }
        if let known = datasets.usage(of: place) { return known }
        guard let first = machine.usage(at: place.mount.path) else { return nil }
        guard place.sharers.count > 1 else { return first }
        // Each tells of its own files alone, and all take from the same space.
        let used = place.sharers.reduce(0) { $0 + (machine.usage(at: $1.path)?.used ?? 0) }
        return Usage(used: used, available: first.available)
    }

    private static func trouble(_ mount: Mount, _ btrfs: Btrfs?, _ machine: Machine) -> Trouble? {
        // Nobody has asked for this: the kernel stops writing after an error.
        if mount.isReadOnly && mount.options.contains("rw") {
            return Trouble(word: "read-only", status: .critical)
        }
        if let missing = btrfs?.missing, missing > 0 {
            return Trouble(
                word: missing == 1 ? "device missing" : "\(missing) devices missing", status: .critical)
        }
        if mount.type.hasPrefix("ext"), let block = machine.blockName(of: mount.source),
            let errors = Quantity.count.possible(machine.number("/sys/fs/ext4/\(block)/errors_count")),
            errors > 0
        {
            return Trouble(word: "errors", status: .warning)
        }
        return nil
    }
}
