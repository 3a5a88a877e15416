/// The keys with their meanings, for the footer and the help.
enum Keys {
    static let footer: [(key: String, meaning: String)] = [
        ("?", "help"), ("q", "quit"), ("r", "refresh"), ("Tab", "next"), ("z", "zoom"), ("/", "filter"),
        ("s", "sort"), ("Space", "pause"), ("t", "theme"),
    ]

    /// The keys in the layout of one of several hosts.
    static let host = [footer[0], footer[1], (key: "h", meaning: "all hosts")] + footer.dropFirst(2)

    /// The keys while the overview of all hosts has the focus.
    static let overview: [(key: String, meaning: String)] = [
        ("?", "help"), ("q", "quit"), ("Enter", "open"), ("x", "mark"), ("m", "maintenance"),
        ("r", "refresh"),
        ("/", "filter"), ("s", "sort"), ("o", "roles"), ("t", "theme"),
    ]

    /// The keys while hosts are marked in the overview.
    static func marked(_ count: Int) -> [(key: String, meaning: String)] {
        let what = count == 1 ? "1 host" : "\(count) hosts"
        return [
            ("Enter", "open \(what)"), ("m", "maintenance"), ("r", "refresh"), ("x", "mark"),
            ("X", "all, none"),
            ("Esc", "mark none"), ("?", "help"), ("q", "quit"),
        ]
    }

    static let help: [(key: String, meaning: String)] = [
        ("Tab, Shift-Tab", "next, previous widget"),
        ("arrows, h j k l", "to the widget there; in a table: rows"),
        ("PgUp, PgDn, Home, End", "through a table"),
        ("Enter, z", "zoom the widget, and back; a host opens"),
        ("h", "all hosts, where there are several"),
        ("x, X", "all hosts: mark one; all that are shown, or none"),
        ("m", "all hosts: maintenance on or off"),
        ("o", "all hosts: in groups by role, or in one list"),
        ("[, ]", "of the hosts that were opened: previous, next"),
        ("/", "filter the table; Enter keeps, Esc clears"),
        ("s, S", "sort by the next column; turn the order"),
        ("r", "fresh values now"),
        ("R", "start failed plugins again, read files anew"),
        ("Space", "pause, and go on"),
        ("t", "next theme"),
        ("Ctrl-L", "draw all anew"),
        ("Ctrl-Z", "to the shell; fg comes back"),
        ("mouse", "click focuses, again zooms; wheel scrolls"),
        ("?", "this help"),
        ("q, Ctrl-C", "quit"),
    ]
}
