/// Formats numbers for people: three significant digits and a unit that fits.
///
/// Host and worker both use it, so that a number in a plugin's sentence looks like the same number in the host's
/// table.
public enum Format {
    /// A value with its unit: `8.16e9` bytes is `7.60G`, `0.0042` seconds is `4.20ms`, NaN is `–`. An unknown unit
    /// is not shown.
    ///
    /// A number is never cut: where it takes more than `width` cells, a shorter form is returned (`12k%`), and `–`
    /// where none fits. With the `limits` that the value is judged by, it is rounded to its own side of them.
    public static func number(
        _ value: Double, unit: String, width: Int = .max, limits: Limits = .none
    ) -> String {
        guard width > 0 else { return "" }
        guard value.isFinite else { return value.isNaN || width < 2 ? "–" : (value > 0 ? "∞" : "-∞") }
        if unit == "seconds" { return duration(value, width: width) }
        let figure = Figure(value, unit: unit)
        if figure.isMisleading(value, limits: limits), let finer = figure.finer(value) {
            let text = finer.text(value, limits: limits)
            if cells(text) <= width { return text }
        }
        var form: Figure? = figure
        while let next = form {
            let text = next.text(value, limits: limits)
            if cells(text) <= width { return text }
            form = next.shorter(value)
        }
        return "–"
    }

    /// The cells of a text made here: each of its characters takes one.
    private static func cells(_ text: String) -> Int { text.unicodeScalars.count }

    /// An English ordinal: `2` is `2nd`, `11` is `11th`.
    public static func ordinal(_ number: Int) -> String {
        let isTeen = (11...13).contains(number % 100)
        let endings = ["th", "st", "nd", "rd"]
        return "\(number)" + (isTeen || number < 0 || number % 10 > 3 ? "th" : endings[number % 10])
    }

    /// A part of a whole: `2.40G/7.60G`; in less than `width` cells with shorter numbers, else the part alone.
    public static func share(_ part: Double, of whole: Double, unit: String, width: Int = .max) -> String {
        let full = number(part, unit: unit) + "/" + number(whole, unit: unit)
        if cells(full) <= width { return full }
        let half = max((width - 1) / 2, 0)
        let (first, second) = (number(part, unit: unit, width: half), number(whole, unit: unit, width: half))
        return first == "–" || second == "–" || half == 0
            ? number(part, unit: unit, width: width) : first + "/" + second
    }

    /// A duration in its two largest units that are not zero: `93784` seconds is `1d 2h`. Where that takes more than
    /// `width` cells, the largest unit alone, rounded down; `–` where that does not fit either.
    public static func duration(_ seconds: Double, width: Int = .max) -> String {
        guard width > 0 else { return "" }
        guard seconds.isFinite else { return "–" }
        if seconds < 0 {
            let text = duration(-seconds, width: width == .max ? width : width - 1)
            return text.isEmpty || text == "–" ? "–" : "-" + text
        }
        let parts = durationParts(seconds)
        let full = parts.second.isEmpty ? parts.first : parts.first + " " + parts.second
        if cells(full) <= width { return full }
        if cells(parts.first) <= width { return parts.first }
        return shortened(seconds, width: width)
    }

    /// The largest unit of a duration that is written with decimals, with fewer of them.
    private static func shortened(_ seconds: Double, width: Int) -> String {
        let (value, unit): (Double, String) =
            seconds < 0.001
            ? (seconds * 1e6, "µs")
            : seconds < 1
                ? (seconds * 1000, "ms")
                : seconds < 10 ? (seconds, "s") : (seconds / (365.25 * 86400), "y")
        guard seconds < 10 || seconds >= 1000 * 86400 else { return "–" }
        let text = number(value, unit: "", width: max(width - cells(unit), 0))
        return text.isEmpty || text == "–" ? "–" : text + unit
    }

    /// The two largest units of a duration that is not negative; the second may be empty.
    private static func durationParts(_ seconds: Double) -> (first: String, second: String) {
        if seconds == 0 { return ("0s", "") }
        if seconds < 0.001 { return (significant(seconds * 1e6) + "µs", "") }
        if seconds < 1 { return (significant(seconds * 1000) + "ms", "") }
        if seconds < 10 && seconds != seconds.rounded() { return (Figure.fixed(seconds, 1) + "s", "") }
        if seconds >= 1e12 { return (significant(seconds / (365.25 * 86400)) + "y", "") }
        let total = Int(seconds)
        let (days, hours, minutes) = (total / 86400, total % 86400 / 3600, total % 3600 / 60)
        if days >= 1000 { return (significant(Double(days) / 365.25) + "y", "") }
        if days >= 10 { return ("\(days)d", "") }
        if days > 0 { return ("\(days)d", hours > 0 ? "\(hours)h" : "") }
        if hours > 0 { return ("\(hours)h", minutes > 0 ? "\(minutes)m" : "") }
        if minutes > 0 { return ("\(minutes)m", total % 60 > 0 ? "\(total % 60)s" : "") }
        return ("\(total)s", "")
    }

    /// Three significant digits without a unit: `12.34567` is `12.3`, `1234567` is `1.23M`, `1e30` is `1.00e30`.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : (value > 0 ? "∞" : "-∞") }
        return Figure(significant: value, unit: "").text(value, limits: .none)
    }
}
