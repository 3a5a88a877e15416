import Core

extension Dashboard {
    /// Brings every visible panel up to date for the room that it has: plugins are asked to draw what has changed. To be
    /// called when something has changed, before the screen is composed.
    func prepare(_ arrangement: Arrangement, state: ViewState, _ appearance: Appearance) {
        var told: Set<String> = []
        for (index, rect) in arrangement.panels {
            let panel = panels[index]
            panel.table.showsSelection = state.focus == index
            panel.speaksForHost = !panel.missesHost || told.insert(panel.host ?? "").inserted
            let content = WidgetFrame.content(of: rect)
            let lines = RemarkLines.lines(
                of: panel, width: content.width, height: content.height, appearance
            ).count
            panel.prepare(
                Drawing(size: Size(content.width, content.height - lines), isZoomed: state.isZoomed))
        }
    }
}
