/// Durations as files and the command line write them: "250ms", "2s", "5m", "26h", "7d", or seconds as a bare
/// number.
public enum DurationText {
    /// Examples for messages, in quotes.
    public static let example = "\"250ms\", \"2s\", \"5m\", \"26h\" or \"7d\""

    /// Parses a duration in seconds, which may be negative; nil where the text is not a duration.
    public static func seconds(_ text: String) -> Double? {
        guard let (number, unit) = Quantity.split(text) else { return nil }
        switch unit {
        case "ms": return number / 1000
        case "", "s": return number
        case "m": return number * 60
        case "h": return number * 3600
        case "d": return number * 86400
        default: return nil
        }
    }

    /// Converts seconds to nanoseconds; nil where the number is not finite, negative, or beyond 292 years.
    public static func nanoseconds(_ seconds: Double) -> UInt64? {
        let scaled = (seconds * 1e9).rounded()
        return scaled >= 0 && scaled < 9.2e18 ? UInt64(scaled) : nil
    }

    /// The duration as a file would write it, in the largest unit that loses nothing: `90s`, `26h`, `250ms`.
    public static func exact(nanoseconds: UInt64) -> String {
        let units: [(size: UInt64, name: String)] = [
            (86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "m"), (1_000_000_000, "s"),
            (1_000_000, "ms"),
        ]
        for unit in units where nanoseconds >= unit.size && nanoseconds % unit.size == 0 {
            return "\(nanoseconds / unit.size)\(unit.name)"
        }
        return "\(Double(nanoseconds) / 1e6)ms"
    }
}

/// Sizes in powers of 1024: "512M", "4G", "1.5TiB", or bytes as a bare number.
public enum SizeText {
    /// Examples for messages, in quotes.
    public static let example = "\"512M\" or \"4G\""

    /// Parses a size in bytes, which may be negative; nil where the text is not a size.
    public static func bytes(_ text: String) -> Double? {
        guard let (number, unit) = Quantity.split(text) else { return nil }
        switch unit {
        case "", "B": return number
        case "K", "KiB": return number * 1024
        case "M", "MiB": return number * 1_048_576
        case "G", "GiB": return number * 1_073_741_824
        case "T", "TiB": return number * 1_099_511_627_776
        case "P", "PiB": return number * 1_125_899_906_842_624
        default: return nil
        }
    }
}

extension SizeText {
    /// The size as a file would write it, in the largest unit that loses nothing: `512M`.
    public static func exact(_ bytes: Int64) -> String {
        for (shift, unit) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")] {
            let size = Int64(1) << Int64(shift)
            if bytes >= size, bytes % size == 0 { return "\(bytes / size)\(unit)" }
        }
        return "\(bytes)"
    }
}

/// A number and the unit behind it.
enum Quantity {
    /// Splits a number from its unit: `"1.5h"` is 1.5 and "h". Only digits and one point are accepted, so that
    /// "nan", "inf" and "0x10" are not numbers.
    static func split(_ text: String) -> (number: Double, unit: String)? {
        let bytes = Array(text.utf8)
        var end = bytes.first == UInt8(ascii: "-") ? 1 : 0
        var (digits, points) = (0, 0)
        while end < bytes.count {
            if bytes[end] == UInt8(ascii: ".") {
                points += 1
            } else if bytes[end] >= UInt8(ascii: "0"), bytes[end] <= UInt8(ascii: "9") {
                digits += 1
            } else {
                break
            }
            end += 1
        }
        guard digits > 0, points <= 1, bytes[end - 1] != UInt8(ascii: "."),
            let number = Double(String(decoding: bytes[..<end], as: UTF8.self)), number.isFinite
        else { return nil }
        var unit = end
        if unit < bytes.count, bytes[unit] == UInt8(ascii: " ") { unit += 1 }
        return (number, String(decoding: bytes[unit...], as: UTF8.self))
    }
}
