/// A lasting change of how much a drive is written to.
struct UseChange {
    /// How many of the latest weeks came after it.
    let weeks: Int
    /// The use after it divided by the use before.
    let factor: Double
    /// When it was, in Unix nanoseconds.
    let since: Int64

    /// A smaller change is left to the weights of the weeks.
    static let leastFactor = 2.2
    /// Weeks on either side, so that a week of holidays or a copied disk is no change.
    private static let leastWeeks = 4
    /// Where only the mean of the life is known, one burst a month must not count as two changes.
    private static let leastWeeksAfterLife = 6
    /// The part of the weeks on either side that must lie on their side of the middle.
    private static let agreeing = 0.85

    /// Finds the clearest change; nil: there is none.
    ///
    /// - Parameter weeks: The latest first.
    /// - Parameter life: The mean of the drive's life, for a drive that has not been watched long.
    init?(weeks: [WearUse.Week], life: Double?) {
        let amounts = weeks.map(\.amount)
        var best: (score: Double, count: Int, factor: Double)?
        if amounts.count >= 2 * Self.leastWeeks {
            for count in Self.leastWeeks...(amounts.count - Self.leastWeeks) {
                guard let factor = Self.factor(amounts[..<count], amounts[count...]) else { continue }
                let sides = Double(count * (amounts.count - count)) / Double(amounts.count)
                let score = abs(ForecastMath.log(factor)) * sides.squareRoot()
                if score > best?.score ?? 0 { best = (score, count, factor) }
            }
        }
        if best == nil, let life, amounts.count >= Self.leastWeeksAfterLife,
            let factor = Self.factor(amounts[...], [life])
        {
            best = (0, amounts.count, factor)
        }
        guard let best else { return nil }
        self.weeks = best.count
        factor = best.factor
        since = weeks[best.count - 1].end - Span.week
    }

    /// The ratio of two stretches of weeks where it is large and nearly all weeks agree; else nil.
    private static func factor(_ after: ArraySlice<Double>, _ before: ArraySlice<Double>) -> Double? {
        let (new, old) = (ForecastMath.mean(after), ForecastMath.mean(before))
        guard new > 0, old > 0 else { return nil }
        let factor = new / old
        guard factor > leastFactor || factor < 1 / leastFactor else { return nil }
        let middle = (new * old).squareRoot()
        let agreeAfter = after.count { ($0 > middle) == (new > middle) }
        let agreeBefore = before.count { ($0 > middle) == (old > middle) }
        guard Double(agreeAfter) >= agreeing * Double(after.count),
            Double(agreeBefore) >= agreeing * Double(before.count)
        else { return nil }
        return factor
    }
}
