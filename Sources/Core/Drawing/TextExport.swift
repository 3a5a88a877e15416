/// Exports a surface as plain text.
public enum TextExport {
    /// Returns one line for each row, without blanks at the ends of lines.
    public static func text(_ surface: Surface) -> String {
        var text = ""
        for y in 0..<surface.size.height { text += surface.line(y) + "\n" }
        return text
    }
}

/// Exports a surface as text with SGR escape sequences.
public enum AnsiExport {
    /// Returns one line for each row. Every line ends with the terminal's default attributes.
    public static func ansi(_ surface: Surface, _ appearance: Appearance) -> String {
        var text = ""
        var known: [Style: Theme.Attributes] = [:]
        for y in 0..<surface.size.height {
            var current = Theme.Attributes()
            for x in 0..<lastColumn(surface, y, appearance) {
                let glyph = surface[x, y]
                if glyph.width == 0 { continue }
                let wanted =
                    known[glyph.style]
                    ?? appearance.theme.attributes(of: glyph.style, depth: appearance.depth)
                known[glyph.style] = wanted
                text += change(from: current, to: wanted)
                current = wanted
                text += surface.text(of: glyph)
            }
            text += change(from: current, to: Theme.Attributes()) + "\n"
        }
        return text
    }

    /// Returns a short escape sequence that changes the attributes from `old` to `new`; empty where they are equal.
    public static func change(from old: Theme.Attributes, to new: Theme.Attributes) -> String {
        if old == new { return "" }
        if new == Theme.Attributes() { return "\u{1b}[0m" }
        var old = old
        var codes: [String] = []
        let loses =
            (old.bold && !new.bold) || (old.dim && !new.dim) || (old.underline && !new.underline)
            || (old.reverse && !new.reverse)
        if loses {
            codes.append("0")
            old = Theme.Attributes()
        }
        if new.bold && !old.bold { codes.append("1") }
        if new.dim && !old.dim { codes.append("2") }
        if new.underline && !old.underline { codes.append("4") }
        if new.reverse && !old.reverse { codes.append("7") }
        if new.foreground != old.foreground { codes.append(code(new.foreground, base: 30)) }
        if new.background != old.background { codes.append(code(new.background, base: 40)) }
        return "\u{1b}[" + codes.joined(separator: ";") + "m"
    }

    private static func code(_ color: Color, base: Int) -> String {
        switch color {
        case .standard: "\(base + 9)"
        case .indexed(let index) where index < 8: "\(base + Int(index))"
        case .indexed(let index) where index < 16: "\(base + 52 + Int(index))"
        case .indexed(let index): "\(base + 8);5;\(index)"
        case .rgb(let red, let green, let blue): "\(base + 8);2;\(red);\(green);\(blue)"
        }
    }

    /// The column behind the last cell that is visible: blanks on the terminal's own background are not.
    private static func lastColumn(_ surface: Surface, _ y: Int, _ appearance: Appearance) -> Int {
        guard appearance.theme.background == nil || appearance.depth == .none || appearance.depth == .ansi16
        else {
            return surface.size.width
        }
        var end = surface.size.width
        while end > 0 {
            let glyph = surface[end - 1, y]
            let isPlain = glyph.style.background == .normal && !glyph.style.flags.contains(.reverse)
            guard glyph.code == 0x20, isPlain, glyph.style.role != .critical else { break }
            end -= 1
        }
        return end
    }
}
