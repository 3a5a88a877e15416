import CPosix
import Core

extension LocalZone {
    /// Reads the time zone of this machine over a span of Unix times in seconds: TZ, else what `/etc/localtime` is at the
    /// moment.
    public static func ofMachine(from start: Int64, to end: Int64) -> LocalZone {
        tzset()
        return LocalZone(from: start, to: end) { seconds in
            var time = time_t(seconds)
            var parts = tm()
            return localtime_r(&time, &parts) == nil ? 0 : parts.tm_gmtoff
        }
    }
}
