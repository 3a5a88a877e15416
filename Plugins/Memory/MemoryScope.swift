import PluginKit

/// Whose memory the files of the kernel tell of. In a container some of them are the container's and some the host's,
/// and figures of the two are never added or compared.
struct MemoryScope {
    enum Kind {
        /// All of them are the machine's. A container without a limit has the machine's memory, too.
        case machine
        /// lxcfs stands in for /proc/meminfo; all else in /proc and /sys is the host's.
        case lxcfs
        /// The container's control group has a limit; /proc/meminfo is the host's.
        case group(limit: Double)
    }

    let kind: Kind
    let groups: ControlGroups

    /// `hostTotal` is the total of /proc/meminfo in bytes.
    init(_ machine: Machine, hostTotal: Double?) {
        groups = ControlGroups(machine)
        let isLXCFS = machine.isProvidedByLXCFS("/proc/meminfo")
        if let limit = Quantity.capacity.possible(groups.memoryLimit(of: "")), limit < hostTotal ?? .infinity
        {
            kind = .group(limit: limit)
        } else {
            kind = isLXCFS ? .lxcfs : .machine
        }
    }

    /// Whether the kernel's counters outside of /proc/meminfo are those of the memory that is shown.
    var isMachine: Bool { if case .machine = kind { true } else { false } }

    var word: String? { isMachine ? nil : "container" }

    /// What programs of the container have and can still get, from its control group; nil where that does not tell.
    func groupMemory(limit: Double) -> GroupMemory? {
        guard let charged = groups.memory(of: "") else { return nil }
        let contents = groups.contents(of: "") ?? ControlGroups.Contents()
        guard !contents.isIncomplete else { return nil }
        let used = min(max(charged - contents.droppable, 0), limit)
        return GroupMemory(total: limit, used: used, contents: contents)
    }

    /// Swap of the container; nil where it has none of its own.
    func groupSwap() -> Swaps.Area? {
        guard let swap = groups.swap(of: ""), let limit = Quantity.capacity.possible(swap.limit) else {
            return nil
        }
        var area = Swaps.Area()
        area.add(total: limit, used: min(swap.used, limit))
        return area
    }
}

/// The memory of a container.
struct GroupMemory {
    let total: Double
    let used: Double
    let contents: ControlGroups.Contents
    var available: Double { total - used }
}
