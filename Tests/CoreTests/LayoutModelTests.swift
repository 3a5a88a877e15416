import Core
import Testing

@Suite struct LayoutModelTests {
    @Test(arguments: [
        ("250ms", 0.25), ("2s", 2), ("5m", 300), ("26h", 93600), ("7d", 604_800), ("1.5h", 5400), ("30", 30),
        ("0.5", 0.5), ("-2s", -2), ("2 s", 2), ("0", 0),
    ])
    func durations(_ text: String, _ seconds: Double) {
        #expect(DurationText.seconds(text) == seconds)
    }

    @Test(arguments: [
        "", "s", "-", ".", "5.", "1.2.3s", "2sec", "2  s", "nan", "inf", "0x10", "1e3s", "2S", "1h30m", " 2s",
        "2s ",
        "+2s", "٣s",
    ])
    func noDurations(_ text: String) {
        #expect(DurationText.seconds(text) == nil)
    }

    @Test(arguments: [
        ("512M", 536_870_912), ("4G", 4_294_967_296), ("1.5K", 1536), ("1TiB", 1_099_511_627_776),
        ("100", 100),
        ("7B", 7), ("0", 0),
    ])
    func sizes(_ text: String, _ bytes: Double) {
        #expect(SizeText.bytes(text) == bytes)
    }

    @Test(arguments: ["", "G", "4g", "4GB", "four", "nan", "1e9"])
    func noSizes(_ text: String) {
        #expect(SizeText.bytes(text) == nil)
    }

    @Test func durationsInNanoseconds() {
        #expect(DurationText.nanoseconds(0.1) == 100_000_000)
        #expect(DurationText.nanoseconds(-0.1) == nil)
        #expect(DurationText.nanoseconds(.nan) == nil)
        #expect(DurationText.nanoseconds(.infinity) == nil)
        #expect(DurationText.nanoseconds(1e30) == nil)
        #expect(
            [90, 3600, 86400, 0.25, 93600, 0.0001].map { DurationText.exact(nanoseconds: UInt64($0 * 1e9)) }
                == ["90s", "1h", "1d", "250ms", "26h", "0.1ms"])
    }

    @Test(arguments: [
        ("evry", "every"), ("eveyr", "every"), ("EVERY", "every"), ("plugni", "plugin"), ("hots", "host"),
    ])
    func nearest(_ typed: String, _ right: String) {
        #expect(Spelling.nearest(to: typed, in: LayoutKeys.widget) == right)
    }

    @Test func nothingNear() {
        #expect(Spelling.nearest(to: "xyzzy", in: LayoutKeys.widget) == nil)
        #expect(Spelling.nearest(to: "", in: ["a"]) == nil)
        #expect(Spelling.nearest(to: String(repeating: "x", count: 1000), in: ["a"]) == nil)
        #expect(Spelling.nearest(to: "every", in: ["every"]) == nil)
    }

    @Test func ticks() {
        var widget = WidgetConfiguration(name: "a", plugin: "a")
        #expect(widget.ticks(refresh: 2) == 1)
        widget.every = 10
        #expect(widget.ticks(refresh: 2) == 5)
        #expect(widget.ticks(refresh: 4) == 3)
        #expect(widget.ticks(refresh: 100) == 1)
        #expect(widget.ticks(refresh: 0) == 1)
        widget.every = .max
        #expect(widget.ticks(refresh: .max) == 1)
        #expect(widget.ticks(refresh: 1) == .max)
    }

    @Test func problemsReadLikeACompilers() {
        let place = Position(line: 14, column: 3)
        let problem = Problem(
            source: "srv01.layout", position: place, message: "unknown key \"evry\"", suggestion: "every")
        #expect(
            problem.description == "srv01.layout:14:3: error: unknown key \"evry\"; did you mean \"every\"?")
        let warning = Problem(.warning, source: "a\u{1b}b", message: "odd", expected: "even")
        #expect(warning.description == "aU+001Bb: warning: odd; expected even")
    }

    @Test func anExcerptPointsAtTheCharacter() {
        func excerpt(_ line: String, _ column: Int) -> String? {
            Problem(source: "", position: Position(line: 2, column: column), message: "").excerpt(
                of: "x\n\(line)\ny")
        }
        #expect(excerpt("evry = 1", 1) == "2 | evry = 1\n  | ^")
        #expect(excerpt("a = \"💾\" b\r", 9) == "2 | a = \"💾\" b\n  |          ^")
        #expect(excerpt("\ta\u{1b}c", 4) == "2 |  aU+001Bc\n  |         ^")
        #expect(excerpt("", 1) == nil)
        #expect(excerpt("nul\0", 1) == nil)
        #expect(excerpt(String(repeating: "x", count: 1000), 900)?.utf8.count == 189)
        #expect(
            Problem(source: "", position: Position(line: 9, column: 1), message: "").excerpt(of: "x") == nil)
    }

    @Test func quotedNamesAreHarmlessAndShort() {
        #expect(Problem.quoted("a\u{9b}\u{202e}b\n") == "\"aU+009BU+202EbU+000A\"")
        #expect(Problem.quoted(String(repeating: "x", count: 500)).unicodeScalars.count == 60)
    }

    @Test func anUnknownPluginNamesTheNearest() {
        let widget = WidgetConfiguration(name: "disk", plugin: "nmve", position: Position(line: 3, column: 4))
        #expect(
            Problem.unknownPlugin(widget, available: ["nvme", "cpu"], source: "a.layout").description
                == "a.layout:3:4: error: widget \"disk\" needs plugin \"nmve\", which is not installed; expected one of"
                + " cpu, nvme; did you mean \"nvme\"?")
        #expect(
            Problem.unknownPlugin(widget, available: [], source: "a").message
                == "widget \"disk\" needs plugin \"nmve\", which is not installed")
    }
}
