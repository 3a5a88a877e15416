import Contract

/// How numbers become whole numbers: with the precision that a person can see of a unit. The raw value is stored.
enum Quantum: UInt8, Sendable {
    /// The bit pattern of a double, for numbers that no other way keeps.
    case raw = 0
    /// Whole numbers, exactly.
    case one, tenth, hundredth, thousandth
    /// Multiples, exactly: blocks of drives, kilobytes, pages, and the unit of NVMe's counters.
    case times512, times1024, times4096, times512000
    /// A step of 4 KiB, and of 2⁻¹² of values from 16 MiB.
    case bytes
    /// A step of 64 B/s, and of 2⁻⁹ of values from 32 KiB/s.
    case byteRate
    /// A step of 1 Hz, and of 2⁻⁹ of values from 512 Hz.
    case hertz
    /// A step of 2⁻¹⁰ of the value, which is three digits; below 2⁻⁵⁰ one of 2⁻⁶⁰.
    case fine
    /// A step of 2⁻³⁰ (a nanosecond), and of 2⁻¹² of values from 2⁻¹⁸: two units of a duration, as 59m 58s.
    case duration

    /// Whole numbers up to here are exact as doubles, and so are their differences.
    private static let most = Double(1 << 53)

    /// Returns the whole number for a value, the nearest there is; outside of the range its end.
    func code(_ value: Double) -> Int64 {
        switch self {
        case .raw: Int64(bitPattern: value.bitPattern)
        case .one: Self.whole(value)
        case .tenth: Self.whole(value * 10)
        case .hundredth: Self.whole(value * 100)
        case .thousandth: Self.whole(value * 1000)
        case .times512: Self.whole(value / 512)
        case .times1024: Self.whole(value / 1024)
        case .times4096: Self.whole(value / 4096)
        case .times512000: Self.whole(value / 512_000)
        case .bytes: Self.scaled(value / 4096, 12)
        case .byteRate: Self.scaled(value / 64, 9)
        case .hertz: Self.scaled(value, 9)
        case .fine: Self.scaled(value * 0x1p60, 10)
        case .duration: Self.scaled(value * 0x1p30, 12)
        }
    }

    /// Returns the value of a whole number; any is allowed.
    func value(_ code: Int64) -> Double {
        switch self {
        case .raw: Double(bitPattern: UInt64(bitPattern: code))
        case .one: Double(code)
        // A division gives the double nearest to the decimal fraction, a product need not.
        case .tenth: Double(code) / 10
        case .hundredth: Double(code) / 100
        case .thousandth: Double(code) / 1000
        case .times512: Double(code) * 512
        case .times1024: Double(code) * 1024
        case .times4096: Double(code) * 4096
        case .times512000: Double(code) * 512_000
        case .bytes: Self.unscaled(code, 12) * 4096
        case .byteRate: Self.unscaled(code, 9) * 64
        case .hertz: Self.unscaled(code, 9)
        case .fine: Self.unscaled(code, 10) * 0x1p-60
        case .duration: Self.unscaled(code, 12) * 0x1p-30
        }
    }

    /// Whether a value comes back exactly; 0 without its sign.
    func keeps(_ value: Double) -> Bool { self.value(code(value)) == value }

    private static func whole(_ value: Double) -> Int64 {
        guard value.isFinite else { return 0 }
        return Int64(min(max(value.rounded(), -most), most))
    }

    /// A floating-point number of few bits as a whole number: in steps of 1 up to 2^`bits`, from there 2^`bits` steps
    /// between a power of two and the next. It rises with the value, so small changes have small differences.
    private static func scaled(_ value: Double, _ bits: Int) -> Int64 {
        let size = value.magnitude
        guard size.isFinite else { return 0 }
        let limit = Double(1 << bits)
        guard size >= limit else { return Int64(value.rounded()) }
        let shift = Int(size.exponent) - bits
        // Rounding may give the next power of two, whose code follows without a seam.
        let mantissa = Int64((size * Double(sign: .plus, exponent: -shift, significand: 1)).rounded())
        let code = Int64(shift) << Int64(bits) + mantissa
        return value < 0 ? -code : code
    }

    private static func unscaled(_ code: Int64, _ bits: Int) -> Double {
        let size = Int64(clamping: code.magnitude)
        guard size >= 1 << bits else { return Double(code) }
        // No value of the writer has a larger exponent, and a double ends at 1023.
        let shift = min(size >> Int64(bits) - 1, 1000)
        let mantissa = size & (1 << Int64(bits) - 1) + 1 << Int64(bits)
        let value = Double(mantissa) * Double(sign: .plus, exponent: Int(shift), significand: 1)
        return code < 0 ? -value : value
    }
}
