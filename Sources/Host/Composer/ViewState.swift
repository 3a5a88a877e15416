import Core

/// What the user is looking at: the focused widget, zoom, filter, help.
struct ViewState {
    enum Overlay: Equatable {
        /// The keys, from a page on.
        case help(page: Int)
    }

    /// Index of the focused widget; nil until a key or the mouse chose one.
    var focus: Int?
    /// The focused widget has the whole screen.
    var isZoomed = false
    var overlay: Overlay?
    /// The filter of the focused widget is being typed.
    var isFiltering = false
    /// A sentence in the footer, until the next key.
    var message: String?
    /// What is wrong with a file, until it is mended.
    var problem: String?
    /// What has just happened, for a while.
    var event: String?
}

/// Where everything stands in a terminal of some size.
struct Arrangement {
    let size: Size
    let body: Rect
    /// Widget index and its frame, in reading order.
    let panels: [(widget: Int, rect: Rect)]
    /// Instead of panels: why nothing fits.
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
        let places = layout.place(in: body)
        sentence =
            places == nil
            ? "The layout does not fit into \(size.width)x\(size.height) cells; enlarge the terminal, "
                + "or give the layout a [[variant]] with fewer rows."
            : nil
        self.panels = (places ?? []).compactMap { place in
            panels.firstIndex { $0.configuration.name == place.name }.map { ($0, place.rect) }
        }
    }

    /// The widget at a cell.
    func widget(x: Int, y: Int) -> (widget: Int, rect: Rect)? {
        panels.first { $0.rect.contains(x: x, y: y) }
    }
}
