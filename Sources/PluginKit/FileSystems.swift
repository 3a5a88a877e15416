import CPosix

/// One line of /proc/self/mountinfo.
public struct Mount {
    /// "major:minor" of the device, as in /sys/dev/block; "" where the kernel's text is none.
    public let device: String
    /// The folder of the file system that is mounted: "/" for all of it, else a bind mount's or subvolume's.
    public let root: String
    /// Where it is mounted, with the kernel's escapes resolved.
    public let path: String
    /// "ext4", "nfs4", "fuse.sshfs", ….
    public let type: String
    /// The mounted device or export, with the kernel's escapes resolved.
    public let source: String
    /// Options of this mount.
    public let options: [String]
    /// Options of the file system, which all its mounts share.
    public let superOptions: [String]

    /// Whether the kernel reads the file system from block devices, of which a machine has it whatever its type. An
    /// anonymous device (major 0) has one that lies on several (btrfs, bcachefs), and all that lie on none.
    public var isOnBlockDevice: Bool {
        // Without its number nobody knows whether the file system is shown already.
        if device.isEmpty { return false }
        if !device.hasPrefix("0:") { return true }
        // A FUSE program may name anything as its source; with a block device of its own it is "fuseblk", which has
        // that device's number.
        return !isFUSE && (source.hasPrefix("/dev/") || source.hasPrefix("UUID=")) && type != "devtmpfs"
    }

    /// Whether the file system is on a network or served by a FUSE program, so that a call on it may block.
    public var isRemote: Bool {
        guard !isOnBlockDevice else { return false }
        let types = [
            "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "ceph", "glusterfs", "afs", "lustre", "sshfs",
        ]
        // Exports are written "host:/path" or "//host/share".
        return isFUSE || types.contains(type) || source.hasPrefix("//") || Self.isExport(source)
    }

    /// Whether the file system is one of ZFS, and not a snapshot of one that is looked at.
    public var isDataset: Bool { type == "zfs" && !source.utf8.contains(UInt8(ascii: "@")) }

    /// Whether nothing can be written to the file system through any of its mounts.
    public var isReadOnly: Bool { superOptions.contains("ro") }

    private var isFUSE: Bool { type == "fuse" || type.hasPrefix("fuse.") }

    private static func isExport(_ source: String) -> Bool {
        let bytes = Array(source.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, colon + 1 < bytes.count else {
            return false
        }
        return bytes[colon + 1] == UInt8(ascii: "/") && bytes[0] != UInt8(ascii: "/")
    }
}

/// The space of a file system in bytes, counted as df(1) does.
public struct Usage {
    /// Size of the file system.
    public let size: Double
    /// Used bytes.
    public let used: Double
    /// Bytes available to an unprivileged user.
    public let available: Double
    /// Used inodes in percent; nil where the file system creates inodes as needed.
    public let inodePercent: Double?

    /// A usage of space alone.
    public init(used: Double, available: Double) {
        self.init(size: used + available, used: used, available: available, inodePercent: nil)
    }

    init(size: Double, used: Double, available: Double, inodePercent: Double?) {
        (self.size, self.used, self.available) = (size, used, available)
        self.inodePercent = Quantity.percent.possible(inodePercent)
    }

    /// Used bytes in percent of the bytes that an unprivileged user can have: df's "Use%".
    public var percent: Double { used + available > 0 ? 100 * used / (used + available) : 0 }

    /// Whether there is not one free block, not even one kept for root: what is read from an image.
    public var isWithoutFree: Bool { used >= size }
}

extension Machine {
    /// The mounted file systems, from /proc/self/mountinfo. A mount that a later one at the same path hides is left
    /// out.
    public func mounts() -> [Mount] {
        var mounts: [Mount] = []
        for line in (text("/proc/self/mountinfo") ?? "").lines {
            // 36 35 98:0 /root /mountpoint options - type source superoptions
            let words = line.words
            guard words.count > 9, let dash = words.firstIndex(of: "-"), dash + 2 < words.count else {
                continue
            }
            let path = Self.unescaped(words[4])
            let comma = UInt8(ascii: ",")
            mounts.removeAll { $0.path == path }
            mounts.append(
                Mount(
                    device: Self.device(words[2]), root: Self.unescaped(words[3]), path: path,
                    type: words[dash + 1],
                    source: Self.unescaped(words[dash + 2]), options: words[5].split(on: comma),
                    superOptions: dash + 3 < words.count ? words[dash + 3].split(on: comma) : []))
        }
        return mounts
    }

