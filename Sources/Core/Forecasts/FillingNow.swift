/// Something that is filling up so fast that it is full within hours: a log that nothing rotates, a leak of memory.
public enum FillingNow {
    /// The length of a step, and how many are looked at.
    private static let step = 5 * Span.minute
    private static let steps = 12
    /// The steps that must have risen.
    private static let rising = 11
    /// It must be full within this time at the pace of the last hour.
    private static let soon = 6 * Span.hour
    /// The part of the size by which it must exceed what is usual: no night is quite like another.
    private static let beyondPeak = 0.01

    /// Returns when it is full at the pace of the last hour, as a Unix time in nanoseconds.
    ///
    /// Returns nil unless it rose in at least 11 of the last 12 steps of five minutes, and is full within six hours. A
    /// step without a value is no rise, but it may not be the first or the last.
    ///
    /// - Parameter samples: What is used, in the order of time; at least a value in five minutes. Those after `moment`
    ///   and those that are older than an hour are not looked at.
    /// - Parameter size: What is used when it is full.
    /// - Parameter usualPeak: The most that was used on one of the days before, such as ``usualPeak(of:at:)`` has it;
    ///   below it nothing fills up that has not done so before and ended by itself.
    public static func make(
        from samples: [TimedValue], size: Double, usualPeak: Double? = nil, at moment: Int64
    ) -> Int64? {
        var values = [Double?](repeating: nil, count: steps + 1)
        for sample in samples.reversed()
        where (0...max(moment, 0)).contains(sample.time) && sample.value.isFinite {
            let place = Int((moment - sample.time) / step)
            guard place <= steps else { break }
            // The last value of a step is the first that is met.
            values[place] = values[place] ?? sample.value
        }
        let usual = usualPeak.map { $0 + beyondPeak * size } ?? -.infinity
        guard let last = values[0], let first = values[steps], last > usual, size > last else { return nil }
        let rises = zip(values, values.dropFirst()).count { later, earlier in
            guard let later, let earlier else { return false }
            return later > earlier
        }
        guard rises >= rising else { return nil }
        let pace = (last - first) / Double(Int64(steps) * step)
        let left = (size - last) / pace
        return pace > 0 && left <= Double(soon) ? Span.after(moment, by: left) : nil
    }

    /// Returns the most that was used in the week that ended a day before `moment`; nil: nothing is known of it.
    ///
    /// A backup that fills a disk to 80 % each night and removes its files is no alarm at 70 %.
    ///
    /// - Parameter samples: What is used, by the largest value of each stretch.
    public static func usualPeak(of samples: [TimedValue], at moment: Int64) -> Double? {
        samples.lazy.filter {
            let age = moment.subtractingReportingOverflow($0.time)
            return !age.overflow && age.partialValue >= Span.day && age.partialValue < Span.day + Span.week
                && $0.value.isFinite
        }.map(\.value).max()
    }
}
