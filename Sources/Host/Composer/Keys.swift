import Contract
import Core

/// The keys with their meanings, for the footer and the help.
enum Keys {
    /// A key in the footer, which can be clicked.
    struct Entry {
        let key: String
        let meaning: String
        let press: Key

        init(_ key: String, _ meaning: String, _ press: Key) {
            (self.key, self.meaning, self.press) = (key, meaning, press)
        }

        /// A key that is one character.
        init(_ key: Unicode.Scalar, _ meaning: String) {
            self.init(String(Character(key)), meaning, .character(key))
        }
    }

    private static let helpKey = Entry("?", "help")
    private static let quit = Entry("q", "quit")
    private static let refresh = Entry("r", "refresh")

    private static func widgets(_ span: HistorySpan) -> [Entry] {
        [
            helpKey, quit, refresh, Entry("Tab", "next", .tab), Entry("z", "zoom"), Entry("c", "graph"),
            Entry("+", "last \(span.name)"),
            Entry("/", "filter"), Entry("n", "trouble"), Entry("e", "events"), Entry("s", "sort"),
            Entry("Space", "pause", .character(" ")), Entry("t", "theme"), Entry("p", "past"),
        ]
    }

    /// The keys in the layout of one of several hosts.
    private static func host(_ span: HistorySpan) -> [Entry] {
        [helpKey, Entry("q", "back"), Entry("H", "all hosts")] + widgets(span).dropFirst(2)
    }

    /// The keys while the past is on the screen.
    private static let past: [Entry] = [
        Entry("p", "present"), Entry("Space", "play", .character(" ")), Entry(",", "back"), Entry(".", "on"),
        Entry("f", "faster"), Entry("@", "time"), Entry("(", "event before"), Entry(")", "event after"),
        Entry("<", "10 min back"), Entry(">", "10 min on"), helpKey, Entry("F", "slower"), Entry("z", "zoom"),
    ]

    /// The keys while the overview of all hosts has the focus.
    private static let overview: [Entry] = [
        helpKey, quit, Entry("Enter", "open", .enter), Entry("n", "trouble"), Entry("e", "events"),
        Entry("c", "graph"), Entry("x", "mark"), Entry("m", "maintenance"), refresh, Entry("/", "filter"),
        Entry("!", "not well"),
        Entry("s", "sort"), Entry("o", "roles"), Entry("t", "theme"),
        Entry("p", "past"),
    ]

    /// The keys while hosts are marked in the overview.
    private static func marked(_ count: Int) -> [Entry] {
        let what = count == 1 ? "1 host" : "\(count) hosts"
        return [
            Entry("Enter", "open \(what)", .enter), Entry("c", "graph"), Entry("m", "maintenance"), refresh,
            Entry("x", "mark"),
            Entry("X", "all, none"), Entry("Esc", "mark none", .escape), helpKey, quit,
        ]
    }

    /// The keys while a graph is open.
    private static func graph(_ graph: GraphState) -> [Entry] {
        let lines = graph.choice.lines.count
        return [helpKey, Entry("q", "back"), Entry("-", "shorter"), Entry("+", "longer")]
            + (graph.choices.count > 1 ? [Entry("Tab", "next number", .tab)] : [])
            + (lines > 1 ? [Entry("]", "next one"), Entry("a", graph.showsAll ? "one" : "all")] : [])
            + [Entry("<", "earlier"), Entry(">", "later"), Entry("0", "now"), Entry("t", "theme")]
    }

    /// The keys for the footer.
    @MainActor
    static func footer(of dashboard: Dashboard, _ state: ViewState) -> [Entry] {
        if let graph = state.graph { return Self.graph(graph.state) }
        if dashboard.replay != nil { return past }
        // Without a user there is no focus; a single panel then determines the keys.
        let panel =
            state.focus.map { dashboard.panels[$0] }
            ?? (dashboard.panels.count == 1 ? dashboard.panels[0] : nil)
        guard let overview = panel as? OverviewPanel else {
            return dashboard.hasOtherHosts ? host(state.span) : widgets(state.span)
        }
        return overview.marked.isEmpty ? Self.overview : marked(overview.marked.count)
    }

    /// The entries that fit into a footer of a width, with the cells of each.
    static func places(_ entries: [Entry], width: Int) -> [(entry: Entry, range: Range<Int>)] {
        var places: [(Entry, Range<Int>)] = []
        var x = 1
        for entry in entries {
            let length = CharacterWidth.of(entry.key) + 1 + CharacterWidth.of(entry.meaning)
            guard x + length < width else { break }
            places.append((entry, x..<x + length))
            x += length + 2
        }
        return places
    }

    /// The keys for the help.
    @MainActor
    static func help(of dashboard: Dashboard, _ state: ViewState) -> [(key: String, meaning: String)] {
        if state.graph != nil { return graphHelp }
        return dashboard.replay == nil ? usualHelp : pastHelp + usualHelp
    }

    private static let pastHelp: [(key: String, meaning: String)] = [
        ("p; q, Esc", "the present; where nothing is open: the same"),
        (", . or left, right", "the past: a sample back, on"),
        ("<, >", "60 samples back, on: ten minutes of fine ones"),
        ("{, }", "360 samples back, on: an hour of fine ones"),
        ("Space", "let the past go on, or stand still"),
        ("f, F", "faster, slower: 1, 10, 60, 300, 1000 times"),
        ("@", "to a time: 2026-03-01 04:10, 04:10, -2h"),
        ("(, )", "to what went wrong before, after"),
    ]

    private static let graphHelp: [(key: String, meaning: String)] = [
        ("left, right, h, l", "the cursor, by a column; PgUp, PgDn: farther"),
        ("up, down, Tab", "previous, next number"),
        ("a", "all that have this number over one another, or one"),
        ("[, ]", "previous, next of those that have this number"),
        ("-, +", "a shorter, a longer span"),
        ("<, >", "earlier, later by half of the width"),
        ("Home; 0, End", "the cursor to the left edge; back to the present"),
        ("t, r, Space, e", "theme, fresh values, pause, events, as ever"),
        ("mouse", "click: the cursor, one of the legend; wheel: time"),
        ("Esc, q, Enter", "close the graph"),
    ]

    private static let usualHelp: [(key: String, meaning: String)] = [
        ("Tab, Shift-Tab", "next, previous widget"),
        ("arrows, h j k l", "to the widget there; in a table: rows"),
        ("PgUp, PgDn, Home, End", "through a table; g, G: first, last row"),
        ("Enter, z", "zoom the widget, z: and back; a host opens"),
        ("c; Enter in zoom", "graph of a number, of all marked hosts"),
        ("Esc, H", "one step back; all hosts, where there are several"),
        ("n, N, !", "next, previous trouble; in a table only that"),
        ("e", "events: what went wrong, when it was over"),
        ("x, X", "all hosts: mark one; all that are shown, or none"),
        ("m, o", "all hosts: maintenance; by role, or in one list"),
        ("[, ]", "of the hosts that were opened: previous, next"),
        ("+, -", "more, less of the past in curves: 5 min to 1 y"),
        ("/", "filter the table; Enter keeps, Esc clears"),
        ("s, S", "sort by the next column; turn the order"),
        ("r, R", "fresh values now; failed plugins, files anew"),
        ("Space, t, p", "pause; next theme; the past, and back"),
        ("Ctrl-L, Ctrl-Z", "draw all anew; to the shell, fg comes back"),
        ("mouse", "click focuses, again zooms; wheel scrolls"),
        ("?, F1", "this help"),
        ("q; F10, Ctrl-C", "close what is open, else quit; quit"),
    ]
}
