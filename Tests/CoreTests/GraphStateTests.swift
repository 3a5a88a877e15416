import Contract
import Core
import Testing

/// 2026-11-28T10:00:00Z in nanoseconds.
private let now: Int64 = 1_795_860_000_000_000_000
private let hour: Int64 = 3_600_000_000_000

private func choice(_ metric: String, _ names: [String]) -> GraphChoice {
    GraphChoice(
        title: "NVMe \(metric)", plugin: "nvme", metric: metric, unit: "celsius",
        lines: names.map {
            GraphChoice.Line(name: $0, key: SeriesKey(host: "srv01", plugin: "nvme"), instance: $0)
        })
}

private let drives = ["nvme0n1", "nvme1n1", "sda"]

private func graph(
    _ choices: [GraphChoice] = [choice("wear", drives), choice("heat", drives), choice("spare", ["sda"])],
    metric: String? = nil, chosen: [String] = ["nvme1n1"], span: HistorySpan = .day
) -> GraphState {
    GraphState(choices, metric: metric, chosen: chosen, span: span)!
}

private func frame(_ state: GraphState, columns: Int = 60) -> GraphState.Frame {
    GraphState.Frame(window: state.window(now: now, columns: columns), columns: columns, now: now)
}

extension GraphState {
    /// Presses keys one after another.
    fileprivate mutating func press(_ keys: Key...) {
        for key in keys {
            let picture = frame(self)
            let isKnown = press(key, in: picture)
            #expect(isKnown)
        }
    }

    /// The column of the cursor.
    fileprivate var column: Int? {
        let window = window(now: now, columns: 60)
        return cursor.map { Int(($0 - window.start) / (window.step * 2)) }
    }
}

@Suite struct GraphStateTests {
    @Test func itOpensWithWhatWasChosen() {
        #expect(GraphState([], span: .day) == nil)
        let state = graph(metric: "heat")
        #expect(state.choice.metric == "heat" && state.lines.map(\.name) == ["nvme1n1"])
        #expect(state.followsPresent && state.cursor == nil && state.span == .day)
        // What there is none of is the first choice; without a choice of curves it is all of them.
        #expect(graph(metric: "none").choice.metric == "wear")
        #expect(graph(chosen: []).lines.map(\.name) == drives)
        // The same id may be a metric of two plugins.
        var other = choice("wear", drives)
        other.plugin = "disk"
        let state2 = GraphState([choice("wear", drives), other], plugin: "disk", metric: "wear", span: .day)
        #expect(state2?.choice.plugin == "disk")
    }

    @Test func keysWalkThroughMetricsAndCurves() {
        var state = graph()
        state.press(.down)
        #expect(state.choice.metric == "heat" && state.lines.map(\.name) == ["nvme1n1"])
        // A metric that the chosen drive has not is drawn of one that has it, and the choice stays.
        state.press(.tab)
        #expect(state.choice.metric == "spare" && state.lines.map(\.name) == ["sda"])
        state.press(.character("j"), .up, .backTab)
        #expect(state.choice.metric == "heat" && state.lines.map(\.name) == ["nvme1n1"])
        state.press(.character("]"))
        #expect(state.lines.map(\.name) == ["sda"])
        state.press(.character("]"))
        #expect(state.lines.map(\.name) == ["nvme0n1"])
        state.press(.character("["))
        #expect(state.lines.map(\.name) == ["sda"])
        state.press(.character("a"))
        #expect(state.showsAll && state.lines.map(\.name) == drives)
        // From all of them the keys lead back to the one that was chosen.
        state.press(.character("]"))
        #expect(!state.showsAll && state.lines.map(\.name) == ["sda"])
        // One alone has no others.
        state.press(.character("k"), .character("k"), .character("a"))
        #expect(state.choice.metric == "spare" && !state.showsAll)
        let isKnown = state.press(.character("x"), in: frame(state))
        #expect(!isKnown)
    }

    @Test func severalMarkedOnesStayTogether() {
        var state = graph(chosen: ["sda", "nvme0n1"])
        #expect(state.lines.map(\.name) == ["nvme0n1", "sda"])
        state.press(.down)
        #expect(state.lines.count == 2)
        state.pick(1)
        #expect(state.lines.map(\.name) == ["sda"])
        state.pick(0)
        #expect(state.lines.map(\.name) == drives)
        state.pick(7)
        #expect(state.lines.map(\.name) == drives)
    }

