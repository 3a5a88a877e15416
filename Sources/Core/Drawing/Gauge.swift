import Contract

/// A bar with a filled part and marks at the limits.
struct Gauge {
    var fraction: Double
    var limits: Limits
    var isUTF8: Bool
    var flags: Style.Flags = []
    var background: Style.Background = .normal

    /// Blocks that fill one to eight eighths of a cell from the left.
    private static let eighths: [Unicode.Scalar] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]

    /// Draws the bar in one line. `clip` must lie on the surface.
    func draw(into surface: inout Surface, x: Int, y: Int, width: Int, clip: Rect) {
        let first = max(x, clip.x)
        let last = min(x + width, clip.x + clip.width)
        guard width > 0, first < last, y >= clip.y, y < clip.y + clip.height else { return }
        let (marks, filled) = (self.marks(width: width), self.eighths(width: width))
        for cell in (first - x)..<(last - x) {
            let (scalar, role) = look(of: cell, filled: filled, width: width, marks: marks)
            let style = Style(role, role == .critical ? flags.union(.frame) : flags, on: background)
            surface.store(scalar.value, x: x + cell, y: y, style: style)
        }
    }

    private func look(
        of cell: Int, filled: Int, width: Int, marks: (warning: Int?, critical: Int?)
    ) -> (Unicode.Scalar, Role) {
        let part = min(max(filled - cell * 8, 0), 8)
        if part > 0 {
            // ASCII has no half cells.
            let scalar = isUTF8 ? Gauge.eighths[part - 1] : (part >= 4 || cell == 0 ? "#" : "-")
            return (scalar, scalar == "-" ? .muted : role(of: cell, marks))
        }
        if cell == marks.critical { return (isUTF8 ? "╎" : "|", .critical) }
        if cell == marks.warning { return (isUTF8 ? "╎" : "|", .warning) }
        return (isUTF8 ? "░" : "-", .muted)
    }

    /// The role of a filled cell: the part beyond a limit has that limit's colour; where lower is worse, the whole
    /// bar has.
    private func role(of cell: Int, _ marks: (warning: Int?, critical: Int?)) -> Role {
        if isLowerWorse {
            if fraction <= limits.critical { return .critical }
            return fraction <= limits.warning ? .warning : .graph
        }
        if fraction >= limits.critical, let mark = marks.critical, cell >= mark { return .critical }
        if fraction >= limits.warning, let mark = marks.warning, cell >= mark { return .warning }
        return .graph
    }

    private var isLowerWorse: Bool { limits.critical < limits.warning }

    private func eighths(width: Int) -> Int {
        guard fraction > 0 else { return 0 }
        // Any fraction above 0 is visible.
        return max(Int(min(fraction, 1) * Double(width) * 8 + 0.5), 1)
    }

    private func marks(width: Int) -> (warning: Int?, critical: Int?) {
        (mark(limits.warning, width: width), mark(limits.critical, width: width))
    }

    private func mark(_ limit: Double, width: Int) -> Int? {
        guard limit > 0, limit < 1 else { return limit >= 1 && limit.isFinite ? width - 1 : nil }
        return min(Int(limit * Double(width)), width - 1)
    }
}
