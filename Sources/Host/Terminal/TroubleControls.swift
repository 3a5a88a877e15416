import Contract
import Core

/// The keys that lead to what is not well.
extension Controls {
    /// Selects the next row in trouble of the focused table, or the next widget in trouble; with -1 the previous.
    func goToTrouble(_ step: Int) {
        if focused?.table.selectTrouble(step) == true { return }
        let order = arrangement.panels.map(\.widget)
        guard !order.isEmpty, !state.isZoomed else { return sayAllIsWell() }
        let place = state.focus.flatMap { order.firstIndex(of: $0) } ?? (step > 0 ? -1 : order.count)
        for offset in 1...order.count {
            let index = order[((place + step * offset) % order.count + order.count) % order.count]
            guard isInTrouble(index) else { continue }
            state.focus = index
            let panel = dashboard.panels[index]
            if panel.table.hasTable {
                panel.table.selected = nil
                _ = panel.table.selectTrouble(step)
            }
            return
        }
        sayAllIsWell()
    }

    private func isInTrouble(_ index: Int) -> Bool { dashboard.panels[index].status.trouble > 0 }

    private func sayAllIsWell() { state.message = "Nothing here is in trouble." }

    /// Shows only what is not well in the focused table, or everything again.
    func toggleTroubleOnly() {
        guard let panel = focused, panel.table.hasTable else {
            state.message = "This widget has no table; n goes to what is not well."
            return
        }
        panel.table.showsTroubleOnly.toggle()
    }

    /// Presses the key of the footer that was clicked.
    func clickFooter(x: Int) {
        let keys = Keys.footer(of: dashboard, state)
        guard
            let hit = Keys.places(keys, width: arrangement.size.width).first(where: { $0.range.contains(x) })
        else { return }
        press(hit.entry.press)
    }
}
