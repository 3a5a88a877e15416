import Contract

/// Exports a surface as an SVG picture of a terminal window. Cells are on an exact grid, whatever font the viewer
/// has.
public enum SvgExport {
    /// Returns the SVG document. `title` is shown in the title bar, cut to 120 cells.
    public static func svg(_ surface: Surface, _ appearance: Appearance, title: String) -> String {
        var picture = SvgPicture(theme: appearance.theme)
        for y in 0..<surface.size.height { picture.add(surface, row: y) }
        return picture.document(size: surface.size, title: printable(title))
    }

    /// Replaces control characters, which XML does not allow even as entities.
    private static func printable(_ title: String) -> String {
        var line = Surface(Size(120, 1))
        line.put(title, x: 0, y: 0, width: 120)
        return line.line(0)
    }
}

/// Collects the parts of a picture. Lines, blocks and dots are drawn as shapes, so that neighbours join; each word
/// is positioned on its own, so that differences in the font's width do not add up.
private struct SvgPicture {
    private let theme: Theme
    private var backgrounds = ""
    /// Path data by colour: rectangles, lines, dots.
    private var shapes: [String: String] = [:]
    private var lines: [String: String] = [:]
    private var dots: [String: String] = [:]
    private var texts = ""

    // The advance of DejaVu Sans Mono and Menlo is 0.602 of their size.
    private static let fontSize = 14.0
    private static let cellWidth = 8.43
    private static let cellHeight = 18.0
    private static let baseline = 13.4
    private static let padding = 16.0
    private static let bar = 34.0

    init(theme: Theme) { self.theme = theme }

    // MARK: Cells

    private struct Look: Equatable {
        var ink: String
        var paper: String?
        var bold: Bool
        var underline: Bool
        var opacity: Bool
    }

    private func look(of style: Style) -> Look {
        let attributes = theme.attributes(of: style, depth: .direct)
        var ink = hex(attributes.foreground) ?? theme.shade(of: .value).hex
        var paper = hex(attributes.background).flatMap { $0 == theme.canvas.hex ? nil : $0 }
        if theme.isMonochrome && style.background == .selected { paper = nil }
        if attributes.reverse { (ink, paper) = (paper ?? theme.canvas.hex, ink) }
        return Look(
            ink: ink, paper: paper, bold: attributes.bold, underline: attributes.underline,
            opacity: attributes.dim)
    }

    private func hex(_ color: Color) -> String? {
        if case .rgb(let red, let green, let blue) = color { return Shade(red, green, blue).hex }
        return nil
    }

    mutating func add(_ surface: Surface, row y: Int) {
        addBackgrounds(surface, row: y)
        var x = 0
        while x < surface.size.width {
            let glyph = surface[x, y]
            let look = look(of: glyph.style)
            if glyph.width == 2 {
                addWide(surface.text(of: glyph), x: x, y: y, look: look)
                x += 2
            } else if glyph.code == 0x20 || glyph.width == 0 {
                x += 1
            } else if addShape(glyph.code, x: x, y: y, color: look.ink) {
                x += 1
            } else {
                x = addWord(surface, x: x, y: y, look: look)
            }
        }
    }

    private mutating func addBackgrounds(_ surface: Surface, row y: Int) {
        var x = 0
        while x < surface.size.width {
            let paper = look(of: surface[x, y].style).paper
            let start = x
            while x < surface.size.width, look(of: surface[x, y].style).paper == paper { x += 1 }
            guard let paper else { continue }
            // Slightly larger than the cells, or gaps between neighbours are visible.
            backgrounds += """
                <rect x="\(left(start))" y="\(top(y))" width="\(number(Double(x - start) * Self.cellWidth + 0.1))" \
                height="\(number(Self.cellHeight + 0.1))" fill="\(paper)"/>

                """
        }
    }

