import Core

/// A drive from its first day to its last, written to in one of several ways.
struct SimulatedDrive {
    /// How a drive is used.
    enum Kind: String, CaseIterable {
        /// A server: much the same each week. As with all of them, the use wanders a little, by an eighth in a year.
        case steady
        /// A build machine: weeks that differ by a factor of three.
        case bursty
        /// Every fifth week a copy of everything.
        case monthly
        /// On for nine hours on working days, and its hours count only those.
        case office
        /// More in winter than in summer.
        case seasonal
        /// A tenth more each year.
        case growing
        /// The use wanders, by a third in a year.
        case drifting
        /// Another use since some day of the past year: three times, or a third.
        case changed
        /// The wear a byte costs wanders too, by an eighth in a year.
        case amplified
        /// The counter of bytes written was set to zero some day in the past year.
        case reset
        /// It reports wear rounded down instead of to the nearest percent.
        case roundedDown = "rounded down"
    }

    let kind: Kind
    /// Bytes written by the end of each week of its life, and the wear by then in percent.
    private var written: [Double] = [0]
    private var wear: [Double] = [0]
    /// The week in which the forecast is made, a fraction of it included.
    private(set) var present = 0.0
    private var resetWeek: Double?

    static let week: Int64 = 604_800_000_000_000
    static let birth: Int64 = 1_500_000_000_000_000_000

    /// Makes the whole life of a drive.
    init(_ kind: Kind, random: inout ForecastRandom) {
        self.kind = kind
        let endurance = 300e12 * random.logNormal(0.8)
        let years = min(max(10 * random.logNormal(0.6), 1.5), 40)
        let usual = endurance / (years * 52.18)
        let presentWear = 3 + 80 * random.uniform()
        let sinceChange = 8 + 44 * random.uniform()
        let factor = random.uniform() < 0.5 ? 3.0 : 1 / 3.0
        let season = random.uniform()
        var (drift, amplification, changeWeek) = (1.0, 1.0, Double.infinity)
        while wear[wear.count - 1] < 100, wear.count < 5200 {
            let number = wear.count
            if present == 0, wear[number - 1] >= presentWear {
                // The change came before, so it is made where the life has got to by now.
                if kind == .changed, changeWeek == .infinity {
                    changeWeek = Double(number)
                } else if kind != .changed || Double(number) > changeWeek + sinceChange {
                    present = Double(number) - random.uniform()
                }
            }
            drift *= random.logNormal((kind == .drifting ? 0.33 : 0.12) / 7.22)
            if kind == .amplified { amplification *= random.logNormal(0.12 / 7.22) }
            let amount =
                usual * drift * (Double(number) > changeWeek ? factor : 1)
                * Self.shape(kind, week: number, season: season, random: &random)
            written.append(written[number - 1] + amount)
            wear.append(wear[number - 1] + 100 * amount * amplification / endurance)
        }
        if present == 0 { present = Double(wear.count) * 0.7 }
        if kind == .reset { resetWeek = max(present - sinceChange, 1) }
    }

    private static func shape(
        _ kind: Kind, week: Int, season: Double, random: inout ForecastRandom
    ) -> Double {
        switch kind {
        case .bursty: random.logNormal(1.1) / 1.83
        case .monthly: (week % 5 == 0 ? 3.4 : 0.4) * random.logNormal(0.2)
        case .seasonal: (1 + 0.5 * triangle(Double(week) / 52.18 + season)) * random.logNormal(0.2)
        case .growing: exponential(1.1, Double(week) / 52.18) * 0.6 * random.logNormal(0.2)
        case .office: random.logNormal(0.4)
        default: random.logNormal(0.2)
        }
    }

    /// From -1 to 1 and back in one.
    private static func triangle(_ place: Double) -> Double {
        let part = place - place.rounded(.down)
        return part < 0.5 ? 4 * part - 1 : 3 - 4 * part
    }

    private static func exponential(_ base: Double, _ years: Double) -> Double {
        var value = 1.0
        for _ in 0..<Int(years) { value *= base }
        return value * (1 + (base - 1) * (years - years.rounded(.down)))
    }

    /// The time of the forecast.
    var now: Int64 { time(present) }

    /// Nanoseconds from then until the drive has reached 100 %.
    var left: Double {
        let end = wear.firstIndex { $0 >= 100 } ?? wear.count - 1
        let over = (100 - wear[end - 1]) / max(wear[end] - wear[end - 1], 1e-12)
        return (Double(end - 1) + min(over, 1) - present) * Double(Self.week)
    }

    /// The readings of so many days until now, `perDay` a day.
    func samples(days: Int, perDay: Int) -> [WearSample] {
        (0...(days * perDay)).reversed().compactMap { step in
            let place = present - Double(step) / Double(perDay * 7)
            guard place > 0 else { return nil }
            let hours = place * 168 * (kind == .office ? 45.0 / 168 : 1)
            var bytes = Self.value(written, place)
            if let resetWeek, place >= resetWeek { bytes -= Self.value(written, resetWeek) }
            return WearSample(
                time: time(place),
                wear: Self.value(wear, place).rounded(
                    kind == .roundedDown ? .down : .toNearestOrAwayFromZero), written: bytes.rounded(),
                hours: hours.rounded(.down))
        }
    }

    private func time(_ week: Double) -> Int64 { Self.birth + Int64(week * Double(Self.week)) }

    private static func value(_ values: [Double], _ place: Double) -> Double {
        let index = min(Int(place), values.count - 2)
        return values[index] + (values[index + 1] - values[index]) * min(place - Double(index), 1)
    }
}
