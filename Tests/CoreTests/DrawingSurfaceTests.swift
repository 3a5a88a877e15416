import Contract
import Core
import Testing

/// A surface of one line that a text was put into.
private func line(_ text: String, width: Int, alignment: Alignment = .left) -> String {
    var surface = Surface(Size(width, 1))
    surface.put(text, x: 0, y: 0, width: width, alignment: alignment)
    return surface.line(0, trimmed: false)
}

/// "x,y:text" of every changed run.
private func runs(_ new: Surface, _ old: Surface) -> [String] {
    var found: [String] = []
    new.changes(from: old) { x, y, run in
        found.append("\(x),\(y):" + run.map { new.text(of: $0) }.joined())
    }
    return found
}

@Suite struct DrawingSurfaceTests {
    @Test func alignsAndShortens() {
        #expect(line("memory", width: 9) == "memory   ")
        #expect(line("memory", width: 9, alignment: .right) == "   memory")
        #expect(line("memory", width: 9, alignment: .center) == " memory  ")
        #expect(line("memory", width: 6) == "memory")
        #expect(line("memory", width: 5) == "memo…")
        #expect(line("memory", width: 5, alignment: .right) == "memo…")
        #expect(line("memory", width: 1) == "…")
        #expect(line("", width: 3) == "   ")
    }

    @Test func aNumberIsNotCut() {
        #expect(line("310.5 MB", width: 5) == "…    ")
        #expect(line("310.5 MB", width: 5, alignment: .right) == "    …")
        #expect(line("23h 54m", width: 6) == "23h … ")
        #expect(line("12 errors", width: 5) == "12 e…")
        #expect(line("used 1234567", width: 9) == "used …   ")
        #expect(line("nvme12n1", width: 6) == "nvme… ")
        #expect(line("1234567", width: 7) == "1234567")
        #expect(line("für 98%", width: 6) == "für … ")
    }

    @Test func wideCharactersTakeTwoCells() {
        #expect(line("日本語", width: 8) == "日本語  ")
        #expect(line("日本語", width: 8, alignment: .right) == "  日本語")
        #expect(line("日本語", width: 6) == "日本語")
        #expect(line("日本語", width: 5) == "日本…")
        // The half that is left over stays blank.
        #expect(line("日本語", width: 4) == "日… ")
        #expect(line("✅ ok", width: 6) == "✅ ok ")
    }

    @Test func marksShareACell() {
        let text = "e\u{301}te\u{301}"
        #expect(line(text, width: 4) == text + " ")
        var surface = Surface(Size(4, 1))
        surface.put(text, x: 0, y: 0, width: 4)
        #expect(surface.text(of: surface[0, 0]) == "e\u{301}")
        #expect(surface[0, 0].width == 1)
        #expect(surface.text(of: surface[1, 0]) == "t")
        // Equal clusters are one entry.
        #expect(surface[0, 0].code == surface[2, 0].code)
    }

    @Test func noMarkStacksHigherThanATerminalTakes() {
        let zalgo = "a" + String(repeating: "\u{301}", count: 1000) + "b"
        #expect(line(zalgo, width: 3).unicodeScalars.count == 1 + 4 + 2)
    }

    @Test(arguments: [
        ("\u{1b}[31mred", "�[31mred"), ("a\u{7}b", "a�b"), ("a\u{7f}b", "a�b"), ("a\u{9b}31m", "a�31m"),
        ("a\nb\tc\r", "a�b�c�"), ("x\u{202e}fdp.exe", "x�fdp.exe"), ("a\u{2066}b\u{2069}", "a�b�"),
        ("a\u{2028}b", "a�b"), ("a\u{200b}\u{feff}\u{ad}b", "ab"), ("\u{378}", "�"), ("\u{10ffff}", "�"),
        ("\u{301}a", "a"), ("\u{200e}", "�"),
    ])
    func nothingReachesATerminalThatCouldSteerIt(_ text: String, _ shown: String) {
        var surface = Surface(Size(12, 1))
        surface.put(text, x: 0, y: 0, width: 12)
        #expect(surface.line(0) == shown)
    }

    @Test(arguments: [
        ("⚠\u{fe0f}x", "⚠x"), ("👩\u{200d}💻x", "👩x"), ("👍🏽x", "👍x"), ("❤\u{fe0f}\u{200d}🔥x", "❤x"),
        ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
        ("🇩🇪x", "🇩🇪x"), ("🏴\u{e0067}\u{e0062}\u{e007f}x", "🏴x"), ("각", "각"),
        ("\u{1100}\u{1161}", "\u{1100}\u{1161}"),
    ])
    func sequencesBecomeWhatEveryTerminalMeasuresAlike(_ text: String, _ shown: String) {
        var surface = Surface(Size(12, 1))
        surface.put(text, x: 0, y: 0, width: 12)
        #expect(surface.line(0).unicodeScalars.elementsEqual(shown.unicodeScalars))
    }

    @Test func aFlagIsOneCharacterOfTwoCells() {
        var surface = Surface(Size(4, 1))
        surface.put("🇩🇪", x: 0, y: 0, width: 4)
        #expect(surface[0, 0].width == 2)
        #expect(surface[1, 0].width == 0)
        #expect(surface.text(of: surface[0, 0]) == "🇩🇪")
    }

