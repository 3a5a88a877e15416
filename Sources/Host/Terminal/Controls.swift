import Contract
import Core

/// Applies keys and mouse events to the view, the dashboard and the focused panel.
@MainActor
final class Controls {
    let dashboard: Dashboard
    let files: any LayoutChoice
    /// Returns the layout of a host; with nil, the overview.
    let layoutOf: (String?) -> LayoutSource?
    var state = ViewState()
    var theme: Theme
    /// The hosts that were opened together, and the one that is shown.
    var tour = HostTour()
    private(set) var arrangement: Arrangement
    private var size: Size
    /// The name of the focused widget, which identifies it across layouts.
    private var focusName: String?
    /// The theme that the layout file set last.
    private var layoutTheme: String?

    var onQuit: () -> Void = {}
    var onSuspend: () -> Void = {}
    var onRedraw: () -> Void = {}

    /// Called when the user goes from the present into the past, or back.
    var onTurn: () -> Void = {}

    init(
        _ dashboard: Dashboard, files: any LayoutChoice, size: Size,
        layoutOf: @escaping (String?) -> LayoutSource?
    ) {
        self.dashboard = dashboard
        self.files = files
        self.size = size
        self.layoutOf = layoutOf
        theme = dashboard.layout.theme.flatMap(Theme.named) ?? .standard
        layoutTheme = dashboard.layout.theme
        arrangement = Arrangement(dashboard.layout, panels: dashboard.panels, size: size, zoomed: nil)
        focusOverview()
    }

    var focused: (any Panel)? { state.focus.map { dashboard.panels[$0] } }

    func arrange(_ size: Size? = nil) {
        self.size = size ?? self.size
        arrangement = Arrangement(
            dashboard.layout, panels: dashboard.panels, size: self.size,
            zoomed: state.isZoomed ? state.focus : nil)
    }

    /// Called before each frame. Stores the focus as a name, since places differ in another layout.
    func rememberFocus() { focusName = focused?.configuration.name }

    /// Restores the focus by name and applies the theme of a new layout.
    func layoutChanged() {
        state.focus = focusName.flatMap { name in
            dashboard.panels.firstIndex { $0.configuration.name == name }
        }
        if state.focus == nil {
            state.isZoomed = false
            focusOverview()
        }
        if let chosen = dashboard.layout.theme.flatMap(Theme.named), chosen.name != layoutTheme {
            theme = chosen
            layoutTheme = chosen.name
        }
        arrange()
    }

    /// Begins with what is on another screen of the same layout: focus, zoom, theme, opened hosts.
    func take(over other: Controls) {
        state = other.state
        (state.overlay, state.message, state.problem, state.event, state.prompt) = (nil, nil, nil, nil, nil)
        // A graph asks the engine that it was opened with.
        state.graph = nil
        state.isFiltering = false
        (theme, layoutTheme, tour) = (other.theme, other.layoutTheme, other.tour)
        arrange()
    }

    // MARK: Keys

    func press(_ key: Key) {
        if key == .other { return }
        let isOnMessage = isOnMessage(key)
        (state.message, state.event) = (nil, nil)
        if isOnMessage { return }
        focused?.table.catchUp()
        if state.isFiltering, ![.control("Z"), .function(10)].contains(key) { return type(key) }
        if state.prompt != nil, ![.control("Z"), .function(10)].contains(key) { return typeTime(key) }
        if case .paste = key {
            state.message = "Pasted text does nothing here; / opens a filter, which takes it."
            return
        }
        if let overlay = state.overlay, ![.control("C"), .control("Z"), .function(10)].contains(key) {
            return turn(overlay, by: key)
        }
        if let graph = state.graph, press(key, in: graph) { return }
        if state.graph == nil {
            if let replay = dashboard.replay, press(key, in: replay) { return }
            if let overview = focused as? OverviewPanel, press(key, in: overview) { return }
        }
        switch key {
        case .character("p"): onTurn()
        case .control("C"), .function(10): onQuit()
        case .character("q"): if !close() { onQuit() }
        case .character("?"), .function(1):
            // Without room for any widget there is none for the help.
            if arrangement.sentence == nil { state.overlay = .help(page: 0) }
        case .character("e"): if arrangement.sentence == nil { state.overlay = .events(page: 0) }
        case .character("n"): goToTrouble(1)
        case .character("N"): goToTrouble(-1)
        case .character("!"): toggleTroubleOnly()
        case .character("r"): dashboard.engine.refresh()
        case .character("R"): files.readAll()
        case .character(" "): dashboard.engine.pause(!dashboard.engine.isPaused)
        case .character("t"): nextTheme()
        case .character("+"), .character("="): show(state.span.longer)
        case .character("-"): show(state.span.shorter)
        case .control("L"): onRedraw()
        case .control("Z"): onSuspend()
        case .tab: focusNext(1)
        case .backTab: focusNext(-1)
        case .character("H") where dashboard.hasOtherHosts: openOverview()
        case .character("]") where isTouring && tour.hasNext: open(tour.next())
        case .character("[") where isTouring && tour.hasPrevious: open(tour.previous())
        case .character("c"): openGraph()
        case .enter where state.isZoomed: openGraph()
        case .enter, .character("z"): zoom()
        case .escape: escape()
        case .click(let x, let y) where y == arrangement.size.height - 1: clickFooter(x: x)
        case .click(let x, let y): click(x: x, y: y)
        case .wheel(let up, let x, let y):
            if let hit = arrangement.widget(x: x, y: y) {
                dashboard.panels[hit.widget].table.scroll(by: up ? -3 : 3)
            }
        case .character("/"): beginFilter()
        case .character("s"):
            if hasTable(for: "sort") { focused?.table.cycleSort() }
        case .character("S"): focused?.table.reverseSort()
        default: move(key)
        }
    }

