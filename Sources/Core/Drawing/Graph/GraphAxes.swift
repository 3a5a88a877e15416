import Contract

// The axes of a graph, its limits and its cursor.
extension GraphSheet {
    private static let line = Style(.muted, .frame)

    // MARK: Values

    func drawValues(_ layout: GraphLayout, into surface: inout Surface, _ appearance: Appearance) {
        guard layout.labelWidth > 0 else { return }
        let (plot, isUTF8) = (layout.plot, appearance.isUTF8)
        let x = plot.x - 1
        surface.fill(
            Rect(x: x, y: plot.y, width: 1, height: plot.height), with: isUTF8 ? "│" : "|",
            style: Self.line, clip: layout.content)
        for mark in layout.axis.marks where !layout.isEmpty {
            let y = plot.y + layout.row(of: mark.value, isUTF8: isUTF8)
            surface.set(isUTF8 ? "┤" : "+", x: x, y: y, style: Self.line, clip: layout.content)
            surface.put(
                mark.text, x: layout.content.x, y: y, width: layout.labelWidth, alignment: .right,
                style: Style(.label), clip: layout.content)
        }
    }

    // MARK: Limits

    private var limitLines: [(value: Double, status: Status)] {
        [(limits.warning, .warning), (limits.critical, .critical)].filter { $0.0.isFinite }
    }

    /// Draws the limits that lie in the range as lines, with their numbers at the axis.
    func drawLimits(_ layout: GraphLayout, into surface: inout Surface, _ appearance: Appearance) {
        let (plot, isUTF8) = (layout.plot, appearance.isUTF8)
        for limit in limitLines where !layout.isEmpty && layout.axis.contains(limit.value) {
            let y = plot.y + layout.row(of: limit.value, isUTF8: isUTF8)
            let style = Style(Role(limit.status), .frame)
            surface.fill(
                Rect(x: plot.x, y: y, width: plot.width, height: 1), with: isUTF8 ? "╌" : "-", style: style,
                clip: layout.content)
            guard layout.labelWidth > 0 else { continue }
            surface.set(
                appearance.mark(of: limit.status) ?? " ", x: plot.x - 1, y: y, style: style,
                clip: layout.content)
            // A limit goes before a mark in the same row.
            surface.fill(
                Rect(x: layout.content.x, y: y, width: layout.labelWidth, height: 1), style: .normal,
                clip: layout.content)
            surface.put(
                Format.number(limit.value, unit: unit), x: layout.content.x, y: y, width: layout.labelWidth,
                alignment: .right, style: style, clip: layout.content)
        }
    }

    /// Says which limits lie above or below the range, in a corner that no curve is in.
    func drawFarLimits(_ layout: GraphLayout, into surface: inout Surface) {
        guard !layout.isEmpty else { return }
        let plot = layout.plot
        for isAbove in [true, false] {
            let far = limitLines.filter {
                isAbove ? $0.value > layout.axis.high : $0.value < layout.axis.low
            }
            guard !far.isEmpty else { continue }
            let words = far.map { "\($0.status) \(Format.number($0.value, unit: unit))" }
            let text = words.joined(separator: ", ") + (isAbove ? " above" : " below")
            let width = CharacterWidth.of(text)
            let y = isAbove ? plot.y : plot.y + plot.height - 1
            for x in [plot.x + plot.width - width - 1, plot.x + 1] where width + 2 <= plot.width {
                guard (x - 1...x + width).allSatisfy({ surface[$0, y].isBackdrop }),
                    surface[x - 1, y].code == 0x20, surface[x + width, y].code == 0x20
                else { continue }
                surface.put(text, x: x, y: y, width: width, style: Style(.muted), clip: plot)
                break
            }
        }
    }

    // MARK: Times

    func drawTimes(_ layout: GraphLayout, into surface: inout Surface, _ appearance: Appearance) {
        guard let timeRow = layout.timeRow else { return }
        let (plot, isUTF8) = (layout.plot, appearance.isUTF8)
        if let row = layout.axisRow {
            let left = layout.labelWidth > 0 ? 1 : 0
            surface.fill(
                Rect(x: plot.x - left, y: row, width: plot.width + left, height: 1), with: isUTF8 ? "─" : "-",
                style: Self.line, clip: layout.content)
            if left > 0 {
                surface.set(isUTF8 ? "└" : "+", x: plot.x - 1, y: row, style: Self.line, clip: layout.content)
            }
        }
        var labels = TimeLabels(row: timeRow, plot: plot, clip: layout.content)
        if let (text, column) = cursorLabel(layout) {
            labels.put(text, around: column, Style(.accent, .bold), into: &surface)
        }
        labels.put(edgeText, endingAt: plot.width, Style(.label, .bold), into: &surface)
        let seconds = (from: window.start / 1_000_000_000, to: window.end / 1_000_000_000)
        for mark in TimeAxis(from: seconds.from, to: seconds.to, cells: plot.width, zone: zone).marks {
            guard let column = layout.column(of: part(of: mark.seconds * 1_000_000_000)) else { continue }
            if mark.isBeginning {
                surface.fill(
                    Rect(x: plot.x + column, y: plot.y, width: 1, height: plot.height),
                    with: isUTF8 ? "┊" : ".", style: Self.line, clip: plot)
            }
            if mark.text.isEmpty { continue }
            if let row = layout.axisRow {
                surface.set(
                    isUTF8 ? "┬" : "+", x: plot.x + column, y: row, style: Self.line, clip: layout.content)
            }
            labels.put(mark.text, around: column, Style(.label), into: &surface)
        }
    }