    /// The number of a device if it can be one (12 and 20 bits), else "".
    private static func device(_ text: String) -> String {
        let parts = text.split(on: UInt8(ascii: ":")).compactMap { Double(text: $0) }
        return parts.count == 2 && (0..<4096).contains(parts[0]) && (0..<1_048_576).contains(parts[1])
            ? text : ""
    }

    /// Whether lxcfs stands in for a file of /proc, so that it tells of the container alone.
    public func isProvidedByLXCFS(_ path: String) -> Bool {
        mounts().contains { $0.path == path && $0.type == "fuse.lxcfs" }
    }

    /// The name of a block device in /sys/class/block, of its path or of a link to it; nil for what is none.
    public func blockName(of source: String) -> String? {
        guard source.hasPrefix("/dev/") else { return nil }
        if let mapped = source.after("/dev/mapper/") {
            for name in names(in: "/sys/block")
            where name.hasPrefix("dm-") && text("/sys/block/\(name)/dm/name")?.trimmed == mapped {
                return name
            }
        }
        return (resolve(source) ?? source).split(on: UInt8(ascii: "/")).last
    }

    /// The space of the file system mounted at `path`, from statvfs(3); nil where it cannot be read and where it
    /// is impossible. On a captured machine it comes from `commands/df`, the output of
    /// `df -B1 --output=size,used,avail,target` (or `…,avail,itotal,iused,target`).
    public func usage(at path: String) -> Usage? {
        if isCaptured { return capturedUsage(at: path) }
        var usage = cposix_usage()
        guard cposix_usage_of(path, &usage) == 0 else { return nil }
        return Self.usage(
            size: usage.size, used: usage.used, available: usage.available, inodes: usage.inodes,
            inodesUsed: usage.inodes_used)
    }

    private static func usage(
        size: Double, used: Double, available: Double, inodes: Double?, inodesUsed: Double?
    ) -> Usage? {
        guard Quantity.capacity.possible(size) != nil, used >= 0, used <= size, available >= 0,
            available <= size
        else { return nil }
        var inodePercent: Double?
        // A file system that makes inodes as it needs them states 0 or the largest number.
        if let inodes = Quantity.inodes.possible(inodes), inodes > 0, let inodesUsed, inodesUsed >= 0,
            inodesUsed <= inodes
        {
            inodePercent = 100 * inodesUsed / inodes
        }
        return Usage(size: size, used: used, available: available, inodePercent: inodePercent)
    }

    private func capturedUsage(at path: String) -> Usage? {
        for line in (text("/commands/df") ?? "").lines {
            let words = line.words
            // The target is the last column, and may have blanks in it.
            guard let target = words.firstIndex(where: { $0.hasPrefix("/") }), target == 3 || target == 5,
                words[target...].joined(separator: " ") == path, let size = Double(text: words[0]),
                let used = Double(text: words[1]), let available = Double(text: words[2])
            else { continue }
            return Self.usage(
                size: size, used: used, available: available,
                inodes: target == 5 ? Double(text: words[3]) : nil,
                inodesUsed: target == 5 ? Double(text: words[4]) : nil)
        }
        return nil
    }

    /// Resolves the octal escapes that the kernel writes for blanks and other characters, such as \040.
    private static func unescaped(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var (result, index): ([UInt8], Int) = ([], 0)
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count,
                bytes[(index + 1)...(index + 3)].allSatisfy({ $0.isDigit })
            {
                let octal = bytes[(index + 1)...(index + 3)].reduce(0) { $0 * 8 + Int($1 - 48) }
                result.append(UInt8(truncatingIfNeeded: octal))
                index += 4
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
