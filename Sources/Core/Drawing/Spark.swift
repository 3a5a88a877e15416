import Contract

/// A curve of the last values, the newest at the right.
struct Spark {
    var values: [Float]
    var minimum: Double
    var maximum: Double
    var isUTF8: Bool
    var style: Style

    /// Dots of a braille cell for 0 to 4 levels, in its left and right column.
    private static let leftDots: [UInt32] = [0, 0x40, 0x44, 0x46, 0x47]
    private static let rightDots: [UInt32] = [0, 0x80, 0xa0, 0xb0, 0xb8]
    private static let ascii: [Unicode.Scalar] = [" ", ".", ":", "#"]

    /// Draws the curve. `clip` must lie on the surface.
    func draw(into surface: inout Surface, x: Int, y: Int, width: Int, height: Int, clip: Rect) {
        let area = visible(x: x, y: y, width: width, height: height, clip: clip)
        let perCell = isUTF8 ? 2 : 1
        guard area.width > 0, area.height > 0, let scale = Scale(self, shown: width * perCell) else { return }
        let perRow = isUTF8 ? 4 : 3
        // Bounded, since rows beyond any surface are clipped anyway.
        let rows = min(height, 1 << 20)
        let style = self.style.role == .critical ? self.style.adding(.frame) : self.style
        // The newest value is in the last column of the whole width, even where that is clipped.
        let firstValue = values.count - width * perCell
        for column in area.x..<(area.x + area.width) {
            let index = firstValue + (column - x) * perCell
            let left = level(at: index, scale, of: rows * perRow)
            let right = isUTF8 ? level(at: index + 1, scale, of: rows * perRow) : 0
            for row in area.y..<(area.y + area.height) {
                let below = (rows - 1 - (row - y)) * perRow
                let (a, b) = (min(max(left - below, 0), perRow), min(max(right - below, 0), perRow))
                if a == 0 && b == 0 { continue }
                let scalar =
                    isUTF8
                    ? Unicode.Scalar(0x2800 | Spark.leftDots[a] | Spark.rightDots[b]) ?? " " : Spark.ascii[a]
                surface.store(scalar.value, x: column, y: row, style: style)
            }
        }
    }

    /// The level of a value: 0 for a gap, else at least 1, so that the lowest value is visible.
    private func level(at index: Int, _ scale: Scale, of levels: Int) -> Int {
        guard index >= 0, index < values.count else { return 0 }
        let value = Double(values[index])
        guard !value.isNaN else { return 0 }
        return 1 + Int(scale.fraction(of: value) * Double(levels - 1) + 0.5)
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
        init?(_ spark: Spark, shown: Int) {
            (low, high) = (spark.minimum, spark.maximum)
            if low.isFinite && high.isFinite { return }
            var (least, most) = (Float.infinity, -Float.infinity)
            var isEmpty = true
            for value in spark.values.suffix(shown) {
                if !value.isNaN { isEmpty = false }
                guard value.isFinite else { continue }
                least = min(least, value)
                most = max(most, value)
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
