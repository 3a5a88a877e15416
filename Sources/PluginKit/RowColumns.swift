/// The columns of a line of ``Rows`` in a given width.
struct Columns {
    let width: Int
    let label = 3
    let labelWidth: Int
    let gaugeWidth: Int
    let textWidth: Int
    let figureWidth = 6
    let tail: Int

    init(width: Int) {
        self.width = width
        labelWidth = width < 48 ? 8 : width < 120 ? 12 : 24
        // One blank between the columns, two before the recent values.
        let withText = width - label - labelWidth - 11 - figureWidth - 3
        textWidth = withText < 0 ? 0 : 11
        let room = withText < 0 ? withText + 12 : withText
        gaugeWidth = room < 3 ? 0 : room < 22 ? room : min(max(room * 2 / 5, 12), 40)
        tail = label + labelWidth + 1 + gaugeWidth + 1 + textWidth + 1 + figureWidth + 2
    }

    var content: Int { label + labelWidth + 1 }
    private var stripWidth: Int { max(width - content, 1) }
    private var gridCell: Int { 20 }
    private var gridColumns: Int { max((width - label) / gridCell, 1) }

    func height(of row: Rows.Row) -> Int {
        switch row.content {
        case .meter, .entries: 1
        case .strip(let values): max((values.count + stripWidth - 1) / stripWidth, 1)
        case .grid(_, let values): max((values.count + gridColumns - 1) / gridColumns, 1)
        }
    }

    func draw(_ row: Rows.Row, on canvas: Canvas, y: Int) {
        if row.status != .auto { canvas.status(row.status, x: 0, y: y) }
        let labelWidth = labelWidth(of: row, on: canvas)
        canvas.text(row.label, x: label, y: y, width: labelWidth, role: .label)
        let start = labelWidth == 0 ? label : label + labelWidth + 1
        switch row.content {
        case .meter(let meter): draw(meter, role: row.status.role, on: canvas, from: start, y: y)
        case .entries(let entries): draw(entries, on: canvas, from: start, y: y)
        case .strip(let values): draw(strip: values, on: canvas, y: y)
        case .grid(let names, let values): draw(grid: names, values, on: canvas, y: y)
        }
    }

    /// The width of a line's label, which gives way to a bad value, and to any figure.
    private func labelWidth(of row: Rows.Row, on canvas: Canvas) -> Int {
        let needed: Int
        switch row.content {
        case .meter(let meter): needed = canvas.measure(meter.figure)
        case .entries(let entries):
            let worst = worstFirst(entries).first.map { entries[$0] }
            guard let worst, worst.status.trouble > 0 else { return labelWidth }
            needed = canvas.measure(worst.text)
        case .strip, .grid: return labelWidth
        }
        let left = min(labelWidth, width - label - 1 - needed)
        return left < 3 ? 0 : left
    }

    private func draw(_ meter: Rows.Meter, role: Role, on canvas: Canvas, from start: Int, y: Int) {
        guard start == content, width >= content + gaugeWidth + figureWidth else {
            // No room for columns: the figure alone, at the right.
            return canvas.text(meter.figure, x: start, y: y, width: width - start, align: .right, role: role)
        }
        var x = content
        if let fraction = meter.fraction, gaugeWidth > 2 {
            canvas.gauge(fraction, x: x, y: y, width: gaugeWidth, limits: meter.limits)
        }
        x += gaugeWidth + (gaugeWidth > 0 ? 1 : 0)
        if textWidth > 0 {
            canvas.text(meter.text, x: x, y: y, width: textWidth, align: .right)
            x += textWidth + 1
        }
        canvas.text(meter.figure, x: x, y: y, width: figureWidth, align: .right, role: role)
        let left = width - tail - draw(meter.forecast, behind: meter, on: canvas, y: y)
        if !meter.remark.isEmpty, left > 3 {
            canvas.text(meter.remark, x: tail, y: y, width: left, role: .muted)
        } else if !meter.history.isEmpty, left > 5 {
            canvas.spark(meter.history, x: tail, y: y, width: left, from: 0, to: 100)
        }
    }

    /// Draws what is foretold at the right edge, as long as it fits behind the remark or a short curve, and returns the
    /// cells that it takes.
    private func draw(_ forecast: Forecast?, behind meter: Rows.Meter, on canvas: Canvas, y: Int) -> Int {
        guard let forecast else { return 0 }
        let remark = meter.remark.isEmpty ? meter.history.isEmpty ? 0 : 12 : canvas.measure(meter.remark)
        let room = width - tail - (remark > 0 ? remark + 2 : 0)
        guard let words = forecast.words(in: room) else { return 0 }
        let needed = canvas.measure(words)
        canvas.text(words, x: width - needed, y: y, width: needed, role: forecast.role)
        return needed + 2
    }

    /// Draws the entries that fit, in their order. The first of those with the worst status is drawn in any case.
    private func draw(_ entries: [Rows.Entry], on canvas: Canvas, from start: Int, y: Int) {
        var room = width - start
        var kept: [Int] = []
        for index in worstFirst(entries) {
            let needed = canvas.measure(entries[index].text) + (kept.isEmpty ? 0 : 2)
            guard needed <= room || kept.isEmpty else { continue }
            kept.append(index)
            room -= needed
        }
        var x = start
        for index in entries.indices where kept.contains(index) {
            let entry = entries[index]
            let role = entry.status.trouble > 0 ? entry.status.role : entry.role
            canvas.text(entry.text, x: x, y: y, width: max(width - x, 0), role: role)
            x += canvas.measure(entry.text) + 2
        }
    }

    /// Indices of the entries, the worst first, equally bad ones in their order.
    private func worstFirst(_ entries: [Rows.Entry]) -> [Int] {
        var order: [Int] = []
        for trouble in [3, 2, 1, 0] {
            for index in entries.indices where entries[index].status.trouble == trouble {
                order.append(index)
            }
        }
        return order
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
