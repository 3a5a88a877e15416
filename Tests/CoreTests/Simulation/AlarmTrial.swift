import Core

/// A disk of 100 units that is not filling up, or is, in steps of five minutes.
enum AlarmCase: String, CaseIterable {
    /// A temporary file each night, 20 to 45 % of the disk, for three hours.
    case nightlyFile = "nightly temporary file"
    /// The same, written slowly: for an hour and a half.
    case slowNightlyFile = "the same, written slowly"
    /// An upgrade each week, cleaned up a day later.
    case weeklyUpgrade = "weekly upgrade"
    /// A single copy of a quarter of the disk, that stays.
    case copy = "one copy of 25 GB"
    /// Logs that grow for a week and are rotated.
    case sawtooth = "weekly sawtooth"

    static let step: Int64 = 300_000_000_000
    static let perDay = 288

    /// The values of so many days.
    func values(days: Int, random: inout ForecastRandom) -> [Double] {
        let base = 30 + 10 * random.uniform()
        let extent = 20 + 25 * random.uniform()
        let start = 12 + random.index(below: 48)
        let noise = 0.01
        return (0..<days * Self.perDay).map { index in
            let (day, step) = (index / Self.perDay, index % Self.perDay)
            return base + noise * random.normal() + extra(day, step: step, start: start, extent: extent)
        }
    }

    private func extra(_ day: Int, step: Int, start: Int, extent: Double) -> Double {
        switch self {
        case .nightlyFile: Self.file(step - start, rise: 6, length: 36) * extent
        case .slowNightlyFile: Self.file(step - start, rise: 18, length: 36) * extent
        case .weeklyUpgrade:
            Self.file(day % 7 * Self.perDay + step - start, rise: 4, length: Self.perDay) * 5
        case .copy: Self.file((day - 45) * Self.perDay + step - start, rise: 3, length: .max) * 25
        case .sawtooth: Double(day % 7 * Self.perDay + step) / Double(7 * Self.perDay) * extent
        }
    }

    /// A file that is written in `rise` steps and removed after `length`: 0 to 1.
    private static func file(_ step: Int, rise: Int, length: Int) -> Double {
        step < 0 || step >= length ? 0 : min(Double(step + 1) / Double(rise), 1)
    }
}

/// The days of 90 on which there was an alarm, though the disk was not filling up.
struct AlarmTrial {
    /// `FillingNow`, or a date within a month (of the sawtooth: any date).
    private(set) var ours = 0
    /// A line through two weeks reaches the size within a month.
    private(set) var leastSquares = 0
    /// `predict_linear` over an hour reaches it within a day.
    private(set) var predictLinear = 0

    static let days = 90
    /// A week before the 90 days, so that there is a past.
    private static let before = 8

    /// - Parameter forecastsEvery: Days between two forecasts.
    init(_ kind: AlarmCase, seed: UInt64, forecastsEvery: Int = 1) {
        var random = ForecastRandom(seed: seed)
        let values = kind.values(days: Self.days + Self.before, random: &random)
        let samples = values.enumerated().map { TimedValue($1, at: Int64($0) * AlarmCase.step) }
        // The largest and the last of each hour, as a store keeps them.
        let peaks = stride(from: 0, to: samples.count, by: 12).map { start in
            samples[start..<start + 12].max { $0.value < $1.value } ?? samples[start]
        }
        let hours = stride(from: 11, to: samples.count, by: 12).map { samples[$0] }
        for day in Self.before..<(Self.before + Self.days) {
            let end = (day + 1) * AlarmCase.perDay
            let now = samples[end - 1].time
            var (isOurs, isLinear) = (false, false)
            let peak = FillingNow.usualPeak(of: Array(peaks[..<((day + 1) * 24)].suffix(24 * 9)), at: now)
            for index in (end - AlarmCase.perDay)..<end {
                let hour = samples[(index - 12)...index]
                isOurs =
                    isOurs
                    || FillingNow.make(
                        from: Array(hour), size: 100, usualPeak: peak, at: samples[index].time) != nil
                isLinear = isLinear || Rivals.predictsFull(hour, size: 100)
            }
            if (day - Self.before) % forecastsEvery == 0 {
                let past = Array(hours[..<((day + 1) * 24)])
                isOurs = isOurs || Self.isSoon(past, anyDate: kind == .sawtooth, at: now)
                if let left = Rivals.leastSquares(past.suffix(14 * 24), goal: 100), left < 30 * 86_400e9 {
                    leastSquares += 1
                }
            }
            ours += isOurs ? 1 : 0
            predictLinear += isLinear ? 1 : 0
        }
    }

    private static func isSoon(_ past: [TimedValue], anyDate: Bool, at now: Int64) -> Bool {
        guard case .fullAt(let range) = FillForecast.make(from: past, size: 100, at: now) else {
            return false
        }
        return anyDate || range.likely - now < 30 * 86_400_000_000_000
    }
}

/// A log that fills a disk, and how soon that is seen.
struct LogTrial {
    /// Hours after its beginning; nil: not before the disk was full.
    private(set) var caughtAfter: Double?

    /// - Parameter hours: The hours in which the log fills the disk.
    init(hours: Double, seed: UInt64) {
        var random = ForecastRandom(seed: seed)
        let usual = AlarmCase.weeklyUpgrade.values(days: 10, random: &random)
        var samples = usual.enumerated().map { TimedValue($1, at: Int64($0) * AlarmCase.step) }
        let base = samples[samples.count - 1].value
        let peak = FillingNow.usualPeak(of: samples, at: samples[samples.count - 1].time)
        for step in 1..<Int(hours * 12) {
            let level =
                base + (100 - base) * Double(step) / (hours * 12)
                * (1 + 0.02 * random.normal() / Double(step))
            samples.append(TimedValue(level, at: Int64(usual.count + step - 1) * AlarmCase.step))
            let now = samples[samples.count - 1].time
            if FillingNow.make(from: samples.suffix(14), size: 100, usualPeak: peak, at: now) != nil {
                caughtAfter = Double(step) / 12
                return
            }
        }
    }
}
