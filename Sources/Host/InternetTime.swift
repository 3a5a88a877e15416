import CPosix
import Glibc

/// A moment as RFC 3339 writes it: 2026-03-01T12:00:00Z, 2026-03-01T12:00:00.5+01:00.
enum InternetTime {
    /// Unix seconds and the nanoseconds after them; nil: the text is no such time, or no calendar has that day.
    static func parse(_ text: String) -> (seconds: Int64, nanoseconds: Int64)? {
        let bytes = Array(text.utf8)
        let pattern = Array("0000-00-00T00:00:00".utf8)
        guard bytes.count > pattern.count,
            zip(bytes, pattern).allSatisfy({ isDigit($1) ? isDigit($0) : $0 == $1 })
        else { return nil }
        var time = tm()
        time.tm_year = number(bytes[0..<4]) - 1900
        time.tm_mon = number(bytes[5..<7]) - 1
        time.tm_mday = number(bytes[8..<10])
        time.tm_hour = number(bytes[11..<13])
        time.tm_min = number(bytes[14..<16])
        time.tm_sec = number(bytes[17..<19])
        let asked = time
        let seconds = Int64(timegm(&time))
        // What is too large has been carried over.
        guard time.tm_mon == asked.tm_mon, time.tm_mday == asked.tm_mday, time.tm_hour == asked.tm_hour,
            time.tm_min == asked.tm_min, time.tm_sec == asked.tm_sec
        else { return nil }
        var rest = bytes[pattern.count...]
        var nanoseconds: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix(while: isDigit)
            guard !digits.isEmpty else { return nil }
            for place in 0..<9 {
                let digit = place < digits.count ? digits[digits.startIndex + place] : UInt8(ascii: "0")
                nanoseconds = nanoseconds * 10 + Int64(digit - UInt8(ascii: "0"))
            }
            rest = rest[digits.endIndex...]
        }
        return offset(rest).map { (seconds - $0, nanoseconds) }
    }

    /// Seconds that a zone is ahead of UTC: "Z", "+01:00", "+0100", "+01".
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int64? {
        if zone.elementsEqual("Z".utf8) || zone.elementsEqual("z".utf8) { return 0 }
        guard let sign = zone.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
            return nil
        }
        var digits = Array(zone.dropFirst())
        if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
        guard digits.count == 2 || digits.count == 4, digits.allSatisfy(isDigit) else { return nil }
        let (hours, minutes) = (number(digits[..<2]), number(digits[2...]))
        guard hours < 24, minutes < 60 else { return nil }
        return Int64(hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int32 {
        digits.reduce(0) { $0 * 10 + Int32($1 - UInt8(ascii: "0")) }
    }
}
