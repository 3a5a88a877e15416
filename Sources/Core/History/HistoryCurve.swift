extension SeriesCurve {
    /// Draws one series from what is stored. A stretch takes the finest that there is: samples, else the shortest rollup.
    /// Where nothing came it is a gap; between two samples at their usual distance it is none, however short the step.
    /// A record that is damaged counts as one that is not there.
    ///
    /// - Parameters:
    ///   - instance: The instance's name.
    ///   - metric: The metric's id.
    ///   - chunks: Native chunks of the source, in any order.
    ///   - rollups: Rollups of the source, of any tiers, in any order.
    ///   - holds: Whether a value goes on until the next one, and a stretch fills all steps that it covers; else each
    ///     counts once, where it begins.
    ///   - primary: The tier whose rollups add to the chunks, and do not only fill what these leave; nil: none.
    ///   - limits: Unix nanoseconds for a tier: its stretches count where they end by then. What is later is told by
    ///     finer records, where a gap is one.
    ///   - start: Unix nanoseconds.
    ///   - end: Unix nanoseconds; the last stretch may go beyond. At most 65,536 stretches are drawn.
    ///   - step: Nanoseconds of a stretch, at least 1.
    public init(
        of instance: String, _ metric: String, chunks: [ChunkReader], rollups: [RollupReader],
        holds: Bool = true, primary: RollupTier? = nil, limits: [RollupTier: Int64] = [:], from start: Int64,
        to end: Int64, step: Int64
    ) {
        var drawing = CurveDrawing(start: start, end: end, step: max(step, 1), holds: holds)
        var native: [(series: SeriesValues, interval: Int64)] = []
        for chunk in chunks where drawing.overlaps(chunk.span) {
            guard let series = try? chunk.values(instance: instance, metric: metric), !series.times.isEmpty
            else {
                continue
            }
            native.append((series, chunk.usualInterval))
        }
        native.sort { $0.series.times[0] < $1.series.times[0] }
        // A chunk of a single sample, as the latest ones are, does not tell how far apart samples usually are.
        let known = native.map(\.interval).filter { $0 > 0 }.sorted()
        let usual = known.isEmpty ? Self.usualInterval : known[known.count / 2]
        for (index, part) in native.enumerated() {
            let following = index + 1 < native.count ? native[index + 1].series.times[0] : nil
            let interval = part.interval > 0 ? part.interval : usual
            drawing.add(part.series, usually: interval, following: following)
        }
        if primary == nil { drawing.endLevel() }
        for tier in RollupTier.allCases {
            let limit = limits[tier] ?? .max
            for rollup in rollups
            where rollup.tier == tier && drawing.overlaps(rollup.span.map { $0.lowerBound...$0.upperBound }) {
                guard let stretches = try? rollup.stretches(instance: instance, metric: metric) else {
                    continue
                }
                for (time, stretch) in zip(rollup.starts, stretches) where time <= limit - tier.step {
                    drawing.add(stretch.bucket, from: time, lasting: tier.step)
                }
            }
            if tier.rawValue >= primary?.rawValue ?? 0 { drawing.endLevel() }
        }
        self.init(start: start, step: max(step, 1), buckets: drawing.buckets)
    }
}

extension SeriesCurve {
    /// Nanoseconds between two samples of the native tier where no chunk tells another distance.
    private static let usualInterval: Int64 = 10_000_000_000
}

/// A curve in progress: what a finer level has drawn, a coarser one leaves alone.
private struct CurveDrawing {
    private let start: Int64
    private let step: Int64
    private let holds: Bool
    private(set) var buckets: [SeriesBucket]
    /// What finer levels have drawn.
    private var isDone: [Bool]
    /// The time of each stretch's latest value, since records may come in any order.
    private var latest: [Int64]

