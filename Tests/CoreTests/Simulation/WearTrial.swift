import Core

/// What came of forecasts whose outcome is known.
struct Tally {
    private(set) var asked = 0
    private(set) var answered = 0
    private(set) var inRange = 0
    private var errors: [Double] = []
    private var widths: [Double] = []

    /// Counts a forecast that gave no date.
    mutating func addSilence() { asked += 1 }

    /// Counts a date: times from now, of the outcome and of the forecast.
    mutating func add(outcome: Double, likely: Double, early: Double = .nan, late: Double = .nan) {
        asked += 1
        answered += 1
        if early <= outcome, outcome <= late { inRange += 1 }
        errors.append(abs(likely - outcome) / outcome)
        widths.append(late / early)
    }

    mutating func add(_ other: Tally) {
        asked += other.asked
        answered += other.answered
        inRange += other.inRange
        errors += other.errors
        widths += other.widths
    }

    var coverage: Double { Double(inRange) / Double(max(answered, 1)) }
    var silence: Double { 1 - Double(answered) / Double(max(asked, 1)) }
    var medianError: Double { Self.median(errors) }
    /// The end of the range divided by its beginning.
    var medianWidth: Double { Self.median(widths) }

    private static func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[values.count / 2]
    }
}

/// Forecasts of simulated drives, and what became of the drives.
struct WearTrial {
    private(set) var ours: [SimulatedDrive.Kind: Tally] = [:]
    private(set) var leastSquares = Tally()

    /// - Parameter days: How long the drives have been watched.
    /// - Parameter count: Drives of each kind.
    init(
        days: Int, perDay: Int, count: Int, seed: UInt64,
        kinds: [SimulatedDrive.Kind] = SimulatedDrive.Kind.allCases
    ) {
        var random = ForecastRandom(seed: seed)
        for kind in kinds {
            for _ in 0..<count {
                let drive = SimulatedDrive(kind, random: &random)
                let samples = drive.samples(days: days, perDay: perDay)
                add(WearForecast.make(from: samples, at: drive.now), of: drive)
                let wear = samples.map { TimedValue($0.wear, at: $0.time) }
                if let left = Rivals.leastSquares(wear, goal: 100) {
                    leastSquares.add(outcome: drive.left, likely: left)
                } else {
                    leastSquares.addSilence()
                }
            }
        }
    }

    private mutating func add(_ forecast: WearForecast, of drive: SimulatedDrive) {
        guard case .wornOut(let range, _) = forecast, let late = range.late else {
            ours[drive.kind, default: Tally()].addSilence()
            return
        }
        let now = drive.now
        ours[drive.kind, default: Tally()].add(
            outcome: drive.left, likely: Double(range.likely - now), early: Double(range.early - now),
            late: Double(late - now))
    }

    /// All kinds together.
    var all: Tally { ours.values.reduce(into: Tally()) { $0.add($1) } }
}
