/// A list of labelled lines: status sign, label, gauge, value, recent values. Columns are aligned the same way in
/// every widget. Where there is too little room, the least important lines are left out.
public struct Rows {
    /// One entry of the list, on one line or several.
    public struct Row {
        enum Content {
            case meter(Meter)
            case text(String, role: Role)
            case strip([Double])
            case grid([String], [Double])
        }

        let label: String
        let status: Status
        let importance: Int
        let content: Content
    }

    /// The content of a line with a bar.
    public struct Meter {
        /// The filled part of the bar, 0 to 1; nil: no bar.
        public var fraction: Double?
        /// Limits from 0 to 1.
        public var limits = Limits.none
        /// Text beside the bar, at most 11 cells: "2.40G/7.60G".
        public var text = ""
        /// The main figure, at most 6 cells: "32%".
        public var figure = ""
        /// The recent values from 0 to 100, drawn at the end of the line unless there is a ``remark``.
        public var history: [Float] = []
        /// A text at the end of the line, instead of the recent values.
        public var remark = ""

        public init(fraction: Double? = nil, limits: Limits = .none, text: String = "", figure: String = "") {
            self.fraction = fraction
            self.limits = limits
            self.text = text
            self.figure = figure
        }
    }

    /// The lines in the order they were added.
    public private(set) var rows: [Row] = []

    public init() {}

    /// Adds a line with a bar. Lines with a lower `importance` are kept longer where room is short.
    public mutating func meter(
        _ label: String, _ meter: Meter, status: Status = .auto, importance: Int
    ) {
        rows.append(Row(label: label, status: status, importance: importance, content: .meter(meter)))
    }

    /// Adds a line of text.
    public mutating func text(
        _ label: String, _ text: String, status: Status = .auto, role: Role = .value, importance: Int
    ) {
        rows.append(
            Row(label: label, status: status, importance: importance, content: .text(text, role: role)))
    }

    /// Adds a line with as many of the first entries as fit whole into `width` cells of a canvas; nothing where
    /// there are no entries.
    public mutating func text(
        _ label: String, entries: [String], status: Status = .auto, in width: Int, importance: Int
    ) {
        let room = Self.textRoom(in: width)
        var line = ""
        for entry in entries {
            if line.isEmpty {
                line = entry
            } else if line.utf8.count + 2 + entry.utf8.count <= room {
                line += "  " + entry
            }
        }
        if !line.isEmpty { text(label, line, status: status, importance: importance) }
    }

    /// Adds one cell for each value, filled to its height (0 to 100). For many things of one kind, such as cores.
    public mutating func strip(_ label: String, _ values: [Double], importance: Int) {
        rows.append(Row(label: label, status: .auto, importance: importance, content: .strip(values)))
    }

    /// Adds a small gauge with name and percentage (0 to 100) for each value. For a few things of one kind.
    public mutating func grid(_ names: [String], _ values: [Double], importance: Int) {
        rows.append(Row(label: "", status: .auto, importance: importance, content: .grid(names, values)))
    }

    /// The cells that a text line has for its text on a canvas of that width.
    public static func textRoom(in width: Int) -> Int { max(width - Columns(width: width).content, 0) }

    /// The number of lines that the whole list takes on a canvas of that width.
    public func height(in width: Int) -> Int {
        rows.reduce(0) { $0 + Columns(width: width).height(of: $1) }
    }

    /// Draws the lines that fit and returns how many canvas lines that took. Lines in warning, critical or unknown
    /// are left out last.
    @discardableResult
    public func draw(on canvas: Canvas) -> Int {
        let columns = Columns(width: canvas.width)
        var y = 0
        for row in fitting(columns, height: canvas.height) {
            if row.status != .auto { canvas.status(row.status, x: 0, y: y) }
            canvas.text(row.label, x: columns.label, y: y, width: columns.labelWidth, role: .label)
            columns.draw(row, on: canvas, y: y)
            y += columns.height(of: row)
        }
        return y
    }

    private func fitting(_ columns: Columns, height: Int) -> [Row] {
        var kept = rows
        var needed = kept.reduce(0) { $0 + columns.height(of: $1) }
        while needed > height, kept.count > 1 {
            var last = 0
            for index in kept.indices where kept[index].rank >= kept[last].rank { last = index }
            needed -= columns.height(of: kept[last])
            kept.remove(at: last)
        }
        return kept
    }
}

extension Rows.Row {
    /// Order in which lines are left out, highest first: lines in trouble after all others.
    fileprivate var rank: Int {
        switch status {
        case .critical: importance - 2000
        case .warning, .unknown: importance - 1000
        default: importance
        }
    }
}

