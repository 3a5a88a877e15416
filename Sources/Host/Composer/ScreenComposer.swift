import Contract
import Core
import Engine
import Platform

/// Composes the screen: title, widgets in their frames, footer. It reads the state of the panels and does not call
/// plugins.
@MainActor
struct ScreenComposer {
    let dashboard: Dashboard
    let appearance: Appearance
    /// The local time in the title.
    let time: String
    /// The position among the hosts that are open: "2 of 5"; nil: only one is.
    var place: String?

    func compose(_ arrangement: Arrangement, state: ViewState) -> Surface {
        var surface = Surface(arrangement.size, for: appearance)
        if let sentence = arrangement.sentence {
            let area =
                arrangement.size.height > 2
                ? Rect(x: 1, y: 1, width: arrangement.size.width - 2, height: arrangement.size.height - 2)
                : surface.bounds
            Paragraph.draw(sentence, into: &surface, rect: area, style: Style(.value))
            if let replay = dashboard.replay { drawPast(replay, into: &surface) }
            return surface
        }
        if let replay = dashboard.replay {
            drawPast(replay, into: &surface)
        } else {
            drawTitle(state, into: &surface)
        }
        if let graph = state.graph {
            graph.draw(into: &surface, appearance: appearance)
        } else {
            for (index, rect) in arrangement.panels {
                draw(dashboard.panels[index], isFocused: state.focus == index, rect: rect, into: &surface)
            }
        }
        drawFooter(state, into: &surface)
        switch state.overlay {
        case .help(let page):
            Overlay.help(
                title: "Keys", entries: Keys.help(of: dashboard, state), page: page, into: &surface,
                appearance: appearance)
        case .events(let page):
            EventSheet(dashboard.events(), size: surface.size).draw(
                page: page, into: &surface, appearance: appearance)
        case nil: break
        }
        return surface
    }

    private func drawTitle(_ state: ViewState, into surface: inout Surface) {
        let bar = Rect(x: 0, y: 0, width: surface.size.width, height: 1)
        let style = Style(.title, .bold, on: .header)
        surface.fill(bar, style: style)
        let trouble = trouble
        let span = state.span == .fiveMinutes || dashboard.widgets.isEmpty ? nil : "last " + state.span.name
        let right = [trouble, place, span, whose, time].compactMap { $0 }.joined(separator: "  ")
        let width = CharacterWidth.of(right)
        let room = surface.size.width - width - 4
        if room >= 8 { surface.put(heading(in: room), x: 1, y: 0, width: room, style: style) }
        surface.put(
            right, x: max(surface.size.width - width - 1, 0), y: 0, width: width,
            style: Style(trouble == nil ? .label : .warning, on: .header))
    }

    /// Draws the title of a screen of the past: first that it is the past, and when.
    private func drawPast(_ replay: Replay, into surface: inout Surface) {
        let width = surface.size.width
        surface.fill(Rect(x: 0, y: 0, width: width, height: 1), style: Style(.title, .bold, on: .header))
        let titles = PastWords.titles(
            time: replay.time, playing: replay.isPlaying ? replay.speed : nil, step: replay.step,
            isPlain: appearance.icons == .ascii || !appearance.isUTF8)
        let title = titles.first { CharacterWidth.of($0) + 2 <= width } ?? titles[titles.count - 1]
        let taken = min(CharacterWidth.of(title) + 2, width)
        surface.put(" \(title) ", x: 0, y: 0, width: taken, style: Style(.warning, [.bold, .reverse]))
        let right = [place, whose].compactMap { $0 }.joined(separator: "  ")
        let room = width - taken - CharacterWidth.of(right) - 3
        guard room >= 0 else { return }
        surface.put(
            right, x: width - CharacterWidth.of(right) - 1, y: 0, width: CharacterWidth.of(right),
            style: Style(.label, on: .header))
        guard room >= 8 else { return }
        surface.put(
            heading(in: room), x: taken + 1, y: 0, width: room, style: Style(.title, .bold, on: .header))
    }

    /// The title of the layout. Where it is the layout of a watched host, what is known of the host follows, as far as
    /// there is room.
    private func heading(in room: Int) -> String {
        var heading = (appearance.icons == .emoji ? "📊 " : "") + dashboard.layout.title
        for part in dashboard.hostFacts {
            let longer = heading + " · " + part
            if CharacterWidth.of(longer) > room { break }
            heading = longer
        }
        return heading
    }

