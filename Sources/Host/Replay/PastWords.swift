import Contract
import Core
import Engine
import Platform

/// How the past is put into words.
enum PastWords {
    /// Titles that say that this is the past, and when, the longest first. The shortest has a place in the smallest window.
    static func titles(time: Int64, playing speed: Int64?, step: Int64, isPlain: Bool) -> [String] {
        let moment = LocalTime.zone.moment(at: floorSeconds(time))
        let sign = isPlain ? ">" : "▶"
        let day = String(moment.date.text.dropFirst(5))
        let mark = speed == nil ? "" : " \(sign)"
        let play = speed.map { "\(mark) \($0)\(isPlain ? "x" : "×")" } ?? ""
        let fineness = fineness(step).map { "  \($0)" } ?? ""
        return [
            "PAST \(moment.date.text) \(moment.clock)\(play)\(fineness)",
            "PAST \(moment.date.text) \(moment.clock)\(play)",
            "PAST \(day) \(moment.clock)\(play)",
            "PAST \(day) \(moment.shortClock)\(mark)",
        ]
    }

    /// What a value on display stands for; nil: for itself.
    static func fineness(_ step: Int64) -> String? {
        switch step / 1_000_000_000 {
        case ..<1: nil
        case ..<3600: "values of \(step / 60_000_000_000) min"
        case ..<86_400: "hourly values"
        default: "daily values"
        }
    }

    /// The local date and time: "2026-03-01 04:10:00".
    static func moment(_ time: Int64) -> String {
        let moment = LocalTime.zone.moment(at: floorSeconds(time))
        return "\(moment.date.text) \(moment.clock)"
    }

    /// What is to be said about the moment on display; nil: nothing.
    static func sentence(_ remark: RecordedRemark) -> String? {
        switch remark {
        case .none: nil
        case .silent(let since):
            "Nothing was recorded at this moment; the last record before it is of \(moment(since))."
        case .before(let begin?):
            "Nothing was recorded until this moment; the history begins \(moment(begin))."
        case .before(nil): "Nothing of what is shown here has been recorded yet."
        case .unreadable(let reason): "\(reason.prefix(1).uppercased())\(reason.dropFirst())."
        }
    }

    /// What was found when an event was looked for.
    static func sentence(_ answer: EventAnswer, isForward: Bool) -> String {
        if let trouble = answer.trouble { return "\(trouble.prefix(1).uppercased())\(trouble.dropFirst())." }
        guard let event = answer.event else {
            return isForward
                ? "Nothing went wrong after this moment." : "Nothing went wrong before this moment."
        }
        return "\(event.host): \(event.words)"
    }

    private static func floorSeconds(_ nanoseconds: Int64) -> Int64 {
        let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? whole - 1 : whole
    }
}
