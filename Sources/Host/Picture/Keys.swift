/// The keys as the footer and the help show them.
enum Keys {
    static let footer: [(key: String, meaning: String)] = [
        ("?", "help"), ("q", "quit"), ("r", "refresh"), ("Tab", "next"), ("z", "zoom"), ("/", "filter"),
        ("s", "sort"), ("Space", "pause"), ("t", "theme"),
    ]

    static let help: [(key: String, meaning: String)] = [
        ("Tab, Shift-Tab", "next, previous widget"),
        ("arrows, h j k l", "to the widget there; in a table: rows"),
        ("PgUp, PgDn, Home, End", "through a table"),
        ("Enter, z", "zoom the widget, and back; a host opens"),
        ("h", "all hosts, where there are several"),
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
