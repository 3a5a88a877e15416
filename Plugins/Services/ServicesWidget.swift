import PluginJSON
import PluginKit

final class ServicesWidget: Widget {
    private let machine: Machine
    private let choice: Choice
    private let groups: ControlGroups
    private let systemd: Systemd
    private let processes: Processes
    private let disks: DiskCounter
    private let firstProcess: String
    private var meters: [Meter] = []

    /// Seconds between two readings of limits, which change only when somebody edits them.
    private static let limitEvery = 10.0

    init(_ machine: Machine, _ choice: Choice) {
        self.machine = machine
        self.choice = choice
        groups = ControlGroups(machine)
        systemd = Systemd(choice, groups)
        processes = Processes(machine, choice)
        disks = DiskCounter(machine, every: choice.diskEvery)
        firstProcess = machine.text("/proc/1/comm")?.trimmed ?? ""
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        guard let services = try services(tick) else {
            emitProcesses(tick, into: sink)
            return
        }
        emitSummary(
            running: services.reduce(0) { $0 + ($1.isActive ? 1 : 0) }, total: Double(services.count),
            worst: services.reduce(.auto) { Status.worse($0, $1.verdict.status) }, into: sink)
        if choice.countsDisk { countDisks(of: services, tick) }
        meters = services.map { service in
            meters.first { $0.group == service.controlGroup && $0.unit == service.unit }
                ?? Meter(unit: service.unit, group: service.controlGroup)
        }
        var uncounted = 0
        for (place, service) in services.enumerated() {
            emit(service, tick, into: sink)
            guard service.isActive && !service.controlGroup.isEmpty else { continue }
            // A service without a process, such as an exited one, has no use to count.
            if !emitUse(of: service, &meters[place], tick, into: sink) && service.pid != nil {
                uncounted += 1
            }
        }
        note(services, uncounted: uncounted, into: sink)
    }

    /// The selected services; nil on a machine without systemd.
    private func services(_ tick: Tick) throws(PluginError) -> [Service]? {
        if machine.isCaptured {
            guard let captured = try CapturedUnits(machine) else { return nil }
            return choice.units.isEmpty
                ? captured.services.failedAndLargest(choice.limit) { groups.memory(of: $0.controlGroup) }
                : captured.matching(choice.units)
        }
        guard Systemd.isRunning else { return nil }
        try systemd.update(tick)
        return systemd.services
    }

    // MARK: Services

    private func emitSummary(running: Double, total: Double, worst: Status, into sink: Sink) {
        let text = Format.number(running, unit: "count") + "/" + Format.number(total, unit: "count")
        sink.emit(Measure.summary, text, status: worst)
        sink.emit(Measure.running, running)
        sink.emit(Measure.total, total)
    }

    private func emit(_ service: Service, _ tick: Tick, into sink: Sink) {
        let (name, verdict) = (service.name, service.verdict)
        let hasRestarted = service.hasRestarted(within: choice.restartWindow, at: tick.unixSeconds)
        sink.emit(Measure.state, verdict.word, of: name, status: verdict.status)
        sink.emit(Measure.restarts, service.restarts, of: name, status: hasRestarted ? .warning : .auto)
        sink.emit(Measure.since, service.since.map { max(tick.unixSeconds - $0, 0) }, of: name)
        sink.emit(Measure.pid, service.pid, of: name)
        if !service.description.isEmpty && service.description != service.unit {
            sink.emit(Measure.description, service.description, of: name)
        }
        emitDisk(of: name, into: sink)
    }

    /// Emits the resources of a service; returns false where the kernel does not count them.
    private func emitUse(of service: Service, _ meter: inout Meter, _ tick: Tick, into sink: Sink) -> Bool {
        let (name, group) = (service.name, service.controlGroup)
        let time = groups.cpuTime(of: group)
        sink.emit(Measure.cpu, meter.cpu(time, at: tick.seconds), of: name)
        guard let memory = groups.memory(of: group) else { return false }
        sink.emit(Measure.memory, memory, of: name)
        if tick.seconds >= meter.limitDue || tick.isRefresh {
            meter.limit = groups.memoryLimit(of: group)
            meter.limitDue = tick.seconds + Self.limitEvery
        }
        if let limit = meter.limit, limit > 0 {
            sink.emit(Measure.memoryLimit, limit, of: name)
            let contents = groups.contents(of: group)
            let cache = contents?.droppable ?? 0
            // The counters are read one after the other, so that the cache may seem a little larger than all.
            if contents?.isIncomplete != true, cache <= memory * 1.1 {
                sink.emit(Measure.memoryPercent, 100 * max(memory - cache, 0) / limit, of: name)
            }
        }
        return true
    }

