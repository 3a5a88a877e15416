import Contract

/// Colours for every role. All of them work with 256, 16 and no colours as well.
public struct Theme: Sendable, Equatable {
    /// What a terminal is to be told for a style.
    public struct Attributes: Equatable, Hashable, Sendable {
        public var foreground: Color
        public var background: Color
        public var bold: Bool
        public var underline: Bool
        public var reverse: Bool
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

    public let name: String
    public let summary: String
    /// nil: the terminal's own, so that a transparent terminal stays so.
    public let background: Shade?
    /// What the theme was made for, where it leaves the background to the terminal; pictures use it.
    public let canvas: Shade
    /// By `Role.rawValue`.
    public let roles: [Shade]
    public let frame: Shade
    public let focus: Shade
    /// By `Style.Background.rawValue`; that of `normal` is the canvas.
    public let backgrounds: [Shade]
    /// The terminal's own sixteen by `Role.rawValue`; nil: its foreground.
    public let sixteen: [UInt8?]
    /// Meaning by bold, underline and reverse alone, whatever the terminal has.
    public let isMonochrome: Bool

    public func shade(of role: Role) -> Shade { roles[Int(role.rawValue)] }

    public static var standard: Theme { all[0] }

    public static func named(_ name: String) -> Theme? { all.first { $0.name == name } }

    /// What a terminal with so many colours is to be told.
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
        return shade(of: style.role)
    }

    private func few(_ style: Style) -> Attributes {
        var attributes = emphasis(style)
        let role = style.flags.contains(.dim) ? Role.muted : style.role
        if let index = sixteen[Int(role.rawValue)] { attributes.foreground = .indexed(index) }
        switch style.background {
        case .normal, .overlay: break
        // Any pair out of sixteen may be unreadable in some terminal; reverse video never is.
        case .selected: attributes.reverse = true
        case .header: attributes.bold = true
        case .warning, .critical: attributes.bold = true
        }
        return attributes
    }

    private func emphasis(_ style: Style) -> Attributes {
        var attributes = Attributes()
        let isLoud = style.role == .critical || style.role == .title
        let isFrame = style.flags.contains(.frame)
        attributes.bold = style.flags.contains(.bold) || (isLoud && !style.flags.contains(.dim) && !isFrame)
        attributes.underline = style.flags.contains(.underline)
        attributes.reverse = style.flags.contains(.reverse)
        return attributes
    }

    /// Without colour critical is reverse and bold, warning bold, unknown underlined.
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
