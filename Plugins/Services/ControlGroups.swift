import PluginKit

/// The resources that services use, from their control groups: version 2, or the controllers of version 1 on
/// machines that have them.
struct ControlGroups {
    private let machine: Machine
    private let version: Version

    private enum Version { case one, two, none }
    private static let root = "/sys/fs/cgroup"

    init(_ machine: Machine) {
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
    var trouble: String? {
        version == .none
            ? "\(machine.root)\(Self.root): no control groups there, so CPU and memory of services are not known; "
                + "mount cgroup2 at \(Self.root)" : nil
    }

    func memory(of group: String) -> Double? {
        switch version {
        case .two: number(Self.root + group + "/memory.current")
        case .one: number(Self.root + "/memory" + group + "/memory.usage_in_bytes")
        case .none: nil
        }
    }

    /// CPU time of a group so far, in seconds.
    func cpuTime(of group: String) -> Double? {
        switch version {
        case .two:
            return value("usage_usec ", in: Self.root + group + "/cpu.stat").map { $0 / 1e6 }
        case .one:
            return number(Self.root + "/cpuacct" + group + "/cpuacct.usage").map { $0 / 1e9 }
        case .none: return nil
        }
    }

    /// The memory limit in bytes: the hard one, else the one that slows the service down; nil: none.
    func memoryLimit(of group: String) -> Double? {
        switch version {
        case .two:
            return number(Self.root + group + "/memory.max") ?? number(Self.root + group + "/memory.high")
        case .one:
            // Without a limit the file has the largest multiple of a page.
            let limit = number(Self.root + "/memory" + group + "/memory.limit_in_bytes")
            return limit.flatMap { $0 < 4e18 ? $0 : nil }
        case .none: return nil
        }
    }

    /// File cache within `memory` that the kernel frees before the limit affects the service.
    func droppable(of group: String) -> Double? {
        switch version {
        case .two: value("inactive_file ", in: Self.root + group + "/memory.stat")
        case .one: value("total_inactive_file ", in: Self.root + "/memory" + group + "/memory.stat")
        case .none: nil
        }
    }

    /// The number in a file; nil for a missing file and for "max".
    private func number(_ path: String) -> Double? {
        var result: Double?
        try? machine.readBytes(path) { bytes in
            var text = Scanner(bytes)
            result = text.number()
        }
        return result
    }

    private func value(_ key: StaticString, in path: String) -> Double? {
        var result: Double?
        try? machine.readBytes(path) { bytes in
            var text = Scanner(bytes)
            while result == nil, var line = text.line() {
                if line.skip(key) { result = line.number() }
            }
        }
        return result
    }
}
