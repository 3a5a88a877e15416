import PluginKit

extension Row {
    /// Adds why the card is slow and the errors of its memory, and what of the machine is not shown.
    func addHealth(to lines: inout Rows) {
        if let words = text(throttleMetric), words != "none" {
            lines.text("Slowed", words, status: bad(throttleMetric), importance: 5)
        }
        let counts = [
            (uncorrectedMetric, " uncorrected"), (correctedMetric, " corrected"),
            (remappedMetric, " remapped"),
        ]
        let entries = counts.compactMap { metric, word in
            number(metric).map {
                Rows.Entry(Format.number($0, unit: "count") + word, status: bad(metric))
            }
        }
        lines.entries("ECC", entries, importance: 8)
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
