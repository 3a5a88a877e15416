import Contract

/// How a cell looks, by meaning; a ``Theme`` turns it into colours.
public struct Style: Equatable, Hashable, Sendable {
    public struct Flags: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let bold = Flags(rawValue: 1)
        public static let reverse = Flags(rawValue: 2)
        /// Stale: grey whatever the role.
        public static let dim = Flags(rawValue: 4)
        public static let underline = Flags(rawValue: 8)
        /// A line or bar and not text: without colours never reversed, which would turn it inside out. With the
        /// role `muted` it has the colour of frames, with `accent` that of the focused frame.
        public static let frame = Flags(rawValue: 16)
    }

    /// What a cell stands on.
    public enum Background: UInt8, Hashable, Sendable, CaseIterable {
        case normal = 0
        case selected, header, warning, critical
        /// An overlay above the widgets.
        case overlay
    }

    public var role: Role
    public var flags: Flags
    public var background: Background

    public init(_ role: Role = .value, _ flags: Flags = [], on background: Background = .normal) {
        self.role = role
        self.flags = flags
        self.background = background
    }

    public static var normal: Style { Style() }

    /// The same with further flags.
    public func adding(_ flags: Flags) -> Style { Style(role, self.flags.union(flags), on: background) }

    /// The same on another background.
    public func on(_ background: Background) -> Style { Style(role, flags, on: background) }
}

extension Role {
    /// The role that a status is shown in.
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
