/// Formats numbers for people: three significant digits and a unit that fits.
///
/// Host and worker both use it, so that a number in a plugin's sentence looks like the same number in the host's
/// table.
public enum Format {
    /// A value with its unit: `8.16e9` bytes is `7.60G`, `0.0042` seconds is `4.20ms`, NaN is `–`. An unknown unit
    /// is not shown.
    public static func number(_ value: Double, unit: String) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : (value > 0 ? "∞" : "-∞") }
        switch unit {
        case "bytes": return scaled(value, base: 1024, suffixes: binarySuffixes, unit: "")
        case "bytes/s": return scaled(value, base: 1024, suffixes: binarySuffixes, unit: "/s")
        case "seconds": return duration(value)
        case "percent": return percent(value)
        case "celsius": return whole(value) + "°C"
        case "hertz": return scaled(value, base: 1000, suffixes: decimalSuffixes, unit: "Hz")
        case "watts": return scaled(value, base: 1000, suffixes: decimalSuffixes, unit: "W")
        case "count": return count(value)
        case "ratio": return significant(value) + ":1"
        default: return significant(value)
        }
    }

    /// An English ordinal: `2` is `2nd`, `11` is `11th`.
    public static func ordinal(_ number: Int) -> String {
        let isTeen = (11...13).contains(number % 100)
        let endings = ["th", "st", "nd", "rd"]
        return "\(number)" + (isTeen || number < 0 || number % 10 > 3 ? "th" : endings[number % 10])
    }

    /// A part of a whole: `2.40G/7.60G`.
    public static func share(_ part: Double, of whole: Double, unit: String) -> String {
        number(part, unit: unit) + "/" + number(whole, unit: unit)
    }

    /// A duration in its two largest units that are not zero: `93784` seconds is `1d 2h`.
    public static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "–" }
        if seconds < 0 { return "-" + duration(-seconds) }
        if seconds == 0 { return "0s" }
        if seconds < 0.001 { return significant(seconds * 1e6) + "µs" }
        if seconds < 1 { return significant(seconds * 1000) + "ms" }
        if seconds < 10 && seconds != seconds.rounded() { return fixed(seconds, digits: 1) + "s" }
        if seconds >= 1e12 { return significant(seconds / (365.25 * 86400)) + "y" }
        let total = Int(seconds)
        let (days, hours, minutes) = (total / 86400, total % 86400 / 3600, total % 3600 / 60)
        if days >= 1000 { return significant(Double(days) / 365.25) + "y" }
        if days >= 10 { return "\(days)d" }
        if days > 0 { return hours > 0 ? "\(days)d \(hours)h" : "\(days)d" }
        if hours > 0 { return minutes > 0 ? "\(hours)h \(minutes)m" : "\(hours)h" }
        if minutes > 0 { return total % 60 > 0 ? "\(minutes)m \(total % 60)s" : "\(minutes)m" }
        return "\(total)s"
    }

    /// Three significant digits without a unit: `12.34567` is `12.3`, `1234567` is `1.23M`, `1e30` is `1.00e30`.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : (value > 0 ? "∞" : "-∞") }
        let size = abs(value)
        if size == 0 { return "0" }
        if size < 0.001 { return exponential(value) }
        if size >= 999_500 { return scaled(value, base: 1000, suffixes: decimalSuffixes, unit: "") }
        if value == value.rounded() && size < 1000 { return "\(Int(value))" }
        if size < 9.995 { return fixed(value, digits: 2) }
        if size < 99.95 { return fixed(value, digits: 1) }
        return "\(Int(value.rounded()))"
    }

    private static let binarySuffixes = ["B", "K", "M", "G", "T", "P", "E"]
    private static let decimalSuffixes = ["", "k", "M", "G", "T", "P", "E"]

    private static func percent(_ value: Double) -> String {
        if abs(value) >= 1e6 { return significant(value) + "%" }
        if abs(value) >= 9.95 || value == value.rounded() { return whole(value) + "%" }
        return fixed(value, digits: 1) + "%"
    }

    /// Whole numbers below a hundred thousand in full, since counts are compared digit by digit.
    private static func count(_ value: Double) -> String {
        if abs(value) < 100_000 && value == value.rounded() { return "\(Int(value))" }
        return significant(value)
    }

    private static func whole(_ value: Double) -> String {
        abs(value) < 1e6 ? "\(Int(value.rounded()))" : significant(value)
    }

    private static func scaled(_ value: Double, base: Double, suffixes: [String], unit: String) -> String {
        var (size, step) = (abs(value), 0)
        // 999.6 would print as 1000: it belongs to the next unit.
        while size >= 999.5 && step < suffixes.count - 1 {
            size /= base
            step += 1
        }
        let sign = value < 0 ? "-" : ""
        if size >= 999.5 { return exponential(value) + unit }
        let digits: String
        if step == 0 || size >= 99.95 {
            digits = step == 0 && size != size.rounded() ? fixed(size, digits: 1) : "\(Int(size.rounded()))"
        } else {
            digits = fixed(size, digits: size < 9.995 ? 2 : 1)
        }
        return sign + digits + suffixes[step] + unit
    }

    /// Fixed-point without `printf`, which Embedded Swift cannot call. `digits` is 1 or 2.
    private static func fixed(_ value: Double, digits: Int) -> String {
        let factor = digits == 1 ? 10 : 100
        let scaled = Int((abs(value) * Double(factor)).rounded())
        let fraction = scaled % factor
        let padded = digits == 2 && fraction < 10 ? "0\(fraction)" : "\(fraction)"
        return (value < 0 && scaled != 0 ? "-" : "") + "\(scaled / factor).\(padded)"
    }

    private static func exponential(_ value: Double) -> String {
        var (mantissa, exponent) = (abs(value), 0)
        while mantissa >= 9.995 {
            mantissa /= 10
            exponent += 1
        }
        while mantissa < 0.9995 && mantissa > 0 && exponent > -400 {
            mantissa *= 10
            exponent -= 1
        }
        return (value < 0 ? "-" : "") + fixed(mantissa, digits: 2) + "e\(exponent)"
    }
}
