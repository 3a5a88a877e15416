import Contract

/// Wraps text into lines.
public enum Paragraph {
    /// Splits a text into lines of at most `width` cells: between words, and inside a word that is wider than a
    /// line. Line ends in the text are kept, blank lines at its end dropped.
    public static func wrap(_ text: String, width: Int) -> [String] {
        guard width > 0 else { return [] }
        var lines: [String] = []
        for paragraph in text.split(omittingEmptySubsequences: false, whereSeparator: { $0.isNewline }) {
            wrap(paragraph, width: width, into: &lines)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// Draws wrapped text into `rect`; text that does not fit in its height ends with an ellipsis. Returns the
    /// number of lines drawn.
    @discardableResult
    public static func draw(
        _ text: String, into surface: inout Surface, rect: Rect, style: Style, alignment: Alignment = .left
    ) -> Int {
        guard rect.height > 0 else { return 0 }
        var lines = wrap(text, width: rect.width)
        if lines.count > rect.height {
            // Joined with the next line, the last one is too wide, so that `put` shortens it with an ellipsis.
            lines[rect.height - 1] += " " + lines[rect.height]
            lines.removeLast(lines.count - rect.height)
        }
        for (index, line) in lines.enumerated() {
            surface.put(
                line, x: rect.x, y: rect.y + index, width: rect.width, alignment: alignment, style: style,
                clip: rect)
        }
        return lines.count
    }

    private static func wrap(_ paragraph: Substring, width: Int, into lines: inout [String]) {
        var (line, used) = ("", 0)
        for word in paragraph.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            let size = CharacterWidth.of(String(word))
            if used > 0 && used + 1 + size <= width {
                line += " " + word
                used += 1 + size
                continue
            }
            if used > 0 { lines.append(line) }
            (line, used) = size <= width ? (String(word), size) : broken(word, width: width, into: &lines)
        }
        lines.append(line)
    }

    /// Appends full lines of a word that is wider than a line, and returns the rest of it.
    private static func broken(
        _ word: Substring, width: Int, into lines: inout [String]
    ) -> (line: String, used: Int) {
        var (line, used) = ("", 0)
        for character in word {
            let size = CharacterWidth.of(String(character))
            if used + size > width && used > 0 {
                lines.append(line)
                (line, used) = ("", 0)
            }
            line.append(character)
            used += size
        }
        return (line, used)
    }
}
