import CPosix

/// A moment in local time: the time zone of `TZ`, else the system's.
public struct LocalTime {
    /// The year, with the century.
    public let year: Int
    /// 1...12
    public let month: Int
    /// 1...31
    public let day: Int
    /// 0...23
    public let hour: Int
    /// 0...59
    public let minute: Int
    /// 0 is Sunday.
    public let weekday: Int

    /// The local time of a Unix time in seconds; nil where it is not finite or too far away for a calendar (1e11
    /// seconds).
    public init?(unix seconds: Double) {
        guard seconds.isFinite, abs(seconds) < 1e11 else { return nil }
        var (time, parts) = (time_t(seconds.rounded(.down)), tm())
        guard localtime_r(&time, &parts) != nil else { return nil }
        year = Int(parts.tm_year) + 1900
        month = Int(parts.tm_mon) + 1
        day = Int(parts.tm_mday)
        hour = Int(parts.tm_hour)
        minute = Int(parts.tm_min)
        weekday = Int(parts.tm_wday)
    }

    /// `04:00`
    public var clock: String { Self.twoDigits(hour) + ":" + Self.twoDigits(minute) }
    /// `2026-03-01`
    public var date: String { "\(year)-" + Self.twoDigits(month) + "-" + Self.twoDigits(day) }
    /// `Sun`
    public var weekdayName: String {
        let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        return names.indices.contains(weekday) ? names[weekday] : ""
    }

    /// Days since 1 January 1970. Two moments with the same number are on the same day.
    public var dayNumber: Int { daysSinceEpoch(year: year, month: month, day: day) }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Days from 1 January 1970 to a date of the Gregorian calendar.
func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    // Years are counted from March, so that a leap day is the last day of its year.
    let shifted = month > 2 ? year : year - 1
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
}
