import CPosix
import CTerminal
import Core
import Platform

/// Shows surfaces in the terminal and sends only the differences to the last one.
@MainActor
final class Screen {
    let depth: ColorDepth
    let isUTF8: Bool
    /// Whether the terminal's font has no signs but those of a text.
    let hasPlainFont: Bool
    /// Whether the terminal has more than eight colours.
    private let hasBright: Bool
    private(set) var size: Size
    private var shown: Surface
    private var looks: [Style: (attributes: UInt32, pair: Int32)] = [:]
    private var theme: Theme?
    let output: TerminalOutput

    /// The largest size that is drawn: every cell takes about a hundred bytes.
    static let largest = Size(1000, 300)

    /// Takes over the terminal, or says why that is impossible.
    init(loop: EventLoop) throws(SystemError) {
        guard isatty(0) != 0, isatty(1) != 0 else {
            throw SystemError(
                "standard input and output must be a terminal; without one use: cm-dashboard snapshot")
        }
        guard let term = Files.environment("TERM") else {
            throw SystemError(
                "TERM is not set, so the terminal's abilities are unknown; try: TERM=xterm-256color")
        }
        isUTF8 = cterminal_use_locale() != 0
        let wantsDirect = ["truecolor", "24bit"].contains(Files.environment("COLORTERM") ?? "")
        let entry = wantsDirect ? Self.directEntry(of: term) ?? term : term
        hasPlainFont = Self.hasPlainFont(term)
        // From here on a signal ends the program in order.
        _ = cposix_signal_pipe()
        switch Int(cterminal_open(entry, "\(Files.prefix)/lib/cm-dashboard/cm-terminal-guard")) {
        case CTERMINAL_OK: break
        case CTERMINAL_UNKNOWN:
            throw SystemError(
                "the terminal \(Problem.quoted(term)) (TERM) is unknown here; install ncurses-term, or try: TERM=xterm-256color"
            )
        case CTERMINAL_LIMITED:
            throw SystemError(
                "the terminal \(Problem.quoted(term)) (TERM) cannot place its cursor; use another, or: cm-dashboard snapshot"
            )
        default: throw SystemError("the terminal cannot be set up")
        }
        hasBright = cterminal_colors() >= 16
        depth = Self.depth(colors: cterminal_colors())
        size = Self.sane(Self.terminalSize())
        shown = Surface(size)
        output = TerminalOutput(loop)
    }

    func close() {
        output.drop()
        cterminal_close()
    }

    func suspend() {
        output.drop()
        cterminal_suspend()
        fitToTerminal()
    }

    /// Sets the terminal's modes again where another program has changed them. Returns whether it had.
    func repair() -> Bool { cterminal_repair() != 0 }

    /// Whether the terminal has another size than the screen.
    var isResized: Bool { Self.sane(Self.terminalSize()) != size }

    /// A sentence about a terminal that is larger than what is drawn; nil: it is not.
    var remark: String? {
        let whole = Self.terminalSize()
        guard Self.sane(whole) != whole else { return nil }
        return "The terminal says that it has \(whole.width)x\(whole.height) cells; "
            + "\(size.width)x\(size.height) of them are used."
    }

    /// Adapts to the current size of the terminal.
    func fitToTerminal() {
        size = Self.sane(Self.terminalSize())
        cterminal_resize(Int32(size.width), Int32(size.height))
        shown = Surface(size)
        // The cleared screen has lost the theme's background, so it is set again.
        theme = nil
    }

    func redraw() { cterminal_redraw() }

    func show(_ surface: Surface, theme: Theme) {
        if theme != self.theme {
            self.theme = theme
            looks = [:]
            cterminal_reset_pairs()
            shown = Surface(size)
            cterminal_resize(Int32(size.width), Int32(size.height))
            fill(theme)
        }
        surface.changes(from: shown) { x, y, run in
            var column = x
            for glyph in run {
                if glyph.width > 0 { put(surface, glyph, x: column, y: y) }
                column += 1
            }
        }
        shown = surface
        var length = 0
        let bytes = cterminal_flush(&length)
        output.send(UnsafeBufferPointer(start: bytes, count: length))
    }

