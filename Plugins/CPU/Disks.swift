import PluginKit

/// Selects the file systems that are shown.
struct Disks {
    /// A file system at the mount point where it is shown.
    struct Place {
        let mount: Mount
        /// The mounts of a ZFS pool that take from the same space; else this mount alone.
        let sharers: [Mount]
        /// Whether no smaller limit than the room of the ZFS pool holds for it.
        var isWholePool = false
    }

    private(set) var places: [Place] = []
    /// Paths of the layout that are not mounted.
    private(set) var missing: [String] = []
    /// What holds files and is not looked at, with the reason: "/net/backup (nfs4)".
    private(set) var leftOut: [String] = []
    /// Subvolumes of btrfs that a quota group limits.
    private(set) var limited: [(mount: Mount, usage: Usage)] = []

    init() {}

    init(_ wanted: [String], _ machine: Machine) {
        guard !wanted.isEmpty else { return }
        let mounts = Self.shortestFirst(machine.mounts())
        if wanted.contains("auto") { addLocal(mounts, machine) }
        for pattern in wanted where pattern != "auto" {
            var isFound = false
            for mount in mounts where matches(mount.path, pattern: pattern) {
                isFound = true
                if !shows(mount.path) { places.append(Place(mount: mount, sharers: [mount])) }
            }
            let isPattern = pattern.utf8.contains { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }
            if !isFound && !isPattern { missing.append(pattern) }
        }
        places.sort { $0.mount.path < $1.mount.path }
    }

    private func shows(_ path: String) -> Bool { places.contains { $0.mount.path == path } }

    /// Short paths first, of equally short ones that of a whole file system.
    private static func shortestFirst(_ mounts: [Mount]) -> [Mount] {
        func rank(_ mount: Mount) -> Int { 2 * mount.path.utf8.count + (mount.root == "/" ? 0 : 1) }
        return mounts.sorted { left, right in
            rank(left) < rank(right) || rank(left) == rank(right) && left.path < right.path
        }
    }

    /// Adds one mount of each local file system, so that bind mounts and subvolumes do not count twice.
    private mutating func addLocal(_ mounts: [Mount], _ machine: Machine) {
        var (seen, datasets): ([String], [Mount]) = ([], [])
        for mount in mounts {
            let isRoot = mount.path == "/"
            guard isRoot || !Self.isInner(mount.path) else { continue }
            if mount.isDataset {
                datasets.append(mount)
            } else if !isRoot && !mount.isOnBlockDevice {
                if mount.isRemote { leftOut.append("\(mount.path) (\(mount.type))") }
            } else if seen.contains(mount.device) || seen.contains(mount.source) {
                addSubvolume(mount, machine)
            } else {
                // Without its number a file system is known by what is mounted.
                seen.append(mount.device.isEmpty ? mount.source : mount.device)
                if Self.isImage(mount, machine) {
                    leftOut.append("\(mount.path) (\(mount.type), read-only)")
                } else {
                    places.append(Place(mount: mount, sharers: [mount]))
                }
            }
        }
        for pool in Self.pools(of: datasets) { addDatasets(Self.outermostFirst(pool), machine) }
    }

    /// Whether the file system is an image that was made full, as of a snap, a live system or an immutable root:
    /// it cannot fill up.
    private static func isImage(_ mount: Mount, _ machine: Machine) -> Bool {
        mount.isReadOnly && machine.usage(at: mount.path)?.isWithoutFree == true
    }

    /// Adds a further subvolume where a limit of its own holds for it.
    private mutating func addSubvolume(_ mount: Mount, _ machine: Machine) {
        guard let usage = Btrfs(mount, machine)?.limitedUsage(of: mount),
            !limited.contains(where: { $0.mount.superOptions == mount.superOptions })
        else { return }
        limited.append((mount, usage))
    }

    private static func pools(of datasets: [Mount]) -> [[Mount]] {
        var pools: [(name: String, mounts: [Mount])] = []
        for mount in datasets {
            let name = Datasets.pool(of: mount)
            if let place = pools.firstIndex(where: { $0.name == name }) {
                pools[place].mounts.append(mount)
            } else {
                pools.append((name, [mount]))
            }
        }
        return pools.map { $0.mounts }
    }

    /// The root of the machine, then the datasets that others are part of.
    private static func outermostFirst(_ pool: [Mount]) -> [Mount] {
        func rank(_ mount: Mount) -> Int { mount.path == "/" ? 0 : mount.source.utf8.count }
        return pool.sorted { rank($0) < rank($1) }
    }

    /// Adds the datasets of one pool: one for all that share its free space, and one for each smaller limit, such as
    /// a quota that holds for a dataset and those below it.
    private mutating func addDatasets(_ pool: [Mount], _ machine: Machine) {
        var groups: [(available: Double, mounts: [Mount])] = []
        for mount in pool {
            guard let free = machine.usage(at: mount.path)?.available else { continue }
            if let place = groups.firstIndex(where: { Self.isSame($0.available, free) }) {
                groups[place].mounts.append(mount)
            } else {
                groups.append((free, [mount]))
            }
        }
        groups.sort { $0.available > $1.available }
        guard let first = groups.first else {
            if let mount = pool.first { places.append(Place(mount: mount, sharers: [mount])) }
            return
        }
        let read = groups.flatMap { $0.mounts }
        places.append(Place(mount: first.mounts[0], sharers: read, isWholePool: true))
        for group in groups.dropFirst() {
            places.append(Place(mount: group.mounts[0], sharers: group.mounts))
        }
    }

    /// Whether two figures of free space are of the same space, which changes while it is looked at.
    private static func isSame(_ one: Double, _ other: Double) -> Bool {
        abs(one - other) <= 0.01 * max(one, other)
    }

    /// Whether a mount belongs to a container or a service.
    private static func isInner(_ path: String) -> Bool {
        let inner = [
            "/etc/", "/proc/", "/sys/", "/dev/", "/run/docker/", "/run/containerd/", "/run/credentials/",
            "/run/user/", "/var/lib/docker/", "/var/lib/containers/", "/var/lib/kubelet/", "/var/lib/lxcfs",
            "/snap/", "/usr/lib/wsl/",
        ]
        return inner.contains { path.after($0) != nil }
    }
}
