/// Reads times as people write them, in a local time zone.
///
/// - "now", "today", "yesterday": the last two are the midnight with which the day begins.
/// - "yesterday 04:10", "today 04:10:30".
/// - "04:10": the latest such time that is not in the future.
/// - "2026-03-01", "2026-03-01 04:10", "2026-03-01 04:10:30", also with "T" between; with "Z", "+01:00" or "UTC" behind
///   the clock it is no local time.
/// - "-2h", "-1d12h", "2h ago": so much elapsed time before now. A day is 24 hours, a week 7 days, a year 365 days.
/// - "@1772366400": Unix seconds.
public enum MomentText {
    /// Why a text is no time: a sentence that says what is expected.
    public struct Mistake: Error, Equatable {
        /// Without a full stop at its end.
        public let sentence: String
    }

    /// What the messages name as examples.
    public static let examples =
        "2026-03-01 04:10, 2026-03-01, 04:10, \"yesterday 04:10\", -2h or now"

    /// Returns the Unix nanoseconds of a time.
    ///
    /// A local time that a change of the clock leaves out means the moment of the change; of one that is there twice the
    /// first is meant.
    ///
    /// - Parameters:
    ///   - now: Unix nanoseconds.
    ///   - zone: The differences of the local time, around the times that may be meant.
    public static func parse(_ text: String, now: Int64, zone: LocalZone) -> Result<Int64, Mistake> {
        let words = text.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" })
            .map(String.init)
        guard let first = words.first else {
            return .failure(Mistake(sentence: "there is no time; expected \(examples)"))
        }
        do throws(Mistake) {
            if words == ["now"] { return .success(now) }
            if let distance = try distance(words, text) { return .success(try moved(now, distance, text)) }
            if first.utf8.first == UInt8(ascii: "@"), words.count == 1 {
                return .success(try unix(first, text))
            }
            return .success(try civil(words, text, now: now, zone))
        } catch { return .failure(error) }
    }

    // MARK: Distances

    /// The nanoseconds of "-2h" or "2h ago"; nil: it is no distance.
    private static func distance(_ words: [String], _ text: String) throws(Mistake) -> Int64? {
        var parts = words
        if parts.last == "ago" {
            parts.removeLast()
        } else if parts[0].utf8.first == UInt8(ascii: "-") {
            parts[0].removeFirst()
        } else {
            return nil
        }
        guard let seconds = seconds(parts.joined()) else {
            throw Mistake(
                sentence:
                    "\(quoted(text)) is no time: behind \"-\" or before \"ago\" a duration is expected, such as -90m, -2h "
                    + "or -1d12h, in s, m, h, d, w or y")
        }
        return seconds
    }

    private static let units: [(name: String, seconds: Int64)] = [
        ("s", 1), ("sec", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86_400), ("w", 7 * 86_400),
        ("y", 365 * 86_400),
    ]