    /// Turns the pages of the help or of the events; any other key closes them.
    private func turn(_ overlay: ViewState.Overlay, by key: Key) {
        let (page, pages, own): (Int, Int, Unicode.Scalar) =
            switch overlay {
            case .help(let page):
                (page, Core.Overlay.helpPages(Keys.help(of: dashboard, state), size: size), "?")
            case .events(let page): (page, EventSheet(dashboard.events(), size: size).pages, "e")
            }
        let step =
            switch key {
            case .down, .pageDown, .character("j"), .character(" "), .character(own),
                .wheel(up: false, _, _):
                1
            case .up, .pageUp, .character("k"), .wheel(up: true, _, _): -1
            default: pages
            }
        let next = min(page, pages - 1) + step
        guard (0..<max(pages, 1)).contains(next) else { return state.overlay = nil }
        switch overlay {
        case .help: state.overlay = .help(page: next)
        case .events: state.overlay = .events(page: next)
        }
    }

    private static let noTable = "No widget here has a table to filter; Esc ends this."

    /// Begins a filter in the focused widget, or where that has no table, in the first one that has.
    private func beginFilter() {
        if focused?.table.hasTable != true {
            let place = arrangement.panels.first { dashboard.panels[$0.widget].table.hasTable }?.widget
            guard let place else {
                // The letters that follow must not act as keys.
                state.isFiltering = true
                state.message = Self.noTable
                return
            }
            state.focus = place
        }
        state.isFiltering = true
    }

    private func hasTable(for purpose: String) -> Bool {
        if focused?.table.hasTable == true { return true }
        state.message = "This widget has no table to \(purpose); Tab goes to the next."
        return false
    }

    private func move(_ key: Key) {
        let hasTable = focused?.table.hasTable == true
        switch key {
        case .pageUp: focused?.table.page(by: -1)
        case .pageDown: focused?.table.page(by: 1)
        case .home, .character("g"): focused?.table.home()
        case .end, .character("G"): focused?.table.end()
        case .up, .character("k"): hasTable ? step(-1) : focusToward(dx: 0, dy: -1)
        case .down, .character("j"): hasTable ? step(1) : focusToward(dx: 0, dy: 1)
        case .left, .character("h"): focusToward(dx: -1, dy: 0)
        case .right, .character("l"): focusToward(dx: 1, dy: 0)
        default: break
        }
    }

