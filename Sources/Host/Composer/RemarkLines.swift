import Core

/// What a panel says beside its picture, line by line.
@MainActor
enum RemarkLines {
    /// Returns the lines that stand below the picture of a panel with so much room.
    static func lines(of panel: any Panel, width: Int, height: Int, _ appearance: Appearance) -> [Remark] {
        // With values to show, what is said about them must leave room for them.
        let room = panel.isEmpty ? height : max(1, height / 3)
        var lines = panel.remarks.flatMap { remark in
            Paragraph.wrap(remark.sentence, width: max(width, 1)).map {
                Remark(sentence: $0, role: remark.role)
            }
        }
        guard lines.count > room else { return lines }
        lines = Array(lines.prefix(room))
        // Zoom shows the rest.
        if let last = lines.popLast() {
            lines.append(Remark(sentence: last.sentence + " \(appearance.ellipsis)", role: last.role))
        }
        return lines
    }
}
