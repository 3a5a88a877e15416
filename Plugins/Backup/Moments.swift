import PluginKit

/// Moments and their ages as a picture writes them, relative to the moment that is drawn.
struct Moments {
    let now: Double

    /// "04:00", "Tomorrow 04:00", "Fri 04:00", "2026-02-12".
    func moment(_ time: Double) -> String {
        guard let then = LocalTime(unix: time), let today = LocalTime(unix: now) else { return "–" }
        switch then.dayNumber - today.dayNumber {
        case 0: return then.clock
        case 1: return "Tomorrow " + then.clock
        case -1: return "Yesterday " + then.clock
        case -6...6: return then.weekdayName + " " + then.clock
        default: return then.date
        }
    }

    /// "Yesterday 04:11, 21h ago"
    func event(_ time: Double) -> String { moment(time) + ", " + Age.relative(now - time) }
}
