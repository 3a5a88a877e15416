/// A list of labelled lines: status sign, label, gauge, value, recent values. Columns are aligned the same way in
/// every widget. Where there is too little room, the least important lines are left out, and in a line all gives way
/// to the value with the worst status.
public struct Rows {
    /// One entry of the list, on one line or several.
    public struct Row {
        enum Content {
            case meter(Meter)
            case entries([Entry])
            case strip([Double])
            case grid([String], [Double])
        }

        let label: String
        let status: Status
        let importance: Int
        let content: Content
    }

    /// One of several texts in a line, such as "steal 12%".
    public struct Entry {
        /// The text, which is shown whole or, unless it is the only one, not at all.
        public var text: String
        /// Its own status. Of several entries those with the worst one have room first.
        public var status: Status
        /// The style of an entry that is well.
        public var role: Role

        public init(_ text: String, status: Status = .auto, role: Role = .value) {
            self.text = text
            self.status = status
            self.role = role
        }
    }

    /// The content of a line with a bar.
    public struct Meter {
        /// The filled part of the bar, 0 to 1; nil: no bar.
        public var fraction: Double?
        /// Limits from 0 to 1.
        public var limits = Limits.none
        /// Text beside the bar, at most 11 cells: "2.40G/7.60G".
        public var text = ""
        /// The main figure, at most 6 cells: "32%". The line's status is about it, so it is the last thing to go.
        public var figure = ""
        /// What the figure was, from 0 to 100, drawn at the end of the line unless there is a ``remark``.
        public var history = Past()
        /// A text at the end of the line, instead of the recent values.
        public var remark = ""
        /// What is foretold, at the end of the line, behind the remark or the recent values.
        public var forecast: Forecast?

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
        let entry = Entry(text, status: status, role: role)
        rows.append(Row(label: label, status: status, importance: importance, content: .entries([entry])))
    }

    /// Adds a line with as many entries as fit whole, those with the worst status first; nothing where there are no
    /// entries. The line's status is the worst of theirs.
    public mutating func entries(_ label: String, _ entries: [Entry], importance: Int) {
        guard !entries.isEmpty else { return }
        let status = entries.reduce(Status.auto) { Status.worse($0, $1.status) }
        rows.append(Row(label: label, status: status, importance: importance, content: .entries(entries)))
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
    /// Order in which lines are left out, highest first: lines in trouble after all others, the worst last.
    fileprivate var rank: Int {
        importance - 1000 * status.trouble
    }
}

extension Canvas {
    /// Draws a heading and a graph of recent values (0 to 100, `interval` seconds apart) in the lines from `y`
    /// down, at most 13 of them. Draws nothing where fewer than three lines are free.
    public func pastGraph(_ history: Past, label: String, interval: Double, from y: Int) {
        let free = height - y
        guard free >= 3, history.isCurve, width > 12 else { return }
        let span = Format.duration(Double(history.values.count) * interval)
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
    /// Every character takes one cell.
    public func padded(to width: Int) -> String {
        let count = unicodeScalars.count
        return count >= width ? self : String(repeating: " ", count: width - count) + self
    }
}
