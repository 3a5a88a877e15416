/// A date of the Gregorian calendar in UTC.
public struct CivilDate: Sendable, Equatable {
    /// The year, as in 2026.
    public let year: Int64
    /// 1 to 12.
    public let month: Int64
    /// 1 to 31.
    public let day: Int64

    /// Converts days since 1970-01-01, which may be negative.
    public init(daysSince1970 days: Int64) {
        // Years are counted from March, so that a leap day is the last day of its year.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = (shiftedMonth + 2) % 12 + 1
        year = yearOfEra + era * 400 + (shiftedMonth >= 10 ? 1 : 0)
    }
}
