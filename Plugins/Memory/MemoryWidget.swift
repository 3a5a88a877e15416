import PluginJSON
import PluginKit

final class MemoryWidget: Widget {
    let machine: Machine
    let options: MemoryOptions
    private var slow = SlowValues()
    private var scope: MemoryScope?
    private var slowDue = -Double.infinity
    private var kills = OOMWatch()

    /// Seconds between two looks at mounts, devices and settings, which rarely change.
    private static let slowInterval = 10.0

    init(_ machine: Machine, _ options: Options) throws(PluginError) {
        self.machine = machine
        self.options = try MemoryOptions(options)
    }

    override func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {
        var info: MemoryInfo?
        try machine.readBytes("/proc/meminfo") { bytes in info = MemoryInfo(bytes) }
        if tick.seconds >= slowDue || tick.isRefresh {
            slow = SlowValues(machine, options)
            scope = MemoryScope(machine, hostTotal: info?.total)
            slow.oomKills = scope?.isMachine == false ? scope?.groups.kills(of: "") : slow.oomKills
            if let counter = slow.oomKills { slow.oomRecent = kills.recent(counter, at: tick.seconds) }
            slowDue = tick.seconds + Self.slowInterval
        }
        if let word = scope?.word { sink.emit(scopeMetric, word, of: "total") }
        if case .group(let limit) = scope?.kind, let own = scope?.groupMemory(limit: limit) {
            emitGroup(own, into: sink)
        } else {
            try emitPhysical(info, into: sink)
        }
        emitPressure(into: sink)
        emitSwap(info, into: sink)
        emitTmpfs(into: sink)
        for (name, value) in slow.settings {
            sink.emit(setting, value ?? "missing", of: name, status: value == nil ? .unknown : .auto)
        }
    }

    private func emitPhysical(_ info: MemoryInfo?, into sink: Sink) throws(PluginError) {
        guard let info, let all = info.total, let usable = info.usable else {
            throw .failed(
                "\(machine.root)/proc/meminfo: no usable MemTotal with MemAvailable or MemFree in it; check "
                    + "that /proc is mounted and not cut short")
        }
        var (rest, source) = usable
        let cache = cache(within: info)
        if let cache {
            rest = min(rest + cache.reclaimable, all)
            source += " + ZFS ARC above its minimum"
        }
        emit(total: all, available: rest, source, into: sink)
        let instance = "total"
        sink.emit(cached, info.droppable, of: instance)
        sink.emit(buffers, info.buffers, of: instance)
        sink.emit(shared, info.shared, of: instance)
        sink.emit(dirty, info.dirty.map { $0 + (info.writeback ?? 0) }, of: instance)
        sink.emit(arc, cache?.size, of: instance)
        if scope?.isMachine != false { emitSpecial(info, into: sink) }
    }

    /// The ZFS cache that is part of the memory that `info` tells of. A cache that is larger than all that is not free
    /// is another machine's.
    private func cache(within info: MemoryInfo) -> ZFSCache? {
        guard options.arcIsCache, slow.hasZFS, scope?.isMachine != false, let cache = ZFSCache(machine) else {
            return nil
        }
        let taken = (info.total ?? 0) - (info.free ?? 0)
        return cache.size <= taken ? cache : nil
    }

    private func emit(total all: Double, available rest: Double, _ source: String, into sink: Sink) {
        let instance = "total"
        sink.emit(usedPercent, 100 * (all - rest) / all, of: instance)
        sink.emit(used, all - rest, of: instance)
        sink.emit(total, all, of: instance)
        sink.emit(available, rest, of: instance)
        sink.emit(availableSource, source, of: instance)
    }

    private func emitGroup(_ own: GroupMemory, into sink: Sink) {
        emit(total: own.total, available: own.available, "control group", into: sink)
        sink.emit(cached, own.contents.droppable, of: "total")
        sink.emit(shared, own.contents.shared, of: "total")
        sink.emit(dirty, own.contents.dirty, of: "total")
    }

    /// Emits values that only some machines have.
    private func emitSpecial(_ info: MemoryInfo, into sink: Sink) {
        let instance = "total"
        if let pages = info.hugePages, pages > 0, let size = info.hugeSize {
            sink.emit(hugeTotal, pages * size, of: instance)
            sink.emit(hugeUsed, max(pages - (info.hugeFree ?? 0), 0) * size, of: instance)
        }
        if let data = info.zswapData, data > 0 {
            sink.emit(zswapData, data, of: instance)
            sink.emit(zswapMemory, info.zswapMemory, of: instance)
        }
    }

