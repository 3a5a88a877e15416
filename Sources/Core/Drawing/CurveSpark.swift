import Contract

/// A small picture of a curve, the latest at the right: the means as an area, and what lies between mean and maximum
/// shaded, so that a short spike is seen. A gap is blank.
public struct CurveSpark: Sendable {
    /// The values; they fill the width.
    public var curve: SeriesCurve
    /// Nanoseconds between two samples: shorter stretches without one are no gaps; 0: all are.
    public var interval: Int64
    /// The look of the area.
    public var style: Style

    /// The highest row of dots stays blank, so that pictures in rows below each other do not touch.
    var leavesGap = false

    /// Creates a picture of a curve.
    public init(_ curve: SeriesCurve, interval: Int64 = 0, style: Style = Style(.graph)) {
        self.curve = curve
        self.interval = interval
        self.style = style
    }

    /// Larger pictures are cut: no screen has more cells.
    private static let most = Size(1000, 300)
    /// A range below this part of the largest value is widened, so that what hardly moves looks so.
    private static let leastRange = 0.1

    /// Draws the picture into a rectangle; nothing where there is no value.
    public func draw(into surface: inout Surface, at rect: Rect, isUTF8: Bool, clip: Rect? = nil) {
        let cells = Size(
            min(max(rect.width, 0), Self.most.width), min(max(rect.height, 0), Self.most.height))
        let window = HistoryWindow(start: curve.start, step: curve.step, count: curve.buckets.count)
        guard cells.width > 0, cells.height > 0, !curve.buckets.isEmpty else { return }
        let columns = CurveColumns(
            curve, in: window, count: cells.width * (isUTF8 ? 2 : 1), interval: interval)
        guard let scale = Self.scale(columns) else { return }
        let style = self.style.role == .critical ? self.style.adding(.frame) : self.style
        let clip = surface.visible(clip)
        guard isUTF8 else {
            Spark(
                values: columns.line.map { Float($0) }, minimum: scale.low, maximum: scale.high,
                isUTF8: false, style: style
            ).draw(
                into: &surface, x: rect.x, y: rect.y, width: cells.width, height: cells.height, clip: clip)
            return
        }
        var canvas = DotCanvas(cells: cells, isUTF8: true)
        fill(columns, scale, on: &canvas)
        let shade = Style(.muted, style.flags.union(.frame), on: style.background)
        canvas.draw(into: &surface, x: rect.x, y: rect.y, clip: clip, joins: true) { owner in
            (owner == nil ? shade : style, ":")
        }
    }

    private typealias Scale = (low: Double, high: Double)

    private func fill(_ columns: CurveColumns, _ scale: Scale, on canvas: inout DotCanvas) {
        let rows = Double(max(canvas.height - 1, 1))
        let highest = leavesGap ? (rows - 1) / rows : 1
        func row(_ value: Double) -> Int {
            // Halved, since the difference of two finite numbers may be infinite.
            let fraction = (value / 2 - scale.low / 2) / (scale.high / 2 - scale.low / 2)
            // What differs by the error of a sum alone is in the same row, so that a constant is a straight line.
            let rounded = (fraction * 1e9).rounded() / 1e9
            return canvas.row(of: rounded.isNaN ? 0 : min(max(rounded, 0), 1) * highest)
        }
        for (x, value) in columns.line.enumerated() where !value.isNaN {
            let top = row(value)
            canvas.fill(x: x, from: top)
            let bucket = columns.columns[x]
            if bucket.count > 1 {
                let peak = row(bucket.maximum)
                if peak < top { canvas.shade(x: x, from: peak, to: top - 1) }
            }
        }
    }

    /// The range of the picture; nil: there is no value.
    private static func scale(_ columns: CurveColumns) -> Scale? {
        let known = columns.columns.filter { $0.count > 0 }
        guard let low = known.map(\.minimum).min(), let high = known.map(\.maximum).max() else { return nil }
        // A constant 0 lies at the bottom, another constant in the middle.
        if low == 0, high == 0 { return (0, 1) }
        let least = max(abs(low), abs(high)) * leastRange
        guard high / 2 - low / 2 < least / 2 else { return (low, high) }
        let middle = low / 2 + high / 2
        return (middle - least / 2, middle + least / 2)
    }
}

extension Appearance {
    /// The sign of a trend, one cell wide.
    public func mark(of trend: Trend) -> Unicode.Scalar {
        switch trend {
        case .down: isUTF8 ? "↓" : "v"
        case .slightlyDown: isUTF8 ? "↘" : "\\"
        case .flat: isUTF8 ? "→" : "-"
        case .slightlyUp: isUTF8 ? "↗" : "/"
        case .up: isUTF8 ? "↑" : "^"
        }
    }
}