    @Test func tooManyCurvesAreCounted() {
        let many = graph([choice("wear", (0..<300).map { "d\($0)" })], chosen: [])
        #expect(many.lines.count == GraphState.mostLines && many.hiddenLines == 290)
        #expect(many.title == "NVMe wear, 10 of 300")
        #expect(graph().title == "NVMe wear")
    }

    @Test func theCursorMovesByColumns() {
        var state = graph()
        state.press(.left)
        #expect(state.column == 59)
        state.press(.left, .left, .character("h"), .right)
        #expect(state.column == 57)
        state.press(.pageUp)
        #expect(state.column == 50)
        state.press(.pageDown, .character("l"), .right, .right, .right)
        // Behind the present there is nothing.
        #expect(state.column == 59 && state.followsPresent)
        state.press(.home)
        #expect(state.column == 0)
        // To the left of the edge lies more of the past, and the cursor stays visible.
        let start = frame(state).window.start
        state.press(.left)
        #expect(!state.followsPresent && state.cursor! < start && frame(state).window.start < state.cursor!)
        state.press(.character("0"))
        #expect(state.followsPresent && state.cursor == nil)
        state.putCursor(inColumn: 12, frame(state))
        #expect(state.column == 12)
        state.putCursor(inColumn: 999, frame(state))
        #expect(state.column == 59)
    }

    @Test func timeGoesByHalfOfTheWidth() {
        var state = graph()
        let first = frame(state).window
        state.press(.character("<"))
        let half = first.step * Int64(first.count) / 2
        #expect(frame(state).window.end == first.end - half)
        state.press(.character("<"), .wheel(up: true, x: 0, y: 0))
        #expect(frame(state).window.end == first.end - 3 * half)
        state.press(.character(">"), .wheel(up: false, x: 0, y: 0), .character("."), .character("."))
        #expect(state.followsPresent && frame(state).window == first)
        // The past ends somewhere.
        for _ in 0..<50_000 { _ = state.press(.character(","), in: frame(state)) }
        #expect(now - frame(state).window.end < 11 * HistorySpan.year.nanoseconds)
        state.press(.end)
        #expect(state.followsPresent)
    }

    @Test func theSpanChangesAroundTheCursor() {
        var state = graph()
        state.press(.character("+"))
        #expect(state.span == .week && state.followsPresent)
        state.press(.character("-"), .character("_"))
        #expect(state.span == .sixHours && state.followsPresent)
        state.press(.character("="))
        // A third of a day ago, which is not in the last hour.
        state.putCursor(inColumn: 40, frame(state))
        let cursor = state.cursor!
        state.press(.character("-"), .character("-"))
        #expect(state.span == .hour && state.cursor == cursor && !state.followsPresent)
        #expect((39...41).contains(state.column!))
        for _ in 0..<9 { state.press(.character("+")) }
        #expect(state.span == .year && state.followsPresent)
        for _ in 0..<9 { state.press(.character("-")) }
        #expect(state.span == .fiveMinutes)
    }

    @Test func hostileFramesDoNoHarm() {
        for window in [
            HistoryWindow(start: .min / 2, step: 1, count: 1),
            HistoryWindow(start: now, step: hour, count: 1),
            HistoryWindow(start: .max / 2, step: hour, count: 1000),
        ] {
            var state = graph()
            let frame = GraphState.Frame(window: window, columns: 0, now: now)
            for key: Key in [
                .left, .right, .pageUp, .home, .left, .character("<"), .character(">"), .character("+"),
                .character("-"), .end, .right, .character("-"),
            ] {
                let isKnown = state.press(key, in: frame)
                #expect(isKnown)
            }
        }
    }
}

@Suite struct GraphChoiceTests {
    private static let plugin = PluginDescription(
        id: "nvme", name: "NVMe Health", icon: "", version: "1", summary: "", abi: 0, hasDraw: false,
        metrics: [
            MetricDeclaration(id: "status", label: "Status", kind: .state),
            MetricDeclaration(id: "wear", label: "Wear", unit: "percent", isHeadline: true),
            MetricDeclaration(id: "heat", label: "Temp", unit: "celsius", wantsHistory: true),
            MetricDeclaration(id: "cpu", label: "CPU", unit: "percent"),
        ])

