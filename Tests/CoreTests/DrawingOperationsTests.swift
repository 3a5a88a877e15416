import Contract
import Core
import Testing

private let plain = Appearance(icons: .unicode)

private func draw(
    _ operations: [DrawOperation], _ width: Int, _ height: Int = 1, _ appearance: Appearance = plain
) -> [String] {
    var surface = Surface(Size(width, height), for: appearance)
    var state = TableState()
    OperationRenderer.render(
        operations, into: &surface, at: surface.bounds, appearance: appearance, tableState: &state)
    return (0..<height).map { surface.line($0) }
}

private func spark(
    _ values: [Float], _ width: Int, _ height: Int = 1, _ minimum: Double = .nan, _ maximum: Double = .nan,
    appearance: Appearance = plain
) -> [String] {
    draw(
        [
            .spark(
                x: 0, y: 0, width: width, height: height, role: .graph, values: values, minimum: minimum,
                maximum: maximum)
        ], width, height, appearance)
}

private func gauge(
    _ fraction: Double, _ width: Int = 10, _ limits: Limits = .none, _ appearance: Appearance = plain
) -> String {
    draw([.gauge(x: 0, y: 0, width: width, fraction: fraction, limits: limits)], width, 1, appearance)[0]
}

/// The roles of the cells of a gauge, by their first letters.
private func roles(_ fraction: Double, _ limits: Limits) -> String {
    var surface = Surface(Size(10, 1))
    var state = TableState()
    OperationRenderer.render(
        [.gauge(x: 0, y: 0, width: 10, fraction: fraction, limits: limits)], into: &surface,
        at: surface.bounds, appearance: plain, tableState: &state)
    return (0..<10).map { String("\(surface[$0, 0].style.role)".prefix(1)) }.joined()
}

@Suite struct DrawingOperationsTests {
    @Test func aWidget() {
        let lines = draw(
            [
                .status(x: 0, y: 0, status: .warning),
                .text(x: 3, y: 0, width: 8, alignment: .left, role: .label, text: "Wear"),
                .number(x: 11, y: 0, width: 6, alignment: .right, role: .value, number: 72, unit: "percent"),
                .gauge(x: 19, y: 0, width: 10, fraction: 0.72, limits: Limits(warning: 0.7, critical: 0.9)),
                .number(x: 0, y: 1, width: 8, alignment: .right, role: .value, number: 8.16e9, unit: "bytes"),
                .fill(x: 10, y: 1, width: 5, height: 9, role: .muted, character: 0x2500),
            ], 30, 2)
        #expect(lines == ["▲  Wear       72%  ███████▎░╎", "   7.60G  ─────"])
    }

