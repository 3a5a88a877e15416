/// The mathematics that forecasts need.
///
/// `log` and `exp` are written out instead of taken from the C library: Core imports no C, and the same samples give
/// the same dates on every machine.
enum ForecastMath {
    private static let ln2High = 6.93147180369123816490e-01
    private static let ln2Low = 1.90821492927058770002e-10

    /// Returns the natural logarithm; `-infinity` for 0, NaN below 0. Relative error below 1e-15.
    static func log(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return value == 0 ? -.infinity : (value > 0 ? value : .nan) }
        var (mantissa, exponent) = (value.significand, Double(value.exponent))
        if mantissa > 1.4142135623730951 {
            mantissa /= 2
            exponent += 1
        }
        // log m = 2 artanh z, whose series converges fast since z is below 0.172.
        let z = (mantissa - 1) / (mantissa + 1)
        let square = z * z
        var (sum, power) = (0.0, z)
        for divisor in stride(from: 1, through: 21, by: 2) {
            sum += power / Double(divisor)
            power *= square
        }
        return exponent * ln2High + (2 * sum + exponent * ln2Low)
    }

    /// Returns e raised to `value`; 0 and infinity where a Double cannot hold it.
    static func exp(_ value: Double) -> Double {
        guard !value.isNaN else { return value }
        guard value > -700 else { return 0 }
        guard value < 709 else { return .infinity }
        let exponent = (value / (ln2High + ln2Low)).rounded()
        let rest = (value - exponent * ln2High) - exponent * ln2Low
        var (sum, term) = (1.0, 1.0)
        for divisor in 1...14 {
            term *= rest / Double(divisor)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: Int(exponent), significand: 1)
    }

    /// Returns the median of values in ascending order; NaN: there are none.
    static func median(sorted values: some RandomAccessCollection<Double>) -> Double {
        guard !values.isEmpty else { return .nan }
        let middle = values.index(values.startIndex, offsetBy: values.count / 2)
        guard values.count % 2 == 0 else { return values[middle] }
        return (values[values.index(before: middle)] + values[middle]) / 2
    }

    /// Returns the median; NaN: there are no values.
    static func median(_ values: some Sequence<Double>) -> Double { median(sorted: values.sorted()) }

    /// Returns the median absolute deviation from `center`, not scaled.
    static func deviation(_ values: some Sequence<Double>, from center: Double) -> Double {
        median(values.map { abs($0 - center) })
    }

    /// The factor that makes a standard deviation of a median absolute deviation, for a normal distribution.
    static let normalDeviations = 1.4826

    /// Returns the mean; NaN: there are no values.
    static func mean(_ values: some Collection<Double>) -> Double {
        values.reduce(0, +) / Double(values.count)
    }

    /// Returns the standard deviation of a sample; 0 for fewer than two values.
    static func spread(_ values: some Collection<Double>) -> Double {
        guard values.count > 1 else { return 0 }
        let center = mean(values)
        let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
        return (squares / Double(values.count - 1)).squareRoot()
    }
}
