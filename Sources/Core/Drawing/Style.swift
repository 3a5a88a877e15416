import Contract

/// The look of a cell by meaning; a ``Theme`` assigns the colours.
public struct Style: Equatable, Hashable, Sendable {
    /// Modifications of a role's look.
    public struct Flags: OptionSet, Hashable, Sendable {
        /// One bit for each flag.
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Bold.
        public static let bold = Flags(rawValue: 1)
        /// Foreground and background exchanged.
        public static let reverse = Flags(rawValue: 2)
        /// Grey whatever the role: the value is stale.
        public static let dim = Flags(rawValue: 4)
        /// Underlined.
        public static let underline = Flags(rawValue: 8)
        /// A line or bar instead of text. Never reversed without colours, which would turn the line into a block.
        /// With the role `muted` it has the colour of frames, with `accent` that of the focused frame.
        public static let frame = Flags(rawValue: 16)

        private static let firstHue: UInt8 = 32

        /// The colour of one of several curves, which repeats after ``Theme/hues``; that of the first is the role's own.
        public static func hue(_ curve: Int) -> Flags {
            Flags(rawValue: UInt8(((curve % Theme.hues) + Theme.hues) % Theme.hues) * firstHue)
        }

        /// Which of several curves it is, from 0.
        var hue: Int { min(Int(rawValue / Flags.firstHue), Theme.hues - 1) }
    }

    /// The kind of background.
    public enum Background: UInt8, Hashable, Sendable, CaseIterable {
        case normal = 0
        case selected, header, warning, critical
        /// An overlay above the widgets.
        case overlay
    }

    /// The meaning, which decides the foreground.
    public var role: Role
    /// Modifications of the look.
    public var flags: Flags
    /// The kind of background.
    public var background: Background

    public init(_ role: Role = .value, _ flags: Flags = [], on background: Background = .normal) {
        self.role = role
        self.flags = flags
        self.background = background
    }

    /// An ordinary value on the normal background.
    public static var normal: Style { Style() }

    /// Returns the style with additional flags.
    public func adding(_ flags: Flags) -> Style { Style(role, self.flags.union(flags), on: background) }

    /// Returns the style on another background.
    public func on(_ background: Background) -> Style { Style(role, flags, on: background) }
}

extension Role {
    /// The role that shows a status; `auto` is muted.
    public init(_ status: Status) {
        switch status {
        case .auto: self = .muted
        case .ok: self = .ok
        case .warning: self = .warning
        case .critical: self = .critical
        case .unknown: self = .unknown
        }
    }
}
