import CPosix
import Contract
import Core

/// The dashboard on a terminal: draws when something changed or a key was pressed, at most 60 times a second.
@MainActor
final class TerminalSession {
    private let dashboard: Dashboard
    private let loop: EventLoop
    private let screen: Screen
    private let files: LiveFiles
    private var state = ViewState()
    private var theme: Theme
    private var arrangement: Arrangement
    private var isDirty = false
    private var lastDrawn: UInt64 = 0
    /// The signal that ends the program, to die of it in the end as a shell expects.
    private var deadlySignal: Int32?

    private let started: UInt64
    /// The name of the focused widget, whatever its place.
    private var focusName: String?
    /// The theme that the layout file asked for last.
    private var layoutTheme: String?

    private static let frame: UInt64 = 1_000_000_000 / 60
    private static let patience: UInt64 = 60_000_000

    /// Where the layout of a host is; nil: that of all hosts.
    private let layoutOf: (String?) -> LayoutSource?

    init(
        _ dashboard: Dashboard, screen: Screen, files: LiveFiles, loop: EventLoop,
        layoutOf: @escaping (String?) -> LayoutSource?
    ) {
        self.layoutOf = layoutOf
        self.dashboard = dashboard
        self.files = files
        self.screen = screen
        self.loop = loop
        started = loop.now
        theme = dashboard.layout.theme.flatMap(Theme.named) ?? .standard
        layoutTheme = dashboard.layout.theme
        arrangement = Arrangement(
            dashboard.layout, widgets: dashboard.widgets, size: screen.size, zoomed: nil)
    }

    func run() {
        dashboard.onChange = { [weak self] in self?.changed() }
        loop.watch(0) { [weak self] in self?.readKeys() }
        watchSignals()
        followFiles()
        focusOverview()
        plan()
        changed()
        loop.run()
        screen.close()
        dashboard.shutdown()
        if let deadlySignal { cposix_die_of(deadlySignal) }
    }

    private func followFiles() {
        dashboard.onNotice = { [weak self] in
            self?.state.message = $0
            self?.changed()
        }
        files.onProblem = { [weak self] in
            self?.state.problem = $0
            self?.changed()
        }
        files.onLayout = { [weak self] in self?.layoutChanged() }
    }

    /// The focus stays on the widget of the same name.
    private func layoutChanged() {
        let name = focusName
        state.focus = name.flatMap { name in
            dashboard.widgets.firstIndex { $0.configuration.name == name }
        }
        if state.focus == nil { state.isZoomed = false }
        if let chosen = dashboard.layout.theme.flatMap(Theme.named), chosen.name != layoutTheme {
            theme = chosen
            layoutTheme = chosen.name
        }
        arrange()
        changed()
    }

    // MARK: Drawing

    private func changed() {
        guard lastDrawn > 0 else { return drawFirst() }
        guard !isDirty else { return }
        isDirty = true
        loop.setTimer(self, at: max(loop.now, lastDrawn + Self.frame)) { [weak self] in self?.draw() }
    }

    /// The first frame waits a moment for the first values: a full one at once is better than an empty one and a
    /// flicker. What takes longer is announced as such.
    private func drawFirst() {
        plan()
        let isComplete = dashboard.widgets.allSatisfy(\.isSettled)
        loop.setTimer(self, at: isComplete ? loop.now : started + Self.patience) { [weak self] in self?.draw()
        }
    }

    private func draw() {
        isDirty = false
        lastDrawn = loop.now
        focusName = focused?.configuration.name
        plan()
        screen.show(picture.compose(arrangement, state: state), theme: theme)
    }

    private func plan() { picture.plan(arrangement, state: state) }

    private var picture: Picture {
        Picture(
            dashboard: dashboard,
            appearance: Appearance(
                theme: theme, depth: screen.depth, icons: dashboard.layout.icons ?? .emoji,
                isUTF8: screen.isUTF8),
            time: LocalTime.clock(dashboard.wall))
    }

    private func arrange() {
        arrangement = Arrangement(
            dashboard.layout, widgets: dashboard.widgets, size: screen.size,
            zoomed: state.isZoomed ? state.focus : nil)
    }

    // MARK: Signals

    private func watchSignals() {
        let pipe = cposix_signal_pipe()
        loop.watch(pipe) { [weak self] in
            var number: UInt8 = 0
            while read(pipe, &number, 1) == 1 { self?.handle(signal: Int32(number)) }
        }
    }

    private func handle(signal: Int32) {
        switch signal {
        case SIGWINCH, SIGCONT:
            screen.fitToTerminal()
            arrange()
            changed()
        case SIGCHLD: Orphans.sweep()
        case SIGTSTP: suspend()
        default:
            deadlySignal = signal
            loop.stop()
        }
    }

    private func suspend() {
        screen.suspend()
        arrange()
        changed()
    }

    // MARK: Keys

    private func readKeys() {
        var count = 0
        while let key = Key.next() {
            count += 1
            state.message = nil
            state.isFiltering ? type(key) : press(key)
        }
        // The terminal is gone: ncurses reports no end of input, and poll would say "readable" for ever.
        if count == 0 && !isTerminalAlive { loop.stop() }
        arrange()
        changed()
    }

