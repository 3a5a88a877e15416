import Contract

/// Boxes in the middle of the screen, above the widgets.
public enum Overlay {
    /// Draws a list of keys and their meanings, in as many columns as the height requires and in pages where one is
    /// not enough.
    ///
    /// - Parameter page: From 0; a number beyond the last page is the last page.
    public static func help(
        title: String, entries: [(key: String, meaning: String)], page: Int = 0, into surface: inout Surface,
        appearance: Appearance
    ) {
        guard !entries.isEmpty else { return }
        let sheet = HelpSheet(entries, size: surface.size)
        let page = min(page, sheet.pages - 1)
        let title = sheet.title(title, page)
        let content = box(
            title: title, status: .auto,
            size: Size(
                max(sheet.columns * (sheet.columnWidth + 3) - 3, CharacterWidth.of(title) + 4), sheet.rows),
            into: &surface, appearance: appearance)
        let shown = entries.dropFirst(page * sheet.rows * sheet.columns).prefix(sheet.rows * sheet.columns)
        for (index, entry) in shown.enumerated() {
            let x = content.x + index / sheet.rows * (sheet.columnWidth + 3)
            let y = content.y + index % sheet.rows
            surface.put(
                entry.key, x: x, y: y, width: sheet.keyWidth, alignment: .right,
                style: Style(.accent, on: .overlay), clip: content)
            surface.put(
                entry.meaning, x: x + sheet.keyWidth + 2, y: y, width: sheet.meaningWidth,
                style: Style(.value, on: .overlay), clip: content)
        }
    }

    /// The number of pages of ``help(title:entries:page:into:appearance:)`` on a screen of that size.
    public static func helpPages(_ entries: [(key: String, meaning: String)], size: Size) -> Int {
        entries.isEmpty ? 0 : HelpSheet(entries, size: size).pages
    }

    /// Columns, rows and pages of the list of keys.
    private struct HelpSheet {
        let keyWidth, meaningWidth, columns, rows, pages: Int
        var columnWidth: Int { keyWidth + 2 + meaningWidth }

        /// "Keys", "Keys 1/2, ? for more", "Keys 2/2".
        func title(_ title: String, _ page: Int) -> String {
            guard pages > 1 else { return title }
            return "\(title) \(page + 1)/\(pages)" + (page + 1 < pages ? ", ? for more" : "")
        }

        init(_ entries: [(key: String, meaning: String)], size: Size) {
            keyWidth = entries.map { CharacterWidth.of($0.key) }.max() ?? 0
            meaningWidth = entries.map { CharacterWidth.of($0.meaning) }.max() ?? 0
            let mostRows = max(size.height - 4, 1)
            let mostColumns = max((size.width - 6 + 3) / (keyWidth + 2 + meaningWidth + 3), 1)
            columns = min((entries.count + mostRows - 1) / mostRows, mostColumns)
            rows = min((entries.count + columns - 1) / columns, mostRows)
            pages = (entries.count + rows * columns - 1) / (rows * columns)
        }
    }

    /// Draws a message, wrapped at 72 cells.
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

    /// Draws an empty box for content of a size and returns the content's rectangle.
    static func box(
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
