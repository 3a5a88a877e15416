import Core

/// The state of the view: the focused widget, zoom, filter, help.
@MainActor
struct ViewState {
    enum Overlay: Equatable {
        /// The help, from this page on.
        case help(page: Int)
        /// The event log, from this page on.
        case events(page: Int)
    }

    /// The index of the focused widget; nil until a key or the mouse has selected one.
    var focus: Int?
    /// Whether the focused widget fills the screen.
    var isZoomed = false
    var overlay: Overlay?
    /// How much of the past is shown.
    var span = HistorySpan.fiveMinutes
    /// The graph that fills the screen; nil: none is open.
    var graph: GraphView?
    /// Whether the user is typing the filter of the focused widget.
    var isFiltering = false
    /// The time that the user is typing, to go to it; nil: none is asked for.
    var prompt: String?
    /// Whether characters go into a text field.
    var isTyping: Bool { isFiltering || prompt != nil }
    /// A sentence in the footer that is shown until the next key.
    var message: String?
    /// The problem of a file, which is shown until it is fixed.
    var problem: String?
    /// A recent event, which is shown for a limited time.
    var event: String?

    /// The sentence that is shown in the place of the footer's keys; nil: none.
    var sentence: String? { message ?? problem ?? event }
}

/// The positions of all panels in a terminal of some size.
struct Arrangement {
    let size: Size
    let body: Rect
    /// The index of each widget and its frame, in reading order.
    let panels: [(widget: Int, rect: Rect)]
    /// The reason why no panel fits, shown instead of them; nil: they fit.
    let sentence: String?

    static let minimum = Size(20, 5)

    @MainActor
    init(_ layout: Layout, panels: [any Panel], size: Size, zoomed: Int?) {
        self.size = size
        body = Rect(x: 0, y: 1, width: size.width, height: size.height - 2)
        guard size.width >= Self.minimum.width, size.height >= Self.minimum.height else {
            sentence =
                "The terminal has \(size.width)x\(size.height) cells; at least "
                + "\(Self.minimum.width)x\(Self.minimum.height) are needed."
            self.panels = []
            return
        }
        if let zoomed {
            self.panels = [(zoomed, body)]
            sentence = nil
            return
        }
        let absent = layout.foldsAbsent ? panels.filter(\.isAbsent).map(\.configuration.name) : []
        let places = layout.place(in: body, folding: Set(absent))
        sentence =
            places == nil
            ? "The layout does not fit into \(size.width)x\(size.height) cells; enlarge the terminal, "
                + "or give the layout a [[variant]] with fewer rows."
            : nil
        self.panels = (places ?? []).compactMap { place in
            panels.firstIndex { $0.configuration.name == place.name }.map { ($0, place.rect) }
        }
    }

    /// Returns the widget at a cell; nil: there is none.
    func widget(x: Int, y: Int) -> (widget: Int, rect: Rect)? {
        panels.first { $0.rect.contains(x: x, y: y) }
    }
}
