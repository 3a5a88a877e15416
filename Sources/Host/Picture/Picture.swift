import Contract
import Core

/// Puts the whole screen together: title, widgets in their frames, footer. It looks at the store and at what the
/// widgets drew, never at a machine.
@MainActor
struct Picture {
    let dashboard: Dashboard
    let appearance: Appearance
    /// Local time for the title.
    let time: String

    /// Tells each visible widget how much room it has, so that it draws for it.
    func plan(_ arrangement: Arrangement, state: ViewState) {
        for (index, rect) in arrangement.panels {
            let widget = dashboard.widgets[index]
            let content = WidgetFrame.content(of: rect)
            let lines = remarks(of: widget, width: content.width, height: content.height).count
            if widget.isOverview {
                widget.show(dashboard.fleet.operations(in: Size(content.width, content.height - lines)))
                continue
            }
            widget.wanted = WidgetRunner.Drawing(
                size: Size(content.width, content.height - lines), isZoomed: state.isZoomed,
                isFocused: state.focus == index)
        }
    }

    func compose(_ arrangement: Arrangement, state: ViewState) -> Surface {
        var surface = Surface(arrangement.size, for: appearance)
        if let sentence = arrangement.sentence {
            let area =
                arrangement.size.height > 2
                ? Rect(x: 1, y: 1, width: arrangement.size.width - 2, height: arrangement.size.height - 2)
                : surface.bounds
            Paragraph.draw(sentence, into: &surface, rect: area, style: Style(.value))
            return surface
        }
        drawTitle(into: &surface)
        for (index, rect) in arrangement.panels {
            draw(dashboard.widgets[index], isFocused: state.focus == index, rect: rect, into: &surface)
        }
        drawFooter(state, into: &surface)
        if state.overlay == .help {
            Overlay.help(title: "Keys", entries: Keys.help, into: &surface, appearance: appearance)
        }
        return surface
    }

    private func drawTitle(into surface: inout Surface) {
        let bar = Rect(x: 0, y: 0, width: surface.size.width, height: 1)
        let style = Style(.title, .bold, on: .header)
        surface.fill(bar, style: style)
        let paused = dashboard.isPaused ? "paused  " : ""
        let right = "\(paused)\(dashboard.hostName)  \(time)"
        let width = CharacterWidth.of(right)
        let room = surface.size.width - width - 4
        if room >= 8 {
            let icon = appearance.icons == .emoji ? "📊 " : ""
            surface.put(icon + dashboard.layout.title, x: 1, y: 0, width: room, style: style)
        }
        surface.put(
            right, x: max(surface.size.width - width - 1, 0), y: 0, width: width,
            style: Style(dashboard.isPaused ? .warning : .label, on: .header))
    }

    private func draw(_ widget: WidgetRunner, isFocused: Bool, rect: Rect, into surface: inout Surface) {
        let entry = dashboard.store[widget.key]
        let now = dashboard.wall
        let isStale = entry.isStale(at: now)
        let content = WidgetFrame.content(of: rect)
        let remarks = remarks(of: widget, width: content.width, height: content.height)
        widget.table.showsSelection = isFocused
        if entry.snapshot != nil || widget.isOverview {
            let area = Rect(
                x: content.x, y: content.y, width: content.width, height: content.height - remarks.count)
            OperationRenderer.render(
                widget.operations, into: &surface, at: area, appearance: appearance,
                tableState: &widget.table, dimmed: isStale)
        }
        let isEmpty = isEmpty(widget)
        let first = isEmpty ? content.y : content.y + content.height - remarks.count
        for (line, remark) in remarks.enumerated() {
            surface.put(
                remark.text, x: content.x, y: first + line, width: content.width, style: Style(remark.role))
        }
        let frame = WidgetFrame(
            icon: widget.description?.icon ?? "", title: widget.title,
            status: widget.isOverview ? dashboard.fleet.status : entry.status(at: now),
            age: isStale
                ? entry.age(at: now).map { Format.duration(Double($0 / 1_000_000_000)) + " ago" } : nil,
            indicator: widget.table.indicator, isFocused: isFocused)
        WidgetFrame.draw(frame, into: &surface, rect: rect, appearance: appearance)
    }

    private func isEmpty(_ widget: WidgetRunner) -> Bool {
        !widget.isOverview && dashboard.store[widget.key].snapshot?.instances.isEmpty ?? true
    }

    /// What the host itself says inside a widget, below what the plugin drew: why there is nothing new, what the
    /// plugin noted, that values are still awaited.
    private func remarks(of widget: WidgetRunner, width: Int, height: Int) -> [(text: String, role: Role)] {
        let entry = dashboard.store[widget.key]
        // With values to show, what is said about them must leave room for them.
        let isEmpty = isEmpty(widget)
        let room = isEmpty ? height : max(1, height / 3)
        var lines: [(text: String, role: Role)] = []
        func say(_ sentence: String, _ role: Role) {
            lines += Paragraph.wrap(sentence, width: max(width, 1)).map { ($0, role) }
        }
        if widget.isOverview {
            for remark in dashboard.fleet.remarks { say(remark, .warning) }
        }
        if let notice = widget.notice { say(notice, .warning) }
        if let failure = entry.failure {
            say(failure.sentence, failure.outcome == .unavailable ? .label : .warning)
        } else if entry.snapshot == nil, !widget.isOverview {
            say("Waiting for the first values.", .muted)
        }
        if let note = entry.snapshot?.note {
            say(
                note.sentence,
                note.status == .critical ? .critical : note.status == .warning ? .warning : .label)
        }
        if lines.count > room {
            lines = Array(lines.prefix(room))
            // Zoom shows the rest.
            if !lines.isEmpty { lines[lines.count - 1].text += " \(appearance.ellipsis)" }
        }
        return lines
    }

    /// In the footer, and over what is above it where one line is too little.
    private func drawMessage(_ message: String, into surface: inout Surface) {
        let lines = Paragraph.wrap(message, width: max(surface.size.width - 2, 1)).suffix(
            surface.size.height / 3)
        for (index, line) in lines.enumerated() {
            let y = surface.size.height - lines.count + index
            surface.fill(Rect(x: 0, y: y, width: surface.size.width, height: 1), style: Style(.warning))
            surface.put(line, x: 1, y: y, width: surface.size.width - 2, style: Style(.warning))
        }
    }

    private func drawFooter(_ state: ViewState, into surface: inout Surface) {
        let y = surface.size.height - 1
        if state.isFiltering, let focus = state.focus {
            let filter = dashboard.widgets[focus].table.filter
            surface.put("/" + filter + "_", x: 1, y: y, width: surface.size.width - 2, style: Style(.accent))
            return
        }
        if let message = state.message ?? state.problem {
            return drawMessage(message, into: &surface)
        }
        var x = 1
        for (key, meaning) in Keys.footer {
            let width = CharacterWidth.of(key) + 1 + CharacterWidth.of(meaning)
            guard x + width < surface.size.width else { break }
            surface.put(key, x: x, y: y, width: CharacterWidth.of(key), style: Style(.accent))
            surface.put(
                meaning, x: x + CharacterWidth.of(key) + 1, y: y, width: CharacterWidth.of(meaning),
                style: Style(.muted))
            x += width + 2
        }
    }
}