    init(start: Int64, end: Int64, step: Int64, holds: Bool) {
        self.start = start
        self.step = step
        self.holds = holds
        let (span, overflow) = end.subtractingReportingOverflow(start)
        let wanted = ((overflow ? .max : max(span, 1)) - 1) / step
        let count = end > start ? Int(min(wanted, Int64(HistoryFormat.mostRows - 1))) + 1 : 0
        buckets = [SeriesBucket](repeating: .gap, count: count)
        isDone = [Bool](repeating: false, count: count)
        latest = [Int64](repeating: .min, count: count)
    }

    /// Where the last stretch ends, or the latest time there is.
    private var end: Int64 {
        let (length, isTooLong) = step.multipliedReportingOverflow(by: Int64(buckets.count))
        let (end, isTooLate) = start.addingReportingOverflow(length)
        return isTooLong || isTooLate ? .max : end
    }

    func overlaps(_ span: ClosedRange<Int64>?) -> Bool {
        guard let span, !buckets.isEmpty else { return false }
        return span.upperBound >= start && index(of: span.lowerBound) < buckets.count
    }

    /// The number of the stretch that contains a time; of one before the first -1, behind the last their number.
    private func index(of time: Int64) -> Int {
        let (distance, overflow) = time.subtractingReportingOverflow(start)
        if overflow { return time > start ? buckets.count : -1 }
        return distance < 0 ? -1 : Int(min(distance / step, Int64(buckets.count)))
    }

    /// Takes in samples. Between two that are at most twice the usual distance apart the first one's value goes on.
    ///
    /// - Parameter following: When the next chunk's begin; nil: there is none.
    mutating func add(_ series: SeriesValues, usually interval: Int64, following: Int64?) {
        let reach = interval.multipliedReportingOverflow(by: 2)
        for (row, value) in series.values.enumerated() where !value.isNaN {
            let time = series.times[row]
            let bucket = SeriesBucket(count: 1, minimum: value, mean: value, maximum: value, last: value)
            let first = index(of: time)
            add(bucket, to: first, at: time)
            guard holds else { continue }
            // The latest value goes on to the end, which is the present, unless it is old.
            let end = row + 1 < series.times.count ? series.times[row + 1] : following ?? self.end
            let (distance, overflow) = end.subtractingReportingOverflow(time)
            guard !overflow, reach.overflow || distance <= reach.partialValue else { continue }
            let next = index(of: end)
            for between in stride(from: max(first + 1, 0), to: min(next, buckets.count), by: 1)
            where !isDone[between] && buckets[between].count == 0 {
                add(bucket, to: between, at: .min)
            }
        }
    }

    /// Takes in a stretch of a rollup. One that is longer than a step fills all steps that begin in it.
    mutating func add(_ bucket: SeriesBucket, from time: Int64, lasting length: Int64) {
        guard bucket.count > 0 else { return }
        let first = index(of: time)
        add(bucket, to: first, at: time)
        guard holds, length > step else { return }
        let (end, overflow) = time.addingReportingOverflow(length - 1)
        let last = min(index(of: overflow ? .max : end), buckets.count - 1)
        for further in stride(from: max(first + 1, 0), through: last, by: 1) {
            add(bucket, to: further, at: time)
        }
    }

    private mutating func add(_ bucket: SeriesBucket, to index: Int, at time: Int64) {
        guard buckets.indices.contains(index), !isDone[index] else { return }
        let old = buckets[index]
        guard old.count > 0 else {
            buckets[index] = bucket
            latest[index] = time
            return
        }
        let (count, overflow) = old.count.addingReportingOverflow(bucket.count)
        let weight = Double(bucket.count) / (Double(old.count) + Double(bucket.count))
        buckets[index] = SeriesBucket(
            count: overflow ? .max : count, minimum: min(old.minimum, bucket.minimum),
            mean: old.mean * (1 - weight) + bucket.mean * weight, maximum: max(old.maximum, bucket.maximum),
            last: time >= latest[index] ? bucket.last : old.last)
        latest[index] = max(latest[index], time)
    }

    /// Leaves what has been drawn as it is.
    mutating func endLevel() {
        for index in buckets.indices where buckets[index].count > 0 { isDone[index] = true }
    }
}