    /// Edits the filter of the focused panel.
    private func type(_ key: Key) {
        guard let panel = focused, panel.table.hasTable else {
            state.isFiltering = ![.enter, .escape, .control("C")].contains(key)
            state.message = state.isFiltering ? Self.noTable : nil
            return
        }
        switch key {
        case .enter: state.isFiltering = false
        case .escape, .control("C"):
            panel.table.filter = ""
            state.isFiltering = false
        case .backspace: if !panel.table.filter.isEmpty { panel.table.filter.removeLast() }
        case .character(let scalar): insert(scalar, into: panel)
        case .paste(let text):
            // The first line, without controls such as tabs.
            for scalar in text.unicodeScalars.prefix(while: { $0 != "\n" && $0 != "\r" })
            where scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value) {
                insert(scalar, into: panel)
            }
        default: move(key)
        }
    }

    private func insert(_ scalar: Unicode.Scalar, into panel: any Panel) {
        if panel.table.filter.utf8.count < 64 { panel.table.filter.unicodeScalars.append(scalar) }
    }

    private func zoom() {
        if state.focus == nil { focusNext(1) }
        state.isZoomed.toggle()
    }

    private func escape() {
        if !close(), !(focused is OverviewPanel) { state.focus = nil }
    }

    /// Closes what is open: a filter, marks, the problem of a file, the zoom, a host. Returns whether there was
    /// something to close.
    func close() -> Bool {
        if let panel = focused, !panel.table.filter.isEmpty {
            panel.table.filter = ""
        } else if let overview = focused as? OverviewPanel, !overview.marked.isEmpty {
            overview.clearMarks()
        } else if let panel = focused, panel.table.showsTroubleOnly {
            panel.table.showsTroubleOnly = false
        } else if state.problem != nil {
            state.problem = nil
        } else {
            return stepBack()
        }
        return true
    }

    /// Whether a click is on a message, which covers the keys of the footer and lines of widgets.
    private func isOnMessage(_ key: Key) -> Bool {
        guard case .click(_, let y) = key, !state.isFiltering, let message = state.sentence else {
            return false
        }
        return y >= size.height - ScreenComposer.lines(of: message, in: size).count
    }

    /// Closes what was opened last: the zoom, or the host that was opened from the overview. Returns whether there was
    /// something to close.
    private func stepBack() -> Bool {
        if state.isZoomed {
            state.isZoomed = false
        } else if hasOverviewBehind {
            openOverview()
        } else {
            return false
        }
        return true
    }

    /// Whether the layout of a host is shown that was opened from the overview.
    private var hasOverviewBehind: Bool { dashboard.fleet != nil && !dashboard.showsOverview }

    private func click(x: Int, y: Int) {
        guard let hit = arrangement.widget(x: x, y: y) else { return }
        let panel = dashboard.panels[hit.widget]
        let wasFocused = state.focus == hit.widget
        let before = panel.table.selected
        state.focus = hit.widget
        switch panel.table.click(x: x, y: y) {
        case .heading: break
        case .row(let row):
            // In a table a click selects a row; a second click on the same row opens the graph of the number there, or
            // the host of the row.
            guard wasFocused, row == before else { break }
            let column = panel.table.column(at: x)
            if let overview = panel as? OverviewPanel, overview.metric(ofColumn: column) == nil {
                openSelected(in: overview)
            } else {
                openGraph(ofColumn: column)
            }
        // On other content a second click zooms.
        case nil: if wasFocused { state.isZoomed.toggle() }
        }
    }

    /// Sets how much of the past the curves show.
    private func show(_ span: HistorySpan) {
        state.span = span
        dashboard.engine.span = span
        state.message = "Curves show the last \(span.name)."
    }

    private func nextTheme() {
        let names = Theme.all.map(\.name)
        let place = names.firstIndex(of: theme.name) ?? 0
        theme = Theme.all[(place + 1) % Theme.all.count]
        state.message = "Theme: \(theme.name) – \(theme.summary)"
    }

    // MARK: Focus

    /// Moves the selection by rows; beyond the first or last row the focus moves to the next widget.
    private func step(_ rows: Int) {
        guard let panel = focused else { return }
        let before = panel.table.selected
        panel.table.moveSelection(by: rows)
        if before != nil && panel.table.selected == before && !state.isZoomed {
            focusToward(dx: 0, dy: rows)
        }
    }

    /// Focuses the next widget in reading order, or with -1 the previous one.
    func focusNext(_ step: Int) {
        let order = Arrangement(dashboard.layout, panels: dashboard.panels, size: size, zoomed: nil)
            .panels.map(\.widget)
        guard !order.isEmpty else { return }
        let place = state.focus.flatMap { order.firstIndex(of: $0) } ?? (step > 0 ? -1 : 0)
        state.focus = order[(place + step + order.count) % order.count]
    }

    /// Moves the focus to the nearest widget in a direction.
    private func focusToward(dx: Int, dy: Int) {
        guard !state.isZoomed else { return }
        guard let current = arrangement.panels.first(where: { $0.widget == state.focus })?.rect else {
            return focusNext(1)
        }
        func center(_ rect: Rect) -> (x: Int, y: Int) {
            (rect.x * 2 + rect.width, (rect.y * 2 + rect.height) * 2)
        }
        let from = center(current)
        let candidates = arrangement.panels.compactMap { panel -> (widget: Int, distance: Int)? in
            let to = center(panel.rect)
            let (along, across) = (
                (to.x - from.x) * dx + (to.y - from.y) * dy, (to.x - from.x) * dy + (to.y - from.y) * dx
            )
            guard along > 0, panel.widget != state.focus else { return nil }
            return (panel.widget, along + 2 * abs(across))
        }
        if let nearest = candidates.min(by: { $0.distance < $1.distance }) { state.focus = nearest.widget }
    }

    /// Focuses the overview, so that keys select a host.
    func focusOverview() {
        guard let place = dashboard.panels.firstIndex(where: { $0 is OverviewPanel }) else { return }
        state.focus = place
    }
}
