import Core

/// A load with days, nights, weekends and bursts, and what is marked as unusual of it.
struct UsualTrial {
    /// Marks in the time simulated, each of any length.
    private(set) var falseMarks = 0
    /// Of the hours in which something really was unusual, those that were marked.
    private(set) var caught = 0
    private(set) var planted = 0

    static let step: Int64 = 300_000_000_000

    /// - Parameter weeks: Weeks that are judged, after three of learning.
    init(weeks: Int, seed: UInt64) {
        var random = ForecastRandom(seed: seed)
        var usual = UsualRange(minimumEffect: 10)
        var watch = UnusualWatch()
        var (wander, wasMarked, band) = (0.0, false, UsualRange.Band?.none)
        for hour in 0..<(weeks + 3) * 168 {
            let isPlanted = hour >= 3 * 168 && hour % 500 == 250
            var (sum, isCaught) = (0.0, false)
            for part in 0..<12 {
                let time = Int64(hour * 12 + part) * Self.step
                if part == 0 { band = usual.band(at: time) }
                wander = 0.95 * wander + 0.6 * random.normal()
                let value = max(Self.load(hour) + wander + random.normal() + (isPlanted ? 45 : 0), 0)
                sum += value
                let isMarked = watch.take(value, usual: band, at: time) != nil
                if isMarked, isPlanted { isCaught = true }
                if isMarked, !wasMarked, !isPlanted { falseMarks += 1 }
                wasMarked = isMarked
            }
            usual.add(sum / 12, at: Int64(hour * 12) * Self.step)
            planted += isPlanted ? 1 : 0
            caught += isCaught ? 1 : 0
        }
    }

    private static func load(_ hour: Int) -> Double {
        let (day, time) = (hour / 24 % 7, hour % 24)
        let isBackup = time == 3
        return 8 + (day < 5 && (8..<18).contains(time) ? 25 : 0) + (isBackup ? 30 : 0)
    }
}
