import PluginKit

/// The processes with one name, for machines without systemd.
struct ProcessGroup {
    let name: String
    var count = 0.0
    var memory = 0.0
    /// CPU seconds so far of the processes that exist.
    var cpuTime = 0.0
    /// Seconds from boot to the start of the oldest process.
    var started = Double.infinity
    var pid = 0.0
    var zombies = 0.0
}

/// The processes of a machine by name, from /proc/PID/stat.
struct ProcessTable {
    private(set) var groups: [ProcessGroup] = []

    /// Length to which the kernel cuts a name in /proc/PID/stat.
    private static let shortName = 15
    /// Clock ticks per second and bytes per page, which are the same on all supported machines.
    private static let (ticks, page) = (100.0, 4096.0)

    init(_ machine: Machine) {
        for pid in machine.names(in: "/proc") {
            guard let number = Double(text: pid), var process = Self.process(pid, machine) else { continue }
            if process.name.utf8.count >= Self.shortName, let full = Self.fullName(pid, machine) {
                process = process.renamed(full)
            }
            add(process, pid: number)
        }
    }

    private mutating func add(_ process: ProcessGroup, pid: Double) {
        guard let place = groups.firstIndex(where: { $0.name == process.name }) else {
            var group = process
            group.pid = pid
            groups.append(group)
            return
        }
        groups[place].count += 1
        groups[place].memory += process.memory
        groups[place].cpuTime += process.cpuTime
        groups[place].zombies += process.zombies
        if process.started < groups[place].started {
            groups[place].started = process.started
            groups[place].pid = pid
        }
    }

    /// nil for a process that has ended, and for kernel threads.
    private static func process(_ pid: String, _ machine: Machine) -> ProcessGroup? {
        var result: ProcessGroup?
        try? machine.readBytes("/proc/\(pid)/stat") { bytes in result = parse(bytes) }
        return result
    }

    /// Parses `pid (name) state ppid …`. The name may contain any character, so it ends at the last ")".
    static func parse(_ bytes: UnsafeRawBufferPointer) -> ProcessGroup? {
        guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
            let close = bytes.lastIndex(of: UInt8(ascii: ")")),
            open < close
        else { return nil }
        let name = String(
            decoding: UnsafeRawBufferPointer(rebasing: bytes[(open + 1)..<close]), as: UTF8.self)
        var rest = Scanner(UnsafeRawBufferPointer(rebasing: bytes[(close + 1)...]))
        guard let state = rest.word() else { return nil }
        var group = ProcessGroup(name: name)
        group.count = 1
        group.zombies = state == "Z" || state == "X" ? 1 : 0
        var size: Double? = 0
        // Fields are numbered as in proc(5), where the state is 3.
        for field in 4...24 {
            let known = rest.number()
            // The process is there, whatever else is said of it.
            guard let value = Quantity.count.possible(known) else {
                if known == nil, rest.word() == nil { return nil }
                if field == 23 { size = nil }
                continue
            }
            switch field {
            case 14, 15: group.cpuTime += value / ticks
            case 22: group.started = value / ticks
            case 23: size = value
            case 24: group.memory = value * page
            default: break
            }
        }
        // No memory and no zombie: a kernel thread.
        return size ?? group.memory == 0 && group.zombies == 0 ? nil : group
    }

    /// The file name of the program, if the kernel's name is its beginning.
    private static func fullName(_ pid: String, _ machine: Machine) -> String? {
        guard let line = machine.text("/proc/\(pid)/cmdline"),
            let program = line.split(on: 0).first?.split(on: UInt8(ascii: "/")).last?.words.first
        else { return nil }
        return program
    }
}

extension ProcessGroup {
    /// Returns the group with another name, if the current one is a shortened form of it.
    func renamed(_ full: String) -> ProcessGroup {
        guard full.hasPrefix(name) else { return self }
        var copy = ProcessGroup(name: full)
        (copy.count, copy.memory, copy.cpuTime) = (count, memory, cpuTime)
        (copy.started, copy.pid, copy.zombies) = (started, pid, zombies)
        return copy
    }

    var verdict: ServiceHealth {
        if count == 0 { return ServiceHealth(word: "not running", status: .warning) }
        if zombies == count { return ServiceHealth(word: "zombie", status: .warning) }
        return ServiceHealth(word: "running", status: .ok)
    }
}

/// Scans the processes from time to time, since reading all of /proc is too expensive for every tick.
final class Processes {
    private let machine: Machine
    private let choice: Choice
    private var scannedAt = -Double.infinity
    private var uptime = 0.0
    private(set) var groups: [ProcessGroup] = []
    /// CPU percent of one core since the previous scan, by name.
    private var rates: [(name: String, percent: Double)] = []

    private static let every = 10.0

    init(_ machine: Machine, _ choice: Choice) {
        self.machine = machine
        self.choice = choice
    }

    func update(_ tick: Tick) {
        let elapsed = tick.seconds - scannedAt
        guard elapsed >= Self.every || tick.isRefresh else { return }
        let before = groups
        uptime = machine.text("/proc/uptime")?.words.first.flatMap { Double(text: $0) } ?? 0
        groups = choose(from: ProcessTable(machine).groups)
        scannedAt = tick.seconds
        rates = []
        guard elapsed.isFinite, elapsed > 0 else { return }
        for group in groups {
            // Where a process has ended, its time is missing in the sum, so there is no rate.
            guard let old = before.first(where: { $0.name == group.name }), old.count > 0,
                group.count >= old.count,
                group.cpuTime >= old.cpuTime
            else { continue }
            rates.append((group.name, 100 * (group.cpuTime - old.cpuTime) / elapsed))
        }
    }

    func cpu(of group: ProcessGroup) -> Double? { rates.first { $0.name == group.name }?.percent }

    func age(of group: ProcessGroup) -> Double? {
        group.count > 0 && group.started.isFinite && uptime > 0 ? max(uptime - group.started, 0) : nil
    }

    private func choose(from all: [ProcessGroup]) -> [ProcessGroup] {
        guard !choice.processes.isEmpty else {
            let ranked = all.sorted { $0.memory > $1.memory || $0.memory == $1.memory && $0.name < $1.name }
            return Array(ranked.prefix(choice.limit))
        }
        var chosen: [ProcessGroup] = []
        for pattern in choice.processes {
            let found = all.filter { matches($0.name, pattern: pattern) }.sorted { $0.name < $1.name }
            for group in found where !chosen.contains(where: { $0.name == group.name }) {
                chosen.append(group)
            }
            if found.isEmpty && !Choice.isPattern(pattern) { chosen.append(ProcessGroup(name: pattern)) }
        }
        return chosen
    }
}
