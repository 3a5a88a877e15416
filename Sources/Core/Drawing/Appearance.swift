import Contract

/// The number of colours that a terminal shows.
public enum ColorDepth: UInt8, Sendable, CaseIterable {
    case none, ansi16, ansi256, direct
}

/// The part of the look that the user or the terminal decides.
public struct Appearance: Sendable {
    /// The colours.
    public var theme: Theme
    /// The colours that the terminal shows.
    public var depth: ColorDepth
    /// The icons; `ascii` where the terminal is not UTF-8.
    public var icons: IconSet
    /// Whether the terminal shows UTF-8; otherwise only ASCII is drawn.
    public var isUTF8: Bool
    /// Whether corners of frames are rounded where the terminal is UTF-8.
    public var hasRoundCorners = true

    /// An appearance whose icons are `ascii` unless `isUTF8`.
    public init(
        theme: Theme = .standard, depth: ColorDepth = .direct, icons: IconSet = .emoji, isUTF8: Bool = true
    ) {
        self.theme = theme
        self.depth = depth
        self.icons = isUTF8 ? icons : .ascii
        self.isUTF8 = isUTF8
    }

    /// A sign of one cell for the statuses warning and critical; nil for the others.
    public func mark(of status: Status) -> Unicode.Scalar? {
        switch status {
        case .warning: icons == .ascii ? "!" : "▲"
        case .critical: icons == .ascii ? "X" : "✖"
        case .auto, .ok, .unknown: nil
        }
    }

    /// The sign of a status, always two cells wide.
    public func sign(of status: Status) -> String {
        switch (icons, status) {
        case (_, .auto): "  "
        case (.emoji, .ok): "✅"
        // Terminals disagree on the width of "⚠" with a variation selector; without one it is one cell everywhere.
        case (.emoji, .warning): "⚠ "
        case (.emoji, .critical): "❌"
        case (.emoji, .unknown): "❔"
        case (.unicode, .ok): "● "
        case (.unicode, .warning): "▲ "
        case (.unicode, .critical): "✖ "
        case (.unicode, .unknown): "? "
        case (.ascii, .ok): "ok"
        case (.ascii, .warning): "! "
        case (.ascii, .critical): "X "
        case (.ascii, .unknown): "? "
        }
    }

    /// The last character of a text that was cut.
    public var ellipsis: Unicode.Scalar { isUTF8 ? "…" : "~" }

    /// The characters of frames.
    public var border: Border { isUTF8 ? (hasRoundCorners ? .round : .square) : .ascii }

    /// The arrow in the heading of the sorted column.
    func sortMark(descending: Bool) -> Unicode.Scalar {
        isUTF8 ? (descending ? "▼" : "▲") : (descending ? "v" : "^")
    }
}

/// The characters of a frame.
public struct Border: Sendable {
    /// One character of one cell for each corner and line.
    public let topLeft, topRight, bottomLeft, bottomRight, horizontal, vertical: Unicode.Scalar

    static let round = Border(
        topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯", horizontal: "─", vertical: "│")
    static let square = Border(
        topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘", horizontal: "─", vertical: "│")
    static let ascii = Border(
        topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+", horizontal: "-", vertical: "|")
}
