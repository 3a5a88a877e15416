import Contract

/// A colour for every role, with fallbacks for 256, 16 and no colours.
public struct Theme: Sendable, Equatable {
    /// The attributes of a cell as a terminal knows them.
    public struct Attributes: Equatable, Hashable, Sendable {
        /// Colour of the text.
        public var foreground: Color
        /// Colour behind the text.
        public var background: Color
        /// Bold.
        public var bold: Bool
        /// Underlined.
        public var underline: Bool
        /// Foreground and background exchanged.
        public var reverse: Bool
        /// Fainter than normal.
        public var dim: Bool

        public init(
            foreground: Color = .standard, background: Color = .standard, bold: Bool = false,
            underline: Bool = false, reverse: Bool = false, dim: Bool = false
        ) {
            self.foreground = foreground
            self.background = background
            self.bold = bold
            self.underline = underline
            self.reverse = reverse
            self.dim = dim
        }
    }

    /// The name in configuration files and on the command line.
    public let name: String
    /// A short description for the list of themes.
    public let summary: String
    /// The background; nil: the terminal's own, so that a transparent terminal stays transparent.
    public let background: Shade?
    /// The background that exported pictures use, also where ``background`` is nil.
    public let canvas: Shade
    /// Foregrounds by `Role.rawValue`.
    public let roles: [Shade]
    /// Colour of frames.
    public let frame: Shade
    /// Colour of the focused frame.
    public let focus: Shade
    /// Backgrounds by `Style.Background.rawValue`; that of `normal` is the canvas.
    public let backgrounds: [Shade]
    /// For terminals with sixteen colours: indices of the terminal's palette by `Role.rawValue`; nil: the default
    /// foreground.
    public let sixteen: [UInt8?]
    /// Foregrounds of several curves in one graph, ``hues`` of them; the first is that of the role `graph`. None of them
    /// looks like a status.
    public let curves: [Shade]
    /// The number of colours for curves.
    public static let hues = 5
    /// Whether the theme uses bold, underline and reverse only, whatever the terminal has.
    public let isMonochrome: Bool

    /// The foreground of a role.
    public func shade(of role: Role) -> Shade { roles[Int(role.rawValue)] }

    /// The theme that is used where none is chosen.
    public static var standard: Theme { all[0] }

    /// The theme with a name; nil: there is none.
    public static func named(_ name: String) -> Theme? { all.first { $0.name == name } }

    /// The attributes of a style for a terminal with that number of colours.
    public func attributes(of style: Style, depth: ColorDepth) -> Attributes {
        switch isMonochrome ? .none : depth {
        case .none: plain(style)
        case .ansi16: few(style)
        case .ansi256: coloured(style) { .indexed($0.nearest256) }
        case .direct: coloured(style) { .rgb($0.red, $0.green, $0.blue) }
        }
    }

    private func coloured(_ style: Style, _ color: (Shade) -> Color) -> Attributes {
        var attributes = emphasis(style)
        attributes.foreground = color(ink(style))
        if style.background != .normal {
            attributes.background = color(backgrounds[Int(style.background.rawValue)])
        } else if let background {
            attributes.background = color(background)
        }
        return attributes
    }

    private func ink(_ style: Style) -> Shade {
        if style.flags.contains(.dim) { return shade(of: .muted) }
        if style.flags.contains(.frame) && style.role == .muted { return frame }
        if style.flags.contains(.frame) && style.role == .accent { return focus }
        if style.role == .graph { return curves[style.flags.hue] }
        return shade(of: style.role)
    }

    private func few(_ style: Style) -> Attributes {
        var attributes = emphasis(style)
        let role = style.flags.contains(.dim) ? Role.muted : style.role
        let hue = role == .graph ? style.flags.hue : 0
        if let index = hue == 0 ? sixteen[Int(role.rawValue)] : Self.sixteenOfCurves[hue] {
            attributes.foreground = .indexed(index)
        }
        switch style.background {
        case .normal, .overlay: break
        // Any pair of the sixteen colours may be unreadable with some palette; reverse video never is.
        case .selected: attributes.reverse = true
        case .header: attributes.bold = true
        case .warning, .critical: attributes.bold = true
        }
        return attributes
    }

    /// Cyan, magenta, green and the default foreground can be read on light and dark.
    private static let sixteenOfCurves: [UInt8?] = [nil, 6, 5, 2, nil]

    private func emphasis(_ style: Style) -> Attributes {
        var attributes = Attributes()
        let isLoud = style.role == .critical || style.role == .title
        let isFrame = style.flags.contains(.frame)
        attributes.bold = style.flags.contains(.bold) || (isLoud && !style.flags.contains(.dim) && !isFrame)
        attributes.underline = style.flags.contains(.underline)
        attributes.reverse = style.flags.contains(.reverse)
        return attributes
    }

    /// Attributes without colours: critical is reverse and bold, warning bold, unknown underlined.
    private func plain(_ style: Style) -> Attributes {
        var attributes = emphasis(style)
        attributes.dim = style.flags.contains(.dim)
        let isFrame = style.flags.contains(.frame)
        switch style.role {
        case .critical where !isFrame:
            attributes.reverse = true
            attributes.bold = true
        case .critical, .warning: attributes.bold = true
        case .unknown: attributes.underline = !isFrame
        case .muted: attributes.dim = true
        case .accent: attributes.bold = true
        case .value, .label, .title, .graph, .ok: break
        }
        switch style.background {
        case .selected: attributes.reverse.toggle()
        case .header: attributes.bold = true
        case .warning: attributes.bold = true
        case .critical:
            attributes.bold = true
            attributes.reverse = true
        case .normal, .overlay: break
        }
        return attributes
    }
}
