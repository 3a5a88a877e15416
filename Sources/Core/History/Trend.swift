/// Which way a series went over the span of a curve.
public enum Trend: Sendable, CaseIterable {
    case down, slightlyDown, flat, slightlyUp, up

    /// More points than these make the answer slower and no better.
    private static let mostPoints = 48
    private static let fewestPoints = 8
    /// A change below this part of the usual value is none; from ``large`` on it is more than slight.
    private static let small = 0.005
    private static let large = 0.05
    /// How many of its standard errors a change must be.
    private static let certainty = 3.0

    /// Judges a curve, usually of a day: the median of the slopes between all its points, unless it lies within the noise
    /// around it. A daily rise and fall counts as noise. Nil where it is not known: fewer than eight points, or points
    /// in less than half of the span.
    public init?(_ curve: SeriesCurve) {
        let points = Self.points(of: curve)
        guard points.count >= Self.fewestPoints, let first = points.first, let last = points.last,
            last.x - first.x >= 0.5
        else { return nil }
        let usual = Self.median(points.map { abs($0.y) })
        let change = Self.change(points)
        // Nothing is a small part of 0.
        let part = usual > 0 ? abs(change) / usual : change == 0 ? 0 : 1
        guard part >= Self.small, change.isFinite else {
            self = .flat
            return
        }
        let isLarge = part >= Self.large
        self = change > 0 ? (isLarge ? .up : .slightlyUp) : (isLarge ? .down : .slightlyDown)
    }

    private struct Point {
        /// 0 at the beginning of the curve, 1 at its end.
        var x: Double
        var y: Double
    }

    /// The means of up to ``mostPoints`` parts of the curve. Values beyond 1e150 are left out: their squares are infinite.
    private static func points(of curve: SeriesCurve) -> [Point] {
        let count = curve.buckets.count
        let parts = min(count, mostPoints)
        return (0..<parts).compactMap { part in
            let buckets = curve.buckets[part * count / parts..<(part + 1) * count / parts]
            let values = buckets.filter { $0.count > 0 && abs($0.mean) < 1e150 }.map(\.mean)
            guard !values.isEmpty else { return nil }
            let mean = values.reduce(0) { $0 + $1 / Double(values.count) }
            return Point(x: (Double(part) + 0.5) / Double(parts), y: mean)
        }
    }

    /// The change over the whole span; 0 where it may be noise.
    private static func change(_ points: [Point]) -> Double {
        let steps = zip(points.dropFirst(), points).map { $0.y - $1.y }
        // What never turns round has no noise, and a single step, as of wear, has no slope in the middle.
        if steps.allSatisfy({ $0 >= 0 }) || steps.allSatisfy({ $0 <= 0 }) {
            return points[points.count - 1].y - points[0].y
        }
        var slopes: [Double] = []
        slopes.reserveCapacity(points.count * points.count / 2)
        for (index, left) in points.enumerated() {
            for right in points[(index + 1)...] { slopes.append((right.y - left.y) / (right.x - left.x)) }
        }
        let slope = median(slopes)
        return abs(slope) >= certainty * error(of: slope, points) ? slope : 0
    }

    /// The standard error of a slope. Values that follow the ones before them tell less than independent ones: their
    /// number is reduced by their correlation.
    private static func error(of slope: Double, _ points: [Point]) -> Double {
        let level = median(points.map { $0.y - slope * $0.x })
        let rest = points.map { $0.y - slope * $0.x - level }
        let noise = 1.4826 * median(rest.map { abs($0) })
        let clipped = rest.map { min(max($0, -3 * noise), 3 * noise) }
        let power = clipped.reduce(0) { $0 + $1 * $1 }
        let product = zip(clipped.dropFirst(), clipped).reduce(0) { $0 + $1.0 * $1.1 }
        let correlation = power > 0 ? min(max(product / power, 0), 1) : 0
        let independent = max(Double(points.count) * (1 - correlation) / (1 + correlation), 2)
        return noise * (12 / independent).squareRoot()
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : sorted[middle - 1] / 2 + sorted[middle] / 2
    }
}
