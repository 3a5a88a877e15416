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
        fitting(forms(of: forecast, now: now), width)
    }

    /// Returns "full in 3 weeks (2-5)", "full", "not within a year".
    ///
    /// - Parameter now: Unix time in nanoseconds.
    /// - Parameter width: The cells there are. Every character takes one.
    public static func words(of forecast: FillForecast, now: Int64, width: Int = .max) -> String {
        fitting(forms(of: forecast, now: now), width)
    }

    /// Returns the forms of a forecast, the longest first.
    static func forms(of forecast: WearForecast, now: Int64) -> [String] {
        switch forecast {
        case .insufficient(let gap): [gapWords(gap), "no forecast", "–"]
        case .noWear: noWear
        case .pastRatedLife(let percent): percent > 100 ? pastLife : endOfLife
        case .implausible(let percent, let days):
            [
                "implausible: \(whole(percent))% after \(count(days.rounded(), "day")) of use",
                "implausible: \(whole(percent))% after \(whole(days))d", "implausible",
            ]
        case .wornOut(let range, _): wear(range, now: now)
        }
    }

    /// Returns the forms of a forecast, the longest first.
    static func forms(of forecast: FillForecast, now: Int64) -> [String] {
        switch forecast {
        case .notYet(let days):
            ["not yet known, \(days) of \(FillForecast.leastDays) days seen", "not yet known", "not yet"]
        case .full: ["full"]
        case .notWithinYear: notWithinYear
        case .fullAt(let range): fill(range, now: now)
        }
    }

    static func wear(_ range: ForecastRange, now: Int64) -> [String] {
        dates(range, prefix: "worn out", now: now, limit: wearYears)
    }

    static func fill(_ range: ForecastRange, now: Int64) -> [String] {
        dates(range, prefix: "full", now: now, limit: 1000)
    }

    /// Returns shorter forms of a sentence that names no date, which may have been stored.
    static func shorter(than sentence: String) -> [String] {
        if let known = [noWear, pastLife, endOfLife, notWithinYear, notWornOut].first(where: {
            $0[0] == sentence
        }) {
            return Array(known.dropFirst())
        }
        let head = sentence.prefix { $0 != ":" && $0 != "," }
        return head.count < sentence.count ? [String(head)] + shorter(than: String(head)) : []
    }

    private static let noWear = ["no sign of wear", "no wear"]
    private static let pastLife = ["past its rated life", "past rated life", "past life"]
    private static let endOfLife = ["at the end of its rated life", "at its rated life", "at rated life"]
    private static let notWithinYear = ["not full within a year", "not within a year", "> 1 year", ">1y"]
    private static let notWornOut = beyond(wearYears, prefix: "worn out")

    private static func beyond(_ years: Int64, prefix: String) -> [String] {
        [
            "not \(prefix) within \(years) years", "not within \(years) years", "> \(years) years",
            ">\(years)y",
        ]
    }

    /// Returns "2029 (2028-31)" or "3w (2-5)", for a column of a table.
    static func column(_ range: ForecastRange, now: Int64) -> String {
        let (_, far) = ahead(range.likely, now)
        if far >= 2 * Span.year {
            let (early, likely) = (year(range.early), year(range.likely))
            guard let late = range.late.map(year) else { return "\(likely) (\(early) or later)" }
            guard early < late else { return "\(likely)" }
            let end = early / 100 == late / 100 ? String("\(late)".suffix(2)) : "\(late)"
            return "\(likely) (\(early)-\(end))"
        }
        let unit = units.first { far >= $0.from } ?? units[units.count - 1]
        let likely = steps(range.likely, now, unit.length)
        guard likely > 0 else { return "<1\(unit.short)" }
        let late = range.late.map { "\(steps($0, now, unit.length))" }
        let span = spread("\(steps(range.early, now, unit.length))", late)
        return span == "\(likely)" ? "\(likely)\(unit.short)" : "\(likely)\(unit.short) (\(span))"
    }

    /// Returns "filling now: full in 3h 20m" of what ``FillingNow`` has found.
    ///
    /// - Parameter time: When it is full, as a Unix time in nanoseconds.
    public static func filling(fullAt time: Int64, now: Int64, width: Int = .max) -> String {
        fitting(filling(fullAt: time, now: now), width)
    }

    /// Returns the forms, the longest first.
    static func filling(fullAt time: Int64, now: Int64) -> [String] {
        let minutes = max((time - now) / Span.minute, 0)
        let (hours, rest) = (minutes / 60, minutes % 60)
        let left = hours > 0 ? (rest > 0 ? "\(hours)h \(rest)m" : "\(hours)h") : "\(minutes)m"
        return [fillingNow + "full in \(left)", "full in \(left)", left]
    }

    /// What the words of something that is filling up within hours begin with.
    static let fillingNow = "filling now: "

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
    static let wearYears: Int64 = 20

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
            return beyond(limit, prefix: prefix)
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
