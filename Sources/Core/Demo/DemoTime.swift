/// A moment of the simulated fleet in UTC, and the deterministic random numbers of the simulation.
struct DemoTime {
    /// Unix time.
    let seconds: Int64

    init(_ seconds: Int64) { self.seconds = seconds }

    static let day: Int64 = 86_400

    /// Midnight of 2026-03-01: the moment for which ``DemoHost`` gives the state of drives and backups.
    static let start: Int64 = 1_772_323_200

    var daysSinceStart: Double { Double(seconds - Self.start) / Double(Self.day) }

    /// Days since 1970, and the hours of the day so far.
    var day: Int64 { (seconds - intoDay) / Self.day }
    var hour: Double { Double(intoDay) / 3600 }
    private var intoDay: Int64 { into(Self.day) }

    /// Seconds since the last multiple of `period`; correct before 1970 too.
    func into(_ period: Int64) -> Int64 { ((seconds % period) + period) % period }

    /// Interpolates 24 values, one for each hour of the day.
    func value(on hours: [Double]) -> Double {
        let place = min(max(Int(hour), 0), 23)
        return Self.between(hours[place], hours[(place + 1) % 24], hour - Double(place))
    }

    /// Smooth noise from -1 to 1 that reaches another random value in each period.
    func noise(_ seed: UInt64, period: Int64) -> Double {
        let step = (seconds - into(period)) / period
        let (before, after) = (Self.chance(seed, step), Self.chance(seed, step + 1))
        return 2 * Self.between(before, after, Double(into(period)) / Double(period)) - 1
    }

    /// 2026-03-01T04:12:40Z.
    var text: String {
        let clock = [intoDay / 3600, intoDay / 60 % 60, intoDay % 60].map { Self.padded($0, 2) }
        return CivilDate(number: Int(day)).text + "T" + clock.joined(separator: ":") + "Z"
    }

    /// A pseudo-random number from 0 to 1, the same for the same seed and step.
    static func chance(_ seed: UInt64, _ step: Int64) -> Double {
        var mixed = seed &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(bitPattern: step) &* 0xd1b5_4a32_d192_ed03
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(UInt64(1) << 53)
    }

    private static func between(_ from: Double, _ to: Double, _ part: Double) -> Double {
        from + (to - from) * part * part * (3 - 2 * part)
    }

    static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text
    }
}
