/// How much of the past is shown.
public enum HistorySpan: Int, Sendable, CaseIterable {
    case fiveMinutes, hour, sixHours, day, week, month, year

    /// The length in seconds; a month has 30 days, a year 365.
    public var seconds: Int64 {
        switch self {
        case .fiveMinutes: 300
        case .hour: 3600
        case .sixHours: 6 * 3600
        case .day: 86_400
        case .week: 7 * 86_400
        case .month: 30 * 86_400
        case .year: 365 * 86_400
        }
    }

    /// The length in nanoseconds.
    public var nanoseconds: Int64 { seconds * 1_000_000_000 }

    /// The length in words: "24 h".
    public var name: String {
        switch self {
        case .fiveMinutes: "5 min"
        case .hour: "1 h"
        case .sixHours: "6 h"
        case .day: "24 h"
        case .week: "7 d"
        case .month: "30 d"
        case .year: "1 y"
        }
    }

    /// Returns the span of a length that is written as a duration or a span's name: "7d", "24h", "1 y"; nil: none has it.
    public init?(_ text: String) {
        let name = String(text.filter { $0 != " " })
        let seconds = DurationText.seconds(name)
        guard
            let span = Self.allCases.first(where: {
                $0.name.filter { $0 != " " } == name || Double($0.seconds) == seconds
            })
        else { return nil }
        self = span
    }

    /// The next longer span; the longest one itself.
    public var longer: HistorySpan { HistorySpan(rawValue: rawValue + 1) ?? self }
    /// The next shorter span; the shortest one itself.
    public var shorter: HistorySpan { HistorySpan(rawValue: rawValue - 1) ?? self }

    /// Returns the nanoseconds of a stretch of a curve that is drawn in so many cells: two stretches for each cell, since
    /// braille has two columns of dots. It is rounded up to tenths of a second, from ten seconds on to whole seconds.
    public func step(cells: Int) -> Int64 {
        let columns = Int64(min(max(cells, 1), 1 << 15) * 2)
        let unit: Int64 = nanoseconds / columns < 10_000_000_000 ? 100_000_000 : 1_000_000_000
        let (units, rest) = nanoseconds.quotientAndRemainder(dividingBy: columns * unit)
        return max((units + (rest > 0 ? 1 : 0)) * unit, unit)
    }

    /// Returns the stretches of a curve in so many cells whose last one holds a Unix time in nanoseconds. They begin at
    /// multiples of their length, so that a curve that goes on moves by whole columns and does not change its shape.
    public func window(until moment: Int64, cells: Int) -> HistoryWindow {
        let step = step(cells: cells)
        let count = min(max(cells, 1), 1 << 15) * 2
        let length = step * Int64(count)
        // Far from the ends of what 64 bits hold.
        let moment = min(max(moment, Int64.min + 2 * length), Int64.max - 2 * length)
        let into = ((moment % step) + step) % step
        return HistoryWindow(start: moment - into + step - length, step: step, count: count)
    }
}

/// A stretch of time, divided into parts of the same length.
public struct HistoryWindow: Sendable, Equatable {
    /// Unix time in nanoseconds at which the first part begins.
    public var start: Int64
    /// The length of a part in nanoseconds.
    public var step: Int64
    /// The number of parts.
    public var count: Int

    /// Creates a stretch; a length or number below 1 becomes 1.
    public init(start: Int64, step: Int64, count: Int) {
        self.start = start
        self.step = max(step, 1)
        self.count = max(count, 1)
    }

    /// Unix time in nanoseconds at which the last part ends, or the latest time there is.
    public var end: Int64 {
        let (length, isTooLong) = step.multipliedReportingOverflow(by: Int64(count))
        let (end, isTooLate) = start.addingReportingOverflow(length)
        return isTooLong || isTooLate ? .max : end
    }

    /// The length in seconds.
    var seconds: Double { Double(step) * Double(count) / 1e9 }
}