    @Test func clipsAtEveryEdge() {
        var surface = Surface(Size(10, 4))
        let clip = Rect(x: 2, y: 1, width: 5, height: 2)
        for y in 0..<4 { surface.put("abcdefgh", x: 0, y: y, width: 20, clip: clip) }
        // Cut at the left; at the right the ellipsis says that it goes on.
        #expect((0..<4).map { surface.line($0) } == ["", "  cdef…", "  cdef…", ""])
        surface.clear()
        surface.put("日本語日本語", x: 1, y: 1, width: 20, clip: clip)
        // The halves of characters at the edges are blanks.
        #expect(surface.line(1, trimmed: false) == "   本…    ")
        surface.clear()
        surface.fill(Rect(x: -5, y: -5, width: 100, height: 100), with: "#", clip: clip)
        #expect((0..<4).map { surface.line($0) } == ["", "  #####", "  #####", ""])
    }

    @Test func overwritingHalfOfAWideCharacterLeavesABlank() {
        var surface = Surface(Size(6, 1))
        surface.put("日本語", x: 0, y: 0, width: 6)
        surface.put("x", x: 1, y: 0, width: 1)
        #expect(surface.line(0) == " x本語")
        surface.put("y", x: 2, y: 0, width: 1)
        #expect(surface.line(0) == " xy 語")
        surface.fill(Rect(x: 5, y: 0, width: 1, height: 1), with: "-")
        #expect(surface.line(0) == " xy  -")
        surface.put("日", x: 0, y: 0, width: 2)
        surface.put("本", x: 1, y: 0, width: 2)
        #expect(surface.line(0) == " 本  -")
        surface.set("z", x: 2, y: 0)
        #expect(surface.line(0) == "  z  -")
    }

    @Test func hostileNumbersDrawNothingAndDoNotTrap() {
        var surface = Surface(Size(5, 2))
        let extremes = [Int.min, -1 << 40, Int(Int32.min), -1, 0, 1, Int(Int32.max), 1 << 40, Int.max]
        for x in extremes {
            for y in extremes {
                for width in extremes {
                    for alignment in [Alignment.left, .right, .center] {
                        surface.put("日a\u{301}b", x: x, y: y, width: width, alignment: alignment)
                    }
                    surface.fill(Rect(x: x, y: y, width: width, height: width), with: "日")
                    surface.put(
                        "a", x: 0, y: 0, width: 1, clip: Rect(x: x, y: y, width: width, height: width))
                    surface.set("a", x: x, y: y, clip: Rect(x: y, y: x, width: width, height: width))
                    _ = surface[x, y]
                }
            }
            _ = surface.line(x)
        }
        #expect(Surface(Size(Int.min, 3)).size == Size(0, 3))
        // No right half without its left one.
        for y in 0..<2 {
            for x in 0..<5 where surface[x, y].width == 0 { #expect(surface[x - 1, y].width == 2) }
            for x in 0..<5 where surface[x, y].width == 2 { #expect(surface[x + 1, y].width == 0) }
        }
    }

    @Test func fillTakesOnlyCharactersOfOneCell() {
        var surface = Surface(Size(3, 1))
        for (scalar, shown) in [("日", "���"), ("\u{1b}", "���"), ("\u{301}", "���"), ("░", "░░░")]
            as [(Unicode.Scalar, String)]
        {
            surface.fill(surface.bounds, with: scalar)
            #expect(surface.line(0) == shown)
        }
    }

    @Test func anASCIITerminalGetsASCII() {
        var surface = Surface(Size(30, 1), for: Appearance(isUTF8: false))
        surface.put("56°C → 4µs – “café” 日 e\u{301}…", x: 0, y: 0, width: 30)
        #expect(surface.line(0) == "56 C > 4us - \"caf?\" ?? e~")
        surface.put("0123456789012345678901234567890", x: 0, y: 0, width: 30)
        #expect(surface.line(0) == "01234567890123456789012345678~")
    }

    @Test func aGlyphIsEightBytesWithoutPadding() {
        #expect(MemoryLayout<Glyph>.size == 8 && MemoryLayout<Glyph>.stride == 8)
        #expect(MemoryLayout<Style>.size == 3)
    }

    @Test func changesAreRunsOfCells() {
        var old = Surface(Size(10, 3))
        var new = old
        #expect(runs(new, old) == [])
        new.put("ab", x: 1, y: 0, width: 2)
        new.put("c", x: 9, y: 0, width: 1)
        new.put("x", x: 0, y: 2, width: 1)
        #expect(runs(new, old) == ["1,0:ab", "9,0:c", "0,2:x"])
        old = new
        new.restyle(Rect(x: 1, y: 0, width: 1, height: 1)) { $0.role = .critical }
        #expect(runs(new, old) == ["1,0:a"])
        #expect(runs(new, Surface(Size(9, 3))).count == 3)
    }

    @Test func aRunNeverSplitsAWideCharacter() {
        var old = Surface(Size(6, 1))
        var new = old
        old.put("日", x: 1, y: 0, width: 2)
        new.put("日", x: 2, y: 0, width: 2)
        #expect(runs(new, old) == ["1,0: 日"])
        #expect(runs(old, new) == ["1,0:日 "])
        // Only the right half has another style: the whole character is sent.
        var styled = new
        styled.restyle(Rect(x: 3, y: 0, width: 1, height: 1)) { $0.role = .warning }
        #expect(runs(styled, new) == ["2,0:日"])
    }

    @Test func clustersCompareByWhatTheyShow() {
        var old = Surface(Size(4, 1))
        var new = Surface(Size(4, 1))
        old.put("e\u{301}", x: 0, y: 0, width: 1)
        new.put("a\u{301}", x: 0, y: 0, width: 1)
        // Both are the first entry of their surface's pool.
        #expect(old[0, 0].code == new[0, 0].code)
        #expect(runs(new, old) == ["0,0:a\u{301}"])
        new.clear()
        new.put("o\u{301}", x: 1, y: 0, width: 1)
        new.put("e\u{301}", x: 0, y: 0, width: 1)
        #expect(runs(new, old) == ["1,0:o\u{301}"])
    }
}
