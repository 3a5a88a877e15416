import CPosix
import Core

/// Texts of Unix times, in nanoseconds, in the time zone of this machine.
public enum LocalTime {
    /// The time zone of `TZ`, else the system's, with its changes from the year 2000 to two years after the start of this
    /// program. Read once; any thread may use it.
    public static let zone: LocalZone = {
        let start: Int64 = 946_684_800
        let end = max(Int64(time(nil)), start) + 2 * 365 * 86_400
        return LocalZone(from: start, to: end) { seconds in
            var (time, parts) = (time_t(seconds), tm())
            localtime_r(&time, &parts)
            return Int(parts.tm_gmtoff)
        }
    }()

    /// Returns the time of day: "14:05:09".
    public static func clock(_ nanoseconds: Int64) -> String {
        let parts = parts(nanoseconds)
        return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }

    /// Returns "14:05" for a time of today or within the next 24 hours, else "Yesterday" or the month and day,
    /// "11-03". No text is longer than that.
    public static func moment(_ nanoseconds: Int64, now: Int64) -> String {
        let (then, today) = (parts(nanoseconds), parts(now))
        let isNear = nanoseconds > now && nanoseconds - now < 86_400_000_000_000
        if isNear || isSameDay(then, today) { return "\(two(then.tm_hour)):\(two(then.tm_min))" }
        if isSameDay(then, parts(now - 86_400_000_000_000)) { return "Yesterday" }
        return "\(two(then.tm_mon + 1))-\(two(then.tm_mday))"
    }

    /// Returns how local time differs from UTC in the year before a time and in the year after it.
    public static func zone(around nanoseconds: Int64) -> LocalZone {
        let now = nanoseconds / 1_000_000_000
        func offset(_ seconds: Int64) -> Int { parts(seconds * 1_000_000_000).tm_gmtoff }
        let week: Int64 = 7 * 86_400
        var offsets = [LocalZone.Offset(seconds: offset(now - 53 * week))]
        for start in stride(from: now - 53 * week, to: now + 53 * week, by: Int(week)) {
            let after = offset(start + week)
            guard after != offsets[offsets.count - 1].seconds else { continue }
            // The second at which clocks were changed lies between.
            var (low, high) = (start, start + week)
            while high - low > 1 {
                let middle = low + (high - low) / 2
                if offset(middle) == after { high = middle } else { low = middle }
            }
            offsets.append(LocalZone.Offset(from: high, seconds: after))
        }
        return LocalZone(offsets)
    }

    private static func parts(_ nanoseconds: Int64) -> tm {
        var seconds = time_t(nanoseconds / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts
    }

    private static func isSameDay(_ left: tm, _ right: tm) -> Bool {
        left.tm_yday == right.tm_yday && left.tm_year == right.tm_year
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
