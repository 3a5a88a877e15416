import Contract

/// A box in the middle of the screen.
public enum Overlay {
    /// Pairs of a key and its meaning, in as many columns as the height asks for.
    public static func help(
        title: String, entries: [(key: String, meaning: String)], into surface: inout Surface,
        appearance: Appearance
    ) {
        guard !entries.isEmpty else { return }
        let keyWidth = entries.map { CharacterWidth.of($0.key) }.max() ?? 0
        let meaningWidth = entries.map { CharacterWidth.of($0.meaning) }.max() ?? 0
        let columnWidth = keyWidth + 2 + meaningWidth
        let mostRows = max(surface.size.height - 4, 1)
        let mostColumns = max((surface.size.width - 6 + 3) / (columnWidth + 3), 1)
        let columns = min((entries.count + mostRows - 1) / mostRows, mostColumns)
        let rows = min((entries.count + columns - 1) / columns, mostRows)
        let content = box(
            title: title, status: .auto,
            size: Size(max(columns * (columnWidth + 3) - 3, CharacterWidth.of(title) + 4), rows),
            into: &surface, appearance: appearance)
        for (index, entry) in entries.prefix(rows * columns).enumerated() {
            let x = content.x + index / rows * (columnWidth + 3)
            let y = content.y + index % rows
            surface.put(
                entry.key, x: x, y: y, width: keyWidth, alignment: .right,
                style: Style(.accent, on: .overlay), clip: content)
            surface.put(
                entry.meaning, x: x + keyWidth + 2, y: y, width: meaningWidth,
                style: Style(.value, on: .overlay), clip: content)
        }
    }

    /// A message of some sentences.
    public static func message(
        title: String, text: String, status: Status = .auto, into surface: inout Surface,
        appearance: Appearance
    ) {
        let width = min(max(surface.size.width - 8, 1), 72)
        let lines = Paragraph.wrap(text, width: width)
        let widest = max(lines.map { CharacterWidth.of($0) }.max() ?? 0, CharacterWidth.of(title) + 8)
        let content = box(
            title: title, status: status, size: Size(min(widest, width), max(lines.count, 1)), into: &surface,
            appearance: appearance)
        Paragraph.draw(text, into: &surface, rect: content, style: Style(.value, on: .overlay))
    }

    /// Draws an empty box for content of a size, and returns where that stands.
    private static func box(
        title: String, status: Status, size: Size, into surface: inout Surface, appearance: Appearance
    ) -> Rect {
        let width = min(size.width + 4, surface.size.width)
        let height = min(size.height + 2, surface.size.height)
        let rect = Rect(
            x: (surface.size.width - width) / 2, y: (surface.size.height - height) / 2, width: width,
            height: height)
        surface.fill(rect, style: Style(.value, on: .overlay))
        WidgetFrame.draw(
            WidgetFrame(title: title, status: status, isFocused: true), into: &surface, rect: rect,
            appearance: appearance, on: .overlay)
        return Rect(
            x: rect.x + 2, y: rect.y + 1, width: max(rect.width - 4, 0), height: max(rect.height - 2, 0))
    }
}
