import Contract

/// One or several curves of the past that fill the screen: axes, limits, a legend, and a cursor that tells the values of
/// a column.
public struct GraphSheet: Sendable {
    /// One curve.
    public struct Series: Sendable {
        /// What it is of: an instance or a host.
        public var name: String
        /// The values.
        public var curve: SeriesCurve
        /// Nanoseconds between two samples: shorter stretches without one are no gaps; 0: all are.
        public var interval: Int64

        /// Creates a curve with a name.
        public init(name: String, curve: SeriesCurve, interval: Int64 = 0) {
            self.name = name
            self.curve = curve
            self.interval = interval
        }
    }

    /// What is drawn: "NVMe temperature".
    public var title: String
    /// The metric's unit.
    public var unit: String
    /// The curves. Where they cover each other, the first ones are on top.
    public var series: [Series]
    /// The limits that the values are judged by; they are drawn as lines.
    public var limits: Limits
    /// The span, whose name is shown.
    public var span: HistorySpan
    /// The stretch of time that fills the width.
    public var window: HistoryWindow
    /// The present, Unix time in nanoseconds. Where it is after the window, the graph is marked as past.
    public var now: Int64
    /// The local time of the axis.
    public var zone: LocalZone
    /// The column of the plot, from 0, whose values are told; nil: no cursor. One beyond the plot is its last column.
    public var cursor: Int?
    /// The worst status of the values, shown in the frame.
    public var status: Status = .auto
    /// What is written where there is no value.
    public var note = "no values in this span"

    /// Creates a graph without limits and cursor.
    public init(
        title: String, unit: String, series: [Series], limits: Limits = .none, span: HistorySpan,
        window: HistoryWindow, now: Int64, zone: LocalZone = .utc, cursor: Int? = nil
    ) {
        self.title = title
        self.unit = unit
        self.series = series
        self.limits = limits
        self.span = span
        self.window = window
        self.now = now
        self.zone = zone
        self.cursor = cursor
    }

    /// The width of the plot in cells on a screen of a size: the number of columns for the cursor, and for
    /// ``HistorySpan/window(until:cells:)``.
    public func columns(in size: Size) -> Int {
        GraphLayout(self, in: Rect(x: 0, y: 0, width: size.width, height: size.height)).plot.width
    }

    /// Returns the Unix times in nanoseconds at which a column of the plot begins and ends.
    public func times(ofColumn column: Int, in size: Size) -> Range<Int64> {
        times(of: column, columns: max(columns(in: size), 1))
    }

    /// Returns the column of the plot that holds a Unix time in nanoseconds; nil: it is not in the window.
    public func column(of moment: Int64, in size: Size) -> Int? {
        let (columns, end) = (columns(in: size), window.end)
        guard moment >= window.start, moment < end, columns > 0 else { return nil }
        return min(Int(part(of: moment) * Double(columns)), columns - 1)
    }

    /// What is at a cell of a graph.
    public enum Hit: Sendable, Equatable {
        /// A column of the plot.
        case column(Int)
        /// A curve in the legend.
        case series(Int)
    }

    /// Returns what is at a cell of a graph that is drawn into a rectangle; nil: nothing of use.
    public func hit(x: Int, y: Int, in rect: Rect) -> Hit? {
        let layout = GraphLayout(self, in: rect)
        if layout.plot.contains(x: x, y: y) { return .column(x - layout.plot.x) }
        let headings = layout.hasHeadings ? 1 : 0
        let (row, rows) = (y - layout.legend.y - headings, layout.legend.height - headings)
        guard layout.legend.contains(x: x, y: y), row >= 0, row < series.count else { return nil }
        // The last row says how many more there are.
        return layout.hasHeadings && series.count > rows && row == rows - 1 ? nil : .series(row)
    }

    /// Whether the present is later than the window by a whole stretch of it, and not just about to move it on.
    var isPast: Bool { Double(now) - Double(window.end) >= Double(window.step) && now > window.end }

    /// Where a Unix time lies in the window: 0 at its beginning, 1 at its end.
    func part(of moment: Int64) -> Double {
        let (distance, isFar) = moment.subtractingReportingOverflow(window.start)
        // Whole numbers first: floating point does not hold single nanoseconds of Unix times.
        let exact = isFar ? Double(moment) - Double(window.start) : Double(distance)
        return exact / 1e9 / max(window.seconds, 1e-9)
    }

    func times(of column: Int, columns: Int) -> Range<Int64> {
        let length = Double(window.step) * Double(window.count)
        func time(_ column: Int) -> Int64 {
            let offset = length * (Double(column) / Double(columns))
            return window.start.addingReportingOverflow(Int64(min(offset.rounded(.up), 9e18))).partialValue
        }
        let column = min(max(column, 0), columns - 1)
        let (begin, end) = (time(column), time(column + 1))
        return begin..<max(begin, end)
    }

