/// Continues the growth of days by weeks of the past, many times, and sees when the room is used up.
struct FillPaths {
    /// The growth of each day, the oldest first.
    let increments: [Double]
    /// What is left of the size.
    let room: Double
    /// What grew meanwhile and is taken for something that happened once.
    let leftOut: Double

    /// A week of the past, or what is known of it.
    private struct Week {
        var days: [Double]
        var sum: Double
        /// The highest that its days rise above its beginning.
        var peak: Double
    }

    private static let paths = 400
    /// The part of the paths that must use up the room within a year for a date. With half of them, what only swings
    /// close to its size would have a date by chance.
    private static let agreeing = 0.65
    private static let length = 7
    private static let horizon = 365
    /// The standard deviation of the logarithm of the time left, for each square root of a year ahead: growth drifts.
    /// Found with simulated disks, so that eight of ten are full within the range.
    private static let drift = 0.15

    /// Returns when the room is used up; nil: in too many of the paths not within a year.
    ///
    /// - Parameter start: The time of the last growth, in Unix nanoseconds; no date is before `moment`.
    func range(from start: Int64, at moment: Int64, random: inout ForecastRandom) -> ForecastRange? {
        let weeks = self.weeks()
        let doubt = self.doubt(weeks)
        let days = (0..<Self.paths).map { _ in
            // A generator of its own: a path that grows shorter by a day leaves the others as they are.
            var random = ForecastRandom(seed: random.next())
            // How much more or less a week will be than those that were seen.
            let shift = doubt * random.normal()
            let pace = random.normal()
            let reached = passage(weeks, shift: shift / Double(Self.length), random: &random)
            let years = min(reached, Double(Self.horizon)) / 365.25
            return reached * ForecastMath.exp(Self.drift * years.squareRoot() * pace)
        }.sorted()
        func date(_ part: Double) -> Int64? {
            let day = days[Int(part * Double(Self.paths))]
            return day <= Double(Self.horizon)
                ? max(Span.after(start, by: day * Double(Span.day)), moment) : nil
        }
        guard date(Self.agreeing) != nil, let early = date(0.1), let likely = date(0.5) else { return nil }
        return ForecastRange(early: early, likely: likely, late: date(0.9))
    }

    /// Cuts the days into whole weeks that end with the last day, so that each begins on the weekday that comes next:
    /// what rises and falls with the week does so in every path. A part of a week would look like growth.
    private func weeks() -> [Week] {
        stride(from: increments.count, through: Self.length, by: -Self.length).map { end in
            let days = Array(increments[end - Self.length..<end])
            var (sum, peak) = (0.0, 0.0)
            for day in days {
                sum += day
                peak = max(peak, sum)
            }
            return Week(days: days, sum: sum, peak: peak)
        }
    }

    /// The standard deviation of the mean growth of a week, as far as the weeks tell. With few of them, by the days: by
    /// their median absolute deviation, which the weekly clean-up of a disk leaves small.
    private func doubt(_ weeks: [Week]) -> Double {
        let count = Double(weeks.count)
        let seen = ForecastMath.spread(weeks.map(\.sum))
        let middle = ForecastMath.median(increments)
        let daily = ForecastMath.normalDeviations * ForecastMath.deviation(increments, from: middle)
        let chance =
            max(seen, daily * Double(Self.length).squareRoot()) / count.squareRoot() * (1 + 1 / count)
        // What happened once may happen again: that makes the date less certain, but does not move it.
        let again = leftOut / count / 2
        return (chance * chance + again * again).squareRoot()
    }

    /// Returns the days until the room is used up along one path; infinity: more than a year.
    private func passage(_ weeks: [Week], shift: Double, random: inout ForecastRandom) -> Double {
        var level = 0.0
        for start in stride(from: 0, to: Self.horizon, by: Self.length) {
            let week = weeks[random.index(below: weeks.count)]
            if level + week.peak + max(shift, 0) * Double(Self.length) >= room {
                var reached = level
                for (day, growth) in week.days.enumerated() {
                    let step = growth + shift
                    if reached + step >= room {
                        let part = step > 0 ? max(room - reached, 0) / step : 0
                        let days = Double(start + day) + min(part, 1)
                        return days <= Double(Self.horizon) ? days : .infinity
                    }
                    reached += step
                }
            }
            level += week.sum + shift * Double(Self.length)
        }
        return .infinity
    }
}