    /// Fills the screen with the theme's background, which may differ from the terminal's own.
    private func fill(_ theme: Theme) {
        guard theme.background != nil, depth != .none else { return }
        let look = look(of: .normal)
        var blank: UInt32 = 0x20
        for y in 0..<size.height {
            for x in 0..<size.width {
                cterminal_put(Int32(x), Int32(y), &blank, 1, 1, look.attributes, look.pair)
            }
        }
    }

    private func put(_ surface: Surface, _ glyph: Glyph, x: Int, y: Int) {
        let (look, width) = (look(of: glyph.style), Int32(glyph.width))
        if glyph.code < Glyph.firstCluster {
            var code = glyph.code
            cterminal_put(Int32(x), Int32(y), &code, 1, width, look.attributes, look.pair)
        } else {
            let scalars = surface.text(of: glyph).unicodeScalars.map(\.value)
            cterminal_put(
                Int32(x), Int32(y), scalars, Int32(scalars.count), width, look.attributes, look.pair)
        }
    }

    private func look(of style: Style) -> (attributes: UInt32, pair: Int32) {
        if let look = looks[style] { return look }
        let attributes = (theme ?? .standard).attributes(of: style, depth: depth)
        var bits = 0
        if attributes.bold { bits |= CTERMINAL_BOLD }
        if attributes.reverse { bits |= CTERMINAL_REVERSE }
        if attributes.dim { bits |= CTERMINAL_DIM }
        if attributes.underline { bits |= CTERMINAL_UNDERLINE }
        // With eight colours the bright ones are made with bold.
        if !hasBright, case .indexed(8...) = attributes.foreground { bits |= CTERMINAL_BOLD }
        let (foreground, background) = (number(attributes.foreground), number(attributes.background))
        let pair = foreground < 0 && background < 0 ? 0 : cterminal_pair(foreground, background)
        let look = (UInt32(bits), pair)
        looks[style] = look
        return look
    }

    private func number(_ color: Color) -> Int32 {
        switch color {
        case .standard: -1
        case .indexed(let index): Int32(hasBright ? index : index & 7)
        case .rgb(let red, let green, let blue):
            // The first eight numbers of a direct-colour terminal are the ANSI colours, so they are avoided.
            max(Int32(red) << 16 | Int32(green) << 8 | Int32(blue), 8)
        }
    }

    private static func depth(colors: Int32) -> ColorDepth {
        if Files.environment("NO_COLOR") != nil { return .none }
        switch colors {
        case 16_777_216...: return .direct
        case 256...: return .ansi256
        case 8...: return .ansi16
        default: return .none
        }
    }

    /// The name of the terminfo entry of the same terminal with 24-bit colour; nil: there is none.
    private static func directEntry(of term: String) -> String? {
        let base = term.hasSuffix("-256color") ? String(term.dropLast(9)) : term
        return ["\(term)-direct", "\(base)-direct"].first { cterminal_knows($0) != 0 }
    }

    /// Consoles have a font of at most 512 signs, and DEC's terminals and their likes one of letters and lines.
    private static func hasPlainFont(_ term: String) -> Bool {
        let name = term.split(separator: ".").last ?? ""
        return ["linux", "vt", "ansi", "cons25", "console", "pcansi", "scoansi", "sun", "wyse", "wy", "dumb"]
            .contains { kind in
                guard name.hasPrefix(kind) else { return false }
                let rest = name.dropFirst(kind.count).first
                return rest == nil || rest == "-" || rest?.isNumber == true
            }
    }

    private static func sane(_ size: Size) -> Size {
        Size(min(size.width, largest.width), min(size.height, largest.height))
    }

    private static func terminalSize() -> Size {
        var (width, height): (Int32, Int32) = (80, 24)
        _ = cposix_terminal_size(1, &width, &height)
        return Size(Int(width), Int(height))
    }
}