    /// What is at the right edge: "now", or how long ago that was.
    private var edgeText: String {
        guard isPast else { return "now" }
        return Format.duration(((Double(now) - Double(window.end)) / 1e9).rounded(.down)) + " ago"
    }

    // MARK: Cursor

    /// The column of the cursor in a layout; nil: there is none.
    func cursorColumn(_ layout: GraphLayout) -> Int? {
        guard let cursor, layout.plot.width > 0 else { return nil }
        return min(max(cursor, 0), layout.plot.width - 1)
    }

    private func cursorLabel(_ layout: GraphLayout) -> (text: String, column: Int)? {
        guard let column = cursorColumn(layout) else { return nil }
        let times = times(of: column, columns: layout.plot.width)
        let moment = zone.moment(at: times.lowerBound.seconds)
        let length = Double(times.upperBound) / 1e9 - Double(times.lowerBound) / 1e9
        return (length < 30 ? moment.clock : length < 43_200 ? moment.shortClock : moment.date.words, column)
    }

    func drawCursor(_ layout: GraphLayout, into surface: inout Surface, _ appearance: Appearance) {
        guard let column = cursorColumn(layout) else { return }
        let (plot, isUTF8) = (layout.plot, appearance.isUTF8)
        let x = plot.x + column
        for y in plot.y..<(plot.y + plot.height) where surface[x, y].isBackdrop {
            surface.set(isUTF8 ? "│" : "|", x: x, y: y, style: Style(.accent, .frame), clip: plot)
        }
        surface.restyle(Rect(x: x, y: plot.y, width: 1, height: plot.height)) { $0.background = .selected }
        if let row = layout.axisRow {
            surface.set(
                isUTF8 ? "┴" : "^", x: x, y: row, style: Style(.accent, .frame), clip: layout.content)
        }
    }

    /// The time of a column in words: "Sat 2026-11-28 12:05:00 + 5m", or shorter without what the axis tells. Where the
    /// local time's difference from UTC changes within the window, it is told too, since an hour may be there twice.
    func words(for times: Range<Int64>, isShort: Bool) -> String {
        let moment = zone.moment(at: times.lowerBound.seconds)
        let length = Double(times.upperBound) / 1e9 - Double(times.lowerBound) / 1e9
        let offset =
            zone.changes(from: window.start.seconds, to: window.end.seconds)
            ? " " + Self.words(forOffset: zone.offset(at: times.lowerBound.seconds)) : ""
        // Whole seconds, since shorter parts are not written.
        let shown = length >= 1 ? length.rounded() : length
        let clock = "\(moment.clock)\(offset) + \(Format.duration(shown))"
        guard isShort else { return "\(moment.date.weekday) \(moment.date.text) \(clock)" }
        return span.seconds <= HistorySpan.day.seconds
            ? clock : "\(moment.date.words) \(moment.shortClock)\(offset) + \(Format.duration(shown))"
    }

    /// "+02:00".
    private static func words(forOffset seconds: Int) -> String {
        let minutes = abs(seconds) / 60
        let (hours, rest) = (CivilDate.padded(minutes / 60, 2), CivilDate.padded(minutes % 60, 2))
        return (seconds < 0 ? "-" : "+") + "\(hours):\(rest)"
    }
}

extension Int64 {
    /// Whole seconds of nanoseconds, rounded down.
    var seconds: Int64 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: 1_000_000_000)
        return rest < 0 ? quotient - 1 : quotient
    }
}

extension Glyph {
    /// Whether a cell of the plot has no curve in it.
    fileprivate var isBackdrop: Bool {
        code == 0x20 || style.role == .muted && (code == 0x250a || code == 0x2e)
    }
}

/// Places texts below the time axis, the more important ones first; those that have no room are left out.
private struct TimeLabels {
    let row: Int
    let plot: Rect
    let clip: Rect
    private var taken: [Range<Int>] = []

    init(row: Int, plot: Rect, clip: Rect) {
        (self.row, self.plot, self.clip) = (row, plot, clip)
    }

    /// Puts a text around a column, moved where it would leave the plot.
    mutating func put(_ text: String, around column: Int, _ style: Style, into surface: inout Surface) {
        let width = CharacterWidth.of(text)
        let start = column - width / 2
        // Not far from its mark: a text of the first column begins there.
        put(text, at: min(max(start, 0), plot.width - width), width, style, into: &surface)
    }

    /// Puts a text before a column.
    mutating func put(_ text: String, endingAt column: Int, _ style: Style, into surface: inout Surface) {
        let width = CharacterWidth.of(text)
        put(text, at: column - width, width, style, into: &surface)
    }

    private mutating func put(
        _ text: String, at start: Int, _ width: Int, _ style: Style, into surface: inout Surface
    ) {
        guard start >= 0, start + width <= plot.width else { return }
        let own = start - 1..<start + width + 1
        guard taken.allSatisfy({ !$0.overlaps(own) }) else { return }
        taken.append(start..<start + width)
        surface.put(text, x: plot.x + start, y: row, width: width, style: style, clip: clip)
    }
}
