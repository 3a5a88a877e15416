import Contract
import Core
import Testing

private func bucket(_ mean: Double, below: Double = 0, above: Double = 0) -> SeriesBucket {
    SeriesBucket(
        count: below + above > 0 ? 9 : 1, minimum: mean - below, mean: mean, maximum: mean + above, last: mean
    )
}

private func curve(_ buckets: [SeriesBucket]) -> SeriesCurve {
    SeriesCurve(start: 0, step: 1, buckets: buckets)
}
private func curve(_ values: Double?...) -> SeriesCurve {
    curve(values.map { $0.map { bucket($0) } ?? .gap })
}

private func spark(
    _ curve: SeriesCurve, _ width: Int, _ height: Int = 1, interval: Int64 = 0, isUTF8: Bool = true
)
    -> [String]
{
    var surface = Surface(Size(width, height))
    CurveSpark(curve, interval: interval).draw(into: &surface, at: surface.bounds, isUTF8: isUTF8)
    return (0..<height).map { surface.line($0) }
}

@Suite struct DrawingCurveTests {
    // MARK: Sparks

    @Test func aCurveFillsTheWidth() {
        #expect(spark(curve(0, 1, 2, 3, 4, 5, 6, 7), 4) == ["⣀⣤⣶⣿"])
        #expect(spark(curve(0, 3), 4) == ["⣀⣀⣿⣿"])
        #expect(spark(curve(0, 1, 2, 3, 4, 5, 6, 7), 4, 2) == ["  ⣠⣾", "⣠⣾⣿⣿"])
        #expect(spark(curve(0, 1, 2, 3), 4, isUTF8: false) == [".::#"])
        #expect(spark(curve(0, nil, nil, 3), 2) == ["⡀⢸"])
        #expect(spark(curve(0, nil, nil, 3), 2, interval: 2) == ["⣠⣾"])
    }

    @Test func aSpikeIsShaded() {
        // The mean at the bottom, the largest sample at the top: every other dot.
        let spiked = curve([bucket(0), bucket(1, below: 1, above: 9), bucket(0), bucket(0)])
        #expect(spark(spiked, 2) == ["⣐⣀"])
        #expect(spark(spiked, 2, 2) == ["⢐", "⣰⣀"])
        var surface = Surface(Size(2, 2))
        CurveSpark(spiked).draw(into: &surface, at: surface.bounds, isUTF8: true)
        #expect(surface[0, 0].style == Style(.muted, .frame) && surface[0, 1].style == Style(.graph))
    }

    @Test func whatHardlyMovesLooksSo() {
        #expect(spark(curve(50, 51), 1) == ["⣴"])
        #expect(spark(curve(0, 0), 1) == ["⣀"])
        #expect(spark(curve(7, 7), 1) == ["⣤"])
        #expect(spark(curve([]), 2) == [""] && spark(curve(nil, nil), 2) == [""])
        #expect(spark(curve(.nan, .infinity), 2) == [""])
        #expect(spark(curve(-1e308, 1e308), 1) == ["⣸"])
    }

    // MARK: The overview

    private let columns = [
        FleetTable.Column(.state, title: "State"),
        FleetTable.Column(.metric(unit: "celsius", isNumeric: true), title: "Heat"),
        FleetTable.Column(.metric(unit: "percent", isNumeric: true), title: "Wear"),
        FleetTable.Column(.alert, title: "Last alert"),
    ]

    private func past(_ value: (Double) -> Double) -> Past {
        Past(curve((0..<24).map { bucket(value(Double($0) / 24)) }))
    }

    private func row(
        _ host: String, _ heat: Double, _ wear: Double, _ status: Status = .ok, _ heats: Past? = nil,
        _ wears: Past? = nil
    ) -> FleetTable.Row {
        func cell(_ number: Double, _ status: Status = .ok) -> Snapshot.Cell {
            Snapshot.Cell(value: .number(number), status: status)
        }
        return FleetTable.Row(
            host: host, state: .online, stateWords: "online", status: status,
            cells: [
                FleetTable.Headline(cell(heat), past: heats),
                FleetTable.Headline(cell(wear, status), past: wears),
            ])
    }

    private func draw(_ table: FleetTable, _ width: Int, isUTF8: Bool = true) -> [String] {
        let appearance = Appearance(icons: .unicode, isUTF8: isUTF8)
        var surface = Surface(Size(width, table.rows.count + 1), for: appearance)
        var state = TableState()
        state.curves = table.curves
        OperationRenderer.render(
            [.table(x: 0, y: 0, width: width, height: surface.size.height, table: table.table)],
            into: &surface,
            at: surface.bounds, appearance: appearance, tableState: &state)
        return (0..<surface.size.height).map { surface.line($0) }
    }