    /// Emits the pressure and kills of the memory that is shown.
    private func emitPressure(into sink: Sink) {
        let instance = "total"
        let isMachine = scope?.isMachine != false
        let pressure =
            isMachine ? machine.pressure(on: "memory") : scope?.groups.pressure(on: "memory", of: "")
        sink.emit(pressureSome, pressure?.some, of: instance)
        sink.emit(pressureFull, pressure?.full, of: instance)
        sink.emit(oomKills, slow.oomKills, of: instance)
        sink.emit(oomRecent, slow.oomRecent, of: instance)
    }

    private func emitSwap(_ info: MemoryInfo?, into sink: Sink) {
        switch scope?.kind {
        case .group:
            if let area = scope?.groupSwap() { emit(area, of: "total", into: sink) }
            return
        case .lxcfs:
            if let area = info?.swap { emit(area, of: "total", into: sink) }
            return
        case .machine, nil: break
        }
        var swaps: Swaps?
        try? machine.readBytes("/proc/swaps") { bytes in swaps = Swaps(bytes) }
        if let disk = swaps?.disk { emit(disk, of: "total", into: sink) }
        for name in slow.zramDevices {
            guard let device = Zram(name, on: machine) else { continue }
            sink.emit(zramData, device.data, of: name)
            sink.emit(zramCompressed, device.compressed, of: name)
            sink.emit(zramMemory, device.memory, of: name)
            sink.emit(zramSize, device.size, of: name)
            sink.emit(zramRatio, device.ratio, of: name)
            sink.emit(zramAlgorithm, device.algorithm, of: name)
            let area = swaps?.onZram(name)
            if let area { emit(area, of: name, into: sink) }
            let mount = slow.zramMounts.first { $0.name == name }?.path
            sink.emit(zramUse, area != nil ? "swap" : mount ?? "unused", of: name)
        }
    }

    private func emit(_ area: Swaps.Area, of instance: String, into sink: Sink) {
        sink.emit(swapPercent, area.percent, of: instance)
        sink.emit(swapUsed, area.used, of: instance)
        sink.emit(swapTotal, area.total, of: instance)
    }

    private func emitTmpfs(into sink: Sink) {
        for path in slow.tmpfs {
            guard let usage = machine.usage(at: path), usage.size > 0 else { continue }
            let instance = "tmpfs:" + path
            sink.emit(tmpfsPercent, usage.percent, of: instance)
            sink.emit(tmpfsUsed, usage.used, of: instance)
            sink.emit(tmpfsSize, usage.size, of: instance)
        }
    }

    /// Emits the values of the whole host from its services document, which counts in megabytes.
    override func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        let summary = try DocumentObject(document).object("summary")
        let (remarks, unit) = (summary.remarks, DocumentUnit.megabyte)
        let (part, whole) = ("system_memory_used_mb", "system_memory_total_mb")
        if remarks.fieldCount == 0 {
            try summary.require(part)
            try summary.require(whole)
        }
        let taken = summary.number(part, .memory, times: unit)
        let all = summary.number(whole, .memoryTotal, times: unit)
        if taken == nil, all == nil, let failure = remarks.failure { throw failure }
        if let taken, let all, taken > all {
            summary.isImpossible(
                part, Format.number(taken / unit, unit: ""),
                "\(whole) is \(Format.number(all / unit, unit: ""))")
        } else if let taken, let all {
            sink.emit(usedPercent, 100 * taken / all, of: "total")
        }
        sink.emit(used, taken, of: "total")
        sink.emit(total, all, of: "total")
        sink.note(remarks)
    }

    override func draw(_ view: WidgetView, on canvas: Canvas) { MemoryPicture(view).draw(on: canvas) }
}

/// The ZFS cache, which the kernel counts as used although most of it can be freed.
struct ZFSCache {
    static let path = "/proc/spl/kstat/zfs/arcstats"
    private(set) var size = 0.0
    private var minimum = 0.0
    /// What the cache can give back.
    var reclaimable: Double { max(size - minimum, 0) }

    init?(_ machine: Machine) {
        var found: ZFSCache?
        try? machine.readBytes(Self.path) { bytes in found = ZFSCache(bytes) }
        guard let found else { return nil }
        self = found
    }

    /// Reads lines of name, type and value.
    private init(_ bytes: UnsafeRawBufferPointer) {
        var text = Scanner(bytes)
        while var line = text.line() {
            if line.skip("size ") {
                _ = line.number()
                size = line.number() ?? 0
            } else if line.skip("c_min ") {
                _ = line.number()
                minimum = line.number() ?? 0
            }
        }
    }
}
