import Contract

/// How many colours a terminal shows.
public enum ColorDepth: UInt8, Sendable, CaseIterable {
    case none, ansi16, ansi256, direct
}

/// Everything about the look that is the user's or the terminal's choice.
public struct Appearance: Sendable {
    public var theme: Theme
    public var depth: ColorDepth
    /// Always `ascii` where the terminal is not UTF-8.
    public var icons: IconSet
    public var isUTF8: Bool
    /// Corners of frames are rounded where the terminal is UTF-8.
    public var hasRoundCorners = true

    public init(
        theme: Theme = .standard, depth: ColorDepth = .direct, icons: IconSet = .emoji, isUTF8: Bool = true
    ) {
        self.theme = theme
        self.depth = depth
        self.icons = isUTF8 ? icons : .ascii
        self.isUTF8 = isUTF8
    }

    /// One cell for what is in trouble; nil: it is not.
    public func mark(of status: Status) -> Unicode.Scalar? {
        switch status {
        case .warning: icons == .ascii ? "!" : "▲"
        case .critical: icons == .ascii ? "X" : "✖"
        case .auto, .ok, .unknown: nil
        }
    }

    /// The sign of a status, always two cells.
    public func sign(of status: Status) -> String {
        switch (icons, status) {
        case (_, .auto): "  "
        case (.emoji, .ok): "✅"
        // Terminals differ on "⚠" with a variation selector; without one it is one cell everywhere.
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

    /// Stands for what did not fit.
    public var ellipsis: Unicode.Scalar { isUTF8 ? "…" : "~" }

    public var border: Border { isUTF8 ? (hasRoundCorners ? .round : .square) : .ascii }

    /// Points to the order of a sorted column.
    func sortMark(descending: Bool) -> Unicode.Scalar {
        isUTF8 ? (descending ? "▼" : "▲") : (descending ? "v" : "^")
    }
}

/// The characters of a frame.
public struct Border: Sendable {
    public let topLeft, topRight, bottomLeft, bottomRight, horizontal, vertical: Unicode.Scalar

    static let round = Border(
        topLeft: "╭", topRight: "╮", bottomLeft: "╰", bottomRight: "╯", horizontal: "─", vertical: "│")
    static let square = Border(
        topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘", horizontal: "─", vertical: "│")
    static let ascii = Border(
        topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+", horizontal: "-", vertical: "|")
}
