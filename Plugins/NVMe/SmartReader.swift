import PluginJSON
import PluginKit

/// Queries every drive with smartctl in the background.
///
/// A round is a scan and one query for each drive, at most eight at the same time. `advance` starts what is due,
/// reads the output that has arrived, and returns at once; only the first call waits a little.
final class SmartReader {
    /// All devices that may be drives, some of which are the same.
    private var drives: [Drive] = []
    /// The drives, each once.
    private(set) var roster: [Roster.Entry] = []
    private(set) var virtualDisks: [String] = []
    /// Why smartctl's scan failed; nil: it did not.
    private(set) var scanProblem: String?
    private(set) var isMissing = false
    /// Whether there are drives, but the options select none of them.
    private(set) var hidesAll = false

    private let machine: Machine
    private let program: [String]
    private let timeout: Double
    private let period: Double
    private let wakes: Bool
    private let wants: (Drive) -> Bool

    private var listed: [(path: String, type: String)] = []
    private var hasScanned = false
    private var round = 0
    private var scan: Command?
    private var waiting: [Drive] = []
    private var running: [(drive: Drive, command: Command)] = []
    /// Answers of other drives than those that were at the same devices before.
    private var moved: [(drive: Drive, answer: SmartAnswer)] = []
    private var nextRound = -Double.infinity
    private var names = Roster.Names()
    /// Unix time of this tick.
    private var now = 0.0

    private static let mostChildren = 8
    /// The first collect waits at most this many times 5 ms, so that a single snapshot is complete.
    private static let firstPatience = 140

    init(_ machine: Machine, _ options: Options, wants: @escaping (Drive) -> Bool) throws(PluginError) {
        self.machine = machine
        self.wants = wants
        program = options.list(Setting.command).filter { !$0.isEmpty }
        timeout = options.number(Setting.timeout)
        period = options.number(Setting.smartEvery)
        wakes = options.flag(Setting.wake)
        if program.isEmpty { throw .invalid("command names no program: set command = \"smartctl\"") }
    }

    /// Whether a scan or a query has not ended.
    var isBusy: Bool { scan != nil || !waiting.isEmpty || !running.isEmpty }

    /// Advances all queries; returns true where a new round has begun, in which /sys was read again.
    func advance(_ tick: Tick, isFirst: Bool) -> Bool {
        now = tick.unixSeconds
        let isDue = !isBusy && (tick.seconds >= nextRound || tick.isRefresh)
        if isDue {
            if tick.isRefresh { for drive in drives { drive.nextRound = 0 } }
            nextRound = tick.seconds + period
            begin()
        }
        takeAnswers()
        if isFirst && hasControllers {
            for _ in 0..<Self.firstPatience where isBusy {
                _ = (scan ?? running.first?.command)?.wait(upTo: 0.005)
                takeAnswers()
            }
        }
        roster = Roster(drives, names: &names).entries
        return isDue
    }

    /// Whether there are storage controllers. Without any, as in most virtual machines, smartctl rarely finds a
    /// drive, so its scan is not waited for.
    var hasControllers: Bool {
        !drives.isEmpty || machine.isCaptured || !machine.names(in: "/sys/class/scsi_host").isEmpty
            || !machine.names(in: "/sys/class/nvme").isEmpty
    }

    private func begin() {
        round += 1
        isMissing = false
        scanProblem = nil
        merge()
        do throws(PluginError) {
            scan = try Command(program + ["--scan", "-j"], timeout: timeout, on: machine)
        } catch {
            isMissing = error.outcome == .unavailable
            scanProblem = error.sentence
            guard isMissing else { return ask() }
            for drive in drives {
                drive.report = nil
                drive.problem = nil
            }
            return
        }
        // Drives of the last round need not wait for the new list.
        if hasScanned { ask() }
    }

    private func takeAnswers() {
        if let answer = scan?.poll() {
            scan = nil
            readScan(answer)
            merge()
            ask()
        }
        var index = 0
        while index < running.count {
            if let result = running[index].command.poll() {
                let drive = running.remove(at: index).drive
                take(SmartAnswer(result, path: drive.path, timeout: timeout), of: drive)
            } else {
                index += 1
            }
            startMore()
        }
        startMore()
        guard !isBusy else { return }
        for (drive, answer) in moved { answer.apply(to: drive, at: now) }
        moved = []
    }

    /// Another drive than before has probably changed its place with one that has not answered. Both are shown at the
    /// end of the round, so that neither gets the other's name.
    private func take(_ answer: SmartAnswer, of drive: Drive) {
        if answer.isOther(than: drive) {
            moved.append((drive, answer))
        } else {
            answer.apply(to: drive, at: now)
        }
    }

