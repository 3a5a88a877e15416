import Contract

/// The frame of a widget with title, status, age and table position.
public struct WidgetFrame: Sendable {
    /// An emoji before the title; not drawn unless the icon set is `emoji`.
    public var icon: String
    /// The title, which is cut only when all else was left out.
    public var title: String
    /// The worst status of the widget; `auto`: no sign.
    public var status: Status
    /// The age of stale values, "12s ago"; nil: fresh.
    public var age: String?
    /// The position in a table, "12/5000"; nil: none.
    public var indicator: String?
    /// Whether the frame is highlighted.
    public var isFocused: Bool

    public init(
        icon: String = "", title: String, status: Status = .auto, age: String? = nil,
        indicator: String? = nil,
        isFocused: Bool = false
    ) {
        self.icon = icon
        self.title = title
        self.status = status
        self.age = age
        self.indicator = indicator
        self.isFocused = isFocused
    }

    /// From this width on there is a blank column inside the border at both sides.
    private static let roomyWidth = 24

    /// The rectangle inside the border of a frame.
    public static func content(of rect: Rect) -> Rect {
        let inset = rect.width >= roomyWidth ? 2 : 1
        return Rect(
            x: rect.x + inset, y: rect.y + 1, width: max(rect.width - 2 * inset, 0),
            height: max(rect.height - 2, 0))
    }

    /// Draws the frame at the edges of `rect`; nothing where that is narrower than two cells.
    public static func draw(
        _ frame: WidgetFrame, into surface: inout Surface, rect: Rect, appearance: Appearance,
        on background: Style.Background = .normal
    ) {
        guard rect.width > 1, rect.height > 0 else { return }
        let style = frame.borderStyle.on(background)
        drawBorder(appearance.border, into: &surface, rect: rect, style: style)
        frame.drawHeading(into: &surface, rect: rect, appearance: appearance, on: background)
    }

    private var borderStyle: Style {
        let flags: Style.Flags = isFocused ? [.frame, .bold] : .frame
        if status == .critical { return Style(.critical, flags) }
        return Style(isFocused ? .accent : .muted, flags)
    }

    private static func drawBorder(
        _ border: Border, into surface: inout Surface, rect: Rect, style: Style
    ) {
        let (right, bottom) = (rect.x + rect.width - 1, rect.y + rect.height - 1)
        func line(_ scalar: Unicode.Scalar, _ x: Int, _ y: Int, _ width: Int, _ height: Int) {
            surface.fill(Rect(x: x, y: y, width: width, height: height), with: scalar, style: style)
        }
        line(border.horizontal, rect.x + 1, rect.y, rect.width - 2, 1)
        surface.set(border.topLeft, x: rect.x, y: rect.y, style: style)
        surface.set(border.topRight, x: right, y: rect.y, style: style)
        guard rect.height > 1 else { return }
        line(border.horizontal, rect.x + 1, bottom, rect.width - 2, 1)
        line(border.vertical, rect.x, rect.y + 1, 1, rect.height - 2)
        line(border.vertical, right, rect.y + 1, 1, rect.height - 2)
        surface.set(border.bottomLeft, x: rect.x, y: bottom, style: style)
        surface.set(border.bottomRight, x: right, y: bottom, style: style)
    }

    /// Draws the title at the left, indicator, age and sign at the right. The title is cut last.
    private func drawHeading(
        into surface: inout Surface, rect: Rect, appearance: Appearance, on background: Style.Background
    ) {
        let text = appearance.icons == .emoji && !icon.isEmpty ? "\(icon) \(title)" : title
        let width = CharacterWidth.of(text, atMost: rect.width)
        // Both ends take a corner, a line and a blank.
        var room = rect.width - 6
        var parts: [(text: String, style: Style, width: Int)] = []
        func add(_ text: String, _ role: Role, least: Int) {
            let size = CharacterWidth.of(text, atMost: rect.width)
            guard room - size - 3 >= least else { return }
            room -= size + 3
            parts.append((text, Style(role, on: background), size))
        }
        if status != .auto { add(appearance.sign(of: status), Role(status), least: min(width, 4)) }
        if let age { add(age, .unknown, least: min(width, 8)) }
        if let indicator { add(indicator, .label, least: width) }

        var end = rect.x + rect.width - 2
        for part in parts {
            end -= part.width + 2
            surface.put(" \(part.text) ", x: end, y: rect.y, width: part.width + 2, style: part.style)
            end -= 1
        }
        guard room > 0, !text.isEmpty else { return }
        let used = min(width, room)
        let style = Style(isFocused ? .accent : .title, .bold, on: background)
        surface.put(" ", x: rect.x + 2, y: rect.y, width: 1, style: style)
        surface.put(text, x: rect.x + 3, y: rect.y, width: used, style: style)
        surface.put(" ", x: rect.x + 3 + used, y: rect.y, width: 1, style: style)
    }
}
