/// A seeded generator of random numbers (SplitMix64), for forecasts and simulations: the same seed gives the same
/// numbers on every machine.
public struct ForecastRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64
    /// The polar method makes two normal numbers at a time.
    private var spare: Double?

    /// Creates a generator.
    public init(seed: UInt64) { state = seed }

    /// Returns the next 64 random bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to below 1.
    public mutating func uniform() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }

    /// Returns a number from 0 to below `count`, which is positive.
    public mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// Returns a number from the normal distribution with mean 0 and standard deviation 1.
    public mutating func normal() -> Double {
        if let number = spare {
            spare = nil
            return number
        }
        while true {
            let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
            let square = x * x + y * y
            guard square < 1, square > 0 else { continue }
            let scale = (-2 * ForecastMath.log(square) / square).squareRoot()
            spare = y * scale
            return x * scale
        }
    }

    /// Returns a number whose logarithm is normal, with median 1 and this standard deviation of the logarithm.
    public mutating func logNormal(_ deviation: Double) -> Double { ForecastMath.exp(deviation * normal()) }
}
