/// Puts forecasts into words, as long as there is room.
///
/// A date that is near is a time from now, "in 3 weeks (2-5)"; one that is far is a year, "2029 (2028-2031)". Each
/// function returns the longest form that fits; the shortest is returned even where it does not.
public enum ForecastWords {
    /// Returns "worn out 2029 (2028-2031)", "no sign of wear", "past its rated life".
    ///
    /// - Parameter now: Unix time in nanoseconds.
    /// - Parameter width: The cells there are. Every character takes one.
    public static func words(of forecast: WearForecast, now: Int64, width: Int = .max) -> String {
        switch forecast {
        case .insufficient(let gap): fitting([gapWords(gap), "no forecast", "–"], width)
        case .noWear: fitting(["no sign of wear", "no wear"], width)
        case .pastRatedLife(let percent):
            percent > 100
                ? fitting(["past its rated life", "past rated life", "past life"], width)
                : fitting(["at the end of its rated life", "at its rated life", "at rated life"], width)
        case .implausible(let percent, let days):
            fitting(
                [
                    "implausible: \(whole(percent))% after \(count(days.rounded(), "day")) of use",
                    "implausible: \(whole(percent))% after \(whole(days))d", "implausible",
                ], width)
        case .wornOut(let range, _):
            fitting(dates(range, prefix: "worn out", now: now, limit: wearYears), width)
        }
    }

    /// Returns "full in 3 weeks (2-5)", "full", "not within a year".
    ///
    /// - Parameter now: Unix time in nanoseconds.
    /// - Parameter width: The cells there are. Every character takes one.
    public static func words(of forecast: FillForecast, now: Int64, width: Int = .max) -> String {
        switch forecast {
        case .notYet(let days):
            fitting(
                [
                    "not yet known, \(days) of \(FillForecast.leastDays) days seen", "not yet known",
                    "not yet",
                ], width)
        case .full: "full"
        case .notWithinYear:
            fitting(["not full within a year", "not within a year", "> 1 year", ">1y"], width)
        case .fullAt(let range): fitting(dates(range, prefix: "full", now: now, limit: 1000), width)
        }
    }

    /// Returns "filling now: full in 3h 20m" of what ``FillingNow`` has found.
    ///
    /// - Parameter time: When it is full, as a Unix time in nanoseconds.
    public static func filling(fullAt time: Int64, now: Int64, width: Int = .max) -> String {
        let minutes = max((time - now) / Span.minute, 0)
        let (hours, rest) = (minutes / 60, minutes % 60)
        let left = hours > 0 ? (rest > 0 ? "\(hours)h \(rest)m" : "\(hours)h") : "\(minutes)m"
        return fitting(["filling now: full in \(left)", "full in \(left)", left], width)
    }

    /// Returns what changes how a forecast of wear is to be read: "written to 3.1 times as fast since 2026-03-04".
    public static func words(of remark: WearForecast.WearRemark, width: Int = .max) -> String {
        switch remark {
        case .byHours:
            return fitting(
                ["by its hours, since it does not report the bytes written", "by its hours"], width)
        case .lifeModelDropped(let since):
            return fitting(
                [
                    "bytes written do not belong to its whole life; judged since \(date(since))",
                    "judged since \(date(since)) only", "since \(date(since))",
                ], width)
        case .useChanged(let factor, let since):
            let isMore = factor >= 1
            let times = tenths(isMore ? factor : 1 / factor)
            return fitting(
                [
                    "written to \(times) times as \(isMore ? "fast" : "slowly") since \(date(since))",
                    "\(isMore ? "more" : "less") use since \(date(since))", "use has changed",
                ], width)
        }
    }

    /// A date of wear further ahead than this is not told: the machine is replaced first.
    private static let wearYears: Int64 = 20

    private static func gapWords(_ gap: WearForecast.WearGap) -> String {
        switch gap {
        case .readings: "no forecast: no reading"
        case .use: "no forecast: writes unknown"
        case .time: "no forecast: watched for less than a day"
        case .step: "no forecast: no step of wear since its counter was reset"
        }
    }

