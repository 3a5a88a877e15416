/// The stretches of a curve, fitted to columns of dots.
struct CurveColumns {
    /// One for each column; without samples where there is a gap.
    private(set) var columns: [SeriesBucket]
    /// The value of the line in each column; NaN in a gap. It crosses gaps that are no longer than the time between two
    /// samples, since a series without a sample in between has none.
    private(set) var line: [Double]

    /// Fits a curve to `count` columns of a window. `interval` is the time between two samples in nanoseconds; 0: every
    /// stretch without a sample is a gap.
    init(_ curve: SeriesCurve, in window: HistoryWindow, count: Int, interval: Int64) {
        columns = []
        columns.reserveCapacity(count)
        // In columns, as floating point: times of any size are subtracted without overflow.
        let column = window.seconds * 1e9 / Double(count)
        let offset = (Double(curve.start) - Double(window.start)) / column
        let step = Double(max(curve.step, 1)) / column
        for index in 0..<count {
            columns.append(Self.merged(curve.buckets, from: Double(index) - offset, step))
        }
        line = columns.map { $0.count > 0 ? $0.mean : .nan }
        bridge(atMost: 1.5 * Double(max(interval, 0)) / column)
    }

    /// The stretches that a column lies over. What touches it by less than a hundredth of a stretch does not count, so
    /// that inexact sums make no gaps.
    private static func merged(_ buckets: [SeriesBucket], from start: Double, _ step: Double) -> SeriesBucket
    {
        let first = (start / step + 0.01).rounded(.down)
        let end = ((start + 1) / step - 0.01).rounded(.up)
        guard first < Double(buckets.count), end > 0, first < end else { return .gap }
        let range = Int(max(first, 0))..<Int(min(end, Double(buckets.count)))
        return merged(buckets[range])
    }

    /// Merges stretches with samples; values that are not finite do not count.
    static func merged(_ buckets: ArraySlice<SeriesBucket>) -> SeriesBucket {
        var all = SeriesBucket.gap
        var total = 0.0
        for bucket in buckets where bucket.count > 0 && bucket.mean.isFinite {
            let low = bucket.minimum.isFinite ? min(bucket.minimum, bucket.mean) : bucket.mean
            let high = bucket.maximum.isFinite ? max(bucket.maximum, bucket.mean) : bucket.mean
            let last = bucket.last.isFinite ? bucket.last : bucket.mean
            let weight = Double(bucket.count)
            if all.count == 0 {
                all = SeriesBucket(
                    count: bucket.count, minimum: low, mean: bucket.mean, maximum: high, last: last)
                total = weight
                continue
            }
            total += weight
            // Halved parts instead of a difference, which may be infinite. The mean of equal values is exact.
            if bucket.mean != all.mean {
                all.mean = all.mean * ((total - weight) / total) + bucket.mean * (weight / total)
            }
            all.count =
                all.count.addingReportingOverflow(bucket.count).overflow ? .max : all.count + bucket.count
            all.minimum = min(all.minimum, low)
            all.maximum = max(all.maximum, high)
            all.last = last
        }
        return all
    }

    private mutating func bridge(atMost most: Double) {
        var last: Int?
        for index in line.indices where !line[index].isNaN {
            if let last, index - last > 1, Double(index - last) <= most {
                for between in last + 1..<index {
                    let part = Double(between - last) / Double(index - last)
                    line[between] = line[last] * (1 - part) + line[index] * part
                }
            }
            last = index
        }
    }
}
