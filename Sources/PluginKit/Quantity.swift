/// The range of values that a quantity can have on a real machine. A device or document that states a value outside
/// of it states nothing: sensors, logs and agents use such values (0, 255, 511, all ones) for "not known".
///
/// Every reading passes this gate before it is compared, added or emitted, so that an impossible value is absent
/// everywhere: it is never judged and never drawn.
public struct Quantity: Sendable {
    /// The values that are possible, in base SI units, percent or degrees Celsius.
    public let range: ClosedRange<Double>

    public init(_ range: ClosedRange<Double>) { self.range = range }

    /// Returns the reading; nil where there is none and where it is impossible.
    public func possible(_ reading: Double?) -> Double? {
        guard let reading, range.contains(reading) else { return nil }
        return reading
    }

    /// Whether there is a reading and it cannot be true.
    public func isImpossible(_ reading: Double?) -> Bool {
        guard let reading else { return false }
        return !range.contains(reading)
    }

    /// A measured temperature in degrees Celsius: the range that electronics survive.
    public static let temperature = Quantity(-40...150)
    /// A temperature limit in degrees Celsius. No maker limits a device below 30.
    public static let temperatureLimit = Quantity(30...150)
    /// A part of a whole, in percent.
    public static let percent = Quantity(0...100)
    /// Used endurance in percent: drives work on beyond 100. One byte holds it, and NVMe states 255 for all above.
    public static let wear = Quantity(0...255)
    /// A count. Devices count in at most 64 bits, and all ones means "not known".
    public static let count = Quantity(0...18_446_744_073_709_549_568)
    /// A number of things that a machine can have: drives, services.
    public static let members = Quantity(0...1_000_000)
    /// The inodes of a file system.
    public static let inodes = Quantity(0...1e15)
    /// A size in bytes that something has, which 0 is not. Half of 2^63 and more are counters that were set to all ones.
    public static let capacity = Quantity(1...4e18)
    /// A part of a storage device or file system, in bytes.
    public static let storage = Quantity(0...4e18)
    /// What may be used of a storage device or file system, in bytes. Counters of 64 bits say "no limit" with more.
    public static let diskQuota = Quantity(0...1_152_921_504_606_846_976)
    /// A part of a machine's memory, in bytes. No machine has a pebibyte.
    public static let memory = Quantity(0...1_125_899_906_842_624)
    /// All memory of a machine, in bytes.
    public static let memoryTotal = Quantity(1_048_576...1_125_899_906_842_624)
    /// A time that a device has run, in seconds: at most 100 years.
    public static let runTime = Quantity(0...3.2e9)
    /// The speed of a drive's motor in revolutions per minute; 0: it has none.
    public static let rotation = Quantity(0...65_534)
    /// A frequency in hertz.
    public static let frequency = Quantity(1...1e12)
    /// A frequency of a processor in hertz: 10 MHz and 20 GHz are beyond those that run.
    public static let processorFrequency = Quantity(1e7...2e10)
    /// A load average.
    public static let load = Quantity(0...1_000_000)
    /// CPU time used, in percent of one core.
    public static let coreTime = Quantity(0...1_000_000)
    /// What one card draws, or may draw, in watts. A card that works draws something.
    public static let cardPower = Quantity(1e-3...5000)
    /// A clock of a card in hertz; 0 while it is gated. Drivers state 65,535 MHz and more for "not known".
    public static let cardClock = Quantity(0...5e10)
    /// The speed of a fan in percent of its usual largest, which some exceed.
    public static let fan = Quantity(0...200)

    /// A moment in Unix seconds: not before the year 2000, and not later than a day after `now`, which clocks of two
    /// machines can differ by.
    public static func date(at now: Double) -> Quantity {
        let earliest = 946_684_800.0
        return Quantity(earliest...max(now + 86_400, earliest))
    }
}
