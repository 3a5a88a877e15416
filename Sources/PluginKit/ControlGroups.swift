/// The resources that control groups use and may use: version 2, or the controllers of version 1 on machines that
/// have them. A group is named by its path below the root ("/system.slice/ssh.service"), the root itself by "".
public struct ControlGroups {
    private let machine: Machine
    private let version: Version

    private enum Version { case one, two, none }
    private static let root = "/sys/fs/cgroup"

    /// Looks which version is mounted.
    public init(_ machine: Machine) {
        self.machine = machine
        if machine.exists(Self.root + "/cgroup.controllers") {
            version = .two
        } else if machine.exists(Self.root + "/memory") || machine.exists(Self.root + "/cpuacct") {
            version = .one
        } else {
            version = .none
        }
    }

    /// Why there are no values, in one sentence; nil: there are.
    public var trouble: String? {
        version == .none
            ? "\(machine.root)\(Self.root): no control groups there, so CPU and memory of services are not known; "
                + "mount cgroup2 at \(Self.root)" : nil
    }

    /// Bytes charged to a group, file cache included.
    public func memory(of group: String) -> Double? {
        switch version {
        case .two: memory(in: Self.root + group + "/memory.current")
        case .one: memory(in: Self.root + "/memory" + group + "/memory.usage_in_bytes")
        case .none: nil
        }
    }

    /// CPU time of a group so far, in seconds.
    public func cpuTime(of group: String) -> Double? {
        switch version {
        case .two:
            return value("usage_usec ", in: Self.root + group + "/cpu.stat").map { $0 / 1e6 }
        case .one:
            return number(Self.root + "/cpuacct" + group + "/cpuacct.usage").map { $0 / 1e9 }
        case .none: return nil
        }
    }

    /// The processors that a group may use at most, in whole and parts; nil: no limit.
    public func cpuLimit(of group: String) -> Double? {
        var quota, period: Double?
        switch version {
        case .two:
            // "50000 100000", or "max 100000".
            try? machine.readBytes(Self.root + group + "/cpu.max") { bytes in
                var text = Scanner(bytes)
                quota = text.number()
                period = text.number()
            }
        case .one:
            quota = number(Self.root + "/cpu" + group + "/cpu.cfs_quota_us")
            period = number(Self.root + "/cpu" + group + "/cpu.cfs_period_us")
        case .none: break
        }
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return quota / period
    }

    /// The memory limit in bytes: the hard one, else the one that slows the group down; nil: none.
    public func memoryLimit(of group: String) -> Double? {
        switch version {
        case .two:
            return memory(in: Self.root + group + "/memory.max")
                ?? memory(in: Self.root + group + "/memory.high")
        case .one:
            // Without a limit the file has the largest multiple of a page, which no memory is.
            return memory(in: Self.root + "/memory" + group + "/memory.limit_in_bytes")
        case .none: return nil
        }
    }

    /// Swap used, and its limit (nil: none); nil where version 1 or the kernel does not tell it apart from memory.
    public func swap(of group: String) -> (used: Double, limit: Double?)? {
        guard version == .two, let used = number(Self.root + group + "/memory.swap.current") else {
            return nil
        }
        return (used, number(Self.root + group + "/memory.swap.max"))
    }

    /// What the memory of a group holds.
    public struct Contents {
        /// File cache, without shared memory.
        public var cache = 0.0
        /// Shared memory and tmpfs, which can only be swapped out.
        public var shared: Double?
        /// Written, not yet on disk.
        public var dirty: Double?
        /// Kernel objects that can be freed.
        public var reclaimable = 0.0

        /// Whether the cache or what can be freed is not known, so that ``droppable`` is too little.
        public var isIncomplete = false

        public init() {}

        /// What the kernel frees before the limit hurts: a limit may be full of cache.
        public var droppable: Double { cache + reclaimable }
    }

    /// The contents of a group's memory; nil where the kernel does not count them.
    public func contents(of group: String) -> Contents? {
        var contents = Contents()
        var isKnown = false
        let prefix: StaticString = version == .one ? "total_" : ""
        let path = Self.root + (version == .one ? "/memory" : "") + group + "/memory.stat"
        try? machine.readBytes(path) { bytes in
            var text = Scanner(bytes)
            while var line = text.line() {
                // Version 1 has each counter twice: of the group alone, and with all below it.
                guard version == .two || line.skip(prefix) else { continue }
                if line.skip("inactive_file ") || line.skip("active_file ") {
                    let bytes = Quantity.memory.possible(line.number())
                    contents.cache += bytes ?? 0
                    if bytes == nil { contents.isIncomplete = true }
                    isKnown = true
                } else if line.skip("slab_reclaimable ") {
                    let bytes = Quantity.memory.possible(line.number())
                    contents.reclaimable = bytes ?? 0
                    if bytes == nil { contents.isIncomplete = true }
                } else if line.skip("shmem ") {
                    contents.shared = line.number()
                } else if line.skip("file_dirty ") || line.skip("file_writeback ") || line.skip("dirty ")
                    || line.skip("writeback ")
                {
                    contents.dirty = (contents.dirty ?? 0) + (line.number() ?? 0)
                }
            }
        }
        return isKnown ? contents : nil
    }

    /// Processes of a group that were killed for want of memory.
    public func kills(of group: String) -> Double? {
        switch version {
        case .two: value("oom_kill ", in: Self.root + group + "/memory.events")
        case .one: value("oom_kill ", in: Self.root + "/memory" + group + "/memory.oom_control")
        case .none: nil
        }
    }

    /// The pressure on "cpu", "memory" or "io" that the processes of a group feel; nil where the kernel does not
    /// report it.
    public func pressure(on resource: String, of group: String) -> Pressure? {
        version == .two ? machine.pressure(in: Self.root + group + "/" + resource + ".pressure") : nil
    }

    /// Whether the root of the visible groups is the group of a container: only a machine's own root has no
    /// `memory.max` and no `cpu.max`. In version 1 the root has both and cannot be told apart without a limit.
    public var isContainer: Bool {
        switch version {
        case .two:
            machine.exists(Self.root + "/memory.max") || machine.exists(Self.root + "/cpu.max")
                || machine.exists(Self.root + "/cgroup.type")
        case .one: memoryLimit(of: "") != nil || cpuLimit(of: "") != nil
        case .none: false
        }
    }

    /// The bytes of memory in a file; nil also for more than any machine has.
    private func memory(in path: String) -> Double? { Quantity.memory.possible(number(path)) }

    /// The number in a file; nil for a missing file, for "max", and for what no counter can hold.
    private func number(_ path: String) -> Double? {
        var result: Double?
        try? machine.readBytes(path) { bytes in
            var text = Scanner(bytes)
            result = text.number()
        }
        return Quantity.count.possible(result)
    }

    private func value(_ key: StaticString, in path: String) -> Double? {
        var result: Double?
        try? machine.readBytes(path) { bytes in
            var text = Scanner(bytes)
            while result == nil, var line = text.line() {
                if line.skip(key) { result = line.number() }
            }
        }
        return Quantity.count.possible(result)
    }
}