    /// The forms of a range, the longest first.
    private static func dates(_ range: ForecastRange, prefix: String, now: Int64, limit: Int64) -> [String] {
        let (_, far) = ahead(range.likely, now)
        if far > Double(limit) * Span.year {
            return [
                "not \(prefix) within \(limit) years", "not within \(limit) years", "> \(limit) years",
                ">\(limit)y",
            ]
        }
        if far >= 2 * Span.year { return years(range, prefix: prefix, now: now, limit: limit) }
        let unit = units.first { far >= $0.from } ?? units[units.count - 1]
        let likely = steps(range.likely, now, unit.length)
        let early = steps(range.early, now, unit.length)
        let late = range.late.map { "\(steps($0, now, unit.length))" }
        guard likely > 0 else {
            return [
                "\(prefix) within \(unit.article) \(unit.name)", "\(prefix) <1\(unit.short)",
                "<1\(unit.short)",
            ]
        }
        let span = spread("\(early)", late)
        let (most, least) = ("in \(count(Double(likely), unit.name))", "in \(likely)\(unit.short)")
        let without = ["\(prefix) \(most)", "\(prefix) \(least)", "\(likely)\(unit.short)"]
        return span == "\(likely)"
            ? without : ["\(prefix) \(most) (\(span))", "\(prefix) \(least) (\(span))"] + without
    }

    private static func years(_ range: ForecastRange, prefix: String, now: Int64, limit: Int64) -> [String] {
        let likely = year(range.likely)
        let isLate = range.late.map { ahead($0, now).far > Double(limit) * Span.year } ?? true
        let span = spread("\(year(range.early))", isLate ? nil : range.late.map { "\(year($0))" })
        let without = ["\(prefix) \(likely)", "\(likely)"]
        return span == "\(likely)"
            ? without : ["\(prefix) \(likely) (\(span))", "\(likely) (\(span))"] + without
    }

    private struct Unit {
        /// The time ahead from which it is used, in nanoseconds.
        var from: Double
        var length: Int64
        var name: String
        var short: String
        var article = "a"
    }

    /// A number of two to about twenty tells enough and not more than is known.
    private static let units = [
        Unit(from: 150 * Double(Span.day), length: Int64(Span.year / 12), name: "month", short: "mo"),
        Unit(from: 18 * Double(Span.day), length: Span.week, name: "week", short: "w"),
        Unit(from: 2 * Double(Span.day), length: Span.day, name: "day", short: "d"),
        Unit(from: 0, length: Span.hour, name: "hour", short: "h", article: "an"),
    ]

    private static func ahead(_ time: Int64, _ now: Int64) -> (isPast: Bool, far: Double) {
        let far = Double(time) - Double(now)
        return (far < 0, max(far, 0))
    }

    /// How many units a time is ahead, rounded.
    private static func steps(_ time: Int64, _ now: Int64, _ length: Int64) -> Int64 {
        Int64((ahead(time, now).far / Double(length)).rounded())
    }

    /// "2-5"; "5" where both are alike; "2 or more" where there is no end.
    private static func spread(_ early: String, _ late: String?) -> String {
        guard let late else { return "\(early) or later" }
        return early == late ? early : "\(early)-\(late)"
    }

    private static func count(_ number: Double, _ name: String) -> String {
        "\(whole(number)) \(name)" + (number == 1 ? "" : "s")
    }

    private static func whole(_ number: Double) -> String { "\(Int64(min(max(number, 0), 1e15).rounded()))" }

    /// One decimal below ten.
    private static func tenths(_ number: Double) -> String {
        let tenths = Int64(min(number, 1e12) * 10 + 0.5)
        return tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\((tenths + 5) / 10)"
    }

    private static func year(_ time: Int64) -> Int { civil(time).year }

    private static func civil(_ time: Int64) -> CivilDate {
        let (days, rest) = time.quotientAndRemainder(dividingBy: Span.day)
        return CivilDate(number: Int(rest < 0 ? days - 1 : days))
    }

    /// "2026-03-04", in UTC.
    private static func date(_ time: Int64) -> String {
        civil(time).text
    }

    /// Returns the first form that fits, else the last.
    private static func fitting(_ forms: [String], _ width: Int) -> String {
        forms.first { $0.unicodeScalars.count <= width } ?? forms[forms.count - 1]
    }
}