    private func readScan(_ answer: CommandResult) {
        let call = program.joined(separator: " ") + " --scan"
        guard !answer.isTimedOut else {
            let patience = Format.significant(timeout) + " s"
            scanProblem =
                "\(call) gave no answer within \(patience): the drives shown are those in /sys/block"
            return
        }
        guard !answer.output.trimmed.isEmpty else {
            let reason = answer.errorOutput.lines.first.map { ": " + $0 } ?? ""
            scanProblem = "\(call) answered nothing (exit status \(answer.status)\(reason))"
            return
        }
        do throws(PluginError) {
            let json = try JSON(answer.output, from: call)
            guard json.isObject else { throw .failed("\(call) answered JSON that is not an object") }
            listed = (json["devices"]?.elements ?? []).compactMap { device in
                guard let path = device["name"]?.text, path.hasPrefix("/dev/") else { return nil }
                return (path, device["type"]?.text ?? "")
            }
            hasScanned = true
        } catch {
            scanProblem = error.sentence
        }
    }

    /// Merges the drives of /sys with smartctl's list, which also has drives behind RAID controllers.
    private func merge() {
        let inventory = Inventory(machine)
        var found = inventory.drives
        virtualDisks = inventory.virtualDisks
        for entry in listed { Self.add(entry, to: &found) }
        for (index, drive) in found.enumerated() {
            guard let old = predecessor(of: drive) else { continue }
            // A drive with a running query keeps its object until the query has ended.
            if old.isAsked && old.path == drive.path && old.type == drive.type {
                found[index] = old
            } else {
                drive.inherit(from: old)
            }
        }
        drives = found.filter(wants).sorted { isOrdered($0.name, before: $1.name) }
        hidesAll = drives.isEmpty && !found.isEmpty
    }

    /// The same drive in the last round, whose values a device that has taken over its path does not get. What /sys
    /// says is compared with what it said, since a USB bridge has a model of its own there.
    private func predecessor(of drive: Drive) -> Drive? {
        let isMoved = { (old: Drive) in
            old.isMember == drive.isMember && old.identity.isSame(as: drive.identity)
        }
        return drives.first { $0.name == drive.name && !$0.identity.isOther(than: drive.identity) }
            ?? drives.first(where: isMoved)
    }

    private static func add(_ entry: (path: String, type: String), to drives: inout [Drive]) {
        let name = String(entry.path.dropFirst(5))
        // "scsi" is only the transport; with it a SATA drive would not give its SMART data.
        let type = entry.type == "scsi" || entry.type == "ata" ? "" : entry.type
        if contains(type, ",") {
            let member = Drive(name: "\(name) \(type)", path: entry.path, kind: nil)
            member.type = type
            member.host = entry.path.after("/dev/bus/")
            if !drives.contains(where: { $0.name == member.name }) { drives.append(member) }
            return
        }
        let isSame = { (drive: Drive) in
            drive.path == entry.path || drive.otherPaths.contains(entry.path) || drive.name == name
                || drive.blocks.contains(name)
        }
        if let drive = drives.first(where: isSame) {
            if !type.isEmpty { drive.type = type }
            return
        }
        let isNVMe = name.hasPrefix("nvme")
        let drive = Drive(name: name, path: entry.path, kind: isNVMe ? "NVMe" : nil)
        drive.mayRotate = !isNVMe
        drive.type = type
        drives.append(drive)
    }

    private func ask() {
        for drive in drives where drive.hasSMART && !drive.isAsked && drive.nextRound <= round {
            drive.isAsked = true
            // A drive that hangs is queried ever more rarely, since each query may leave a process that cannot be
            // killed.
            drive.nextRound = round + min(1 << min(drive.hangs, 6), 60)
            waiting.append(drive)
        }
        startMore()
    }

    private func startMore() {
        while running.count < Self.mostChildren, !waiting.isEmpty {
            let drive = waiting.removeFirst()
            do throws(PluginError) {
                running.append((drive, try query(drive)))
            } catch {
                drive.report = nil
                drive.problem = Drive.Problem(reason: .failed, sentence: "\(drive.path): \(error.sentence)")
                drive.isAsked = false
            }
        }
    }

    /// Starts smartctl, which must not wake a drive that sleeps.
    private func query(_ drive: Drive) throws(PluginError) -> Command {
        let last = (drive.type.isEmpty ? [] : ["-d", drive.type]) + [drive.path]
        let plain = program + ["-j", "-a"]
        guard drive.mayRotate && !wakes else {
            return try Command(plain + last, timeout: timeout, on: machine)
        }
        do throws(PluginError) {
            return try Command(plain + ["-n", "standby"] + last, timeout: timeout, on: machine)
        } catch {
            // A captured machine may have the answer to the call without it, and nothing there can be woken.
            guard machine.isCaptured else { throw error }
            return try Command(plain + last, timeout: timeout, on: machine)
        }
    }
}
