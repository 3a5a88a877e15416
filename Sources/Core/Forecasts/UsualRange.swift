/// What a series usually is at each hour of the week, learned from the mean of each hour.
///
/// Half a year of hours is kept in order of their hour of the week, 17 KB; adding one is a few comparisons.
public struct UsualRange: Sendable, Equatable {
    /// What is usual at some hour of the week.
    public struct Band: Sendable, Equatable {
        /// What is below is unusual.
        public var low: Double
        /// The median of this hour of the week.
        public var middle: Double
        /// What is above is unusual.
        public var high: Double

        /// Creates a band.
        public init(low: Double, middle: Double, high: Double) {
            self.low = low
            self.middle = middle
            self.high = high
        }
    }

    /// A smaller difference from the median never is unusual, in the unit of the series.
    public let minimumEffect: Double
    /// The means of each hour of the week, the oldest first, since Monday at midnight.
    private var hours = [[Double]](repeating: [], count: 168)
    /// The week of the last mean of each hour, so that one hour counts once.
    private var weeks = [Int64](repeating: .min, count: 168)

    /// Standard deviations from the median beyond which a value is unusual.
    static let deviations = 6.0
    /// Before this many weeks nothing is unusual.
    static let leastWeeks = 3
    /// Older ones are forgotten, so that what has changed is learned.
    static let mostWeeks = 26

    /// Creates a range that knows nothing.
    ///
    /// - Parameter minimumEffect: A smaller difference from the median never is unusual.
    public init(minimumEffect: Double) { self.minimumEffect = max(minimumEffect, 0) }

    /// Adds the mean of an hour; hours come in the order of time, and a second value of the same hour is left out.
    ///
    /// - Parameter mean: The mean; one that is not a number is left out, so that a gap teaches nothing.
    /// - Parameter time: A Unix time in nanoseconds within the hour.
    /// - Parameter zone: Seconds by which local time is ahead of UTC then: people's weeks are in local time.
    public mutating func add(_ mean: Double, at time: Int64, zone: Int64 = 0) {
        guard mean.isFinite else { return }
        let (hour, week) = Self.place(time, zone: zone)
        guard week > weeks[hour] else { return }
        weeks[hour] = week
        hours[hour].append(mean)
        if hours[hour].count > Self.mostWeeks { hours[hour].removeFirst() }
    }

    /// Returns what is usual at a time; nil: fewer than three weeks are known of its hour of the week.
    ///
    /// - Parameter time: Unix time in nanoseconds.
    /// - Parameter zone: Seconds by which local time is ahead of UTC then.
    public func band(at time: Int64, zone: Int64 = 0) -> Band? {
        let hour = Self.place(time, zone: zone).hour
        guard hours[hour].count >= Self.leastWeeks else { return nil }
        let middle = ForecastMath.median(hours[hour])
        // Three weeks may happen to be alike at one hour, so the hours beside it have a say in how they differ.
        let beside = [hour, (hour + 1) % 168, (hour + 167) % 168].filter {
            hours[$0].count >= Self.leastWeeks
        }
        let differences = beside.flatMap { place -> [Double] in
            let center = ForecastMath.median(hours[place])
            return hours[place].map { abs($0 - center) }
        }
        // The median of few values lies among them: their differences from it are too small.
        let few = 1 + 1 / Double(hours[hour].count - 1)
        let deviation = ForecastMath.normalDeviations * ForecastMath.median(differences) * few
        let reach = max(Self.deviations * deviation, minimumEffect)
        return Band(low: middle - reach, middle: middle, high: middle + reach)
    }

    /// The hour of the week, and the number of the week.
    private static func place(_ time: Int64, zone: Int64) -> (hour: Int, week: Int64) {
        // 1970 began on a Thursday.
        let hours = floorDivide(floorDivide(time, 1_000_000_000) + zone, 3600) + 3 * 24
        let week = floorDivide(hours, 168)
        return (Int(hours - week * 168), week)
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}