    @Test func gauges() {
        #expect(gauge(0) == "░░░░░░░░░░")
        #expect(gauge(0.0001) == "▏░░░░░░░░░")
        #expect(gauge(0.5) == "█████░░░░░")
        #expect(gauge(0.5375) == "█████▍░░░░")
        #expect(gauge(1) == "██████████")
        #expect(gauge(7) == "██████████")
        #expect(gauge(-3) == "░░░░░░░░░░")
        #expect(gauge(.nan) == "░░░░░░░░░░")
        #expect(gauge(.infinity) == "██████████")
        #expect(gauge(0.2, 10, Limits(warning: 0.7, critical: 0.9)) == "██░░░░░╎░╎")
        #expect(gauge(0.2, 10, Limits(warning: .infinity, critical: -1)) == "██░░░░░░░░")
        #expect(
            gauge(0.55, 10, Limits(warning: 0.7, critical: 0.9), Appearance(isUTF8: false)) == "######-|-|")
        #expect(gauge(0.5, 1) == "▌")
    }

    @Test func theGaugeBeyondALimitTakesItsColour() {
        let limits = Limits(warning: 0.5, critical: 0.8)
        #expect(roles(0.3, limits) == "gggmmwmmcm")
        #expect(roles(0.7, limits) == "gggggwwmcm")
        #expect(roles(1, limits) == "gggggwwwcc")
        // Where less is worse, what is left is coloured.
        let spare = Limits(warning: 0.5, critical: 0.2)
        #expect(roles(0.7, spare) == "gggggggmmm")
        #expect(roles(0.4, spare) == "wwwwmwmmmm")
        #expect(roles(0.1, spare) == "cmcmmwmmmm")
    }

    @Test func withoutColourABarIsNotTurnedInsideOut() {
        var surface = Surface(Size(10, 1))
        var state = TableState()
        OperationRenderer.render(
            [.gauge(x: 0, y: 0, width: 10, fraction: 1, limits: Limits(warning: 0.2, critical: 0.5))],
            into: &surface, at: surface.bounds, appearance: plain, tableState: &state)
        #expect(surface[9, 0].style.role == .critical)
        let attributes = Theme.standard.attributes(of: surface[9, 0].style, depth: .none)
        #expect(attributes == Theme.Attributes(bold: true))
    }

    @Test func sparks() {
        #expect(spark([0, 1, 2, 3, 4, 5, 6, 7], 4) == ["⣀⣤⣶⣿"])
        // The newest stands at the right.
        #expect(spark([0, 3], 3) == ["  ⣸"])
        // Where there are more values than columns, a column stands for several.
        #expect(spark([0, 0, 1, 1, 2, 2, 3, 3], 2) == ["⣠⣾"])
        #expect(spark([0, .nan, .nan, .nan, 3, 3], 1) == ["⣸"])
        // What a mean hides is shaded.
        #expect(spark([0, 0, 0, 0, 3, 0, 0, 0], 1, 2, 0, 3) == ["⢘", "⣰"])
        #expect(spark([0, .nan, .nan, 3], 2) == ["⡀⢸"])
        #expect(spark([0, 1, 2, 3, 4, 5, 6, 7], 4, 2) == ["  ⣠⣾", "⣠⣾⣿⣿"])
        #expect(spark([0, 1, 2, 3], 4, 1, appearance: Appearance(isUTF8: false)) == [".::#"])
    }

    @Test func sparksOfOddValues() {
        #expect(spark([], 3) == [""])
        #expect(spark([.nan, .nan], 3) == [""])
        // A constant lies in the middle, a constant nothing at the bottom.
        #expect(spark([5, 5, 5, 5], 2) == ["⣶⣶"])
        #expect(spark([0, 0, 0, 0], 2) == ["⣀⣀"])
        #expect(spark([5, 5], 1, 1, 5, 5) == ["⣶"])
        #expect(spark([1, 9], 1, 1, 5, 5) == ["⣸"])
        #expect(spark([1, 2], 1, 1, 9, 3) == ["⣀"])
        #expect(spark([-.infinity, .infinity], 1) == ["⣸"])
        let largest = Float.greatestFiniteMagnitude
        #expect(spark([-largest, largest], 1) == ["⣸"])
        #expect(spark([0, 1], 1, 1, -Double.greatestFiniteMagnitude, .greatestFiniteMagnitude) == ["⣶"])
        #expect(spark([-50, 500], 1, 1, 0, 100) == ["⣸"])
    }

    @Test func signsTakeTwoCellsInEverySet() {
        for icons in IconSet.allCases {
            let appearance = Appearance(icons: icons)
            for status in [Status.auto, .ok, .warning, .critical, .unknown] {
                #expect(CharacterWidth.of(appearance.sign(of: status)) == 2)
            }
        }
        #expect(Appearance(icons: .emoji, isUTF8: false).sign(of: .ok) == "ok")
    }

    @Test func hostileOperationsStayInTheirArea() {
        let extremes = [Int.min, Int(Int32.min), -1, 0, 3, Int(Int32.max), 1 << 31, Int.max]
        let table = Table(
            columns: [
                .init(title: "a", width: 1 << 31, grow: Int.max), .init(title: "b", grow: -5, priority: -1),
            ],
            cells: (0..<100).map { .init(kind: .text, text: "row \($0)") })
        var surface = Surface(Size(20, 6))
        surface.fill(surface.bounds, with: ".")
        let area = Rect(x: 4, y: 2, width: 6, height: 2)
        for a in extremes {
            for b in extremes {
                var state = TableState()
                state.offset = a
                state.selected = b
                state.sortColumn = a
                state.moveSelection(by: b)
                let operations: [DrawOperation] = [
                    .text(x: a, y: b, width: a, alignment: .right, role: .value, text: "日本a"),
                    .number(
                        x: a, y: 0, width: b, alignment: .center, role: .value, number: .nan, unit: "\u{1b}"),
                    .status(x: a, y: b, status: .ok), .status(x: a, y: 1, status: .critical),
                    .gauge(
                        x: a, y: 0, width: b, fraction: .nan, limits: Limits(warning: -1, critical: 1e300)),
                    .gauge(x: a, y: 0, width: b, fraction: 0.3, limits: Limits(warning: 0.2, critical: 0.9)),
                    .spark(
                        x: a, y: b, width: b, height: a, role: .graph, values: [1, .nan, .infinity],
                        minimum: .nan, maximum: -.infinity),
                    .spark(
                        x: a, y: 0, width: b, height: b, role: .graph, values: [1, 2], minimum: 0, maximum: 1),
                    .fill(x: a, y: b, width: b, height: a, role: .value, character: UInt32.max),
                    .table(x: a, y: b, width: a, height: b, table: table),
                    .table(x: a, y: a, width: b, height: b, table: table),
                    .table(x: 0, y: 0, width: b, height: a, table: Table(columns: [])),
                ]
                OperationRenderer.render(
                    operations, into: &surface, at: area, appearance: plain, tableState: &state)
                state.page(by: b)
                state.scroll(by: a)
                _ = state.click(x: a, y: b)
                OperationRenderer.render(
                    operations, into: &surface, at: area, appearance: plain, tableState: &state)
            }
        }
        for y in 0..<6 {
            for x in 0..<20 where !area.contains(x: x, y: y) { #expect(surface[x, y].code == 0x2e) }
        }
    }

    @Test func staleIsGrey() {
        var surface = Surface(Size(4, 1))
        var state = TableState()
        OperationRenderer.render(
            [.text(x: 0, y: 0, width: 4, alignment: .left, role: .critical, text: "hot")], into: &surface,
            at: surface.bounds, appearance: plain, tableState: &state, dimmed: true)
        #expect(surface[0, 0].style == Style(.critical, .dim))
        let grey = Theme.standard.shade(of: .muted)
        let attributes = Theme.standard.attributes(of: surface[0, 0].style, depth: .direct)
        #expect(attributes.foreground == .rgb(grey.red, grey.green, grey.blue))
    }
}
