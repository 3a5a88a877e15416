import Contract

/// The table below a graph: each curve with its latest, smallest, mean and largest value, and with a cursor those of its
/// column.
struct GraphLegend {
    /// A column of numbers.
    private struct Column {
        var title: String
        var role: Role
        /// Left out first where it is the highest.
        var priority: Int
        /// One for each curve.
        var texts: [String]

        var width: Int { (texts + [title]).map { CharacterWidth.of($0) }.max() ?? 0 }
    }

    private let sheet: GraphSheet
    private let layout: GraphLayout
    private let cursor: Int?
    private let columns: [Column]
    private let nameWidth: Int
    private let heading: String

    private static let shortWidth = 60
    private static let gap = 2
    private static let leastName = 8

    init(_ sheet: GraphSheet, _ layout: GraphLayout) {
        self.sheet = sheet
        self.layout = layout
        cursor = sheet.cursorColumn(layout)
        var columns = cursor.map { Self.ofCursor($0, sheet, layout) } ?? []
        columns += Self.ofSpan(sheet, isSecond: cursor != nil)
        // The heading tells the time of the cursor, which the numbers belong to.
        heading = layout.hasHeadings ? Self.heading(sheet, layout, cursor) : ""
        let longest = sheet.series.map { CharacterWidth.of($0.name, atMost: 32) }.max() ?? 0
        let markWidth = sheet.series.count > 1 ? 2 : 0
        let least = max(
            markWidth + min(longest, Self.leastName), cursor == nil ? 0 : CharacterWidth.of(heading))
        func total() -> Int { columns.reduce(0) { $0 + $1.width + Self.gap } }
        while columns.count > 1, total() + least > layout.legend.width {
            guard let last = columns.max(by: { $0.priority < $1.priority }) else { break }
            columns.removeAll { $0.priority == last.priority }
        }
        nameWidth = max(layout.legend.width - total(), 0)
        self.columns = columns
    }

    // MARK: Numbers

    private static func ofSpan(_ sheet: GraphSheet, isSecond: Bool) -> [Column] {
        let all = sheet.series.map { CurveColumns.merged($0.curve.buckets(in: sheet.window)) }
        let role: Role = isSecond ? .label : .value
        func column(_ title: String, _ priority: Int, _ value: (SeriesBucket) -> Double) -> Column {
            Column(
                title: title, role: role, priority: isSecond ? priority + 10 : priority,
                texts: all.map { text(of: $0, value, sheet.unit) })
        }
        var latest = column(sheet.isPast ? "last" : "now", 0) { $0.last }
        if !sheet.isPast {
            for (index, series) in sheet.series.enumerated() where !isFresh(series, sheet) {
                latest.texts[index] = "–"
            }
        }
        return [
            latest, column("min", 2) { $0.minimum }, column("mean", 3) { $0.mean },
            column("max", 1) { $0.maximum },
        ]
    }

    private static func ofCursor(_ cursor: Int, _ sheet: GraphSheet, _ layout: GraphLayout) -> [Column] {
        let all = sheet.series.map { series in
            // As wide as a cell, so that the numbers are those of what the column shows.
            let columns = CurveColumns(
                series.curve, in: sheet.window, count: layout.plot.width, interval: series.interval)
            return columns.columns[min(cursor, columns.columns.count - 1)]
        }
        func column(_ title: String, _ priority: Int, _ value: (SeriesBucket) -> Double) -> Column {
            Column(
                title: title, role: .accent, priority: priority,
                texts: all.map { text(of: $0, value, sheet.unit) })
        }
        return [
            column("min", 1) { $0.minimum }, column("mean", 0) { $0.mean },
            column("max", 2) { $0.maximum },
        ]
    }

    private static func text(of bucket: SeriesBucket, _ value: (SeriesBucket) -> Double, _ unit: String)
        -> String
    {
        bucket.count == 0 ? "–" : Format.number(value(bucket), unit: unit)
    }

    /// Whether the curve goes on to the present: a value of an hour ago is not what is now.
    private static func isFresh(_ series: GraphSheet.Series, _ sheet: GraphSheet) -> Bool {
        guard let index = series.curve.buckets.lastIndex(where: { $0.count > 0 }) else { return false }
        let step = Double(max(series.curve.step, 1))
        let end = Double(series.curve.start) + step * Double(index + 1)
        let reach = max(2 * step, 2 * Double(sheet.window.step), 2 * Double(max(series.interval, 0)))
        return min(Double(sheet.now), Double(sheet.window.end)) - end <= reach
    }

    // MARK: Drawing

    /// The time that the numbers are of.
    private static func heading(_ sheet: GraphSheet, _ layout: GraphLayout, _ cursor: Int?) -> String {
        let isShort = layout.content.width < shortWidth
        guard let cursor else {
            if isShort { return sheet.span.name }
            let moment = sheet.zone.moment(at: min(sheet.now, sheet.window.end).seconds)
            return "\(sheet.span.name) until \(moment.date.weekday) \(moment.date.text) \(moment.shortClock)"
        }
        return sheet.words(
            for: sheet.times(of: cursor, columns: layout.plot.width), isShort: isShort)
    }

    func draw(into surface: inout Surface, appearance: Appearance) {
        let area = layout.legend
        guard area.height > 0, area.width > 0 else { return }
        var y = area.y
        if layout.hasHeadings {
            surface.put(
                heading, x: area.x, y: y, width: nameWidth,
                style: cursor == nil ? Style(.label) : Style(.accent, .bold), clip: area)
            put(columns.map { ($0.title, $0.role == .value ? .label : $0.role) }, at: y, into: &surface)
            y += 1
        }
        let rows = area.y + area.height - y
        let isCut = sheet.series.count > rows
        let shown = isCut && layout.hasHeadings ? max(rows - 1, 0) : min(rows, sheet.series.count)
        for index in 0..<shown { drawSeries(index, at: y + index, into: &surface) }
        if isCut, shown < rows {
            surface.put(
                "and \(sheet.series.count - shown) more", x: area.x, y: y + shown, width: area.width,
                style: Style(.muted), clip: area)
        }
    }

    private func drawSeries(_ index: Int, at y: Int, into surface: inout Surface) {
        let area = layout.legend
        var x = area.x
        if sheet.series.count > 1 {
            surface.set(
                sheet.mark(of: index), x: x, y: y, style: GraphSheet.style(of: index).adding(.bold),
                clip: area)
            x += 2
        }
        surface.put(
            sheet.series[index].name, x: x, y: y, width: nameWidth - (x - area.x),
            style: GraphSheet.style(of: index), clip: area)
        put(columns.map { ($0.texts[index], $0.role) }, at: y, into: &surface)
    }

    private func put(_ texts: [(text: String, role: Role)], at y: Int, into surface: inout Surface) {
        var x = layout.legend.x + nameWidth
        for (column, text) in zip(columns, texts) {
            surface.put(
                text.text, x: x + Self.gap, y: y, width: column.width, alignment: .right,
                style: Style(text.role), clip: layout.legend)
            x += column.width + Self.gap
        }
    }
}
