import PluginKit

/// What /proc/meminfo says, in bytes; nil where this kernel does not say it.
struct MemoryInfo {
    var total, free, available, buffers, cached, shared, reclaimable, dirty, writeback: Double?
    var zswapMemory, zswapData, hugePages, hugeFree, hugeSize: Double?

    init(_ bytes: UnsafeRawBufferPointer) {
        var text = Scanner(bytes)
        while var line = text.line() { read(&line) }
    }

    /// What programs can still get, and where the figure comes from. The kernel's own, else the estimate that
    /// `free` made before there was one; nil when neither can be, since more than all is no answer.
    var usable: (bytes: Double, source: String)? {
        guard let total, total > 0 else { return nil }
        if let available, available <= total { return (bytes: available, source: "MemAvailable") }
        guard let free else { return nil }
        let estimate = free + (buffers ?? 0) + (cached ?? 0) + (reclaimable ?? 0) - (shared ?? 0)
        guard estimate <= total else { return nil }
        return (
            bytes: max(estimate, 0), source: "estimate: MemFree + Buffers + Cached + SReclaimable - Shmem"
        )
    }

    var droppable: Double? { cached.map { max($0 + (reclaimable ?? 0) - (shared ?? 0), 0) } }

    /// Lines that matter begin with few letters, so most are passed after one comparison.
    private mutating func read(_ line: inout Scanner) {
        if line.skip("Mem") {
            if line.skip("Total:") {
                total = kilobytes(&line)
            } else if line.skip("Free:") {
                free = kilobytes(&line)
            } else if line.skip("Available:") {
                available = kilobytes(&line)
            }
        } else if line.skip("HugePages_") {
            if line.skip("Total:") {
                hugePages = line.number()
            } else if line.skip("Free:") {
                hugeFree = line.number()
            }
        } else if line.skip("Hugepagesize:") {
            hugeSize = kilobytes(&line)
        } else if line.skip("Buffers:") {
            buffers = kilobytes(&line)
        } else if line.skip("Cached:") {
            cached = kilobytes(&line)
        } else if line.skip("Shmem:") {
            shared = kilobytes(&line)
        } else if line.skip("SReclaimable:") {
            reclaimable = kilobytes(&line)
        } else if line.skip("Dirty:") {
            dirty = kilobytes(&line)
        } else if line.skip("Writeback:") {
            writeback = kilobytes(&line)
        } else if line.skip("Zswap:") {
            zswapMemory = kilobytes(&line)
        } else if line.skip("Zswapped:") {
            zswapData = kilobytes(&line)
        }
    }

    private func kilobytes(_ line: inout Scanner) -> Double? {
        guard let number = line.number(), number >= 0 else { return nil }
        return number * 1024
    }
}

/// Swap that lies outside of memory, and what each zram device holds of swap.
struct Swaps {
    struct Area {
        var total = 0.0
        var used = 0.0
        var percent: Double { total > 0 ? min(100 * used / total, 100) : 0 }

        mutating func add(total: Double, used: Double) {
            self.total += total
            self.used += used
        }
    }

    /// Disks and files; nil when there is none.
    private(set) var disk: Area?
    private(set) var zram: [(name: String, area: Area)] = []

    /// The text of /proc/swaps: Filename Type Size Used Priority, in kilobytes.
    init(_ bytes: UnsafeRawBufferPointer) {
        var text = Scanner(bytes)
        _ = text.line()
        while var line = text.line() {
            let isZram = line.skip("/dev/zram")
            guard let name = line.word(), line.word() != nil, let size = line.number(),
                let used = line.number(),
                size > 0
            else { continue }
            var area = isZram ? Area() : (disk ?? Area())
            area.add(total: size * 1024, used: max(used, 0) * 1024)
            if isZram { zram.append((name: "zram" + name, area: area)) } else { disk = area }
        }
    }

    func onZram(_ device: String) -> Area? { zram.first { $0.name == device }?.area }
}

/// Processes killed for want of memory: how many in the last hour.
struct OOMWatch {
    private var last: Double?
    private var events: [(time: Double, count: Double)] = []
    private static let window = 3600.0

    /// Takes the counter as it is now and gives the kills of the last hour.
    mutating func recent(_ counter: Double, at now: Double) -> Double {
        if let last, counter > last { events.append((time: now, count: counter - last)) }
        last = counter
        events.removeAll { now - $0.time > Self.window }
        return events.reduce(0) { $0 + $1.count }
    }
}
