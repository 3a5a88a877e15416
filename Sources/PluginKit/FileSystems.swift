import CPosix

/// One line of /proc/self/mountinfo.
public struct Mount {
    /// "major:minor" of the device, as in /sys/dev/block.
    public let device: String
    /// Where it is mounted, with the kernel's escapes resolved.
    public let path: String
    /// "ext4", "nfs4", "fuse.sshfs", ….
    public let type: String
    /// The mounted device or export, with the kernel's escapes resolved.
    public let source: String

    /// Whether the file system is on a network or served by a FUSE program, so that a call on it may block.
    public var isRemote: Bool {
        ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "afs", "sshfs"].contains(type)
            || type.hasPrefix("fuse")
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

    /// Used bytes in percent of the bytes that an unprivileged user can have: df's "Use%".
    public var percent: Double { used + available > 0 ? 100 * used / (used + available) : 0 }
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
            mounts.removeAll { $0.path == path }
            mounts.append(
                Mount(
                    device: words[2], path: path, type: words[dash + 1],
                    source: Self.unescaped(words[dash + 2])))
        }
        return mounts
    }

    /// The space of the file system mounted at `path`, from statvfs(3); nil where it cannot be read. On a captured
    /// machine it comes from `commands/df`, the output of `df -B1 --output=size,used,avail,target` (or
    /// `…,avail,itotal,iused,target`).
    public func usage(at path: String) -> Usage? {
        if isCaptured { return capturedUsage(at: path) }
        var usage = cposix_usage()
        guard cposix_usage_of(path, &usage) == 0, usage.size > 0 else { return nil }
        return Usage(
            size: usage.size, used: usage.used, available: usage.available,
            inodePercent: usage.inodes > 0 ? 100 * usage.inodes_used / usage.inodes : nil)
    }

    private func capturedUsage(at path: String) -> Usage? {
        for line in (text("/commands/df") ?? "").lines {
            let words = line.words
            guard words.count == 4 || words.count == 6, words[words.count - 1] == path,
                let size = Double(text: words[0]),
                let used = Double(text: words[1]), let available = Double(text: words[2])
            else { continue }
            var inodePercent: Double?
            if words.count == 6, let inodes = Double(text: words[3]), inodes > 0,
                let inodesUsed = Double(text: words[4])
            {
                inodePercent = 100 * inodesUsed / inodes
            }
            return Usage(size: size, used: used, available: available, inodePercent: inodePercent)
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