    /// Adds the word that begins at `x`: characters of one style without a blank between them. Returns the column
    /// behind it.
    private mutating func addWord(_ surface: Surface, x: Int, y: Int, look: Look) -> Int {
        let style = surface[x, y].style
        var end = x
        var word = ""
        while end < surface.size.width {
            let glyph = surface[end, y]
            let isText = glyph.width == 1 && glyph.code != 0x20 && !Self.isShape(glyph.code)
            // A character that the font may lack, so that another font replaces it, is positioned on its own.
            let isRare = glyph.code > 0x24f
            guard isText, glyph.style == style, !(isRare && end > x) else { break }
            word += surface.text(of: glyph)
            end += 1
            if isRare { break }
        }
        let length = number(Double(end - x) * Self.cellWidth)
        let fit = end - x > 1 ? " textLength=\"\(length)\"" : ""
        addText(word, at: left(x), y: y, look: look, attributes: fit)
        return end
    }

    private mutating func addWide(_ text: String, x: Int, y: Int, look: Look) {
        let middle = number(Self.padding + (Double(x) + 1) * Self.cellWidth)
        // The emoji is white and invisible on a light background.
        let (text, more) = text == "❔" ? ("?", "") : (text, " class=\"w\"")
        addText(text, at: middle, y: y, look: look, attributes: " text-anchor=\"middle\"" + more)
    }

    private mutating func addText(_ text: String, at x: String, y: Int, look: Look, attributes: String) {
        let weight = look.bold ? " font-weight=\"bold\"" : ""
        let line = look.underline ? " text-decoration=\"underline\"" : ""
        let opacity = look.opacity ? " opacity=\"0.6\"" : ""
        let baseline = number(Self.bar + Double(y) * Self.cellHeight + Self.baseline)
        texts += """
            <text x="\(x)" y="\(baseline)" fill="\(look.ink)"\(weight)\(line)\(opacity)\(attributes)>\
            \(escaped(text))</text>

            """
    }

    // MARK: Shapes

    private static func isShape(_ code: UInt32) -> Bool {
        arms(of: code) != nil || (0x2581...0x2591).contains(code) || (0x2800...0x28ff).contains(code)
    }

    /// The arms of a box-drawing character: left, right, up, down. Nil for other characters. Thick and dashed lines
    /// count too.
    private static func arms(of code: UInt32) -> String? {
        switch code {
        case 0x2500: "lr"
        case 0x2502, 0x2503, 0x254e: "ud"
        case 0x250c, 0x256d: "rd"
        case 0x2510, 0x256e: "ld"
        case 0x2514, 0x2570: "ru"
        case 0x2518, 0x256f: "lu"
        case 0x251c: "rud"
        case 0x2524: "lud"
        case 0x252c: "lrd"
        case 0x2534: "lru"
        case 0x253c: "lrud"
        default: nil
        }
    }

    private mutating func addShape(_ code: UInt32, x: Int, y: Int, color: String) -> Bool {
        let (left, top) = (Self.padding + Double(x) * Self.cellWidth, Self.bar + Double(y) * Self.cellHeight)
        switch code {
        case 0x2503:
            addRect(left + 2.7, top, 3, Self.cellHeight, color)
        case 0x254e:
            addRect(left + 3.6, top + 3.5, 1.2, Self.cellHeight - 7, color)
        case 0x2591:
            // The empty part of a bar, as high as the filled part.
            addRect(left, top + 4, Self.cellWidth, Self.cellHeight - 8, color, " opacity=\"0.28\"")
        case 0x2588...0x258f:
            addRect(left, top + 4, Self.cellWidth * Double(0x2590 - code) / 8, Self.cellHeight - 8, color)
        case 0x2581...0x2587:
            let height = Self.cellHeight * Double(code - 0x2580) / 8
            addRect(left, top + Self.cellHeight - height, Self.cellWidth, height, color)
        case 0x2800...0x28ff:
            addDots(code - 0x2800, left, top, color)
        default:
            guard let arms = Self.arms(of: code) else { return false }
            addLines(arms, isRound: (0x256d...0x2570).contains(code), left, top, color)
        }
        return true
    }

    private mutating func addRect(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ color: String, _ more: String = ""
    ) {
        // Neighbours overlap slightly.
        shapes[color + "\"" + more, default: ""] +=
            "M\(number(x)) \(number(y))h\(number(width + 0.05))v\(number(height))h\(number(-width - 0.05))z"
    }