    private var table: FleetTable {
        FleetTable(
            columns: columns,
            rows: [
                row("srv01", 45, 4, .ok, past { 30 + 15 * $0 }, past { _ in 4 }),
                row("cmbox", 50, 73, .warning, past { 55 - 15 * $0 }, past { 72 + $0 }), row("labbox", 41, 8),
            ])
    }

    @Test func thePastStandsWhereThereIsRoom() {
        #expect(
            draw(table, 80) == [
                "Host       State    Heat                     Wear                     Last alert",
                "●  srv01   online   45°C ↑ ⣀⣀⣀⣀⣤⣤⣤⣤⣤⣤⣤⣤⣶⣶⣶⣶    4% → ⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤",
                "▲  cmbox   online   50°C ↓ ⣶⣶⣶⣶⣤⣤⣤⣤⣤⣤⣤⣤⣀⣀⣀⣀   73%▲↗ ⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤",
                "●  labbox  online   41°C                       8%",
            ])
        #expect(
            draw(table, 120) == [
                "Host       State    Heat                             Wear                             Last alert",
                "●  srv01   online   45°C ↑ ⣀⣀⣀⣀⣀⣀⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣶⣶⣶⣶⣶⣶    4% → ⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤",
                "▲  cmbox   online   50°C ↓ ⣶⣶⣶⣶⣶⣶⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣀⣀⣀⣀⣀⣀   73%▲↗ ⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤",
                "●  labbox  online   41°C                               8%",
            ])
        // Less and less: first the curve of what is well goes, then that of what is not, then the trends.
        #expect(
            draw(table, 61) == [
                "Host       State    Heat           Wear           Last alert",
                "●  srv01   online   45°C ↑ ⣀⣠⣤⣤⣴⣶    4% → ⣤⣤⣤⣤⣤⣤",
                "▲  cmbox   online   50°C ↓ ⣶⣦⣤⣤⣄⣀   73%▲↗ ⣤⣤⣤⣤⣤⣤",
                "●  labbox  online   41°C             8%",
            ])
        #expect(draw(table, 55)[2].hasSuffix("50°C ↓   73%▲↗ ⣤⣤⣤⣤⣤⣤⣤⣤"))
        #expect(draw(table, 44)[2].hasSuffix("50°C   73%▲↗"))
        #expect(
            draw(table, 80, isUTF8: false)[1]
                == "ok srv01   online   45 C ^ ....::::::::####    4% - ::::::::::::::::")
    }

    @Test func withoutAPastNothingChanges() {
        let plain = FleetTable(columns: columns, rows: [row("srv01", 45, 4), row("cmbox", 50, 73, .warning)])
        #expect(plain.curves == nil)
        #expect(
            draw(plain, 60) == [
                "Host      State    Heat  Wear  Last alert", "●  srv01  online   45°C    4%",
                "▲  cmbox  online   50°C   73%▲",
            ])
    }

    @Test func aRowThatIsReplacedHasItsOwnPast() {
        var table = table
        table.replace(row("srv01", 45, 4), at: 0)
        #expect(draw(table, 80)[1].hasSuffix("45°C                       4%"))
        table.replace(row("cmbox", 50, 73), at: 1)
        #expect(table.curves == nil)
        table.replace(row("labbox", 41, 8, .ok, past { 40 + $0 }), at: 2)
        #expect(table.curves != nil && draw(table, 80)[3].contains("41°C ↗ "))
    }

    @Test func aClickOnACurveIsOneOnItsColumn() {
        let appearance = Appearance()
        var surface = Surface(Size(80, 4))
        var state = TableState()
        state.curves = table.curves
        OperationRenderer.render(
            [.table(x: 0, y: 0, width: 80, height: 4, table: table.table)], into: &surface,
            at: surface.bounds,
            appearance: appearance, tableState: &state)
        #expect(state.click(x: 35, y: 0) == .heading(2))
    }

    @Test func everyTrendHasASignOfOneCell() {
        for isUTF8 in [true, false] {
            let marks = Trend.allCases.map { Appearance(isUTF8: isUTF8).mark(of: $0) }
            #expect(Set(marks).count == 5 && marks.allSatisfy { CharacterWidth.isNarrow($0) })
            if !isUTF8 { #expect(marks.allSatisfy { $0.value < 0x80 }) }
        }
    }
}
