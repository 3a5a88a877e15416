import CPosix

/// One line of /proc/self/mountinfo.
public struct Mount {
    /// "major:minor" of the device, as in /sys/dev/block.
    public let device: String
    public let path: String
    public let type: String
    public let source: String

    /// On a network, or served by a program: asking it may hang.
    public var isRemote: Bool {
        ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "afs", "sshfs"].contains(type)
            || type.hasPrefix("fuse")
    }
}

/// How full a file system is, in bytes as df(1) counts them.
public struct Usage {
    public let size: Double
    public let used: Double
    public let available: Double
    /// Used part of the inodes, in percent; nil where the file system makes them as needed.
    public let inodePercent: Double?

    /// Of what an ordinary user can have, in percent: df's "Use%".
    public var percent: Double { used + available > 0 ? 100 * used / (used + available) : 0 }
}

extension Machine {
    /// What is mounted. A later mount over the same place hides an earlier one.
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

    /// How full the file system mounted at a path is. A captured machine answers from `commands/df`, the
    /// output of `df -B1 --output=size,used,avail,target` (or `…,avail,itotal,iused,target`).
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

    /// The kernel writes blanks in paths as \040.
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
