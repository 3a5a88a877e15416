import Core

extension Dashboard {
    /// Updates every visible panel for its size, which requests pictures of changed values from the plugins. Call it
    /// after a change, before the screen is composed.
    func prepare(
        _ arrangement: Arrangement, state: ViewState, _ appearance: Appearance, onlyPlugins: Bool = false
    ) {
        var told: Set<String> = []
        for (index, rect) in arrangement.panels {
            let panel = panels[index]
            if onlyPlugins, !panel.isDrawnByPlugin { continue }
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
