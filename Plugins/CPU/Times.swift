import PluginKit

/// The time of a processor by use: in clock ticks, or, as the difference of two samples, in percent. A time that is
/// not known is NaN inside and nil outside, and is in no sum.
struct Times {
    private var values = SIMD8<Double>(repeating: 0)

    private enum Field: Int { case user, nice, system, idle, iowait, irq, steal }

    /// Ticks of a second in /proc/stat, on every architecture that this is built for.
    static let ticksOfASecond = 100.0

    var user: Double? { self[.user] }
    var nice: Double? { self[.nice] }
    var system: Double? { self[.system] }
    var iowait: Double? { self[.iowait] }
    var irq: Double? { self[.irq] }
    var steal: Double? { self[.steal] }
    var busy: Double { sum(.user, .nice, .system, .irq, .steal) }

    init() {}

    /// Reads the numbers behind "cpu" in /proc/stat. The time of guests is included in user and nice and is not
    /// added again.
    init?(_ line: inout Scanner) {
        guard let user = line.number(), let nice = line.number(), let system = line.number(),
            let idle = line.number()
        else { return nil }
        self[.user] = user
        self[.nice] = nice
        self[.system] = system
        self[.idle] = idle
        self[.iowait] = Self.next(&line)
        let (hard, soft) = (Self.next(&line), Self.next(&line))
        self[.irq] = hard.flatMap { hard in soft.map { hard + $0 } }
        self[.steal] = Self.next(&line)
    }

    /// The next counter: 0 where the kernel is too old for it, nil where it is no number.
    private static func next(_ line: inout Scanner) -> Double? {
        if let number = line.number() { return number }
        return line.word() == nil ? 0 : nil
    }

    /// Returns the percentages of the time between two samples; nil where no time has passed, and where what passed
    /// is not known. Counters that decrease (idle, iowait and steal may) count as unchanged. An increase of more
    /// than `most` ticks cannot have happened in that time: the counter of stolen time goes astray on some
    /// hypervisors, and others after a move to another machine.
    func share(since old: Times, most: Double) -> Times? {
        var part = Times()
        for index in 0..<7 {
            let (now, before) = (values[index], old.values[index])
            let isPossible = Quantity.count.possible(now) != nil && now - before <= most
            part.values[index] = isPossible ? max(now - before, 0) : .nan
        }
        // Stolen time is the counter that goes astray, and without a bound nothing tells.
        if most == .infinity { part[.steal] = nil }
        // Without these a share would be of an unknown whole.
        guard part.user != nil, part.system != nil, part[.idle] != nil else { return nil }
        let all = part.busy + part.sum(.idle, .iowait)
        guard all > 0 else { return nil }
        part.values *= 100 / all
        return part
    }

    private func sum(_ fields: Field...) -> Double { fields.reduce(0) { $0 + (self[$1] ?? 0) } }

    private subscript(_ field: Field) -> Double? {
        get { values[field.rawValue].isNaN ? nil : values[field.rawValue] }
        set { values[field.rawValue] = newValue ?? .nan }
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
    private var lastUptime: Double?
    private var lastSeconds: Double?
    private static let mostCores = 8192

    /// Takes a sample: the text of /proc/stat, the uptime at that moment, the time of the tick, and the number of
    /// processors that there can be. Returns false where the text has no times.
    mutating func read(
        _ bytes: UnsafeRawBufferPointer, uptime: Double?, seconds: Double, processors: Double?
    ) -> Bool {
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
                blocked = Quantity.count.possible(line.number())
            }
        }
        guard let now else { return false }
        // The total has the time of processors that are offline, too.
        let all = max(Double(max(nowCores.count, 1)), processors ?? 0)
        take(now, nowCores, mostOfOne: mostTicks(uptime, seconds), processors: all)
        (lastUptime, lastSeconds) = (uptime, seconds)
        return true
    }

    /// The ticks that one processor can have counted since the last sample, or since the start of the machine; infinite
    /// where that is not known.
    private func mostTicks(_ uptime: Double?, _ seconds: Double) -> Double {
        var passed = uptime ?? .infinity
        if let lastSeconds {
            passed = max(seconds - lastSeconds, uptime.flatMap { now in lastUptime.map { now - $0 } } ?? 0)
        }
        // Counters and clocks are read one after the other, and ticks are not exact.
        return (passed * 1.05 + 2) * Times.ticksOfASecond
    }

    private mutating func take(_ now: Times, _ nowCores: [Times?], mostOfOne: Double, processors: Double) {
        let isFirst = lastTotal == nil
        // If the counters have not changed since the last tick, the last values are kept.
        total = now.share(since: lastTotal ?? Times(), most: mostOfOne * processors) ?? total
        var known = [Double?](repeating: nil, count: nowCores.count)
        for (index, times) in nowCores.enumerated() {
            guard let times else { continue }
            // The first sample of a processor that comes online gives no rate.
            let before = index < lastCores.count ? lastCores[index] : nil
            guard before != nil || isFirst else { continue }
            let last = index < cores.count ? cores[index] : nil
            known[index] = times.share(since: before ?? Times(), most: mostOfOne)?.busy ?? last
        }
        (cores, lastTotal, lastCores) = (known, now, nowCores)
    }
}
