/// A day of the Gregorian calendar.
public struct CivilDate: Sendable, Equatable {
    /// Days since 1970-01-01, which is day 0.
    public let number: Int
    /// The year; 0 is the year before 1.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int

    /// The largest distance from 1970 in days, so that no sum of days and seconds can overflow.
    private static let farthest = 1 << 40

    /// Creates the day with a number, clamped to a thousand million years around 1970.
    public init(number: Int) {
        let number = min(max(number, -Self.farthest), Self.farthest)
        self.number = number
        // Years are counted from March, so that a leap day is the last day of its year.
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = (shiftedMonth + 2) % 12 + 1
        year = yearOfEra + era * 400 + (shiftedMonth >= 10 ? 1 : 0)
    }

    /// Creates the first day of a month that is counted from January of year 0.
    init(firstOfMonth months: Int) {
        let months = min(max(months, -Self.farthest / 31), Self.farthest / 31)
        let index = ((months % 12) + 12) % 12
        let year = (months - index) / 12 - (index < 2 ? 1 : 0)
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((index + 10) % 12) + 2) / 5
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(number: era * 146_097 + dayOfEra - 719_468)
    }

    /// Months since January of year 0.
    var months: Int { year * 12 + month - 1 }

    /// The day of the week in three letters: "Mon".
    public var weekday: String {
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((number % 7) + 7) % 7]
    }

    /// The month in three letters: "Nov".
    public var monthName: String {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month - 1]
    }

    /// The date as "Nov 28".
    public var words: String { "\(monthName) \(day)" }

    /// The date as "2026-11-28".
    public var text: String { "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))" }

    static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text
    }
}