    private var isTerminalAlive: Bool {
        var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        poll(&descriptor, 1, 0)
        return descriptor.revents & Int16(POLLHUP | POLLERR | POLLNVAL) == 0
    }

    private func press(_ key: Key) {
        if state.overlay != nil, key != .control("C"), key != .character("q") {
            state.overlay = nil
            return
        }
        switch key {
        case .character("q"), .control("C"): loop.stop()
        case .character("?"): state.overlay = .help
        case .character("r"): dashboard.refresh()
        case .character("R"):
            files.readLayout()
            dashboard.retry()
        case .character(" "): dashboard.pause(!dashboard.isPaused)
        case .character("t"): nextTheme()
        case .control("L"): screen.redraw()
        case .control("Z"): suspend()
        case .tab: focusNext(1)
        case .backTab: focusNext(-1)
        case .enter where focused?.isOverview == true: openSelectedHost()
        case .character("h") where dashboard.hasOtherHosts: open(nil)
        case .enter, .character("z"): zoom()
        case .escape: escape()
        case .click(let x, let y): click(x: x, y: y)
        case .wheel(let up, let x, let y):
            if let hit = arrangement.widget(x: x, y: y) {
                dashboard.widgets[hit.widget].table.scroll(by: up ? -3 : 3)
            }
        case .character("/"):
            if focused?.table.hasTable == true {
                state.isFiltering = true
            } else {
                state.message = "This widget has no table to filter; Tab goes to the next."
            }
        case .character("s"):
            if focused?.table.hasTable == true {
                focused?.table.cycleSort()
            } else {
                state.message = "This widget has no table to sort; Tab goes to the next."
            }
        case .character("S"): focused?.table.reverseSort()
        default: move(key)
        }
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

    private func type(_ key: Key) {
        guard let widget = focused else { return state.isFiltering = false }
        switch key {
        case .enter: state.isFiltering = false
        case .escape, .control("C"):
            widget.table.filter = ""
            state.isFiltering = false
        case .backspace: if !widget.table.filter.isEmpty { widget.table.filter.removeLast() }
        case .character(let scalar) where widget.table.filter.utf8.count < 64:
            widget.table.filter.unicodeScalars.append(scalar)
        default: move(key)
        }
    }

    private var focused: WidgetRunner? { state.focus.map { dashboard.widgets[$0] } }

    /// One row further; past the first or last row, to the widget beyond.
    private func step(_ rows: Int) {
        guard let widget = focused else { return }
        let before = widget.table.selected
        widget.table.moveSelection(by: rows)
        if before != nil && widget.table.selected == before && !state.isZoomed {
            focusToward(dx: 0, dy: rows)
        }
    }

    private func focusNext(_ step: Int) {
        let order = Arrangement(dashboard.layout, widgets: dashboard.widgets, size: screen.size, zoomed: nil)
            .panels
            .map(\.widget)
        guard !order.isEmpty else { return }
        let place = state.focus.flatMap { order.firstIndex(of: $0) } ?? (step > 0 ? -1 : 0)
        state.focus = order[(place + step + order.count) % order.count]
    }

    /// The nearest widget in a direction.
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

    private func openSelectedHost() {
        guard let host = focused?.table.selectedText else {
            state.message = "No host is selected; up and down do that."
            return
        }
        open(host)
    }

    /// The layout of a host, or of all of them.
    private func open(_ host: String?) {
        guard let source = layoutOf(host) else {
            state.message = "There is no layout \(host ?? "overview")."
            return
        }
        state.isZoomed = false
        files.open(source)
        if host == nil { focusOverview() }
    }

    /// The first thing to do there is to choose a host.
    private func focusOverview() {
        guard let place = dashboard.widgets.firstIndex(where: \.isOverview) else { return }
        state.focus = place
        dashboard.widgets[place].table.selected = dashboard.widgets[place].table.selected ?? 0
    }

    private func zoom() {
        if state.focus == nil { focusNext(1) }
        state.isZoomed.toggle()
    }

    private func escape() {
        if let widget = focused, !widget.table.filter.isEmpty {
            widget.table.filter = ""
        } else if state.problem != nil {
            state.problem = nil
        } else if state.isZoomed {
            state.isZoomed = false
        } else {
            state.focus = nil
        }
    }

    private func click(x: Int, y: Int) {
        guard let hit = arrangement.widget(x: x, y: y) else { return }
        let widget = dashboard.widgets[hit.widget]
        let wasFocused = state.focus == hit.widget
        state.focus = hit.widget
        // In a table a click selects or sorts; on what else a widget shows, a second click zooms.
        if widget.table.click(x: x, y: y) == nil && wasFocused { state.isZoomed.toggle() }
    }

    private func nextTheme() {
        let names = Theme.all.map(\.name)
        let place = names.firstIndex(of: theme.name) ?? 0
        theme = Theme.all[(place + 1) % Theme.all.count]
        state.message = "Theme: \(theme.name) – \(theme.summary)"
    }
}
