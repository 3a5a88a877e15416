/// Makes dates of the wear that is left and the use a week.
struct WearDates {
    private let rate: WearRate
    /// What a week chosen at random was, and the mean of the life among them.
    private let deck: [Double]
    /// The number of weeks that the deck is worth.
    private let weight: Double
    /// The doubt that is left since few weeks were seen, which may happen to be alike: the standard deviation of the
    /// logarithm.
    private let unseen: Double
    /// The standard deviation of the logarithm of the use after a year.
    private let drift: Double
    /// The years over which the use has drifted since the time that is known of: the middle of the drive's life, as
    /// far as its mean has a say.
    private let driftedYears: Double

    /// Bootstrap samples; the dates move by 2 % between seeds.
    private static let draws = 300
    /// The standard deviation of the logarithm of the time left that remains however well a drive is known.
    private static let base = 0.05
    private static let cardCount = 512
    /// The spread of weeks where too few were seen, as a standard deviation of the logarithm.
    private static let unseenSpread = 0.5
    /// What the normal distribution leaves out on each side of eight tenths.
    private static let eightTenths = 1.2815515655446004
    /// No date is further ahead, in weeks: 100 years.
    private static let mostWeeks = 5218.0

    init(rate: WearRate, use: WearUse) {
        self.rate = rate
        let weights = use.weeks.map(use.weight)
        let seen = weights.reduce(0, +)
        weight = seen + use.lifeWeeks
        drift = use.drift
        let share = use.lifeWeeks / max(weight, 1e-9)
        driftedYears = use.lifeYears / 3 * share * share
        deck = Self.deck(use, weights: weights, total: weight)
        unseen = Self.unseenSpread / (weight + seen + 1).squareRoot()
    }

    /// Returns the range, of which no date is before `moment`.
    func range(from start: Int64, at moment: Int64, random: inout ForecastRandom) -> ForecastRange {
        let logs = (0..<Self.draws).map { _ -> Double in
            // A generator of its own: that there is a week more to draw leaves the other numbers as they are.
            var random = ForecastRandom(seed: random.next())
            let left = rate.draw(&random)
            return ForecastMath.log(min(max(left / max(amount(&random), 1e-300), 1e-3), Self.mostWeeks))
        }
        let center = ForecastMath.mean(logs)
        let years = ForecastMath.exp(center) * Double(Span.week) / Span.year
        let known = ForecastMath.spread(logs)
        // The mean of a random walk differs from either end of it by a third of its length.
        let drifted = drift * drift * (years / 3 + driftedYears)
        let spread = (known * known + Self.base * Self.base + drifted).squareRoot()
        func date(_ deviations: Double) -> Int64 {
            let weeks = min(ForecastMath.exp(center + deviations * spread), Self.mostWeeks)
            return max(Span.after(start, by: weeks * Double(Span.week)), moment)
        }
        return ForecastRange(
            early: date(-Self.eightTenths), likely: date(0), late: date(Self.eightTenths))
    }

    /// Returns a mean use a week: of as many weeks as their weights add up to, each chosen by its weight.
    private func amount(_ random: inout ForecastRandom) -> Double {
        let count = max(Int(weight.rounded()), 1)
        var sum = 0.0
        for _ in 0..<count { sum += deck[random.index(below: deck.count)] }
        return sum / Double(count) * random.logNormal(unseen)
    }

    /// Makes a deck in which each week, and the mean of the life, has as many cards as its weight says.
    private static func deck(_ use: WearUse, weights: [Double], total: Double) -> [Double] {
        var cards: [(amount: Double, upTo: Double)] = []
        var sum = 0.0
        for (week, weight) in zip(use.weeks, weights) {
            sum += weight
            cards.append((week.amount, sum))
        }
        if let life = use.life { cards.append((life, total)) }
        var place = 0
        return (0..<cardCount).map { index in
            let target = (Double(index) + 0.5) / Double(cardCount) * total
            while place < cards.count - 1, cards[place].upTo < target { place += 1 }
            return cards[place].amount
        }
    }
}