    private func snapshot(_ rows: [(String, Double?, Double?, Status)]) -> Snapshot {
        Snapshot(
            key: SeriesKey(host: "srv01", plugin: "nvme"), schema: Schema(Self.plugin), taken: now,
            instances: rows.map { name, wear, heat, status in
                Snapshot.Instance(
                    name: name,
                    cells: [
                        Snapshot.Cell(value: .text("ok")),
                        Snapshot.Cell(value: wear.map { .number($0) } ?? .absent),
                        Snapshot.Cell(value: heat.map { .number($0) } ?? .absent, status: status),
                        Snapshot.Cell(value: .absent),
                    ])
            })
    }

    @Test func numbersAreChoices() {
        let all = GraphChoice.all(
            of: snapshot([("a", 4, 40, .ok), ("b", nil, 50, .ok)]),
            limits: [.none, Limits(warning: 70), Limits(critical: 95)])
        #expect(all.map(\.metric) == ["wear", "heat"])
        #expect(all.map(\.title) == ["NVMe wear", "NVMe temp"])
        #expect(all[0].lines.map(\.instance) == ["a"] && all[1].lines.map(\.name) == ["a", "b"])
        #expect(all[0].limits == Limits(warning: 70) && all[1].limits == Limits(critical: 95))
        #expect(GraphChoice.all(of: snapshot([]), limits: []).isEmpty)
        #expect(Schema(Self.plugin).title(of: Self.plugin.metrics[3]) == "NVMe CPU")
    }

    @Test func aRowOfATableIsFound() {
        let snapshot = snapshot([("sda", 4, 40, .ok), ("sdb.service", 4, 50, .ok)])
        func number(_ value: Double, _ unit: String) -> Table.Cell {
            Table.Cell(kind: .number, text: unit, number: value)
        }
        func pick(_ cells: [Table.Cell], _ column: Int?) -> GraphPick {
            GraphPick(of: cells, titles: ["Drive", "", "Temp", "Worn"], column: column, in: snapshot)
        }
        let first = [
            Table.Cell(kind: .status, text: "sda"), number(1, ""), number(7, ""), number(4, "percent"),
        ]
        // By the name; then by the title of the column, by the number, or by neither.
        #expect(pick(first, nil) == GraphPick(instance: "sda"))
        #expect(pick(first, 2) == GraphPick(instance: "sda", metric: "heat"))
        #expect(pick(first, 3) == GraphPick(instance: "sda", metric: "wear"))
        #expect(pick(first, 0) == GraphPick(instance: "sda"))
        #expect(pick(first, 9) == GraphPick(instance: "sda"))
        // A unit's name without its ending; then numbers alone.
        #expect(pick([Table.Cell(kind: .text, text: "sdb")], nil) == GraphPick(instance: "sdb.service"))
        #expect(pick([number(50, "celsius")], 0) == GraphPick(instance: "sdb.service", metric: "heat"))
        #expect(pick([Table.Cell(kind: .text, text: "total")], 0) == GraphPick())
        #expect(pick([], 0) == GraphPick())
        let gauge = [Table.Cell(kind: .status, text: "sda"), Table.Cell(kind: .gauge, number: 0.04)]
        #expect(pick(gauge, 1) == GraphPick(instance: "sda", metric: "wear"))
    }

    @Test func whatIsNotWellIsOfMostInterest() {
        let well = snapshot([("a", 4, 40, .ok), ("b", 5, 50, .ok)])
        #expect(GraphPick.mostInteresting(in: well) == GraphPick(instance: "a", metric: "wear"))
        #expect(GraphPick.mostInteresting(in: well, of: "b") == GraphPick(instance: "b", metric: "wear"))
        let hot = snapshot([("a", 4, 40, .ok), ("b", 5, 90, .warning)])
        #expect(GraphPick.mostInteresting(in: hot) == GraphPick(instance: "b", metric: "heat"))
        #expect(GraphPick.mostInteresting(in: snapshot([]), of: "x") == GraphPick(instance: "x"))
    }
}
