import Contract

/// The box with the event log, in pages, the latest event first.
public struct EventSheet {
    /// One event in words.
    public struct Line: Sendable {
        /// When it began: "06:03".
        public var time: String
        /// The worst that it was.
        public var status: Status
        /// Where it was: the host; empty where there is only one.
        public var place: String
        /// What was wrong.
        public var what: String
        /// When it was over: "06:10, after 7m"; empty: it is not over.
        public var cleared: String

        /// Creates a line.
        public init(time: String, status: Status, place: String, what: String, cleared: String) {
            self.time = time
            self.status = status
            self.place = place
            self.what = what
            self.cleared = cleared
        }
    }

    private let lines: [Line]
    private let size: Size
    private let rows: Int
    /// The number of pages, at least 1.
    public let pages: Int

    /// Divides events into pages for a screen of a size.
    public init(_ lines: [Line], size: Size) {
        self.lines = lines
        self.size = size
        rows = max(min(lines.count, size.height - 4), 1)
        pages = max((lines.count + rows - 1) / rows, 1)
    }

    /// Draws a page, counted from 0; a number beyond the last page is the last page.
    public func draw(page: Int, into surface: inout Surface, appearance: Appearance) {
        let page = min(page, pages - 1)
        let shown = Array(lines.dropFirst(page * rows).prefix(rows))
        func widest(_ text: (Line) -> String) -> Int { lines.map { CharacterWidth.of(text($0)) }.max() ?? 0 }
        let (time, place, cleared) = (widest(\.time), widest(\.place), widest(\.cleared))
        let fixed = time + 2 + 2 + 1 + (place > 0 ? place + 2 : 0)
        let most = max(size.width - 6 - fixed, 1)
        let tail = cleared > 0 && cleared + 12 <= most ? cleared + 2 : 0
        let what = max(min(widest(\.what), most - tail), lines.isEmpty ? 24 : 1)
        let title = pages > 1 ? "Events \(page + 1)/\(pages), e for more" : "Events"
        let content = Overlay.box(
            title: title, status: .auto,
            size: Size(max(fixed + what + tail, CharacterWidth.of(title) + 4), rows), into: &surface,
            appearance: appearance)
        if lines.isEmpty {
            surface.put(
                "No event since the start.", x: content.x, y: content.y, width: content.width,
                style: Style(.muted, on: .overlay), clip: content)
        }
        for (index, line) in shown.enumerated() {
            let y = content.y + index
            var x = content.x
            func put(_ text: String, _ width: Int, _ role: Role) {
                surface.put(
                    text, x: x, y: y, width: width, style: Style(role, on: .overlay), clip: content)
            }
            let isOver = !line.cleared.isEmpty
            put(line.time, time, .muted)
            x += time + 2
            put(appearance.sign(of: line.status), 2, isOver ? .muted : Role(line.status))
            x += 3
            if place > 0 {
                put(line.place, place, .label)
                x += place + 2
            }
            put(line.what, what, isOver ? .value : Role(line.status))
            x += what + 2
            if tail > 0 { put(line.cleared, cleared, .muted) }
        }
    }
}
