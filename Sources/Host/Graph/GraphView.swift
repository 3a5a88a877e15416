import Contract
import Core
import Engine
import Platform

/// A full-screen graph of numbers of the past. It asks for what its state wants to see, and draws what has come so far.
@MainActor
final class GraphView {
    private(set) var state: GraphState
    private let engine: Engine
    private var rect = Rect(x: 0, y: 0, width: 0, height: 0)
    private var curves: [Series: SeriesCurve] = [:]
    private var answered = Round()
    private var asked = Round()
    /// Questions of the last round without an answer.
    private var open = 0
    /// Why the past cannot be read; nil: it can.
    private var trouble: String?
    private var beginning: GraphBeginning?
    private var zone = (local: LocalZone.utc, read: Int64.min)

    private struct Series: Hashable {
        var key: SeriesKey
        var number: PastSeries
    }

    /// What was asked for together.
    private struct Round: Equatable {
        var series: [Series] = []
        var window = HistoryWindow(start: 0, step: 1, count: 1)
        /// Counts the times at which the stretch that lasts is read again.
        var look: Int64 = 0
    }

    /// Nanoseconds between two looks at a stretch that lasts.
    private static let look: Int64 = 10_000_000_000
    /// Nanoseconds between two looks at the time zone.
    private static let zoneLasts: Int64 = 60_000_000_000

    init(_ state: GraphState, _ engine: Engine) {
        self.state = state
        self.engine = engine
    }

    /// Whether all that the graph wants to see has come.
    var isSettled: Bool { open == 0 && (engine.past == nil || wanted == answered) }

    // MARK: Questions

    /// Sets the rectangle that it is drawn into, and asks for what is missing. While a round of questions is open none
    /// follows, so that a key that is held down asks no more than what can be answered.
    func prepare(in rect: Rect) {
        self.rect = rect
        readZone()
        guard open == 0, rect.width > 0, rect.height > 0 else { return }
        let wanted = wanted
        guard wanted != answered, let past = engine.past else { return }
        let isOther = wanted.series != asked.series
        asked = wanted
        if isOther { beginning = nil }
        var questions: [SeriesKey: [PastSeries]] = [:]
        for series in wanted.series { questions[series.key, default: []].append(series.number) }
        open = questions.count
        trouble = nil
        for (key, series) in questions {
            let question = PastQuestion(key, series, wanted.window)
            past.ask(question) { [weak self] in self?.take($0, of: question) }
        }
        if open == 0 { answered = wanted }
    }

    private func take(_ answer: PastAnswer, of question: PastQuestion) {
        for (number, curve) in zip(question.series, answer.curves) {
            curves[Series(key: question.key, number: number)] = curve
        }
        trouble = trouble ?? answer.trouble
        open -= 1
        guard open == 0 else { return }
        answered = asked
        curves = curves.filter { answered.series.contains($0.key) }
        lookForBeginning()
        engine.onChange()
    }

    /// Finds out since when there are values, where the graph shows none.
    private func lookForBeginning() {
        // What has just begun to be recorded may be found the next time.
        guard beginning?.isNothing ?? true, trouble == nil, let past = engine.past,
            let first = answered.series.first,
            curves.values.allSatisfy({ $0.buckets.allSatisfy { $0.count == 0 } })
        else { return }
        beginning = GraphBeginning(first.key, first.number, past, now: engine.wall) { [weak self] in
            self?.engine.onChange()
        }
    }

    private var wanted: Round {
        let frame = frame
        let look = max(Self.look, frame.window.step / 8)
        return Round(
            series: series, window: frame.window, look: state.followsPresent ? frame.now / look : 0)
    }

    private var series: [Series] {
        state.lines.map {
            Series(key: $0.key, number: PastSeries(instance: $0.instance, metric: state.choice.metric))
        }
    }

    // MARK: Keys

    /// Applies a key or a click. Returns whether it has a meaning here.
    func press(_ key: Key) -> Bool {
        guard case .click(let x, let y) = key else { return state.press(key, in: frame) }
        switch sheet.hit(x: x, y: y, in: rect) {
        case .column(let column): state.putCursor(inColumn: column, frame)
        case .series(let index): state.pick(index)
        case nil: return false
        }
        return true
    }

    private var frame: GraphState.Frame {
        let now = engine.wall
        // The width of the plot depends on the numbers at its axis, not on the time.
        let columns = max(
            sheet(state.window(now: now, columns: max(rect.width, 1))).columns(in: rect.size), 1)
        return GraphState.Frame(
            window: state.window(now: now, columns: columns), columns: columns, now: now)
    }

    // MARK: Picture

    func draw(into surface: inout Surface, appearance: Appearance) {
        sheet.draw(into: &surface, in: rect, appearance: appearance)
    }

    /// The graph as it is now. Until the answer for a stretch that has just begun comes, it shows the time before that.
    private var sheet: GraphSheet {
        let frame = frame
        let isNext =
            state.followsPresent && open > 0 && asked.series == answered.series
            && frame.window.step == answered.window.step && frame.window.count == answered.window.count
        let window = isNext ? answered.window : frame.window
        var sheet = sheet(window)
        if let cursor = state.cursor, cursor >= window.start, cursor < window.end {
            sheet.cursor = sheet.column(of: cursor, in: rect.size)
        }
        return sheet
    }

    private func sheet(_ window: HistoryWindow) -> GraphSheet {
        let choice = state.choice
        var sheet = GraphSheet(
            title: state.title, unit: choice.unit,
            series: zip(state.lines, series).map { line, series in
                let curve =
                    curves[series] ?? SeriesCurve(start: window.start, step: window.step, buckets: [])
                return GraphSheet.Series(
                    name: line.name.isEmpty ? choice.title : line.name, curve: curve,
                    interval: Int64(clamping: engine.store[line.key].interval))
            },
            limits: choice.limits, span: state.span, window: window, now: engine.wall, zone: zone.local)
        sheet.status = status
        sheet.note = note
        return sheet
    }

    /// The worst status that the numbers on the screen have at the moment.
    private var status: Status {
        state.lines.reduce(.auto) { worst, line in
            guard let snapshot = engine.store[line.key].snapshot,
                let index = snapshot.schema.index(of: state.choice.metric),
                let row = snapshot.instances.first(where: { $0.name == line.instance }),
                index < row.cells.count
            else { return worst }
            return Status.worse(worst, row.cells[index].status)
        }
    }

    /// What is written where there is no value.
    private var note: String {
        if engine.past == nil { return "Nothing is recorded here, so there is no past to show." }
        if let trouble { return "The past cannot be read: \(trouble)." }
        if answered.series != series { return "reading" }
        return beginning?.words(zone.local, now: engine.wall) ?? "no values in this span"
    }

    private func readZone() {
        let now = engine.wall
        guard
            zone.read == .min || !(0..<Self.zoneLasts).contains(now.subtractingReportingOverflow(zone.read).0)
        else { return }
        let seconds = now / 1_000_000_000
        zone = (.ofMachine(from: seconds - 1100 * 86_400, to: seconds + 2 * 86_400), now)
    }
}
