import Contract
import Core
import Testing

/// 2026-11-28T10:00:00Z in nanoseconds.
private let now: Int64 = 1_795_860_000_000_000_000
private let minute: Int64 = 60_000_000_000

/// A curve with one sample in each stretch; nil: a gap.
private func curve(_ values: [Double?], from start: Int64, step: Int64) -> SeriesCurve {
    SeriesCurve(
        start: start, step: step,
        buckets: values.map { value in
            value.map { SeriesBucket(count: 1, minimum: $0, mean: $0, maximum: $0, last: $0) } ?? .gap
        })
}

/// A curve of a day in stretches of ten minutes, which end now.
private func day(_ value: (Double) -> Double?) -> SeriesCurve {
    curve((0..<144).map { value(Double($0) / 144) }, from: now - 1440 * minute, step: 10 * minute)
}

/// Each stretch lies so far below and above its mean.
private func spread(_ curve: SeriesCurve, below: Double, above: Double) -> SeriesCurve {
    var curve = curve
    for index in curve.buckets.indices where curve.buckets[index].count > 0 {
        curve.buckets[index].count = 60
        curve.buckets[index].minimum -= below
        curve.buckets[index].maximum += above
    }
    return curve
}

/// A sheet of the last day in the time of Stockholm's winter.
private func sheet(_ series: [(String, SeriesCurve)], unit: String = "celsius") -> GraphSheet {
    GraphSheet(
        title: "NVMe temperature", unit: unit,
        series: series.map { GraphSheet.Series(name: $0.0, curve: $0.1) }, span: .day,
        window: HistoryWindow(start: now - 1440 * minute, step: 10 * minute, count: 144), now: now,
        zone: LocalZone(seconds: 3600))
}

private func frame(_ sheet: GraphSheet, _ width: Int, _ height: Int, isUTF8: Bool = true) -> [String] {
    let appearance = Appearance(icons: .unicode, isUTF8: isUTF8)
    var surface = Surface(Size(width, height), for: appearance)
    sheet.draw(into: &surface, appearance: appearance)
    return (0..<height).map { surface.line($0) }
}

/// Rises from 40 to 60 until noon of the span, and falls again.
private func hill(_ part: Double) -> Double { 40 + 40 * min(part, 1 - part) }

