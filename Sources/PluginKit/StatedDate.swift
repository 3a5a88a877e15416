/// A date as a program or document states it: a text of ISO 8601, or a number of Unix seconds.
public enum StatedDate: Equatable, Sendable {
    /// A moment in Unix seconds. Nothing is said of whether it can be right: ``Quantity/date(at:)`` judges that.
    case moment(Double)
    /// What programs state for a moment that has not been. The zero of their calendar is rendered as a date: year 0
    /// or 1, 1601, 1899, 1900, 1970, depending on the program; and numbers are 0 or negative.
    case never
    /// A number that is a date only if it counts in this fraction of a second: "milliseconds", "microseconds",
    /// "nanoseconds".
    case finer(String)
    /// Not a date.
    case unreadable

    /// Moments until then are zeros of a calendar. The zero of Unix time in local time is up to 14 hours later.
    private static let zeros = 86_400.0
    /// 2000 to 2200: the dates that a number in a finer unit is recognised by.
    private static let usual = 946_684_800.0...7_258_118_400.0

    /// Reads Unix seconds.
    public init(unix number: Double) {
        guard number.isFinite else {
            self = .unreadable
            return
        }
        let units = [(1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")]
        if number <= Self.zeros {
            self = .never
        } else if let unit = units.first(where: { Self.usual.contains(number / $0.0) }) {
            self = .finer(unit.1)
        } else {
            self = number < 1e11 ? .moment(number) : .unreadable
        }
    }

    /// Reads `2026-03-01T04:00:00Z`: date and time with "T", "t" or a blank between them, seconds and their fraction
    /// or not, and an offset (`Z`, `UTC`, `GMT`, `+01`, `+0100`, `+01:00`, after a blank or not) or none, which means
    /// UTC. The day must be in the calendar and the offset on the map, and nothing may follow.
    public init(_ text: String) {
        var reader = DateReader(text.trimmed)
        let moment = reader.isZero ? -Double.infinity : reader.moment()
        guard let moment else {
            self = .unreadable
            return
        }
        self = moment <= Self.zeros ? .never : .moment(moment)
    }

    /// The moment; nil for anything else.
    public var moment: Double? { if case .moment(let seconds) = self { seconds } else { nil } }
}

/// The Unix time in seconds of a date in ISO 8601; nil for anything that states no moment. See ``StatedDate``.
public func unixTime(iso text: String) -> Double? { StatedDate(text).moment }

/// Reads the bytes of a date from left to right.
private struct DateReader {
    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// Whether it is a date of zeros, which databases state for no date.
    var isZero: Bool {
        bytes.starts(with: "0000-00-00".utf8)
            && bytes.dropFirst(10).allSatisfy { byte in "0:.TZ ".utf8.contains(byte) }
    }

    /// The Unix time of the whole text.
    mutating func moment() -> Double? {
        guard let day = day(), take("T") || take("t") || take(" "), let time = time(), let offset = offset(),
            index == bytes.count
        else { return nil }
        // A leap second is the last one of a day in UTC.
        let minutes = time.minutes - offset / 60
        guard time.seconds < 60 || (minutes + 2880) % 1440 == 1439 else { return nil }
        return Double(day * 86400 + minutes * 60) + time.seconds
    }

    /// Days since 1 January 1970.
    private mutating func day() -> Int? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        return daysSinceEpoch(year: year, month: month, day: day)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let (next, ofYear) = month == 12 ? (1, year + 1) : (month + 1, year)
        return daysSinceEpoch(year: ofYear, month: next, day: 1)
            - daysSinceEpoch(year: year, month: month, day: 1)
    }

    private mutating func time() -> (minutes: Int, seconds: Double)? {
        guard let hour = number(2), take(":"), let minute = number(2), hour < 24, minute < 60 else {
            return nil
        }
        guard take(":") else { return (hour * 60 + minute, 0) }
        guard let second = number(2), second <= 60 else { return nil }
        guard take(".") || take(",") else { return (hour * 60 + minute, Double(second)) }
        guard let fraction = fraction() else { return nil }
        return (hour * 60 + minute, Double(second) + fraction)
    }

    /// The digits behind a decimal sign, at least one.
    private mutating func fraction() -> Double? {
        let start = index
        var (fraction, scale) = (0.0, 0.1)
        while index < bytes.count && bytes[index].isDigit {
            fraction += Double(bytes[index] - 48) * scale
            scale /= 10
            index += 1
        }
        return index > start ? fraction : nil
    }

    /// Seconds east of UTC. Behind an offset of 0 the name of UTC may follow, as Go writes it.
    private mutating func offset() -> Int? {
        _ = index + 1 < bytes.count && take(" ")
        if index == bytes.count || take("Z") || take("z") || take("UTC") || take("GMT") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(2) else { return nil }
        let minutes = take(":") ? number(2) : index < bytes.count && bytes[index].isDigit ? number(2) : 0
        guard let minutes, minutes < 60 else { return nil }
        let offset = hours * 3600 + minutes * 60
        guard offset <= (isWest ? 12 : 14) * 3600 else { return nil }
        if offset == 0 { _ = take(" UTC") }
        return isWest ? -offset : offset
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - index >= count else { return false }
        for place in 0..<count where bytes[index + place] != text.utf8Start[place] { return false }
        index += count
        return true
    }

    private mutating func number(_ digits: Int) -> Int? {
        guard bytes.count - index >= digits else { return nil }
        var value = 0
        for byte in bytes[index..<index + digits] {
            guard byte.isDigit else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        index += digits
        return value
    }
}
