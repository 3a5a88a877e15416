import PluginKit

extension Row {
    /// Adds why the card is slow and the errors of its memory, and what of the machine is not shown.
    func addHealth(to lines: inout Rows) {
        if let words = text(throttleMetric), words != "none" {
            lines.text("Slowed by", words, status: bad(throttleMetric), importance: 5)
        }
        var errors: [String] = []
        if let corrected = number(correctedMetric) {
            errors.append(Format.number(corrected, unit: "count") + " corrected")
        }
        if let uncorrected = number(uncorrectedMetric) {
            errors.append(Format.number(uncorrected, unit: "count") + " uncorrected")
        }
        if let rows = number(remappedMetric) {
            errors.append(Format.number(rows, unit: "count") + " rows remapped")
        }
        if !errors.isEmpty {
            let status = Status.worse(bad(uncorrectedMetric), bad(remappedMetric))
            lines.text("ECC errors", errors.joined(separator: ", "), status: status, importance: 8)
        }
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
