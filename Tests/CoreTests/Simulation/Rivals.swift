import Core

/// What others do, to compare with.
enum Rivals {
    /// The slope of a straight line through values, by least squares, for each nanosecond; nil: fewer than two times.
    static func slope(_ values: some RandomAccessCollection<TimedValue>) -> Double? {
        guard let first = values.first, values.count > 1 else { return nil }
        var (sumX, sumY, sumXX, sumXY) = (0.0, 0.0, 0.0, 0.0)
        for value in values {
            let x = Double(value.time - first.time) / 1e9
            sumX += x
            sumY += value.value
            sumXX += x * x
            sumXY += x * value.value
        }
        let count = Double(values.count)
        let divisor = count * sumXX - sumX * sumX
        return divisor > 0 ? (count * sumXY - sumX * sumY) / divisor / 1e9 : nil
    }

    /// Nanoseconds until a line through all values reaches `goal`; nil: it never does.
    static func leastSquares(_ values: some RandomAccessCollection<TimedValue>, goal: Double) -> Double? {
        guard let last = values.last, let slope = slope(values), slope > 0 else { return nil }
        return max(goal - last.value, 0) / slope
    }

    /// Whether Prometheus' `predict_linear(…[1h], 24 * 3600)` is beyond the size.
    static func predictsFull(_ lastHour: some RandomAccessCollection<TimedValue>, size: Double) -> Bool {
        guard let left = leastSquares(lastHour, goal: size) else { return false }
        return left < 86_400e9
    }
}