    private func note(_ services: [Service], uncounted: Int, into sink: Sink) {
        if services.isEmpty {
            sink.note(.unknown, noMatch)
        } else if uncounted > 0 {
            sink.note(
                .auto,
                groups.trouble
                    ?? "memory of \(uncounted) of \(services.count) services is not counted; set MemoryAccounting=yes"
            )
        }
    }

    private var noMatch: String {
        "no service matches \(choice.units.joined(separator: ", ")); correct `units`"
    }

    // MARK: Disk use

    private func countDisks(of services: [Service], _ tick: Tick) {
        disks.watch(
            services.filter { $0.isFound }.map { service in
                let asked = choice.paths(of: service.name)
                return DiskCounter.Wanted(
                    service: service.name, paths: service.directories + asked, isAsked: !asked.isEmpty)
            })
        disks.update(tick)
    }

    private func emitDisk(of name: String, into sink: Sink) {
        let quota = choice.quota(of: name)
        sink.emit(Measure.diskQuota, quota, of: name)
        guard choice.countsDisk, let use = disks.use(of: name) else { return }
        sink.emit(Measure.disk, use.bytes, of: name)
        if let shortfall = use.shortfall {
            sink.emit(Measure.diskCount, shortfall, of: name, status: use.status)
        }
        // An incomplete count gives no percentage, unless it exceeds the quota already.
        if let quota, use.bytes.isFinite, !use.isPartial || use.bytes >= quota {
            sink.emit(Measure.diskPercent, 100 * use.bytes / quota, of: name)
        }
    }

    override func draw(_ view: WidgetView, on canvas: Canvas) { Picture(view, canvas).draw() }

    // MARK: Documents

    override func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        let served = try ServedServices(document)
        let remarks = served.remarks
        guard !served.services.isEmpty else {
            if remarks.note == nil { throw .unavailable("\(document.host) reports no services") }
            return sink.note(remarks)
        }
        let services = served.services.filter { choice.isWanted($0.name) }
        emitSummary(
            running: services.reduce(0) { $0 + ($1.isRunning ? 1 : 0) }, total: Double(services.count),
            worst: services.reduce(served.contradiction) { Status.worse($0, $1.verdict.status) }, into: sink)
        for service in services.prefix(ServedServices.most) { service.emit(choice, into: sink) }
        if services.isEmpty {
            remarks.add(.unknown, noMatch)
        } else if services.count > ServedServices.most {
            remarks.add(
                .unknown,
                "only the first \(ServedServices.most) of \(services.count) services are shown;"
                    + " name fewer in `units`")
        }
        sink.note(remarks)
    }

    // MARK: Processes

    private func emitProcesses(_ tick: Tick, into sink: Sink) {
        processes.update(tick)
        let groups = processes.groups
        let isChosen = !choice.processes.isEmpty
        let verdicts = groups.map { $0.verdict }
        emitSummary(
            running: groups.reduce(0) { $0 + ($1.count > 0 ? 1 : 0) }, total: Double(groups.count),
            worst: verdicts.reduce(.auto) { Status.worse($0, $1.status) }, into: sink)
        if choice.countsDisk {
            disks.watch(
                groups.map {
                    DiskCounter.Wanted(service: $0.name, paths: choice.paths(of: $0.name), isAsked: true)
                })
            disks.update(tick)
        }
        for (group, verdict) in zip(groups, verdicts) {
            let name = group.name
            sink.emit(Measure.state, verdict.word, of: name, status: verdict.status)
            if group.count > 0 {
                sink.emit(Measure.since, processes.age(of: group), of: name)
                sink.emit(Measure.cpu, processes.cpu(of: group), of: name)
                sink.emit(Measure.memory, group.memory, of: name)
                sink.emit(Measure.pid, group.pid, of: name)
                sink.emit(Measure.processes, group.count, of: name)
            }
            emitDisk(of: name, into: sink)
        }
        let reason = firstProcess.isEmpty ? "PID 1 is not known" : "PID 1 is \(firstProcess)"
        let shown = isChosen ? "processes by name" : "the largest processes"
        sink.note(.auto, "no systemd on this machine (\(reason)): \(shown) instead of services")
    }
}

/// The counters of a service that are kept from one collect to the next.
private struct Meter {
    let unit: String
    let group: String
    var limit: Double?
    var limitDue = -Double.infinity
    private var time = Double.nan
    private var readAt = 0.0

    init(unit: String, group: String) {
        self.unit = unit
        self.group = group
    }

    /// Percent of one core since the last call; nil at the first call and after the counter was reset.
    mutating func cpu(_ now: Double?, at seconds: Double) -> Double? {
        let (before, elapsed) = (time, seconds - readAt)
        time = now ?? .nan
        readAt = seconds
        guard let now, now >= before, elapsed > 0 else { return nil }
        return 100 * (now - before) / elapsed
    }
}
