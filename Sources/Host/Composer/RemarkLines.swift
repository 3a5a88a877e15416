import Core

/// The remarks of a panel as lines.
@MainActor
enum RemarkLines {
    /// Returns the lines below the picture of a panel whose content has this size.
    static func lines(of panel: any Panel, width: Int, height: Int, _ appearance: Appearance) -> [Remark] {
        // Below values, remarks take up to a third of the height, but not the line that tells what is wrong.
        let room = panel.isEmpty ? height : max(panel.hasBadValue && height < 2 ? 0 : 1, height / 3)
        var lines = panel.remarks.flatMap { remark in
            Paragraph.wrap(remark.sentence, width: max(width, 1)).map {
                Remark(sentence: $0, role: remark.role)
            }
        }
        guard lines.count > room else { return lines }
        guard room > 0 else { return [] }
        lines = Array(lines.prefix(room))
        // The zoomed panel shows the rest.
        if let last = lines.popLast() {
            lines.append(Remark(sentence: last.sentence + " \(appearance.ellipsis)", role: last.role))
        }
        return lines
    }
}
