import Contract
import Core
import Testing

private func frame(
    _ frame: WidgetFrame, _ width: Int, _ height: Int = 2, _ appearance: Appearance = Appearance()
) -> [String] {
    var surface = Surface(Size(width, height), for: appearance)
    WidgetFrame.draw(frame, into: &surface, rect: surface.bounds, appearance: appearance)
    return (0..<height).map { surface.line($0, trimmed: false) }
}

private func lines(_ surface: Surface) -> [String] { (0..<surface.size.height).map { surface.line($0) } }

@Suite struct DrawingFrameTests {
    private let nvme = WidgetFrame(
        icon: "💾", title: "NVMe Health", status: .warning, age: "12s ago", indicator: "3/40")

    @Test func titleAgeAndSignStandInTheBorder() {
        #expect(
            frame(nvme, 50, 3) == [
                "╭─ 💾 NVMe Health ───────── 3/40 ─ 12s ago ─ ⚠  ─╮",
                "│                                                │",
                "╰────────────────────────────────────────────────╯",
            ])
        #expect(
            frame(nvme, 50, 2, Appearance(isUTF8: false)) == [
                "+- NVMe Health ------------ 3/40 - 12s ago - !  -+",
                "+------------------------------------------------+",
            ])
    }

    @Test func theTitleIsTheLastToBeShortened() {
        #expect(frame(nvme, 36)[0] == "╭─ 💾 NVMe Health ── 12s ago ─ ⚠  ─╮")
        #expect(frame(nvme, 26)[0] == "╭─ 💾 NVMe Health ── ⚠  ─╮")
        #expect(frame(nvme, 16)[0] == "╭─ 💾 N… ─ ⚠  ─╮")
        #expect(frame(nvme, 8)[0].hasPrefix("╭─ "))
        for width in 0...60 {
            for height in 0...3 {
                for line in frame(nvme, width, height) { #expect(CharacterWidth.of(line) == width) }
            }
        }
    }

    @Test func theContentLiesInside() {
        #expect(
            WidgetFrame.content(of: Rect(x: 5, y: 2, width: 40, height: 6))
                == Rect(x: 7, y: 3, width: 36, height: 4))
        #expect(
            WidgetFrame.content(of: Rect(x: 0, y: 0, width: 10, height: 3))
                == Rect(x: 1, y: 1, width: 8, height: 1))
        #expect(WidgetFrame.content(of: Rect(x: 0, y: 0, width: 1, height: 1)).size == Size(0, 0))
    }

    @Test func focusAndTroubleColourTheBorder() {
        var surface = Surface(Size(20, 3))
        func corner(_ status: Status, _ isFocused: Bool) -> Style {
            WidgetFrame.draw(
                WidgetFrame(title: "x", status: status, isFocused: isFocused), into: &surface,
                rect: surface.bounds, appearance: Appearance())
            return surface[0, 0].style
        }
        #expect(corner(.ok, false) == Style(.muted, .frame))
        #expect(corner(.ok, true) == Style(.accent, [.frame, .bold]))
        #expect(corner(.critical, false) == Style(.critical, .frame))
    }

    @Test func paragraphsWrapBetweenWords() {
        #expect(
            Paragraph.wrap("smartctl is not installed: apt install smartmontools", width: 20) == [
                "smartctl is not", "installed: apt", "install", "smartmontools",
            ])
        #expect(Paragraph.wrap("日本語 テキスト", width: 6) == ["日本語", "テキス", "ト"])
        #expect(Paragraph.wrap("/a/very/long/path x", width: 7) == ["/a/very", "/long/p", "ath x"])
        #expect(Paragraph.wrap("one\n\ntwo\n", width: 9) == ["one", "", "two"])
        #expect(Paragraph.wrap("", width: 9) == [])
        #expect(Paragraph.wrap("日", width: 1) == ["日"])
        #expect(Paragraph.wrap("a", width: 0) == [])
        var surface = Surface(Size(9, 2))
        let used = Paragraph.draw(
            "one two three four", into: &surface, rect: Rect(x: 1, y: 0, width: 8, height: 2), style: Style())
        #expect(used == 2 && lines(surface) == [" one two", " three f…"])
    }

    @Test func helpStandsInTheMiddle() {
        var surface = Surface(Size(40, 8))
        surface.fill(surface.bounds, with: ".")
        Overlay.help(
            title: "Keys",
            entries: [("q", "quit"), ("Enter", "zoom"), ("/", "filter"), ("s", "sort"), ("t", "theme")],
            into: &surface, appearance: Appearance())
        #expect(
            lines(surface) == [
                "........................................",
                "...╭─ Keys ────────────────────────╮....",
                "...│     q  quit         s  sort   │....",
                "...│ Enter  zoom         t  theme  │....",
                "...│     /  filter                 │....",
                "...╰───────────────────────────────╯....",
                "........................................",
                "........................................",
            ])
    }

    @Test func helpThatDoesNotFitHasPages() {
        let entries = ["a", "b", "c", "d", "e"].map { (key: $0, meaning: "meaning") }
        #expect(Overlay.helpPages(entries, size: Size(20, 20)) == 1)
        #expect(Overlay.helpPages(entries, size: Size(20, 6)) == 3)
        #expect(Overlay.helpPages([], size: Size(20, 6)) == 0)
        func page(_ page: Int) -> String {
            var surface = Surface(Size(40, 6))
            Overlay.help(
                title: "Keys", entries: entries + entries + entries, page: page, into: &surface,
                appearance: Appearance())
            return lines(surface).joined(separator: "\n")
        }
        #expect(page(0).contains("Keys 1/4, ? for more") && page(0).contains("a  meaning   c  meaning"))
        #expect(page(3).contains("Keys 4/4 ") && page(3) == page(9))
    }

    @Test func overlaysFitOnAnyScreen() {
        for width in 0...30 {
            for height in 0...6 {
                var surface = Surface(Size(width, height))
                Overlay.help(
                    title: "Keys", entries: [("q", "quit"), ("Enter", "zoom")], into: &surface,
                    appearance: Appearance())
                Overlay.message(
                    title: "Error", text: "The terminal is too small for this.", status: .critical,
                    into: &surface, appearance: Appearance())
            }
        }
        var surface = Surface(Size(40, 5))
        Overlay.message(
            title: "Error", text: "The disk has gone.", status: .critical, into: &surface,
            appearance: Appearance(icons: .unicode))
        #expect(
            lines(surface) == [
                "", "         ╭─ Error ─────── ✖  ─╮", "         │ The disk has gone. │",
                "         ╰────────────────────╯", "",
            ])
    }

    @Test func aPluginWithoutDrawIsAList() {
        let description = PluginDescription(
            id: "x", name: "X",
            metrics: [
                .init(id: "use", label: "Use", unit: "percent"), .init(id: "model", label: "", kind: .text),
                .init(id: "gone", label: "Gone"),
            ])
        let view = View(
            taken: 0, now: 0, interval: 0, limits: [Limits(warning: 70, critical: 90), .none, .none],
            instances: [
                .init(
                    name: "",
                    cells: [
                        .init(value: .number(50), status: .ok), .init(value: .text("ACME")),
                        .init(value: .absent),
                    ])
            ])
        #expect(
            draw(view, description, Size(36, 3)) == [
                "●  Use         50%  ████████░░░╎░░╎░", "   model  ACME", "",
            ])
        #expect(draw(View(taken: 0, now: 0, interval: 0), description, Size(36, 1)) == [""])
        #expect(draw(view, description, Size(1, 1)).count == 1)
    }

    @Test func severalInstancesAreATable() {
        let description = PluginDescription(
            id: "x", name: "X",
            metrics: [
                .init(id: "use", label: "Use", unit: "percent"),
                .init(id: "model", label: "Model", kind: .text),
            ])
        let view = View(
            taken: 0, now: 0, interval: 0,
            instances: [
                .init(
                    name: "a",
                    cells: [.init(value: .number(5), status: .critical), .init(value: .text("M1"))]),
                .init(name: "b", cells: [.init(value: .absent)]),
            ])
        #expect(
            draw(view, description, Size(24, 3)) == [
                "Name          Use  Model", "✖  a           5%  M1", "   b",
            ])
    }

    private func draw(_ view: View, _ description: PluginDescription, _ size: Size) -> [String] {
        var surface = Surface(size)
        var state = TableState()
        OperationRenderer.render(
            DefaultDrawing.operations(for: view, description: description, size: size), into: &surface,
            at: surface.bounds, appearance: Appearance(icons: .unicode), tableState: &state)
        return lines(surface)
    }
}
