import PluginKit

/// The values of /proc/meminfo in bytes; nil where the kernel does not have one.
struct MemoryInfo {
    var total, free, available, buffers, cached, shared, reclaimable, dirty, writeback: Double?
    var swapTotal, swapFree: Double?
    var zswapMemory, zswapData, hugePages, hugeFree, hugeSize: Double?

    init(_ bytes: UnsafeRawBufferPointer) {
        var text = Scanner(bytes)
        while var line = text.line() { read(&line) }
    }

    /// The memory that programs can still allocate, and where the figure comes from: the kernel's MemAvailable,
    /// else the estimate of older versions of `free`. Nil where neither is possible or the result exceeds the
    /// total.
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

    /// All swap together; nil: none, or not told.
    var swap: Swaps.Area? {
        guard let swapTotal, swapTotal > 0, let swapFree, swapFree <= swapTotal else { return nil }
        var area = Swaps.Area()
        area.add(total: swapTotal, used: swapTotal - swapFree)
        return area
    }

    /// Reads a line. Most lines are skipped after comparing the first letter.
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
        } else if line.skip("SwapTotal:") {
            swapTotal = kilobytes(&line)
        } else if line.skip("SwapFree:") {
            swapFree = kilobytes(&line)
        } else if line.skip("Zswap:") {
            zswapMemory = kilobytes(&line)
        } else if line.skip("Zswapped:") {
            zswapData = kilobytes(&line)
        }
    }

    private func kilobytes(_ line: inout Scanner) -> Double? {
        Quantity.count.possible(line.number().map { $0 * 1024 })
    }
}

/// Swap on disks, and the swap that each zram device holds.
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

    /// Swap on disks and in files; nil: none.
    private(set) var disk: Area?
    private(set) var zram: [(name: String, area: Area)] = []

    /// Reads the text of /proc/swaps: Filename Type Size Used Priority, in kilobytes.
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
            area.add(total: size * 1024, used: min(max(used, 0), size) * 1024)
            if isZram { zram.append((name: "zram" + name, area: area)) } else { disk = area }
        }
    }

    func onZram(_ device: String) -> Area? { zram.first { $0.name == device }?.area }
}

/// Counts the processes that were killed for lack of memory in the last hour.
struct OOMWatch {
    private var last: Double?
    private var events: [(time: Double, count: Double)] = []
    private static let window = 3600.0

    /// Takes the current counter and returns the kills of the last hour.
    mutating func recent(_ counter: Double, at now: Double) -> Double {
        if let last, counter > last { events.append((time: now, count: counter - last)) }
        last = counter
        events.removeAll { now - $0.time > Self.window }
        return events.reduce(0) { $0 + $1.count }
    }
}
