/// What is known of the wear per exposure (bytes, or hours), as intervals in which it must lie.
///
/// A reading of 12 % says that the wear is between 11.5 and 12.5 %. Over the life of a drive wear is rate × exposure, so
/// each reading bounds the rate, and a step from one percent to the next bounds it closely.
struct WearRate {
    /// An interval of the rate, in percent for each unit of exposure.
    struct Interval {
        var low: Double
        var high: Double
        /// The wear at the reference exposure that belongs to it, in percent.
        var wear: Double
        /// The exposure at which `wear` holds.
        var reference: Double
    }

    /// Alternatives that are equally likely for their width.
    private(set) var intervals: [Interval] = []
    /// The exposure at the last reading.
    let exposure: Double
    /// The exposure counts from the beginning of the drive's life.
    private(set) var isOfLife = true
    /// Since when the exposure does not belong to the whole life; nil: it does.
    private(set) var droppedSince: Int64?

    /// Consecutive readings of the same wear.
    private struct Run {
        var wear: Double
        var first: Double
        var last: Double
    }

    /// By this factor the rate seen while watching may differ from that of the life before.
    private static let mostDifference = 2.0
    /// Possible wears at the first reading after a reset, spread over its rounding.
    private static let offsets = 41

    /// Bounds the rate; nil: nothing bounds it from below.
    init?(_ readings: WearReadings) {
        let exposures = readings.exposures
        guard let last = exposures.last else { return nil }
        exposure = last.amount
        var start = 0
        for index in exposures.indices.dropFirst() where exposures[index].amount < exposures[index - 1].amount
        {
            start = index
        }
        let runs = Self.runs(exposures[start...])
        if start > 0 {
            droppedSince = exposures[start].time
        } else if last.amount <= 0 || Self.isContradicted(runs) {
            droppedSince = exposures[0].time
        }
        if droppedSince == nil {
            intervals = [Self.lifeInterval(runs)]
        } else {
            isOfLife = false
            intervals = Self.intervalsSinceReset(runs)
            guard !intervals.isEmpty else { return nil }
        }
    }

    /// Returns a rate and the exposure that is left until 100 %.
    func draw(_ random: inout ForecastRandom) -> Double {
        let total = intervals.reduce(0) { $0 + $1.high - $1.low }
        var place = random.uniform() * total
        var chosen = intervals[intervals.count - 1]
        for interval in intervals {
            if place <= interval.high - interval.low {
                chosen = interval
                break
            }
            place -= interval.high - interval.low
        }
        let rate = min(chosen.low + max(place, 0), chosen.high)
        let wear = chosen.wear + rate * (exposure - chosen.reference)
        // A drive that shows 99 % has something left.
        return max(100 - wear, 0.05) / rate
    }

    private static func runs(_ exposures: ArraySlice<WearReadings.Exposure>) -> [Run] {
        var runs: [Run] = []
        for reading in exposures {
            if let last = runs.last, last.wear == reading.wear {
                runs[runs.count - 1].last = reading.amount
            } else {
                // Where wear has fallen, the drive's firmware counts anew.
                if let last = runs.last, reading.wear < last.wear { runs = [] }
                runs.append(Run(wear: reading.wear, first: reading.amount, last: reading.amount))
            }
        }
        return runs
    }

    /// The rate by the whole life; where the readings contradict each other a little, by the last one.
    private static func lifeInterval(_ runs: [Run]) -> Interval {
        var (low, high) = (0.0, Double.infinity)
        for run in runs where run.last > 0 {
            low = max(low, (run.wear - 0.5) / max(run.first, run.last * 1e-9))
            high = min(high, (run.wear + 0.5) / run.last)
        }
        if low > high {
            let last = runs[runs.count - 1]
            low = (last.wear - 0.5) / last.last
            high = (last.wear + 0.5) / last.last
        }
        return Interval(low: low, high: high, wear: 0, reference: 0)
    }

    /// Whether the wear seen while watching does not go with the exposure of the life before: its counter was reset
    /// earlier, or counts something else.
    private static func isContradicted(_ runs: [Run]) -> Bool {
        guard let first = runs.first, let last = runs.last, last.last > first.first else { return false }
        let exposure = last.last - first.first
        let (low, high) = ((last.wear - 0.5) / last.last, (last.wear + 0.5) / last.last)
        let steps = last.wear - first.wear
        return (steps + 1) / exposure < low / mostDifference || (steps - 1) / exposure > high * mostDifference
    }

    /// The rates that go with each possible wear at the first reading.
    private static func intervalsSinceReset(_ runs: [Run]) -> [Interval] {
        guard let first = runs.first, let last = runs.last, last.wear > first.wear else { return [] }
        func bounds(_ start: Double) -> (low: Double, high: Double) {
            var (low, high) = (0.0, Double.infinity)
            for run in runs {
                if run.last > first.first {
                    high = min(high, (run.wear + 0.5 - start) / (run.last - first.first))
                }
                if run.first > first.first {
                    low = max(low, (run.wear - 0.5 - start) / (run.first - first.first))
                }
            }
            return (low, high)
        }
        // The lower bound less the upper one is a convex function of the start.
        func excess(_ start: Double) -> Double { bounds(start).low - bounds(start).high }
        let (least, most) = (first.wear - 0.5, first.wear + 0.5)
        let best = ternary(least, most, excess)
        guard excess(best) < 0 else {
            // The steps do not keep to one rate: what contradicts least.
            let (low, high) = bounds(best)
            return high > 0 && low.isFinite
                ? [Interval(low: high, high: low, wear: best, reference: first.first)] : []
        }
        let start = bisect(least, best) { excess($0) < 0 }
        let end = bisect(most, best) { excess($0) < 0 }
        return (0..<offsets).compactMap { index in
            let wear = start + (end - start) * (Double(index) + 0.5) / Double(offsets)
            let (low, high) = bounds(wear)
            guard low > 0, low < high, high.isFinite else { return nil }
            return Interval(low: low, high: high, wear: wear, reference: first.first)
        }
    }

    /// Returns where a convex function is least.
    private static func ternary(_ low: Double, _ high: Double, _ value: (Double) -> Double) -> Double {
        var (low, high) = (low, high)
        for _ in 0..<60 {
            let third = (high - low) / 3
            if value(low + third) < value(high - third) { high -= third } else { low += third }
        }
        return (low + high) / 2
    }

    /// Returns the place nearest to `outside` at which a condition holds that holds at `inside`.
    private static func bisect(_ outside: Double, _ inside: Double, _ holds: (Double) -> Bool) -> Double {
        if holds(outside) { return outside }
        var (outside, inside) = (outside, inside)
        for _ in 0..<40 {
            let middle = (outside + inside) / 2
            if holds(middle) { inside = middle } else { outside = middle }
        }
        return inside
    }
}
