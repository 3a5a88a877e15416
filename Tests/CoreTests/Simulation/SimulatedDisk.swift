import Core

/// A disk of 100 units that fills up in one of several ways, hour by hour.
struct SimulatedDisk {
    /// How it grows.
    enum Kind: String, CaseIterable {
        /// A camera: the same each day.
        case steady
        /// Each day something else.
        case bursty
        /// On working days.
        case weekdays
        /// Grows all week, and is cleaned up on Sunday, to a little more than before.
        case sawtooth
        /// The growth wanders, by the factor of 1.5 in half a year.
        case drifting
        /// Besides, a file for four hours each night.
        case nightly
        /// Besides, now and then something large is copied.
        case copies
    }

    static let hour: Int64 = 3_600_000_000_000
    static let size = 100.0
    private(set) var values: [Double] = []
    /// The hour at which it is full; nil: not in the time simulated.
    private(set) var fullHour: Int?
    /// The hour of the forecast.
    private(set) var present: Int

    /// Makes a disk that is full some days after the forecast, if its growth goes on as it begins.
    init(_ kind: Kind, random: inout ForecastRandom) {
        let history = 8 + Int(82 * random.uniform())
        let ahead = 5 + 250 * random.uniform()
        let perDay = 100 * (0.1 + 0.5 * random.uniform()) / (Double(history) + ahead)
        var level = 100 - perDay * (Double(history) + ahead)
        let noise = 0.05 * random.uniform()
        let weekday = random.index(below: 7)
        var drift = 1.0
        present = history * 24
        for day in 0..<(history + 730) where fullHour == nil {
            drift *= random.logNormal((kind == .drifting ? 0.4 : 0.1) / 13.5)
            let growth = perDay * drift * Self.shape(kind, day: day + weekday, random: &random)
            for hour in 0..<24 {
                level = max(level + growth / 24, 0)
                let file = kind == .nightly && (1..<5).contains(hour) ? min(20, (100 - level) / 2) : 0
                if fullHour == nil, level >= Self.size { fullHour = values.count }
                values.append(min(max(level + file + noise * random.normal(), 0), Self.size - 0.001))
            }
        }
    }

    private static func shape(_ kind: Kind, day: Int, random: inout ForecastRandom) -> Double {
        switch kind {
        case .steady, .nightly: 1 + 0.2 * random.normal()
        case .bursty: random.logNormal(1.2) / 2.05
        case .weekdays: day % 7 < 5 ? 1.4 + 0.3 * random.normal() : 0
        case .sawtooth: day % 7 == 6 ? -23 + random.normal() : 5 + 0.5 * random.normal()
        case .drifting: 1 + 0.3 * random.normal()
        case .copies: 0.9 + 0.2 * random.normal() + (random.uniform() < 1.0 / 90 ? 9 : 0)
        }
    }

    /// The values until the forecast.
    var samples: [TimedValue] {
        values[...min(present, values.count - 1)].enumerated().map {
            TimedValue($1, at: Int64($0) * Self.hour)
        }
    }

    var now: Int64 { Int64(present) * Self.hour }

    /// Whether it is not full before the forecast.
    var isUsable: Bool { fullHour.map { $0 > present + 24 } ?? true }

    /// Nanoseconds until it is full; infinity: more than two years.
    var left: Double { fullHour.map { Double(Int64($0 - present) * Self.hour) } ?? .infinity }
}