    /// The seconds of "1d12h"; nil: that is none.
    private static func seconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        var sum: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(digits), let known = units.first(where: { $0.name == unit }) else {
                return nil
            }
            let (product, isHuge) = count.multipliedReportingOverflow(by: known.seconds)
            let (total, isTooMuch) = sum.addingReportingOverflow(product)
            // A distance without bound is answered as one that is out of range.
            sum = isHuge || isTooMuch ? .max : total
            if isHuge || isTooMuch { return rest.isEmpty ? .max : nil }
        }
        return text.isEmpty ? nil : sum
    }

    private static func moved(_ now: Int64, _ seconds: Int64, _ text: String) throws(Mistake) -> Int64 {
        let (length, isHuge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (time, isTooMuch) = now.subtractingReportingOverflow(length)
        guard !isHuge, !isTooMuch else { throw outOfRange(text) }
        return time
    }

    private static func unix(_ word: String, _ text: String) throws(Mistake) -> Int64 {
        guard let seconds = Int64(word.dropFirst()) else {
            throw Mistake(
                sentence:
                    "\(quoted(text)) is no time: behind \"@\" whole Unix seconds are expected, such as @1772366400"
            )
        }
        return try nanoseconds(seconds, text)
    }

    // MARK: Days and clocks

    private static func civil(_ words: [String], _ text: String, now: Int64, _ zone: LocalZone)
        throws(Mistake) -> Int64
    {
        var words = words
        if let parts = split(words[0]) { words.replaceSubrange(0...0, with: [parts.date, parts.clock]) }
        if words.count > 1, words[words.count - 1] == "utc" {
            words.removeLast()
            words[words.count - 1] += "z"
        }
        let today = zone.moment(at: floorSeconds(now)).date.number
        if words.count == 1, words[0].utf8.contains(UInt8(ascii: ":")) {
            let clock = try clock(words[0], text)
            let time = try time(today, clock, zone, text)
            return time <= now ? time : try self.time(today - 1, clock, zone, text)
        }
        guard words.count <= 2 else { throw unreadable(text) }
        let day = try day(words[0], today: today, text)
        guard words.count == 2 else {
            return try nanoseconds(zone.start(ofDay: day), text)
        }
        return try time(day, clock(words[1], text), zone, text)
    }

    /// Splits "2026-03-01t04:10" at the letter.
    private static func split(_ word: String) -> (date: String, clock: String)? {
        let parts = word.split(separator: "t", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.first.map({ (48...57).contains($0) }) == true else {
            return nil
        }
        return (String(parts[0]), String(parts[1]))
    }

    private static func day(_ word: String, today: Int, _ text: String) throws(Mistake) -> Int {
        switch word {
        case "today": return today
        case "yesterday": return today - 1
        default: break
        }
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4,
            let year = digits(parts[0], atMost: 9999), let month = digits(parts[1], atMost: 99),
            let day = digits(parts[2], atMost: 99)
        else { throw unreadable(text) }
        guard (1...12).contains(month), day >= 1 else { throw noDay(word, text) }
        let date = CivilDate(number: CivilDate(firstOfMonth: year * 12 + month - 1).number + day - 1)
        guard date.month == month, date.year == year else { throw noDay(word, text) }
        return date.number
    }

    /// A time of day, and the difference from UTC that was given with it.
    private struct Clock {
        var seconds: Int64
        var offset: Int64?
    }

    private static func clock(_ word: String, _ text: String) throws(Mistake) -> Clock {
        var word = Substring(word)
        var offset: Int64?
        if word.last == "z" {
            word.removeLast()
            offset = 0
        } else if let sign = word.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let parts = word[word.index(after: sign)...].split(
                separator: ":", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count), let hours = digits(parts[0], atMost: 18),
                let minutes = parts.count == 2 ? digits(parts[1], atMost: 59) : 0
            else { throw unreadable(text) }
            offset = Int64(hours * 3600 + minutes * 60) * (word[sign] == "-" ? -1 : 1)
            word = word[..<sign]
        }
        let parts = word.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = digits(parts[0], atMost: 99),
            let minute = digits(parts[1], atMost: 99),
            let second = parts.count == 3 ? digits(parts[2], atMost: 99) : 0
        else { throw unreadable(text) }
        guard hour < 24, minute < 60, second < 60 else {
            throw Mistake(
                sentence: "\(quoted(text)) is no time: the clock goes from 00:00:00 to 23:59:59")
        }
        return Clock(seconds: Int64(hour * 3600 + minute * 60 + second), offset: offset)
    }

    private static func time(_ day: Int, _ clock: Clock, _ zone: LocalZone, _ text: String)
        throws(Mistake) -> Int64
    {
        guard let offset = clock.offset else {
            return try nanoseconds(zone.time(ofDay: day, clock: clock.seconds), text)
        }
        return try nanoseconds(Int64(day) * 86_400 + clock.seconds - offset, text)
    }

    /// The number of one or two (or, of a year, four) digits.
    private static func digits(_ text: Substring, atMost most: Int) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
            let number = Int(text), number <= most
        else { return nil }
        return number
    }

    private static func floorSeconds(_ nanoseconds: Int64) -> Int64 {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? whole - 1 : whole
    }

    private static func nanoseconds(_ seconds: Int64, _ text: String) throws(Mistake) -> Int64 {
        let (time, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { throw outOfRange(text) }
        return time
    }

    // MARK: Messages

    private static func unreadable(_ text: String) -> Mistake {
        Mistake(sentence: "\(quoted(text)) is no time; expected \(examples)")
    }

    private static func noDay(_ word: String, _ text: String) -> Mistake {
        Mistake(sentence: "\(quoted(text)) is no time: there is no day \(word)")
    }

    private static func outOfRange(_ text: String) -> Mistake {
        Mistake(sentence: "\(quoted(text)) is too far away; expected a time from 1678 to 2261")
    }

    private static func quoted(_ text: String) -> String { Problem.quoted(text) }
}