    // MARK: Drawing

    /// Draws the graph into a rectangle, by default the whole surface.
    public func draw(into surface: inout Surface, in rect: Rect? = nil, appearance: Appearance) {
        let rect = surface.visible(rect)
        guard rect.width > 0, rect.height > 0 else { return }
        surface.fill(rect, style: .normal)
        let layout = GraphLayout(self, in: rect)
        if layout.hasFrame {
            WidgetFrame.draw(
                WidgetFrame(
                    title: title, status: status, age: isPast ? "past" : nil, indicator: span.name,
                    isFocused: true),
                into: &surface, rect: rect, appearance: appearance)
        }
        drawTimes(layout, into: &surface, appearance)
        drawValues(layout, into: &surface, appearance)
        drawLimits(layout, into: &surface, appearance)
        let end = drawCurves(layout, into: &surface, appearance)
        drawEnds(end, layout, into: &surface)
        drawFarLimits(layout, into: &surface)
        drawCursor(layout, into: &surface, appearance)
        GraphLegend(self, layout).draw(into: &surface, appearance: appearance)
    }

    /// The look of a curve.
    static func style(of series: Int) -> Style { Style(.graph, .hue(series)) }

    /// The character of a curve in ASCII, and its mark in the legend.
    func mark(of index: Int) -> Unicode.Scalar {
        let marks = Array("123456789abcdefghijklmnopqrstuvwxyz".unicodeScalars)
        return marks[index % marks.count]
    }

    /// Draws the curves and returns the row of cells in which each one ends at the right edge; nil: it does not.
    private func drawCurves(
        _ layout: GraphLayout, into surface: inout Surface, _ appearance: Appearance
    ) -> [Int?] {
        let plot = layout.plot
        var canvas = DotCanvas(cells: plot.size, isUTF8: appearance.isUTF8)
        var ends: [Int?] = []
        // The first ones are drawn last.
        for (index, series) in series.enumerated().reversed() {
            let columns = CurveColumns(
                series.curve, in: window, count: canvas.width, interval: series.interval)
            ends.append(trace(columns, owner: index, layout.axis, on: &canvas).map { canvas.cellRow($0) })
        }
        canvas.draw(into: &surface, x: plot.x, y: plot.y, clip: surface.visible(plot)) { owner in
            guard let owner else { return (Style(.muted, .frame), ":") }
            return (Self.style(of: owner), series.count > 1 ? mark(of: owner) : "*")
        }
        if layout.isEmpty {
            let lines = Paragraph.wrap(note, width: max(plot.width - 2, 1)).prefix(plot.height)
            for (index, line) in lines.enumerated() {
                surface.put(
                    line, x: plot.x, y: plot.y + (plot.height - lines.count) / 2 + index, width: plot.width,
                    alignment: .center, style: Style(.muted), clip: plot)
            }
        }
        return ends.reversed()
    }

    /// Of more curves than these nobody could tell which shade is whose.
    private static let mostShaded = 3

    /// Draws one curve as dots. Returns the row of dots in the last column.
    private func trace(
        _ columns: CurveColumns, owner: Int, _ axis: ValueAxis, on canvas: inout DotCanvas
    ) -> Int? {
        var before: Int?
        for (x, value) in columns.line.enumerated() {
            let bucket = columns.columns[x]
            if series.count <= Self.mostShaded, bucket.count > 1, bucket.maximum > bucket.minimum {
                canvas.shade(
                    x: x, from: canvas.row(of: axis.fraction(of: bucket.maximum)),
                    to: canvas.row(of: axis.fraction(of: bucket.minimum)))
            }
            guard !value.isNaN else {
                before = nil
                continue
            }
            let y = canvas.row(of: axis.fraction(of: value))
            // From one column to the next the line is closed, and never over a gap.
            let from = before.map { $0 < y ? $0 + 1 : $0 > y ? $0 - 1 : y } ?? y
            for y in min(from, y)...max(from, y) { canvas.line(x: x, y: y, owner: owner) }
            before = y
        }
        return before
    }

    /// Draws the marks of several curves beside their ends, so that they can be told apart without colours.
    private func drawEnds(_ ends: [Int?], _ layout: GraphLayout, into surface: inout Surface) {
        guard layout.hasMarks else { return }
        var taken: Set<Int> = []
        let rows = 0..<layout.plot.height
        for (index, end) in ends.enumerated() {
            // Where two end in one row, the mark moves to the nearest free one.
            guard let end,
                let row = (0..<3).lazy.flatMap({ [end - $0, end + $0] })
                    .first(where: { rows.contains($0) && !taken.contains($0) })
            else { continue }
            taken.insert(row)
            surface.set(
                mark(of: index), x: layout.plot.x + layout.plot.width, y: layout.plot.y + row,
                style: Self.style(of: index).adding(.bold), clip: layout.content)
        }
    }
}
