import Contract

/// The marks of a graph's time axis: round local times that the width has room for.
struct TimeAxis {
    /// A round local time.
    struct Mark: Equatable {
        /// Unix time in seconds.
        var seconds: Int64
        /// What is written below it; empty: it is a beginning only.
        var text: String
        /// Whether a day, month or year begins there, whichever is the longer unit of the span.
        var isBeginning: Bool
    }

    private enum Step {
        /// A part of a day in seconds.
        case seconds(Int64)
        case days(Int)
        case months(Int)

        var length: Double {
            switch self {
            case .seconds(let seconds): Double(seconds)
            case .days(let days): Double(days) * 86_400
            case .months(let months): Double(months) * 30.4 * 86_400
            }
        }

        /// The cells that a mark's text and the room beside it take.
        var cells: Double {
            switch self {
            case .seconds(let seconds): seconds < 60 ? 11 : 8
            case .days: 9
            case .months: 5.5
            }
        }
    }

    private static let steps: [Step] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200].map {
            .seconds($0)
        } + [1, 2, 7, 14].map { .days($0) } + [1, 2, 3, 6, 12, 24, 60, 120].map { .months($0) }

    let marks: [Mark]

    /// Creates the marks between two Unix times in seconds, in so many cells.
    init(from: Int64, to: Int64, cells: Int, zone: LocalZone) {
        let length = Double(to) - Double(from)
        guard cells > 0, length > 0,
            let step = Self.steps.first(where: { $0.length / length * Double(cells) >= $0.cells })
        else {
            marks = []
            return
        }
        switch step {
        case .seconds(let seconds): marks = Self.times(seconds, from, to, cells, zone)
        case .days(let days): marks = Self.days(days, from, to, cells, zone)
        case .months(let months): marks = Self.months(months, from, to, cells, zone)
        }
    }

    private static func times(
        _ step: Int64, _ from: Int64, _ to: Int64, _ cells: Int, _ zone: LocalZone
    ) -> [Mark] {
        zone.multiples(of: step, from: from, to: to, atMost: cells).map { seconds in
            let moment = zone.moment(at: seconds)
            let isMidnight = moment.hour == 0 && moment.minute == 0 && moment.second == 0
            let text = step < 60 ? moment.clock : moment.shortClock
            return Mark(
                seconds: seconds, text: isMidnight ? dayText(moment.date) : text, isBeginning: isMidnight)
        }
    }

    /// Weeks begin on Mondays. Where the span is longer than some of them, days are named by their month.
    private static func days(
        _ step: Int, _ from: Int64, _ to: Int64, _ cells: Int, _ zone: LocalZone
    ) -> [Mark] {
        var marks: [Mark] = []
        var day = zone.moment(at: from).date.number
        let isLong = Double(to) - Double(from) > 10 * 86_400
        while marks.count < cells {
            let seconds = zone.start(ofDay: day)
            if seconds > to { break }
            let date = CivilDate(number: day)
            // Day 4 was a Monday.
            let isMark = (((day - 4) % step) + step) % step == 0
            let isMonday = step < 7 && date.weekday == "Mon"
            if seconds >= from, isMark || isMonday {
                let text = isLong ? date.words : dayText(date)
                marks.append(Mark(seconds: seconds, text: isMark ? text : "", isBeginning: isMonday))
            }
            day += 1
        }
        return marks
    }

    private static func months(
        _ step: Int, _ from: Int64, _ to: Int64, _ cells: Int, _ zone: LocalZone
    ) -> [Mark] {
        var marks: [Mark] = []
        var month = zone.moment(at: from).date.months
        while marks.count < cells {
            let date = CivilDate(firstOfMonth: month)
            let seconds = zone.start(ofDay: date.number)
            if seconds > to { break }
            if seconds >= from, ((month % step) + step) % step == 0 {
                let isYear = date.month == 1
                marks.append(
                    Mark(
                        seconds: seconds, text: isYear ? "\(date.year)" : date.monthName, isBeginning: isYear)
                )
            }
            month += 1
        }
        return marks
    }

    private static func dayText(_ date: CivilDate) -> String { "\(date.weekday) \(date.day)" }
}
