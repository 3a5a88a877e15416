import Contract
import Core
import Testing

@Suite struct DrawingExportTests {
    private func surface() -> Surface {
        var surface = Surface(Size(12, 2))
        surface.put("ok ", x: 0, y: 0, width: 3, style: Style(.ok))
        surface.put("<b>&\"", x: 3, y: 0, width: 6, style: Style(.critical))
        surface.put("✅│█⣿", x: 0, y: 1, width: 6, style: Style(.value))
        return surface
    }

    @Test func text() {
        #expect(TextExport.text(surface()) == "ok <b>&\"\n✅│█⣿\n")
    }

    @Test func ansiHasNoMoreThanTheChanges() {
        let appearance = Appearance(depth: .ansi16)
        #expect(
            AnsiExport.ansi(surface(), appearance)
                == "\u{1b}[92mok \u{1b}[1;91m<b>&\"\u{1b}[0m\n✅│█⣿\n")
        #expect(
            AnsiExport.ansi(surface(), Appearance(depth: .none)) == "ok \u{1b}[1;7m<b>&\"\u{1b}[0m\n✅│█⣿\n")
        #expect(AnsiExport.ansi(Surface(Size(4, 1)), appearance) == "\n")
    }

    @Test func ansiOfADeepTerminal() {
        var surface = Surface(Size(2, 1))
        surface.put("a", x: 0, y: 0, width: 1, style: Style(.warning))
        #expect(AnsiExport.ansi(surface, Appearance()) == "\u{1b}[38;2;240;180;41ma\u{1b}[0m\n")
        #expect(AnsiExport.ansi(surface, Appearance(depth: .ansi256)) == "\u{1b}[38;5;214ma\u{1b}[0m\n")
        // A theme with a background paints all of it.
        let painted = AnsiExport.ansi(Surface(Size(2, 1)), Appearance(theme: Theme.named("contrast")!))
        #expect(painted == "\u{1b}[38;2;255;255;255;48;2;0;0;0m  \u{1b}[0m\n")
    }

    @Test func fromOneLookToAnother() {
        let plain = Theme.Attributes()
        let bold = Theme.Attributes(foreground: .indexed(1), bold: true)
        #expect(AnsiExport.change(from: plain, to: plain) == "")
        #expect(AnsiExport.change(from: bold, to: plain) == "\u{1b}[0m")
        #expect(
            AnsiExport.change(from: bold, to: Theme.Attributes(foreground: .indexed(1))) == "\u{1b}[0;31m")
        #expect(AnsiExport.change(from: bold, to: Theme.Attributes(bold: true)) == "\u{1b}[39m")
        #expect(
            AnsiExport.change(from: plain, to: Theme.Attributes(background: .indexed(9))) == "\u{1b}[101m")
    }

    @Test func svgIsWellFormedAndOnItsGrid() {
        let svg = SvgExport.svg(surface(), Appearance(), title: "a < b\u{1b}")
        #expect(svg.contains("<title>a &lt; b�</title>"))
        #expect(svg.contains("&lt;b&gt;&amp;&quot;</text>"))
        #expect(svg.contains("text-anchor=\"middle\" class=\"w\">✅</text>"))
        // The line, the block and the dots are shapes and not text.
        for character in ["│", "█", "⣿"] { #expect(!svg.contains(character)) }
        // 12 cells of 8.43 and twice the padding of 16.
        #expect(svg.contains("width=\"133.16\" height=\"86\""))
        #expect(svg == SvgExport.svg(surface(), Appearance(), title: "a < b\u{1b}"))
        #expect(svg.components(of: "<text").count == svg.components(of: "</text>").count)
    }

    @Test func svgOfEveryThemeAndOfNothing() {
        for theme in Theme.all {
            #expect(
                SvgExport.svg(Surface(Size(0, 0)), Appearance(theme: theme), title: "").hasSuffix("</svg>\n"))
            #expect(SvgExport.svg(surface(), Appearance(theme: theme), title: "x").contains(theme.canvas.hex))
        }
    }
}

extension String {
    fileprivate func components(of separator: String) -> [Range<String.Index>] {
        var (found, start): ([Range<String.Index>], String.Index) = ([], startIndex)
        while let range = self[start...].firstRange(of: separator) {
            found.append(range)
            start = range.upperBound
        }
        return found
    }
}