@Suite struct DrawingGraphTests {
    @Test func aDay() {
        var sheet = sheet([("nvme0n1", spread(day(hill), below: 2, above: 4))])
        sheet.limits = Limits(warning: 60, critical: 95)
        #expect(
            frame(sheet, 80, 24) == [
                "╭─ NVMe temperature ──────────────────────────────────────────────────── 24 h ─╮",
                "│  65°C ┤                                  ⢀  ┊           critical 95°C above  │",
                "│       │                               ⢀⢔⢕⢕⢕⢕⢄                                │",
                "│       │                            ⢀⢔⢕⢕⢕⢕⢕⢕⢕⢕⢕⢕⢄                             │",
                "│  60°C ▲╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌⢀⢔⢕⢕⢕⢕⢕⣀⠔⠊⠒⢄⡀⢕⢕⢕⢕⢕⢄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ │",
                "│       │                      ⢀⢔⢕⢕⢕⢕⢕⣀⠔⠊⢕⢕⠕⢕⢕⠈⠒⢄⡀⢕⢕⢕⢕⢕⢄                       │",
                "│       │                   ⢀⢔⢔⢕⢕⢕⢕⣀⠔⠊⢕⠕⠕⠁    ⠑⠕⢕⠈⠒⢄⡀⢕⢕⢕⢕⢔⢄                    │",
                "│  55°C ┤                ⢀⢔⢔⢕⢕⢕⢕⣀⠔⠊⢕⠕⠕⠁       ┊  ⠑⠕⢕⠈⠒⢄⢕⢕⢕⢕⢕⢔⢄                 │",
                "│       │             ⢀⢔⢔⢕⢕⢕⢕⢀⡠⠒⠁⠕⠕⠁          ┊     ⠑⠕⢕⠑⠢⣀⢕⢕⢕⢕⢕⢔⢄              │",
                "│       │          ⢀⢐⢔⢕⢕⢕⢕⢀⡠⠒⠁⢕⠕⠁             ┊        ⠑⢕⢕⠑⠢⣀⢕⢕⢕⢕⢕⢄⢀           │",
                "│  50°C ┤       ⢀⢀⢔⢕⢕⢕⢕⢀⠤⠊⠁⢕⠕⠁⠁               ┊          ⠁⠑⢕⢕⠉⠢⢄⢕⢕⢕⢕⢕⢄⢀        │",
                "│       │    ⢀⢄⢔⢕⢕⢕⢕⢀⠤⠊⠁⢕⠕⠁⠁                  ┊             ⠁⠑⢕⢕⠉⠢⢄⢕⢕⢕⢕⢕⢄⢄     │",
                "│  45°C ┤ ⢀⢄⢔⢕⢕⢕⢕⢕⡠⠔⠁⢕⠕⠁⠁                     ┊                ⠁⠑⢕⠈⠑⠤⡀⢕⢕⢕⢕⢕⢄⢄  │",
                "│       │⢔⢕⢕⢕⢕⢕⡠⠔⠉⢕⠕⠁                         ┊                   ⠐⠑⢕⠈⠑⠤⡀⢕⢕⢕⢕⢕ │",
                "│       │⢕⢕⢕⡠⠔⠉⢕⠕⠑⠁                           ┊                      ⠑⠑⢕⠈⠑⠤⡀⢕⢕ │",
                "│  40°C ┤⡠⠔⠉⢕⠕⠑⠁                              ┊                         ⠑⠑⢕⠈⠑⠤ │",
                "│       │⢕⠕⠑⠁                                 ┊                            ⠑⠑⢕ │",
                "│       │⠁                                    ┊                                │",
                "│  35°C ┤                                     ┊                                │",
                "│       └──┬────────┬────────┬───────┬────────┬────────┬───────┬────────┬───── │",
                "│        12:00    15:00    18:00   21:00   Sat 28    03:00   06:00         now │",
                "│ 24 h until Sat 2026-11-28 11:00                        now   min  mean   max │",
                "│ nvme0n1                                               40°C  38°C  50°C  64°C │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
            ])
    }

    @Test func twoCurvesWithAGapAndACursor() {
        var sheet = sheet([
            ("nvme0n1", day { (0.4..<0.6).contains($0) ? nil : 40 + 20 * $0 }), ("sda", day { 55 - 10 * $0 }),
        ])
        sheet.cursor = 40
        #expect(
            frame(sheet, 80, 16) == [
                "╭─ NVMe temperature ──────────────────────────────────────────────────── 24 h ─╮",
                "│  60°C ┤                                    ┊   │                    ⢀⣀⡠⠤⠔⠒⠊1 │",
                "│       │                                    ┊   │            ⢀⣀⡠⠤⠔⠒⠊⠉⠁        │",
                "│  55°C ┤⠒⠒⠒⠤⠤⠤⠤⣀⣀⣀⣀                         ┊   │    ⢀⣀⣀⠤⠤⠒⠊⠉⠁                │",
                "│       │           ⠉⠉⠉⠉⠒⠒⠒⠢⠤⠤⠤⢄⣀⣀⣀⡀         ┊   │⠤⠒⠒⠉⠉                        │",
                "│  50°C ┤                          ⠈⠉⠉⠉⠑⠒⠒⠒⠤⠤⠤⠤⣀⣀⣀⣀                            │",
                "│       │                      ⢀⣀⡠⠤⠔⠂        ┊   │ ⠉⠉⠉⠉⠒⠒⠒⠒⠤⠤⠤⢄⣀⣀⣀⡀            │",
                "│  45°C ┤              ⢀⣀⣀⠤⠔⠒⠊⠉⠁             ┊   │                ⠈⠉⠉⠉⠑⠒⠒⠒⠢⠤⠤2 │",
                "│       │       ⣀⣀⠤⠤⠒⠒⠉⠉                     ┊   │                             │",
                "│  40°C ┤⣀⠤⠤⠒⠒⠉⠉⠁                            ┊   │                             │",
                "│       └──┬────────┬───────┬────────┬───────┬───┴────┬───────┬────────┬─────  │",
                "│        12:00    15:00   18:00    21:00       01:07        06:00         now  │",
                "│ Sat 2026-11-28 01:07:03 + 21m 11s    min  mean   max   now   min  mean   max │",
                "│ 1 nvme0n1                              –     –     –  60°C  40°C  50°C  60°C │",
                "│ 2 sda                               49°C  49°C  49°C  45°C  45°C  50°C  55°C │",
                "╰──────────────────────────────────────────────────────────────────────────────╯",
            ])
        // In the gap there is no value.
        sheet.cursor = 36
        #expect(frame(sheet, 80, 16)[13].hasSuffix("   –     –     –  60°C  40°C  50°C  60°C │"))
    }

    @Test func aSmallScreen() {
        var sheet = sheet([("nvme0n1", spread(day(hill), below: 2, above: 4))])
        #expect(
            frame(sheet, 40, 12) == [
                "╭─ NVMe temperature ──────────── 24 h ─╮",
                "│  70°C ┤              ⢀┊              │",
                "│  60°C ┤         ⢀⢀⢄⢀⡠⠤⢄⣀⢄⢄⢀          │",
                "│       │    ⢀⢀⢄⢀⡠⠤⠒⠉⠁⠁ ⠁⠑⠉⠒⠢⢄⣀⢄⢄⢀     │",
                "│  50°C ┤⢀⢄⢀⡠⠤⠒⠉⠁⠁      ┊    ⠁⠑⠉⠒⠢⢄⣀⢄⢄ │",
                "│  40°C ┤⠒⠉⠁⠁           ┊         ⠁⠑⠉⠒ │",
                "│  30°C ┤               ┊              │",
                "│       └─┬─────────────┬───────────── │",
                "│        12:00       Sat 28        now │",
                "│ 24 h           now   min  mean   max │",
                "│ nvme0n1       40°C  38°C  50°C  64°C │",
                "╰──────────────────────────────────────╯",
            ])
        sheet.cursor = 15
        #expect(
            frame(sheet, 40, 12)[9...10] == [
                "│ 23:24:49 + 49m 39s   min  mean   max │",
                "│ nvme0n1             56°C  59°C  63°C │",
            ])
        // Without room for a frame, and for less and less.
        #expect(
            frame(sheet, 30, 7) == [
                " 80°C ┤            ┊  │",
                " 60°C ┤   ⢀⢀⢀⣀⣀⠤⠤⠔⠒⠢⠤⠤⣀⣀⡀⢀⢀",
                " 40°C ┤⠤⠒⠒⠊⠉⠉⠁⠁    ┊  │⠁⠈⠉⠑⠒⠒⠤",
                " 20°C ┤            ┊  │",
                "      └┬───────────┬──┴───────",
                "       12:00        02:39  now",
                "nvme0n1       50°C  53°C  58°C",
            ])
        sheet.cursor = nil
        #expect(
            frame(sheet, 12, 3) == [
                " ⢀⢀⣀⣀⣀⣀⣀⣀⢀",
                "⠉⠉⠉⠁    ⠁⠉⠉⠉",
                "         now",
            ])
        #expect(
            frame(sheet, 3, 1) == [
                "⠤⠒⠢"
            ])
    }

    @Test func theWideScreen() {
        var sheet = sheet([("nvme0n1", spread(day(hill), below: 2, above: 4))])
        sheet.limits = Limits(warning: 60, critical: 95)
        let lines = frame(sheet, 120, 40)
        #expect(
            Array(lines[0...3] + lines[29...39]) == [
                "╭─ NVMe temperature ──────────────────────────────────────────────────────────────────────────────────────────── 24 h ─╮",
                "│  65°C ┤                                                           ┊                             critical 95°C above  │",
                "│       │                                                    ⢀⢀⢔⢅⢄  ┊                                                  │",
                "│       │                                                  ⢀⢔⢕⢕⢕⢕⢕⢕⢄⠄                                                  │",
                "│       │⢕⢕⠕⠕⠁                                                      ┊                                             ⠑⠑⢕⢕ │",
                "│       │⠕⠑                                                         ┊                                                ⠑ │",
                "│       │                                                           ┊                                                  │",
                "│       │                                                           ┊                                                  │",
                "│  35°C ┤                                                           ┊                                                  │",
                "│       └────┬────────┬────────┬────────┬────────┬────────┬─────────┬────────┬────────┬────────┬────────┬────────┬──── │",
                "│          12:00    14:00    16:00    18:00    20:00    22:00    Sat 28    02:00    04:00    06:00    08:00        now │",
                "│                                                                                                                      │",
                "│ 24 h until Sat 2026-11-28 11:00                                                                now   min  mean   max │",
                "│ nvme0n1                                                                                       40°C  38°C  50°C  64°C │",
                "╰──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────╯",
            ])
    }

    @Test func thePastInASCII() {
        var sheet = sheet([("a", day(hill)), ("b", day { 58 - 10 * $0 })])
        sheet.limits = Limits(warning: 50, critical: 60)
        sheet.now = now + 1500 * minute
        sheet.status = .warning
        #expect(
            frame(sheet, 60, 14, isUTF8: false) == [
                "+- NVMe temperature -------------------- 24 h - past - !  -+",
                "|  60 C X----------------------1111:---------------------  |",
                "|       |222222222222222   1111:   1111                    |",
                "|  55 C +              11112222222222221111                |",
                "|  50 C !----------1111----------------:2221111222222222-  |",
                "|       |      1111                .           1111    :22 |",
                "|  45 C +  1111:                   .               1111    |",
                "|  40 C +11:                       .                   111 |",
                "|       +--+-----------+-----------+-----------+---------  |",
                "|        12:00       18:00      Sat 28          1d 1h ago  |",
                "| 24 h                              last   min  mean   max |",
                "| 1 a                               40 C  40 C  50 C  60 C |",
                "| 2 b                               48 C  48 C  53 C  58 C |",
                "+----------------------------------------------------------+",
            ])
    }

    @Test func nothingIsSaidToBeNothing() {
        #expect(
            frame(sheet([("nvme0n1", day { _ in nil })]), 50, 10) == [
                "╭─ NVMe temperature ────────────────────── 24 h ─╮",
                "│       │                     ┊                  │",
                "│       │                     ┊                  │",
                "│       │        no values in this span          │",
                "│       │                     ┊                  │",
                "│       │                     ┊                  │",
                "│       └─┬─────────┬─────────┬────────┬──────── │",
                "│        12:00    18:00    Sat 28    06:00   now │",
                "│ nvme0n1                      –    –     –    – │",
                "╰────────────────────────────────────────────────╯",
            ])
        #expect(frame(sheet([]), 24, 1) == [" no values in this span"])
    }

    @Test func moreCurvesThanRows() {
        let many = sheet(
            (1...12).map { number in ("host\(number)", day { _ in Double(number) }) }, unit: "count")
        let lines = frame(many, 60, 16)
        #expect(
            lines[11...14] == [
                "│ 24 h                                 now  min  mean  max │",
                "│ 1 host1                                1    1     1    1 │",
                "│ 2 host2                                2    2     2    2 │",
                "│ and 10 more                                              │",
            ])
    }

    @Test func aValueThatIsOldIsNotNow() {
        let old = sheet([("a", day { $0 < 0.8 ? 40 : nil })])
        #expect(frame(old, 60, 12)[10].hasSuffix("   –  40°C  40°C  40°C │"))
        var past = old
        past.now = now + 10 * minute
        #expect(frame(past, 60, 12)[9].hasSuffix("  last   min  mean   max │"))
        #expect(frame(past, 60, 12)[10].hasSuffix("  40°C  40°C  40°C  40°C │"))
    }

    @Test func samplesThatAreRareMakeNoGaps() {
        // One sample in three stretches.
        let rare = curve(
            (0..<144).map { $0 % 3 == 0 ? 40 : nil }, from: now - 1440 * minute, step: 10 * minute)
        var sheet = sheet([("a", rare)])
        func dots() -> String { frame(sheet, 60, 12).joined().filter { $0 >= "⠀" && $0 <= "⣿" } }
        #expect(dots().contains { $0 != dots().first })
        sheet.series[0].interval = 30 * minute
        // A line without a hole: the first cells all look the same.
        #expect(Set(dots().dropLast(2)).count == 1 && dots().count >= 46)
        sheet.series[0].interval = 19 * minute
        // Without the last cells, whose line ends before them in any case.
        #expect(Set(dots().dropLast(2)).count > 1)
    }

    @Test func aLimitGoesBeforeAMarkInItsRow() {
        var sheet = sheet([("a", day { 15 + 52 * $0 })], unit: "percent")
        sheet.limits = Limits(warning: 85, critical: 95)
        let lines = frame(sheet, 100, 22)
        // 100 % would be in the row of 95 %.
        #expect(lines[1].hasPrefix("│  95% ✖╌"))
        #expect(lines.contains { $0.hasPrefix("│  85% ▲╌") })
    }

    @Test func manyCurvesHaveNoShade() {
        let wide = spread(day { _ in 40 }, below: 10, above: 10)
        func shades(_ count: Int) -> Int {
            let all = (0..<count).map { ("\($0)", wide) }
            return frame(sheet(all), 80, 24).joined().unicodeScalars.count {
                "⢕⠕⠑⡪".unicodeScalars.contains($0)
            }
        }
        #expect(shades(3) > 0)
        #expect(shades(4) == 0)
    }

    @Test func aConstantIsAStraightLine() {
        // Means of the same value differ in their last digit, and here lie where a row of dots ends.
        var curve = day { _ in 19 }
        for index in curve.buckets.indices where index % 2 == 0 { curve.buckets[index].mean = 19 - 4e-15 }
        var surface = Surface(Size(12, 1))
        CurveSpark(curve).draw(
            into: &surface, at: Rect(x: 0, y: 0, width: 12, height: 1), isUTF8: true)
        #expect(Set(surface.line(0)).count == 1)
    }

    @Test func theMeanOfEqualValuesIsThatValue() {
        // Weights whose parts are no exact numbers.
        var curve = day { _ in 7 }
        for index in curve.buckets.indices { curve.buckets[index].count = UInt32(1 + index % 7) }
        let legend = frame(sheet([("a", curve)], unit: "percent"), 80, 24)[22]
        #expect(legend.split(separator: " ").filter { $0 == "7%" }.count == 4)
    }

    @Test func aClickFindsColumnsAndCurves() {
        let sheet = sheet([("a", day(hill)), ("b", day { _ in 45 })])
        let rect = Rect(x: 0, y: 1, width: 80, height: 22)
        let columns = sheet.columns(in: rect.size)
        #expect(sheet.hit(x: 10, y: 5, in: rect) == .column(1))
        #expect(sheet.hit(x: 9 + columns - 1, y: 2, in: rect) == .column(columns - 1))
        // The frame, the axis, the heading of the legend.
        for (x, y) in [(0, 1), (4, 5), (10, 19)] { #expect(sheet.hit(x: x, y: y, in: rect) == nil) }
        #expect(sheet.hit(x: 10, y: 20, in: rect) == .series(0))
        #expect(sheet.hit(x: 70, y: 21, in: rect) == .series(1))
        #expect(sheet.hit(x: 10, y: 22, in: rect) == nil)
        // The line about the others is no curve.
        let many = DrawingGraphTests.many(10)
        #expect(frame(many, 80, 22)[20].contains("and 6 more"))
        #expect(many.hit(x: 10, y: 20, in: rect) == .series(3) && many.hit(x: 10, y: 21, in: rect) == nil)
    }

    private static func many(_ count: Int) -> GraphSheet {
        sheet((0..<count).map { index in ("\(index)", day { _ in Double(40 + index) }) })
    }

    @Test func whatIsWrittenWithoutValuesIsWrapped() {
        var sheet = sheet([("a", day { _ in nil })])
        sheet.note = "nothing is recorded of this number yet, but it will be"
        let lines = frame(sheet, 40, 12)
        #expect(lines.contains { $0.contains("nothing is recorded of this") })
        #expect(lines.contains { $0.contains("but it will be") })
    }

    @Test func theCursorKnowsItsTimes() {
        let sheet = sheet([("a", day(hill))])
        let size = Size(80, 24)
        #expect(sheet.columns(in: size) == 69)
        let first = sheet.times(ofColumn: 0, in: size)
        #expect(first.lowerBound == sheet.window.start)
        #expect(sheet.times(ofColumn: 68, in: size).upperBound == now)
        for column in [0, 1, 35, 68] {
            let times = sheet.times(ofColumn: column, in: size)
            #expect(sheet.column(of: times.lowerBound, in: size) == column)
        }
        #expect(sheet.column(of: now, in: size) == nil)
        #expect(sheet.column(of: sheet.window.start - 1, in: size) == nil)
        #expect(sheet.times(ofColumn: 99, in: size) == sheet.times(ofColumn: 68, in: size))
    }

    @Test func curvesLookDifferent() {
        let sheet = sheet([("a", day { _ in 40 }), ("b", day { _ in 60 })])
        var surface = Surface(Size(80, 24))
        sheet.draw(into: &surface, appearance: Appearance())
        let styles = (1..<20).map { surface[20, $0] }.filter { $0.code > 0x2800 && $0.code < 0x2900 }.map(
            \.style)
        #expect(styles == [Style(.graph, .hue(1)), Style(.graph)])
        for theme in Theme.all where !theme.isMonochrome {
            let shades = (0..<Theme.hues).map {
                theme.attributes(of: Style(.graph, .hue($0)), depth: .direct).foreground
            }
            #expect(Set(shades).count == Theme.hues, "\(theme.name)")
            #expect(Style.Flags.hue(0) == [] && Style.Flags.hue(Theme.hues + 1) == .hue(1))
            for shade in theme.curves { #expect(shade.contrast(with: theme.canvas) >= 3.6, "\(theme.name)") }
        }
    }
}
