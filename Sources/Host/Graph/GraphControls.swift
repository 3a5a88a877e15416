import Contract
import Core

/// The keys that open and close the graph of a number.
extension Controls {
    /// Handles a key while a graph is open; returns false where it means the same as without one.
    func press(_ key: Key, in graph: GraphView) -> Bool {
        switch key {
        case .escape, .character("q"), .enter, .character("c"), .character("z"): state.graph = nil
        case .control, .function, .character("?"), .character("e"), .character("t"), .character(" "),
            .character("r"), .character("R"), .character("p"):
            return false
        case .click(_, let y) where y == arrangement.size.height - 1: return false
        default:
            _ = graph.press(key)
            state.span = graph.state.span
            dashboard.engine.span = state.span
        }
        return true
    }

    /// Opens the graph of a number of the focused widget, or says why there is none.
    ///
    /// - Parameter column: The index of the column of the table that was clicked; nil: none in particular.
    func openGraph(ofColumn column: Int? = nil) {
        if state.focus == nil { focusNext(1) }
        let graph: GraphState? =
            switch focused {
            case let overview as OverviewPanel: graphState(of: overview, column)
            case let widget as WidgetPanel: graphState(of: widget, column)
            default: nil
            }
        guard let graph else {
            return state.message = "There is no number here that a graph could show."
        }
        state.graph = GraphView(graph, dashboard.engine)
    }

    private func graphState(of overview: OverviewPanel, _ column: Int?) -> GraphState? {
        let metric = overview.metric(ofColumn: column ?? overview.table.sortColumn)
        let chosen = overview.chosen
        // The curves in the table are of a day.
        return GraphState(
            GraphSubjects.choices(of: overview), plugin: metric?.plugin, metric: metric?.metric,
            chosen: chosen,
            span: state.span.seconds < HistorySpan.day.seconds ? .day : state.span)
    }

    private func graphState(of widget: WidgetPanel, _ column: Int?) -> GraphState? {
        guard let snapshot = widget.snapshot else { return nil }
        let table = widget.table
        var pick = GraphPick()
        if let row = table.selected, table.selectedRow != nil {
            pick = GraphPick(
                of: table.cells(ofShown: row), titles: table.titles, column: column, in: snapshot)
        }
        if pick.metric == nil {
            let other = GraphPick.mostInteresting(in: snapshot, of: pick.instance)
            pick = GraphPick(instance: pick.instance, metric: other.metric)
        }
        return GraphState(
            GraphSubjects.choices(of: widget), metric: pick.metric,
            chosen: pick.instance.map { [$0] } ?? [], span: state.span)
    }
}