    /// The host in the title: that of the layout, or the number of hosts in the overview.
    private var whose: String {
        guard dashboard.layout.host == nil, dashboard.panels.contains(where: { $0 is OverviewPanel }) else {
            return dashboard.hostName
        }
        let hosts = dashboard.configuration.hosts
        guard hosts.count != 1 else { return hosts[0].name }
        // The counts in the title include hosts that are scrolled out of view.
        let counts = dashboard.fleet?.counts ?? [:]
        let signs = [Status.critical, .warning, .unknown].compactMap { status -> String? in
            guard let count = counts[status], count > 0 else { return nil }
            return "\(count)\(appearance.mark(of: status).map { String($0) } ?? "?")"
        }
        return (["\(hosts.count) hosts"] + signs).joined(separator: " ")
    }

    /// Why the values on the screen may not be current; nil: they are.
    private var trouble: String? {
        if dashboard.engine.isPaused { return "paused" }
        switch dashboard.hostState {
        case nil, .online, .waiting: return nil
        case let state?: return state.label(dashboard.wording)
        }
    }

    private func draw(_ panel: any Panel, isFocused: Bool, rect: Rect, into surface: inout Surface) {
        guard rect.height > 1 else {
            return drawFolded(panel, isFocused: isFocused, rect: rect, into: &surface)
        }
        let content = WidgetFrame.content(of: rect)
        let lines = RemarkLines.lines(of: panel, width: content.width, height: content.height, appearance)
        let staleness = panel.staleness
        if let picture = panel.picture {
            let area = Rect(
                x: content.x, y: content.y, width: content.width, height: content.height - lines.count)
            OperationRenderer.render(
                picture, into: &surface, at: area, appearance: appearance, tableState: &panel.table,
                dimmed: staleness != nil)
        }
        let first = panel.isEmpty ? content.y : content.y + content.height - lines.count
        for (line, remark) in lines.enumerated() {
            surface.put(
                remark.sentence, x: content.x, y: first + line, width: content.width,
                style: Style(remark.role))
        }
        let frame = WidgetFrame(
            icon: panel.icon, title: panel.title, status: panel.status,
            age: staleness.map { Format.duration(Double($0 / 1_000_000_000)) + " ago" },
            indicator: panel.table.indicator, isFocused: isFocused)
        WidgetFrame.draw(frame, into: &surface, rect: rect, appearance: appearance)
    }

    /// Draws a widget without a frame: its title, and why it has nothing to show.
    private func drawFolded(_ panel: any Panel, isFocused: Bool, rect: Rect, into surface: inout Surface) {
        let icon = appearance.icons == .emoji && !panel.icon.isEmpty ? panel.icon + " " : ""
        let title = icon + panel.title
        let room = rect.width - 4
        let width = min(CharacterWidth.of(title, atMost: max(room, 0)), room)
        guard width > 0 else { return }
        let x = rect.x + 2
        surface.put(title, x: x, y: rect.y, width: width, style: Style(isFocused ? .accent : .label))
        let sentence = panel.remarks.first?.sentence ?? ""
        surface.put(
            sentence, x: x + width + 2, y: rect.y, width: max(room - width - 2, 0),
            style: Style(.muted))
    }

    /// Draws a message into the footer, and over the lines above it if one line is not enough.
    private func drawMessage(_ message: String, into surface: inout Surface) {
        let lines = Self.lines(of: message, in: surface.size)
        for (index, line) in lines.enumerated() {
            let y = surface.size.height - lines.count + index
            surface.fill(Rect(x: 0, y: y, width: surface.size.width, height: 1), style: Style(.warning))
            surface.put(line, x: 1, y: y, width: surface.size.width - 2, style: Style(.warning))
        }
    }

    /// Returns the lines that a message takes at the lower edge of the screen.
    static func lines(of message: String, in size: Size) -> ArraySlice<String> {
        Paragraph.wrap(message, width: max(size.width - 2, 1)).suffix(size.height / 3)
    }

    private func drawFooter(_ state: ViewState, into surface: inout Surface) {
        let y = surface.size.height - 1
        if state.isFiltering, let focus = state.focus {
            let filter = dashboard.panels[focus].table.filter
            surface.put("/" + filter + "_", x: 1, y: y, width: surface.size.width - 2, style: Style(.accent))
            return
        }
        if let text = state.prompt {
            let line = "Time: \(text)_"
            surface.put(line, x: 1, y: y, width: surface.size.width - 2, style: Style(.accent))
            return
        }
        if let message = state.sentence { return drawMessage(message, into: &surface) }
        let places = Keys.places(Keys.footer(of: dashboard, state), width: surface.size.width)
        for (entry, range) in places {
            let width = CharacterWidth.of(entry.key)
            surface.put(entry.key, x: range.lowerBound, y: y, width: width, style: Style(.accent))
            surface.put(
                entry.meaning, x: range.lowerBound + width + 1, y: y, width: range.count - width - 1,
                style: Style(.muted))
        }
    }
}