    private mutating func addLines(
        _ arms: String, isRound: Bool, _ left: Double, _ top: Double, _ color: String
    ) {
        let (x, y) = (left + Self.cellWidth / 2, top + Self.cellHeight / 2)
        let (right, bottom) = (left + Self.cellWidth, top + Self.cellHeight)
        var path = ""
        if isRound {
            let (side, end) = (arms.contains("r") ? right : left, arms.contains("d") ? bottom : top)
            path = "M\(number(x)) \(number(end))Q\(number(x)) \(number(y)) \(number(side)) \(number(y))"
        } else {
            if arms.contains("l") || arms.contains("r") {
                let (from, to) = (arms.contains("l") ? left : x, arms.contains("r") ? right : x)
                path += "M\(number(from)) \(number(y))H\(number(to))"
            }
            if arms.contains("u") || arms.contains("d") {
                let (from, to) = (arms.contains("u") ? top : y, arms.contains("d") ? bottom : y)
                path += "M\(number(x)) \(number(from))V\(number(to))"
            }
        }
        lines[color, default: ""] += path
    }

    private mutating func addDots(_ bits: UInt32, _ left: Double, _ top: Double, _ color: String) {
        // Bit by bit: column and row of the dot.
        let places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
        var path = ""
        for (bit, place) in places.enumerated() where bits & (1 << UInt32(bit)) != 0 {
            let x = left + Self.cellWidth * (Double(place.0) + 0.5) / 2
            let y = top + Self.cellHeight * (Double(place.1) + 0.5) / 4
            path += "M\(number(x)) \(number(y))h.01"
        }
        dots[color, default: ""] += path
    }

    // MARK: Document

    func document(size: Size, title: String) -> String {
        let width = number(Double(size.width) * Self.cellWidth + 2 * Self.padding)
        let height = number(Double(size.height) * Self.cellHeight + Self.bar + Self.padding)
        let muted = theme.shade(of: .muted).hex
        let buttons = [0, 1, 2].map { index in
            "<circle cx=\"\(22 + index * 18)\" cy=\"17\" r=\"5.5\" fill=\"\(theme.frame.hex)\"/>"
        }.joined()
        let paths =
            sorted(shapes).map { "<path fill=\"\($0.key) d=\"\($0.value)\"/>\n" }
            + sorted(lines).map {
                "<path fill=\"none\" stroke=\"\($0.key)\" stroke-width=\"1.2\" d=\"\($0.value)\"/>\n"
            }
            + sorted(dots).map {
                "<path fill=\"none\" stroke=\"\($0.key)\" stroke-width=\"2.9\" stroke-linecap=\"round\" d=\"\($0.value)\"/>\n"
            }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" role="img">
            <title>\(escaped(title))</title>
            <style>.w { font: 13px 'Noto Color Emoji', 'Apple Color Emoji', 'Segoe UI Emoji', sans-serif }</style>
            <rect width="\(width)" height="\(height)" rx="10" fill="\(theme.canvas.hex)"/>
            <rect x=".5" y=".5" width="\(number(Double(size.width) * Self.cellWidth + 2 * Self.padding - 1))" \
            height="\(number(Double(size.height) * Self.cellHeight + Self.bar + Self.padding - 1))" rx="9.5" \
            fill="none" stroke="\(theme.frame.hex)"/>
            \(buttons)
            <g font-family="'DejaVu Sans Mono', Menlo, ui-monospace, Consolas, monospace" \
            font-size="\(number(Self.fontSize))">
            <text x="50%" y="21.5" text-anchor="middle" font-size="13" fill="\(muted)">\(escaped(title))</text>
            \(backgrounds)\(paths.joined())\(texts)</g>
            </svg>

            """
    }

    /// Sorted, so that equal pictures give equal files.
    private func sorted(_ parts: [String: String]) -> [(key: String, value: String)] {
        parts.sorted { $0.key < $1.key }
    }

    private func left(_ x: Int) -> String { number(Self.padding + Double(x) * Self.cellWidth) }
    private func top(_ y: Int) -> String { number(Self.bar + Double(y) * Self.cellHeight) }

    /// A number with at most two decimals.
    private func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let sign = hundredths < 0 ? "-" : ""
        let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
        if rest == 0 { return "\(sign)\(whole)" }
        let digits = rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)"
        return "\(sign)\(whole).\(digits)"
    }

    private func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
