/// How much the use of a drive wanders: the standard deviation of its logarithm after a year, as in a random walk.
enum UseDrift {
    /// What drives wander without knowing more of them, and how many findings that counts as. Found with simulated
    /// drives, so that eight of ten wear out within the range.
    private static let usual = 0.16
    private static let usualCount = 2.0
    /// Weeks of a year: shorter stretches show seasons and chance, not drift.
    private static let year = 52
    private static let weeksOfYear = 52.18

    /// Estimates the drift by comparing years with each other, and what was watched with the life before.
    ///
    /// - Parameter weeks: The latest first.
    /// - Parameter life: The mean of the drive's life a week, and its length in weeks; nil: not known.
    static func deviation(_ weeks: [WearUse.Week], life: (amount: Double, weeks: Double)?) -> Double {
        let amounts = weeks.map(\.amount)
        let mean = ForecastMath.mean(amounts)
        guard mean > 0 else { return usual }
        let spread = ForecastMath.spread(amounts) / mean
        var findings: [Double] = []
        func add(_ one: Double, _ other: Double, chance: Double, years: Double) {
            guard one > 0, other > 0 else { return }
            let difference = ForecastMath.log(one / other)
            findings.append(max(difference * difference - chance, 0) / years)
        }
        let years = stride(from: 0, through: amounts.count - year, by: year).map {
            ForecastMath.mean(amounts[$0..<$0 + year])
        }
        for (later, earlier) in zip(years, years.dropFirst()) {
            // The means of two stretches of a random walk differ by two thirds of their length.
            add(
                later, earlier, chance: 2 * spread * spread / Double(year),
                years: 2 / 3 * Double(year) / weeksOfYear)
        }
        if let life, amounts.count >= 2, life.weeks > 2 * Double(amounts.count) {
            // The end of a random walk differs from its mean by a third of its length.
            let chance = max(spread * spread, 0.04) / Double(amounts.count)
            add(mean, life.amount, chance: chance, years: life.weeks / weeksOfYear / 3)
        }
        let sum = findings.reduce(usual * usual * usualCount, +)
        return (sum / (Double(findings.count) + usualCount)).squareRoot()
    }
}
