import PluginKit

extension Row {
    /// Adds why the card is slow and the errors of its memory, and what of the machine is not shown.
    func addHealth(to lines: inout Rows, width: Int) {
        if let words = text(throttleMetric), words != "none" {
            lines.text("Slowed", words, status: bad(throttleMetric), importance: 5)
        }
        let counts = [
            (uncorrectedMetric, " uncorrected"), (correctedMetric, " corrected"),
            (remappedMetric, " remapped"),
        ]
        let entries = counts.compactMap { metric, word in
            number(metric).map { Format.number($0, unit: "count") + word }
        }
        let status = Status.worse(bad(uncorrectedMetric), bad(remappedMetric))
        lines.text("ECC", entries: entries, status: status, in: width, importance: 8)
        if let list = text(leftOutMetric) {
            lines.text("Not shown", list, role: .muted, importance: 9)
        }
    }

    /// The status without ok: a card that is ok has one sign only.
    private func bad(_ metric: Metric) -> Status {
        let status = status(metric)
        return status == .ok ? .auto : status
    }
}
