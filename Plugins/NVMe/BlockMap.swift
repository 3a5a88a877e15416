import PluginKit

/// Finds the drives below a block device, through partitions, LVM, LUKS, multipath and software RAID.
struct BlockMap {
    /// A block device, and the number of its bytes that store one byte of the device above it.
    typealias Share = (block: String, fraction: Double)

    private let machine: Machine
    private var numbers: [String: String] = [:]
    private var folders: [String: String] = [:]
    private var parents: [String: [Share]] = [:]
    private var mapped: [String: String] = [:]

    init(_ machine: Machine) {
        self.machine = machine
        let blocks = machine.names(in: "/sys/block")
        for block in blocks {
            add(block, at: "/sys/block/" + block)
            for part in machine.names(in: "/sys/block/" + block) where part.hasPrefix(block) {
                add(part, at: "/sys/block/\(block)/\(part)")
                parents[part] = [(block, 1)]
            }
            if let name = machine.text("/sys/block/\(block)/dm/name")?.trimmed { mapped[name] = block }
        }
        for block in blocks {
            let slaves = machine.names(in: "/sys/block/\(block)/slaves")
            if !slaves.isEmpty { parents[block] = shares(of: block, among: slaves) }
        }
    }

    /// Bytes used by file systems on each whole block device.
    func used(on drives: Set<String>) -> [String: Double] {
        var (used, seen): ([String: Double], Set<String>) = ([:], [])
        // "fuseblk" is served by a program, but from a block device of this machine.
        for mount in machine.mounts() where !mount.isRemote || mount.type == "fuseblk" {
            let (key, shares) = place(of: mount)
            guard shares.contains(where: { drives.contains($0.block) }), seen.insert(key).inserted,
                let usage = machine.usage(at: mount.path)
            else { continue }
            for share in shares { used[share.block, default: 0] += usage.used * share.fraction }
        }
        return used
    }

    /// The drives below a mounted file system, and a key that all mounts of one file system have in common.
    private func place(of mount: Mount) -> (key: String, shares: [Share]) {
        switch mount.type {
        case "btrfs": return btrfs(mount)
        case "bcachefs": return bcachefs(mount)
        default: break
        }
        let shares = shares(ofNumber: mount.device)
        if !shares.isEmpty { return (mount.device, shares) }
        // A file system on several devices has a number of its own and names one or all of them.
        let names = named(in: mount.source)
        return (mount.device, weighted(names, by: 1).flatMap(below))
    }

    /// The block devices in "/dev/sdb:/dev/mapper/data".
    private func named(in source: String) -> [String] {
        source.split(on: UInt8(ascii: ":")).filter { $0.hasPrefix("/dev/") }
            .map { path in path.after("/dev/mapper/").flatMap { mapped[$0] } ?? lastPart(path) }
            .filter { folders[$0] != nil }
    }

    private func below(_ share: Share) -> [Share] {
        leaves(below: share.block, depth: 0).map { ($0.block, $0.fraction * share.fraction) }
    }

    /// bcachefs counts every copy as used, and fills its devices in proportion to their sizes. A mount may name one
    /// device of several.
    private func bcachefs(_ mount: Mount) -> (key: String, shares: [Share]) {
        let written = named(in: mount.source)
        let source = lastPart(mount.source.after("UUID=") ?? mount.source)
        for pool in machine.names(in: "/sys/fs/bcachefs") {
            let folder = "/sys/fs/bcachefs/" + pool
            let members = machine.names(in: folder).filter { $0.hasPrefix("dev-") }.compactMap { device in
                (machine.link("\(folder)/\(device)/block") ?? machine.text("\(folder)/\(device)/block")).map {
                    lastPart($0.trimmed)
                }
            }
            if pool == source || members.contains(where: written.contains) {
                return (pool, weighted(members.filter { folders[$0] != nil }, by: 1).flatMap(below))
            }
        }
        return (mount.device, weighted(written, by: 1).flatMap(below))
    }

    private mutating func add(_ name: String, at folder: String) {
        folders[name] = folder
        if let number = machine.text(folder + "/dev")?.trimmed { numbers[number] = name }
    }

    private func size(_ name: String) -> Double {
        folders[name].flatMap { machine.number($0 + "/size") } ?? 0
    }

    private func shares(of block: String, among slaves: [String]) -> [Share] {
        let folder = "/sys/block/" + block
        // The members are paths to one drive.
        if machine.text(folder + "/dm/uuid")?.hasPrefix("mpath-") == true { return [(slaves[0], 1)] }
        let own = size(block)
        if let kibibytes = machine.number(folder + "/md/component_size"), kibibytes > 0, own > 0 {
            // Holds for all RAID levels: a mirror's member has the size of the array, a stripe's a part of it.
            return slaves.map { ($0, min(1, kibibytes * 2 / own)) }
        }
        let images = slaves.filter { contains(machine.text("/sys/block/\($0)/dm/name") ?? "", "_rimage_") }
        if !images.isEmpty && own > 0 { return images.map { ($0, min(1, size($0) / own)) } }
        return weighted(slaves, by: 1)
    }

    /// Splits by size, where the location of each byte is not known.
    private func weighted(_ names: [String], by factor: Double) -> [Share] {
        let sizes = names.map(size)
        let total = sizes.reduce(0, +)
        return names.indices.map { index in
            (names[index], factor * (total > 0 ? sizes[index] / total : 1 / Double(names.count)))
        }
    }

    private func shares(ofNumber number: String) -> [Share] {
        numbers[number].map { leaves(below: $0, depth: 0) } ?? []
    }

    private func leaves(below name: String, depth: Int) -> [Share] {
        guard depth < 16, let parents = parents[name] else { return [(name, 1)] }
        return parents.flatMap { parent in
            leaves(below: parent.block, depth: depth + 1).map { ($0.block, $0.fraction * parent.fraction) }
        }
    }

    /// btrfs has no device number; all its subvolumes share one pool of drives.
    private func btrfs(_ mount: Mount) -> (key: String, shares: [Share]) {
        let written = mount.source.after("/dev/mapper/").flatMap { mapped[$0] } ?? lastPart(mount.source)
        guard folders[written] != nil else { return (mount.source, []) }
        for pool in machine.names(in: "/sys/fs/btrfs") {
            let members = machine.names(in: "/sys/fs/btrfs/\(pool)/devices")
            guard members.contains(written) else { continue }
            let profiles = machine.names(in: "/sys/fs/btrfs/\(pool)/allocation/data")
            let shares = weighted(members, by: Self.copies(profiles, members: Double(members.count)))
            return (
                pool, shares.flatMap(below)
            )
        }
        return (mount.source, leaves(below: written, depth: 0))
    }

    /// The number of bytes that btrfs stores for one byte of a file.
    private static func copies(_ profiles: [String], members: Double) -> Double {
        if profiles.contains("raid1c4") { return 4 }
        if profiles.contains("raid1c3") { return 3 }
        if profiles.contains("raid1") || profiles.contains("raid10") || profiles.contains("dup") { return 2 }
        if profiles.contains("raid5") && members > 1 { return members / (members - 1) }
        if profiles.contains("raid6") && members > 2 { return members / (members - 2) }
        return 1
    }
}
