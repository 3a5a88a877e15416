import PluginKit

/// The time of a processor by use: in clock ticks, or, as the difference of two samples, in percent.
struct Times {
    var user = 0.0
    var nice = 0.0
    var system = 0.0
    var idle = 0.0
    var iowait = 0.0
    var irq = 0.0
    var steal = 0.0

    var sum: Double { user + nice + system + idle + iowait + irq + steal }
    var busy: Double { user + nice + system + irq + steal }

    init() {}

    /// Reads the numbers behind "cpu" in /proc/stat. The time of guests is included in user and nice and is not
    /// added again.
    init?(_ line: inout Scanner) {
        guard let user = line.number(), let nice = line.number(), let system = line.number(),
            let idle = line.number()
        else { return nil }
        (self.user, self.nice, self.system, self.idle) = (user, nice, system, idle)
        iowait = line.number() ?? 0
        irq = (line.number() ?? 0) + (line.number() ?? 0)
        steal = line.number() ?? 0
    }

    /// The percentages of the time between two samples; nil where no time has passed. Counters that decrease (idle,
    /// iowait may) count as unchanged.
    func share(since old: Times) -> Times? {
        var part = Times()
        part.user = max(user - old.user, 0)
        part.nice = max(nice - old.nice, 0)
        part.system = max(system - old.system, 0)
        part.idle = max(idle - old.idle, 0)
        part.iowait = max(iowait - old.iowait, 0)
        part.irq = max(irq - old.irq, 0)
        part.steal = max(steal - old.steal, 0)
        let all = part.sum
        guard all > 0 else { return nil }
        part.user *= 100 / all
        part.nice *= 100 / all
        part.system *= 100 / all
        part.idle *= 100 / all
        part.iowait *= 100 / all
        part.irq *= 100 / all
        part.steal *= 100 / all
        return part
    }
}

/// The use of all processors between two samples of /proc/stat.
struct UseMeter {
    private(set) var total: Times?
    /// Percent by number of the processor; nil where it is offline or not known yet.
    private(set) var cores: [Double?] = []
    private(set) var coreCount = 0
    private(set) var blocked: Double?

    private var lastTotal: Times?
    private var lastCores: [Times?] = []
    private var isFirst = true
    private static let mostCores = 8192

    /// Takes a sample: the text of /proc/stat. Returns false where it has no times.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var text = Scanner(bytes)
        var now: Times?
        var nowCores: [Times?] = []
        coreCount = 0
        while var line = text.line() {
            if line.skip("cpu ") {
                now = Times(&line)
            } else if line.skip("cpu") {
                guard let number = line.number(), number < Double(Self.mostCores), let times = Times(&line)
                else { continue }
                while nowCores.count <= Int(number) { nowCores.append(nil) }
                nowCores[Int(number)] = times
                coreCount += 1
            } else if line.skip("procs_blocked ") {
                blocked = line.number()
            }
        }
        guard let now else { return false }
        take(now, nowCores)
        return true
    }

    private mutating func take(_ now: Times, _ nowCores: [Times?]) {
        // If the counters have not changed since the last tick, the last values are kept.
        total = now.share(since: lastTotal ?? Times()) ?? total
        var known = [Double?](repeating: nil, count: nowCores.count)
        for (index, times) in nowCores.enumerated() {
            guard let times else { continue }
            // The first sample of a processor that comes online gives no rate.
            let before = index < lastCores.count ? lastCores[index] : nil
            guard before != nil || isFirst else { continue }
            let last = index < cores.count ? cores[index] : nil
            known[index] = times.share(since: before ?? Times())?.busy ?? last
        }
        (cores, lastTotal, lastCores, isFirst) = (known, now, nowCores, false)
    }
}
