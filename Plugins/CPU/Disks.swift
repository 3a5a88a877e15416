import PluginKit

/// Selects the file systems that are shown.
struct Disks {
    private(set) var paths: [String] = []
    /// Paths of the layout that are not mounted.
    private(set) var missing: [String] = []

    private static let localTypes = [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "bcachefs", "f2fs", "jfs", "reiserfs", "nilfs2",
        "vfat",
        "exfat", "ntfs3", "hfsplus", "ufs",
    ]

    init() {}

    init(_ wanted: [String], _ machine: Machine) {
        guard !wanted.isEmpty else { return }
        let mounts = machine.mounts().sorted { $0.path.utf8.count < $1.path.utf8.count }
        if wanted.contains("auto") { addLocal(mounts) }
        for pattern in wanted where pattern != "auto" {
            var isFound = false
            for mount in mounts where matches(mount.path, pattern: pattern) {
                isFound = true
                if !paths.contains(mount.path) { paths.append(mount.path) }
            }
            let isPattern = pattern.utf8.contains { $0 == 0x2a || $0 == 0x3f || $0 == 0x5b }
            if !isFound && !isPattern { missing.append(pattern) }
        }
        paths.sort()
    }

    /// Adds one mount of each disk, the one with the shortest path, so that bind mounts and subvolumes do not count
    /// twice. Datasets of a ZFS pool share its space and count as one too.
    private mutating func addLocal(_ mounts: [Mount]) {
        var seen: [String] = []
        for mount in mounts {
            let isRoot = mount.path == "/"
            guard isRoot || Self.localTypes.contains(mount.type) && !Self.isInner(mount.path) else {
                continue
            }
            let identity = mount.type == "zfs" ? mount.source.split(on: UInt8(ascii: "/"))[0] : mount.device
            guard !seen.contains(identity) else { continue }
            seen.append(identity)
            paths.append(mount.path)
        }
    }

    /// Whether a mount belongs to a container or a service.
    private static func isInner(_ path: String) -> Bool {
        let inner = [
            "/etc/", "/proc/", "/sys/", "/dev/", "/run/docker/", "/run/containerd/", "/run/credentials/",
            "/var/lib/docker/", "/var/lib/containers/", "/var/lib/kubelet/", "/snap/", "/usr/lib/wsl/",
        ]
        return inner.contains { path.after($0) != nil }
    }
}
