import Contract
import Core
import Testing

/// Any curve in any size: nothing traps, and nothing is drawn outside.
@Suite struct GraphBoundsTests {
    /// Pseudo-random numbers that are the same each time.
    private struct Source {
        var state: UInt64
        mutating func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    private static let odd: [Double] = [
        .nan, .infinity, -.infinity, 0, -0.0, 1, -1, 1e-300, 1e300, -1e300, .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, 1e17, 50, 99.96, 100, 1024, 3e9,
    ]
    private static let times: [Int64] = [.min, .min + 1, -1, 0, 1_795_860_000_000_000_000, .max - 1, .max]

    private static func curve(_ source: inout Source) -> SeriesCurve {
        let kind = source.next(7)
        let constant = odd[source.next(odd.count)]
        let count = [0, 1, 2, 7, 140, 300][source.next(6)]
        let buckets = (0..<count).map { index -> SeriesBucket in
            func value() -> Double {
                switch kind {
                case 0: constant
                case 1: Double(source.next(2000)) - 1000
                case 2: Double(index) * constant
                case 3: 50
                default: odd[source.next(odd.count)]
                }
            }
            if kind == 4 || (kind == 5 && index > 0) || source.next(9) == 0 { return .gap }
            return SeriesBucket(
                count: source.next(2) == 0 ? 1 : .max, minimum: value(), mean: value(), maximum: value(),
                last: value())
        }
        let step = [Int64.min, 0, 1, 617_000_000_000, .max][source.next(5)]
        return SeriesCurve(
            start: times[source.next(times.count)], step: kind == 3 ? 617_000_000_000 : step, buckets: buckets
        )
    }

    private static func sheet(_ source: inout Source, _ size: Size) -> GraphSheet {
        let span = HistorySpan.allCases[source.next(7)]
        let now = times[source.next(times.count)]
        let series = (0..<source.next(5)).map { number in
            GraphSheet.Series(
                name: ["", "nvme0n1", "日本語 host", String(repeating: "long", count: 40)][source.next(4)],
                curve: curve(&source), interval: [0, 1, 600_000_000_000, .max, .min][source.next(5)])
        }
        func limit() -> Double { odd[source.next(odd.count)] }
        var sheet = GraphSheet(
            title: "T",
            unit: ["bytes", "percent", "celsius", "seconds", "count", "bytes/s", "", "x"][source.next(8)],
            series: series, limits: Limits(warning: limit(), critical: limit()), span: span,
            window: span.window(until: now, cells: size.width), now: now,
            zone: LocalZone([.init(seconds: .min), .init(from: now / 1_000_000_000, seconds: .max)]),
            cursor: [nil, 0, -5, 7, 500, .max, .min][source.next(7)])
        if source.next(3) == 0 {
            sheet.window = HistoryWindow(
                start: times[source.next(times.count)], step: [1, 1_000_000_000, .max][source.next(3)],
                count: [1, 140, .max][source.next(3)])
        }
        return sheet
    }

    private static func isUntouched(_ surface: Surface, around area: Rect) -> Bool {
        for y in 0..<surface.size.height {
            for x in 0..<surface.size.width where !area.contains(x: x, y: y) {
                if surface[x, y] != Glyph(code: 0x7e) { return false }
            }
        }
        return true
    }

    @Test func anySizeSpanAndCurve() {
        var source = Source(state: 20_261_128)
        for round in 0..<400 {
            let size = Size(
                1 + source.next(round % 10 == 0 ? 300 : 90), 1 + source.next(round % 10 == 0 ? 100 : 30))
            let sheet = Self.sheet(&source, size)
            let appearance = Appearance(isUTF8: source.next(4) > 0)
            var surface = Surface(Size(size.width + 4, size.height + 4), for: appearance)
            surface.fill(surface.bounds, with: "~")
            let area = Rect(x: 2, y: 2, width: size.width, height: size.height)
            sheet.draw(into: &surface, in: area, appearance: appearance)
            #expect(Self.isUntouched(surface, around: area), "\(round): \(size)")
            _ = sheet.column(of: sheet.now, in: size)
            _ = sheet.times(ofColumn: source.next(1000) - 500, in: size)
        }
    }

    @Test func everySmallSize() {
        var source = Source(state: 5)
        for width in 1...50 {
            for height in 1...16 {
                let sheet = Self.sheet(&source, Size(width, height))
                var surface = Surface(Size(width, height))
                sheet.draw(into: &surface, appearance: Appearance())
                for y in 0..<height { #expect(CharacterWidth.of(surface.line(y)) <= width) }
            }
        }
    }

    @Test func anySparkStaysInItsPlace() {
        var source = Source(state: 77)
        for _ in 0..<400 {
            var surface = Surface(Size(30, 8))
            surface.fill(surface.bounds, with: "~")
            let area = Rect(x: 3, y: 2, width: source.next(20), height: source.next(4))
            let curve = Self.curve(&source)
            _ = Trend(curve)
            CurveSpark(curve, interval: .max).draw(into: &surface, at: area, isUTF8: source.next(2) == 0)
            #expect(Self.isUntouched(surface, around: area))
        }
        // Beyond any surface.
        var surface = Surface(Size(30, 8))
        CurveSpark(Self.curve(&source)).draw(
            into: &surface, at: Rect(x: -5, y: -1, width: 1 << 40, height: 1 << 40), isUTF8: true)
    }
}
