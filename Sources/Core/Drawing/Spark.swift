import Contract

/// A curve of all values, the newest at the right, and what lies between a mean and the largest value shaded.
struct Spark {
    var values: [Float]
    /// The largest value that each value stands for; empty: none is larger.
    var highs: [Float] = []
    var minimum: Double
    var maximum: Double
    var isUTF8: Bool
    var style: Style

    /// Dots of a braille cell for 0 to 4 levels, in its left and right column.
    private static let leftDots: [UInt32] = [0, 0x40, 0x44, 0x46, 0x47]
    private static let rightDots: [UInt32] = [0, 0x80, 0xa0, 0xb0, 0xb8]
    /// The highest of those dots.
    private static let leftTops: [UInt32] = [0, 0x40, 0x04, 0x02, 0x01]
    private static let rightTops: [UInt32] = [0, 0x80, 0x20, 0x10, 0x08]
    /// Every second dot, so that a shade differs from an area without colours.
    private static let shade: UInt32 = 0x95
    private static let ascii: [Unicode.Scalar] = [" ", ".", ":", "#"]

    /// Draws the curve. `clip` must lie on the surface.
    func draw(into surface: inout Surface, x: Int, y: Int, width: Int, height: Int, clip: Rect) {
        let area = visible(x: x, y: y, width: width, height: height, clip: clip)
        let perCell = isUTF8 ? 2 : 1
        guard area.width > 0, area.height > 0 else { return }
        // A picture that is wider than the screen shows its right end, at a width that the screen might have.
        let fitted = fitted(to: min(width, 1 << 15) * perCell)
        guard let scale = Scale(fitted) else { return }
        let perRow = isUTF8 ? 4 : 3
        // Bounded, since rows beyond any surface are clipped anyway.
        let rows = min(height, 1 << 20)
        let style = self.style.role == .critical ? self.style.adding(.frame) : self.style
        let shadeStyle = Style(.muted, style.flags.union(.frame), on: style.background)
        // The newest value is in the last column of the whole width, even where that is clipped.
        let firstValue = fitted.values.count - width * perCell
        for column in area.x..<(area.x + area.width) {
            let index = firstValue + (column - x) * perCell
            let left = fitted.levels(at: index, scale, of: rows * perRow)
            let right = isUTF8 ? fitted.levels(at: index + 1, scale, of: rows * perRow) : (mean: 0, high: 0)
            for row in area.y..<(area.y + area.height) {
                let below = (rows - 1 - (row - y)) * perRow
                func part(_ level: Int) -> Int { min(max(level - below, 0), perRow) }
                let (a, b) = (part(left.mean), part(right.mean))
                let (c, d) = (part(left.high), part(right.high))
                if c == 0 && d == 0 { continue }
                guard isUTF8 else {
                    if a > 0 { surface.store(Spark.ascii[a].value, x: column, y: row, style: style) }
                    continue
                }
                let area = Spark.leftDots[a] | Spark.rightDots[b]
                // The top of a peak is always set.
                let tops =
                    (c > 0 && c < perRow || left.high == below + perRow ? Spark.leftTops[c] : 0)
                    | (d > 0 && d < perRow || right.high == below + perRow ? Spark.rightTops[d] : 0)
                let range = (Spark.leftDots[c] | Spark.rightDots[d]) & ~area
                let peaks = range & Spark.shade | tops & ~area
                if area | peaks == 0 { continue }
                surface.store(0x2800 | area | peaks, x: column, y: row, style: area == 0 ? shadeStyle : style)
            }
        }
    }

    /// Returns the curve in at most so many columns, each of which stands for as many values.
    private func fitted(to columns: Int) -> Spark {
        guard values.count > columns, columns > 0 else { return self }
        var fitted = self
        (fitted.values, fitted.highs) = ([], [])
        fitted.values.reserveCapacity(columns)
        fitted.highs.reserveCapacity(columns)
        for column in 0..<columns {
            let first = column * values.count / columns
            let part = first..<((column + 1) * values.count / columns)
            var (sum, count, high) = (0.0, 0, -Float.infinity)
            for index in part where !values[index].isNaN {
                (sum, count) = (sum + Double(values[index]), count + 1)
                high = max(high, index < highs.count ? highs[index] : values[index])
            }
            fitted.values.append(count > 0 ? Float(sum / Double(count)) : .nan)
            fitted.highs.append(count > 0 ? high : .nan)
        }
        return fitted
    }

    /// The levels of a value and of its peak: 0 for a gap, else at least 1, so that the lowest value is visible.
    private func levels(at index: Int, _ scale: Scale, of levels: Int) -> (mean: Int, high: Int) {
        guard index >= 0, index < values.count, !values[index].isNaN else { return (0, 0) }
        func level(_ value: Float) -> Int {
            1 + Int(scale.fraction(of: Double(value)) * Double(levels - 1) + 0.5)
        }
        let mean = level(values[index])
        return (mean, index < highs.count && highs[index] > values[index] ? level(highs[index]) : mean)
    }

    private func visible(x: Int, y: Int, width: Int, height: Int, clip: Rect) -> Rect {
        let (left, top) = (max(x, clip.x), max(y, clip.y))
        let right = min(x + width, clip.x + clip.width)
        let bottom = min(y + height, clip.y + clip.height)
        return Rect(x: left, y: top, width: max(right - left, 0), height: max(bottom - top, 0))
    }

    /// Maps values to 0...1.
    struct Scale {
        private var low: Double
        private var high: Double

        /// Bounds that are not given come from the values that are shown. nil where there is no value at all.
        init?(_ spark: Spark) {
            (low, high) = (spark.minimum, spark.maximum)
            if low.isFinite && high.isFinite { return }
            var (least, most) = (Float.infinity, -Float.infinity)
            var isEmpty = true
            for (index, value) in spark.values.enumerated() {
                if !value.isNaN { isEmpty = false }
                if value.isFinite { (least, most) = (min(least, value), max(most, value)) }
                if index < spark.highs.count, spark.highs[index].isFinite {
                    most = max(most, spark.highs[index])
                }
            }
            if isEmpty { return nil }
            if least > most { (least, most) = (0, 0) }
            if !low.isFinite { low = Double(least) }
            if !high.isFinite { high = Double(most) }
        }

        func fraction(of value: Double) -> Double {
            if value == .infinity { return 1 }
            if value == -.infinity { return 0 }
            guard high > low else {
                // A constant is drawn in the middle, a constant 0 at the bottom.
                return value < low || value == 0 ? 0 : value > high ? 1 : 0.5
            }
            // Halved, since the difference of two finite numbers may be infinite.
            let fraction = (value / 2 - low / 2) / (high / 2 - low / 2)
            return fraction.isNaN ? 0 : min(max(fraction, 0), 1)
        }
    }
}
