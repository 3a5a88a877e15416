/// When something that has a size is full: a file system, memory, a swap device.
///
/// It answers from the medians of days, so that what comes and goes within a day does not matter, and repeats whole
/// weeks of the past to see when the size is reached. docs/FORECASTS.md explains it and says what it cannot see.
public enum FillForecast: Sendable, Equatable {
    /// There are fewer than seven steps from day to day, which eight whole days have: this many.
    case notYet(days: Int)
    /// It is full since this Unix time in nanoseconds.
    case full(since: Int64)
    /// It is not full within a year, as far as the past tells.
    case notWithinYear
    /// It is expected to be full; where `late` is nil, one case of ten takes longer than a year.
    case fullAt(ForecastRange)

    /// The steps from day to day that a forecast needs: a week shows what comes and goes with it.
    public static let leastDays = 7
    /// What is older is not looked at: the use of a machine changes.
    public static let mostDays = 60
    /// Once full, it counts as full until less than this part is used. A file system that is full frees a block now
    /// and then.
    static let stillFull = 0.99

    /// Forecasts from the values up to `moment`; later ones are not looked at.
    ///
    /// - Parameter samples: What is used; a value an hour is often enough. Values from before a change of the size may
    ///   stay, in units, not in percent.
    /// - Parameter size: What is used when it is full, in the same unit.
    /// - Parameter moment: Unix time in nanoseconds.
    /// - Parameter seed: Seed of the random numbers, which are the same for every call.
    public static func make(
        from samples: [TimedValue], size: Double, at moment: Int64, seed: UInt64 = 1
    ) -> FillForecast {
        let past = samples.filter { (0...max(moment, 0)).contains($0.time) && $0.value.isFinite }.sorted {
            $0.time < $1.time
        }
        guard size > 0, size.isFinite else { return .notYet(days: 0) }
        if let since = fullSince(past, size: size) { return .full(since: since) }
        let days = FillDays(past, before: moment, size: size)
        guard days.increments.count >= leastDays else { return .notYet(days: days.increments.count) }
        var random = ForecastRandom(seed: seed)
        let paths = FillPaths(increments: days.increments, room: size - days.level, leftOut: days.leftOut)
        return paths.range(from: moment - Span.day / 2, at: moment, random: &random).map { .fullAt($0) }
            ?? .notWithinYear
    }

    /// Since when it has been full without a break; nil: it is not.
    private static func fullSince(_ past: [TimedValue], size: Double) -> Int64? {
        // A size in binary floating point may be off by the last digit.
        let full = size * (1 - 1e-9)
        var since: Int64?
        for sample in past {
            if sample.value >= full {
                since = since ?? sample.time
            } else if sample.value < size * stillFull {
                since = nil
            }
        }
        return since
    }
}
