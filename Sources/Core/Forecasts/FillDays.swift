/// The growth of each day, of medians, without what happened only once.
struct FillDays {
    /// What was used in the last day, by its median.
    private(set) var level = 0.0
    /// The growth from day to day, the oldest first.
    private(set) var increments: [Double] = []
    /// What the leaps add up to that were left out.
    private(set) var leftOut = 0.0

    /// A growth of one day counts as out of the ordinary from this many median absolute deviations above the median.
    private static let outlier = 8.0
    /// From this many on they are ordinary.
    private static let ordinary = 3
    /// A copy that goes on at midnight makes two days of growth, and no more.
    private static let longestEvent = 2
    /// The least median absolute deviation, as a part of the size: what is smaller does not fill anything.
    private static let leastDeviation = 0.0002
    /// The part of the usual number of values that a day must have: of half a day the median is another.
    private static let leastValues = 0.5
    /// The same of the oldest day, which began before there were values: the median of its later part would make growth
    /// of what rises and falls.
    private static let leastValuesOfOldest = 0.97

    /// Takes the last days before `moment`, each of 24 hours, so that the latest is a whole one.
    init(_ past: [TimedValue], before moment: Int64, size: Double) {
        let days = Self.medians(past, before: moment)
        guard let latest = days.first else { return }
        level = latest.median
        for (later, earlier) in zip(days, days.dropFirst()) {
            // Days without values share what has grown meanwhile.
            let count = earlier.age - later.age
            increments += repeatElement((later.median - earlier.median) / Double(count), count: count)
        }
        increments.reverse()
        increments.removeFirst(max(increments.count - FillForecast.mostDays, 0))
        leaveOutEvents(size)
    }

    /// The medians of the days that have enough values, the latest first, with how many days ago they were.
    private static func medians(_ past: [TimedValue], before moment: Int64) -> [(age: Int, median: Double)] {
        var days: [[Double]] = []
        for sample in past.reversed() {
            let age = Int((moment - sample.time) / Span.day)
            guard age <= FillForecast.mostDays else { break }
            while days.count <= age { days.append([]) }
            days[age].append(sample.value)
        }
        let usual = ForecastMath.median(days.lazy.map { Double($0.count) }.filter { $0 > 0 })
        return days.enumerated().compactMap { age, values in
            let least = age == days.count - 1 ? leastValuesOfOldest : leastValues
            guard !values.isEmpty, Double(values.count) >= usual * least else { return nil }
            return (age, ForecastMath.median(values))
        }
    }

    /// Makes fewer than three leaps of growth level shifts: they have used room, and are no growth. Drops stay, since
    /// what is cleaned up once will often be cleaned up again.
    private mutating func leaveOutEvents(_ size: Double) {
        let median = ForecastMath.median(increments)
        let deviation = ForecastMath.deviation(increments, from: median)
        let limit = median + Self.outlier * max(deviation, Self.leastDeviation * size)
        var events: [Range<Int>] = []
        for (index, growth) in increments.enumerated() where growth > max(limit, 0) {
            if let last = events.last, last.upperBound == index {
                events[events.count - 1] = last.lowerBound..<index + 1
            } else {
                events.append(index..<index + 1)
            }
        }
        guard events.count < Self.ordinary, events.allSatisfy({ $0.count <= Self.longestEvent }) else {
            return
        }
        for index in events.joined() {
            leftOut += increments[index] - median
            increments[index] = median
        }
    }
}
