/// How much a drive is used in a week: what was seen while it was watched, and the mean of its life.
struct WearUse {
    /// A week of watching, or the watched part of one.
    struct Week {
        /// When it ended, in Unix nanoseconds.
        var end: Int64
        /// Exposure (bytes, or hours) a week.
        var amount: Double
        /// The part of it that was watched.
        var watched: Double
    }

    /// The latest first.
    private(set) var weeks: [Week]
    /// Exposure a week over the drive's life; nil: not known, or not as it is now.
    private(set) var life: Double?
    /// How many weeks the mean of the life counts as.
    private(set) var lifeWeeks = 0.0
    /// A lasting change of use.
    private(set) var change: (factor: Double, since: Int64)?
    /// How much the use wanders: the standard deviation of its logarithm after a year.
    let drift: Double
    /// The length of the life that ``life`` is the mean of, in years; 0 without one.
    let lifeYears: Double
    let moment: Int64

    /// After this many weeks a week counts half.
    static let halfLife = 13.0
    /// The mean of the life counts as this many weeks.
    private static let mostLifeWeeks = 8.0
    /// A longer time without a reading is left out: nobody knows how what was written is spread over it.
    private static let longestGap = Span.week
    /// The part of a week that must have been watched.
    private static let leastWatched = 1.0 / 7
    /// What lies further back has no weight left.
    private static let mostWeeks = 104

    init(_ readings: WearReadings, at moment: Int64, hasLife: Bool) {
        self.moment = moment
        let exposures = readings.exposures
        weeks = Self.weeks(exposures)
        var length = 0.0
        if hasLife, let last = exposures.last, let hours = last.hours, hours >= 1, last.amount > 0 {
            let part = Self.poweredPart(exposures)
            life = last.amount / hours * 168 * part
            length = hours / 168 / part
        }
        lifeWeeks = min(Self.mostLifeWeeks, length)
        if let found = UseChange(weeks: weeks, life: life) {
            change = (found.factor, found.since)
            weeks.removeLast(weeks.count - found.weeks)
            life = nil
            lifeWeeks = 0
        }
        lifeYears = life == nil ? 0 : length * Double(Span.week) / Span.year
        drift = UseDrift.deviation(weeks, life: life.map { ($0, length) })
    }

    /// There is something to forecast from.
    var hasAny: Bool { life != nil || !weeks.isEmpty }

    /// How much a week counts.
    func weight(_ week: Week) -> Double {
        let age = Double(moment - week.end) / Double(Span.week)
        return week.watched * ForecastMath.exp(-age / Self.halfLife * 0.6931471805599453)
    }

    /// Sums what was written into weeks that end with the last reading.
    private static func weeks(_ exposures: [WearReadings.Exposure]) -> [Week] {
        guard let last = exposures.last else { return [] }
        var amounts: [(amount: Double, time: Double)] = []
        for (later, earlier) in zip(exposures.reversed(), exposures.dropLast().reversed()) {
            let step = later.time - earlier.time
            guard step > 0, step <= longestGap, later.amount >= earlier.amount else { continue }
            let (from, to) = (last.time - later.time, last.time - earlier.time)
            for week in Int(from / Span.week)...Int((to - 1) / Span.week) {
                guard week < mostWeeks else { break }
                while amounts.count <= week { amounts.append((0, 0)) }
                let start = max(from, Int64(week) * Span.week)
                let part = Double(min(to, Int64(week + 1) * Span.week) - start)
                amounts[week].amount += (later.amount - earlier.amount) * part / Double(step)
                amounts[week].time += part
            }
        }
        return amounts.enumerated().compactMap { index, week in
            let watched = week.time / Double(Span.week)
            guard watched >= leastWatched * 0.999 else { return nil }
            return Week(
                end: last.time - Int64(index) * Span.week, amount: week.amount / watched, watched: watched)
        }
    }

    /// The part of the time in which the drive's hours run: below 1 where a machine is switched off at night, or where
    /// the drive does not count the time that it idles. 1 before a week is known.
    private static func poweredPart(_ exposures: [WearReadings.Exposure]) -> Double {
        var (hours, time) = (0.0, 0.0)
        for (earlier, later) in zip(exposures, exposures.dropFirst()) {
            guard let first = earlier.hours, let second = later.hours, second >= first,
                later.time - earlier.time <= longestGap
            else { continue }
            hours += second - first
            time += Double(later.time - earlier.time) / Double(Span.hour)
        }
        // Hours are whole numbers, so over a week the part is known to 1 %.
        return time >= 168 ? min(max(hours / time, 0.01), 1) : 1
    }
}
