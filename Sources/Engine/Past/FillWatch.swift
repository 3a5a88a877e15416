import Core

/// The last hour of something that may fill up.
struct FillWatch {
    /// When it is full at this pace, in Unix nanoseconds; nil: it does not fill up within hours.
    private(set) var fullAt: Int64?
    private var values: [TimedValue] = []
    private var judgedAt: Int64?

    private static let step: Int64 = 300_000_000_000
    private static let length: Int64 = 75 * 60_000_000_000

    /// Puts what was recorded before the values that have been seen.
    mutating func begin(_ recorded: [TimedValue]) {
        guard let first = values.first else { return values = recorded }
        values = recorded.filter { $0.time < first.time } + values
    }

    mutating func take(_ value: Double, size: Double, peak: Double?, at moment: Int64) {
        if let last = values.last, moment < last.time { values = [] }
        // The last value of a step of five minutes is what counts.
        if values.count > 1, moment - values[values.count - 2].time < Self.step / 5 { values.removeLast() }
        values.append(TimedValue(value, at: moment))
        values.removeAll { moment - $0.time > Self.length }
        if let judgedAt, (judgedAt..<judgedAt + Self.step).contains(moment) { return }
        judgedAt = moment
        fullAt = FillingNow.make(from: values, size: size, usualPeak: peak, at: moment)
    }
}
