import Contract

/// Where the parts of a graph are. What has no room is left out: the frame, the legend, the axes.
struct GraphLayout {
    /// Whether there is a frame.
    let hasFrame: Bool
    /// The rectangle inside the frame.
    let content: Rect
    /// The rectangle of the curves.
    let plot: Rect
    /// The width of the numbers at the value axis; 0: there is none.
    let labelWidth: Int
    /// The row of the time axis and the row of its times; nil: no room.
    let axisRow, timeRow: Int?
    /// The rectangle of the legend; may be empty.
    let legend: Rect
    /// Whether the legend has headings.
    let hasHeadings: Bool
    /// Whether the ends of curves have marks.
    let hasMarks: Bool
    /// The values.
    let axis: ValueAxis
    /// Whether there is no value in the window.
    let isEmpty: Bool

    init(_ sheet: GraphSheet, in rect: Rect) {
        hasFrame = rect.width >= 24 && rect.height >= 8
        let content =
            hasFrame
            ? WidgetFrame.content(of: rect)
            : Rect(x: rect.x, y: rect.y, width: max(rect.width, 0), height: max(rect.height, 0))
        self.content = content

        let height = content.height
        hasHeadings = height >= 10
        let wanted = sheet.series.count + (hasHeadings ? 1 : 0)
        let legendRows = height >= 10 ? min(wanted, max(height / 3, 2)) : height >= 6 ? min(wanted, 1) : 0
        let axisRows = height >= 4 ? 2 : height == 3 ? 1 : 0
        let blank = height >= 24 && legendRows > 0 ? 1 : 0
        let rows = max(height - legendRows - axisRows - blank, min(height, 1))

        let values = Self.extent(sheet)
        isEmpty = values == nil
        axis = ValueAxis(
            low: values?.low ?? 0, high: values?.high ?? 1, unit: sheet.unit, limits: sheet.limits, rows: rows
        )
        let label = Self.labelWidth(sheet, axis)
        labelWidth = content.width >= label + 2 + 8 && height >= 3 ? label : 0
        let left = labelWidth > 0 ? labelWidth + 2 : 0
        hasMarks = sheet.series.count > 1 && content.width >= left + 16
        plot = Rect(
            x: content.x + left, y: content.y, width: max(content.width - left - (hasMarks ? 1 : 0), 0),
            height: rows)
        axisRow = axisRows == 2 ? content.y + rows : nil
        timeRow = axisRows > 0 ? content.y + rows + axisRows - 1 : nil
        legend = Rect(
            x: content.x, y: content.y + height - legendRows, width: content.width, height: legendRows)
    }

    /// The column of the plot, from its left edge, for a part of the window; nil: it is not in the plot.
    func column(of part: Double) -> Int? {
        guard part >= 0, part <= 1, plot.width > 0 else { return nil }
        return min(Int(part * Double(plot.width)), plot.width - 1)
    }

    /// The row of cells of a value, from the top of the plot.
    func row(of value: Double, isUTF8: Bool) -> Int {
        let dots = plot.height * (isUTF8 ? 4 : 1)
        return Int((1 - axis.fraction(of: value)) * Double(max(dots - 1, 0)) + 0.5) / (isUTF8 ? 4 : 1)
    }

    /// The smallest and the largest value in the window.
    private static func extent(_ sheet: GraphSheet) -> (low: Double, high: Double)? {
        var extent: (low: Double, high: Double)?
        for series in sheet.series {
            let all = CurveColumns.merged(series.curve.buckets(in: sheet.window))
            guard all.count > 0 else { continue }
            extent = (
                min(extent?.low ?? all.minimum, all.minimum), max(extent?.high ?? all.maximum, all.maximum)
            )
        }
        return extent
    }

    /// The width that the unit's numbers usually have, so that the plot does not change its width with each value.
    private static func labelWidth(_ sheet: GraphSheet, _ axis: ValueAxis) -> Int {
        let usual =
            switch sheet.unit {
            case "percent": 4
            case "bytes/s", "seconds", "hertz": 7
            default: 5
            }
        let limits = [sheet.limits.warning, sheet.limits.critical].filter { axis.contains($0) }
        let texts = axis.marks.map(\.text) + limits.map { Format.number($0, unit: sheet.unit) }
        return max(texts.map { CharacterWidth.of($0) }.max() ?? 0, usual)
    }
}

extension SeriesCurve {
    /// The stretches whose middle lies in a window.
    func buckets(in window: HistoryWindow) -> ArraySlice<SeriesBucket> {
        let (step, offset) = (Double(max(self.step, 1)), Double(window.start) - Double(start))
        let first = (offset / step - 0.5).rounded(.up)
        let end = ((offset + window.seconds * 1e9) / step - 0.5).rounded(.up)
        let count = Double(buckets.count)
        let low = Int(min(max(first, 0), count))
        return buckets[low..<max(low, Int(min(max(end, 0), count)))]
    }
}
