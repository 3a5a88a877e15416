import Contract

/// The range of values of a graph, with marks at round numbers of the unit.
struct ValueAxis {
    /// The value at the bottom and at the top.
    let low, high: Double
    /// Values with a mark and what is written there, from the bottom to the top.
    let marks: [(value: Double, text: String)]

    /// Beyond this size values are drawn at the edge, so that no sum is infinite.
    private static let largest = 1e300

    /// Creates the axis for values between two numbers, in so many rows of cells. Limits that are not far away lie
    /// within the range.
    init(low: Double, high: Double, unit: String, limits: Limits, rows: Int) {
        let range = Self.range(low, high, unit, limits)
        // A mark in every third row or so, and on a small screen as many as have room.
        let most = Double(min(max(rows * 2 / 5, min(4, rows - 1), 1), 10))
        var step = Self.niceStep(from: (range.high - range.low) / most, unit)
        step = max(step, max(abs(range.low), abs(range.high)) * 1e-9)
        var axis = Self.axis(range, step, unit)
        // The ends are marks as well, so that more of them may be needed; and what differs is written differently.
        for _ in 0..<12
        where Double(axis.marks.count - 1) > most || Set(axis.marks.map(\.text)).count < axis.marks.count {
            step = Self.niceStep(from: step * 1.01, unit)
            axis = Self.axis(range, step, unit)
        }
        (self.low, self.high, marks) = axis
    }

    /// Where a value lies, from 0 at the bottom to 1 at the top; beyond the range at its edge.
    func fraction(of value: Double) -> Double {
        // Halved, since the difference of two finite numbers may be infinite.
        let fraction = (value / 2 - low / 2) / (high / 2 - low / 2)
        return fraction.isNaN ? 0 : min(max(fraction, 0), 1)
    }

    /// Whether a value lies in the range.
    func contains(_ value: Double) -> Bool { value >= low && value <= high }

    // MARK: Range

    private static func range(
        _ low: Double, _ high: Double, _ unit: String, _ limits: Limits
    ) -> (low: Double, high: Double) {
        var (low, high) = (min(max(low, -largest), largest), min(max(high, -largest), largest))
        let isNeverNegative = low >= 0
        // A line that hardly moves is not drawn as if it did.
        let least = max((abs(low) / 2 + abs(high) / 2) * 0.1, smallest(unit))
        let reach = max(high - low, least)
        for limit in [limits.warning, limits.critical] where limit.isFinite {
            if limit > high, limit <= high + reach { high = limit }
            if limit < low, limit >= low - reach { low = limit }
        }
        if high - low < least {
            let middle = low / 2 + high / 2
            (low, high) = (middle - least / 2, middle + least / 2)
        }
        if isNeverNegative {
            // 0 is the floor of what cannot be less, where it is not far away.
            if low < 0 || (low < high / 2 && unit != "celsius") { low = 0 }
            if unit == "percent", high <= 100 { high = min(max(high, low + 1), 100) }
        }
        return (low, high)
    }

    /// A difference of which a person takes note.
    private static func smallest(_ unit: String) -> Double {
        switch unit {
        case "percent", "count": 1
        case "celsius": 4
        case "bytes", "bytes/s": 1024
        case "seconds": 0.001
        default: 1e-6
        }
    }

    private typealias Axis = (low: Double, high: Double, marks: [(value: Double, text: String)])

    private static func axis(_ range: (low: Double, high: Double), _ step: Double, _ unit: String) -> Axis {
        let low = (range.low / step).rounded(.down) * step
        let count = min(max(((range.high - low) / step - 1e-9).rounded(.up), 1), 50)
        let marks = (0...Int(count)).map { index in
            // A sum that is not exact makes no -0.0000001 of 0.
            let value = low + Double(index) * step
            let exact = abs(value) < step * 1e-6 ? 0 : value
            return (value: exact, text: Format.number(exact, unit: unit))
        }
        return (low, low + count * step, marks)
    }

    // MARK: Steps

    /// The smallest round step that is not less than a number.
    private static func niceStep(from least: Double, _ unit: String) -> Double {
        guard least > 0, least.isFinite else { return 1 }
        switch unit {
        case "bytes", "bytes/s": return power(of: 2, from: max(least, 1))
        case "seconds": return durationStep(from: least)
        case "count", "celsius": return decimalStep(from: max(least, 1))
        default: return decimalStep(from: least)
        }
    }

    /// 1, 2 or 5 times a power of ten.
    private static func decimalStep(from least: Double) -> Double {
        var power = 1.0
        while power * 10 <= least { power *= 10 }
        while power > least, power > 1e-300 { power /= 10 }
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * 0.999_999 } ?? power * 10
    }

    private static func power(of base: Double, from least: Double) -> Double {
        var power = 1.0
        while power < least * 0.999_999 { power *= base }
        return power
    }

    private static let durations: [Double] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 3 * 3600, 6 * 3600, 12 * 3600, 86_400,
    ]

    private static func durationStep(from least: Double) -> Double {
        if least <= 0.5 { return decimalStep(from: least) }
        return durations.first { $0 >= least * 0.999_999 } ?? decimalStep(from: least / 86_400) * 86_400
    }
}