/// The columns of a line in a given width.
private struct Columns {
    let width: Int
    let label = 3
    let labelWidth: Int
    let gaugeWidth: Int
    let textWidth = 11
    let figureWidth = 6
    let tail: Int

    init(width: Int) {
        self.width = width
        labelWidth = width < 48 ? 8 : width < 120 ? 12 : 24
        // One blank between the columns, two before the recent values.
        let room = width - label - labelWidth - textWidth - figureWidth - 3
        gaugeWidth = room < 22 ? max(room, 0) : min(max(room * 2 / 5, 12), 40)
        tail = label + labelWidth + 1 + gaugeWidth + 1 + textWidth + 1 + figureWidth + 2
    }

    var content: Int { label + labelWidth + 1 }
    private var stripWidth: Int { max(width - content, 1) }
    private var gridCell: Int { 20 }
    private var gridColumns: Int { max((width - label) / gridCell, 1) }

    func height(of row: Rows.Row) -> Int {
        switch row.content {
        case .meter, .text: 1
        case .strip(let values): max((values.count + stripWidth - 1) / stripWidth, 1)
        case .grid(_, let values): max((values.count + gridColumns - 1) / gridColumns, 1)
        }
    }

    func draw(_ row: Rows.Row, on canvas: Canvas, y: Int) {
        switch row.content {
        case .meter(let meter): draw(meter, role: row.status.role, on: canvas, y: y)
        case .text(let text, let role):
            canvas.text(text, x: content, y: y, role: row.status.role == .value ? role : row.status.role)
        case .strip(let values): draw(strip: values, on: canvas, y: y)
        case .grid(let names, let values): draw(grid: names, values, on: canvas, y: y)
        }
    }

    private func draw(_ meter: Rows.Meter, role: Role, on canvas: Canvas, y: Int) {
        var x = content
        if let fraction = meter.fraction, gaugeWidth > 2 {
            canvas.gauge(fraction, x: x, y: y, width: gaugeWidth, limits: meter.limits)
        }
        x += gaugeWidth + (gaugeWidth > 0 ? 1 : 0)
        canvas.text(meter.text, x: x, y: y, width: textWidth, align: .right)
        x += textWidth + 1
        canvas.text(meter.figure, x: x, y: y, width: figureWidth, align: .right, role: role)
        let left = width - tail
        if !meter.remark.isEmpty, left > 3 {
            canvas.text(meter.remark, x: tail, y: y, width: left, role: .muted)
        } else if !meter.history.isEmpty, left > 5 {
            canvas.spark(meter.history, x: tail, y: y, width: left, from: 0, to: 100)
        }
    }

    private func draw(strip values: [Double], on canvas: Canvas, y: Int) {
        for (index, value) in values.enumerated() where value.isFinite {
            // The value is passed twice, so that it fills its cell whether a cell shows one value or two.
            canvas.spark(
                [Float(value), Float(value)], x: content + index % stripWidth, y: y + index / stripWidth,
                width: 1,
                from: 0, to: 100)
        }
    }

    private func draw(grid names: [String], _ values: [Double], on canvas: Canvas, y: Int) {
        for (index, value) in values.enumerated() where value.isFinite && index < names.count {
            let (x, row) = (label + index % gridColumns * gridCell, y + index / gridColumns)
            canvas.text(names[index], x: x, y: row, width: 3, align: .right, role: .label)
            canvas.gauge(value / 100, x: x + 4, y: row, width: 9)
            canvas.number(value, unit: "percent", x: x + 14, y: row, width: 4)
        }
    }
}

extension Canvas {
    /// Draws a heading and a graph of recent values (0 to 100, `interval` seconds apart) in the lines from `y`
    /// down, at most 13 of them. Draws nothing where fewer than three lines are free.
    public func pastGraph(_ history: [Float], label: String, interval: Double, from y: Int) {
        let free = height - y
        guard free >= 3, history.count > 1, width > 12 else { return }
        let span = Format.duration(Double(history.count - 1) * interval)
        text(label + ", last " + span, x: 3, y: y, role: .label)
        spark(history, x: 3, y: y + 1, width: width - 3, height: min(free - 1, 12), from: 0, to: 100)
    }
}

extension Limits {
    /// Returns the limits multiplied by `factor`: 0.01 turns percent into fractions.
    public func scaled(by factor: Double) -> Limits {
        Limits(warning: warning * factor, critical: critical * factor)
    }
}

extension String {
    /// Returns the text padded with blanks on the left, so that a growing number does not move the text behind it.
    /// For ASCII text.
    public func padded(to width: Int) -> String {
        utf8.count >= width ? self : String(repeating: " ", count: width - utf8.count) + self
    }
}
