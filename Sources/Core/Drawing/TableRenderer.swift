import Contract

/// Draws the visible rows of a table.
struct TableRenderer {
    let table: Table
    let place: Rect
    let clip: Rect
    let appearance: Appearance
    let flags: Style.Flags

    /// The visible part of the table's place; its left edge may lie outside of the clip.
    private var seen: Rect {
        let right = min(place.x + place.width, clip.x + clip.width)
        let bottom = min(place.y + place.height, clip.y + clip.height)
        return Rect(x: place.x, y: place.y, width: max(right - place.x, 0), height: max(bottom - place.y, 0))
    }

    func draw(into surface: inout Surface, state: inout TableState) {
        let seen = seen
        let hasHeading = seen.height > 1 && table.columns.contains { !$0.title.isEmpty }
        let rows = seen.height - (hasHeading ? 1 : 0)
        state.prepare(table, rows: rows)
        guard seen.width > 0, seen.height > 0, !table.columns.isEmpty else { return }
        let hasBar = state.shownRows > rows && seen.width > 8
        let width = seen.width - (hasBar ? 2 : 0)
        state.layout.update(
            table, natural: state.order.widths, claims: state.order.claims, available: width,
            curves: state.curves)
        let showsGroups = state.layout.columns.contains { $0.index == state.grouping?.column }
        if showsGroups != state.showsGroups {
            state.showsGroups = showsGroups
            state.prepare(table, rows: rows)
        }
        state.hasHeading = hasHeading
        state.rowsRect = Rect(
            x: seen.x, y: seen.y + (hasHeading ? 1 : 0), width: width, height: max(rows, 0))

        let clip = Rect(
            x: clip.x, y: clip.y, width: min(clip.width, seen.x + width - clip.x), height: clip.height)
        if hasHeading { drawHeading(at: seen.y, state, into: &surface, clip: clip) }
        // Rows above the clip are skipped, so that they cost nothing.
        let firstLine = max(0, self.clip.y - state.rowsRect.y)
        for line in stride(from: firstLine, to: min(rows, state.shownRows - state.offset), by: 1) {
            drawRow(state.offset + line, at: state.rowsRect.y + line, state, into: &surface, clip: clip)
        }
        if state.shownRows == 0 && (!state.filter.isEmpty || state.showsTroubleOnly) {
            surface.put(
                state.filter.isEmpty ? "all is well" : "nothing matches \"\(state.filter)\"", x: seen.x,
                y: state.rowsRect.y, width: width,
                style: Style(.muted, flags), clip: clip)
        }
        if hasBar { drawBar(at: seen.x + seen.width - 1, state, into: &surface) }
    }

    private func drawHeading(at y: Int, _ state: TableState, into surface: inout Surface, clip: Rect) {
        for column in state.layout.columns {
            let title = table.columns[column.index].title
            let isSorted = state.sortColumn == column.index
            let x = state.rowsRect.x + column.x
            let style = Style(.label, isSorted ? flags.union(.bold) : flags, on: .normal)
            let alignment = alignment(of: column.index)
            surface.put(
                title, x: x, y: y, width: column.width, alignment: alignment, style: style, clip: clip)
            if isSorted {
                let used = min(CharacterWidth.of(title, atMost: column.width), column.width)
                let end =
                    alignment == .left ? used : alignment == .right ? column.width : (column.width + used) / 2
                // There is no room behind the last column: the mark is before its title.
                let hasRoom = x + end < clip.x + clip.width
                surface.set(
                    appearance.sortMark(descending: state.sortDescending),
                    x: hasRoom ? x + end : x + end - used - 1, y: y,
                    style: Style(.accent, flags), clip: clip)
            }
        }
    }

    private func drawRow(_ row: Int, at y: Int, _ state: TableState, into surface: inout Surface, clip: Rect)
    {
        let first = state.order.rows[row] * table.columns.count
        let isSelected = state.showsSelection && state.selected == row
        if isSelected {
            surface.fill(
                Rect(x: state.rowsRect.x, y: y, width: state.rowsRect.width, height: 1),
                style: Style(.value, flags, on: .selected), clip: clip)
        }
        if state.marked.contains(state.order.rows[row]) {
            drawMark(at: y, state, on: isSelected ? .selected : .normal, into: &surface)
        }
        // The group's name is in its first row and in the first visible row.
        let repeated = row > state.offset && state.order.continuesGroup(row) ? state.grouping?.column : nil
        for (index, column) in state.layout.columns.enumerated() where column.index != repeated {
            var cell = table.cells[first + column.index]
            if isName(column.index, state) { raise(&cell, from: first) }
            let width = column.width + emptyRoom(behind: index, cell, first, state.layout)
            let place = Rect(x: state.rowsRect.x + column.x, y: y, width: width, height: 1)
            // A row shows at a glance which of its values are not well.
            let background: Style.Background = isSelected ? .selected : .behind(cell)
            // The scroll bar clips the last column.
            draw(cell, column.index, in: place, on: background, into: &surface, clip: clip)
            drawTrouble(of: cell, column.index, in: place, on: background, into: &surface, clip: clip)
            guard column.past > 0, cell.kind == .number, let curves = state.curves,
                let past = curves[state.order.rows[row], column.index]
            else { continue }
            curves.draw(
                past, of: cell, at: Rect(x: place.x + column.width, y: y, width: column.past, height: 1),
                flags: flags, on: isSelected ? .selected : .normal, appearance: appearance, into: &surface,
                clip: clip)
        }
    }

    private func isName(_ column: Int, _ state: TableState) -> Bool {
        column < state.order.claims.count && state.order.claims[column].isName
    }

    /// Shows the worst status of a row's status cells at a name that has no sign of its own.
    private func raise(_ cell: inout Table.Cell, from first: Int) {
        guard cell.kind == .text, cell.role == .value else { return }
        let worst = table.cells[first..<first + table.columns.count].reduce(Status.auto) {
            $1.kind == .status ? Status.worse($0, $1.status) : $0
        }
        if worst == .warning || worst == .critical { cell.role = Role(worst) }
    }

    /// The room behind a text that the empty cells of the row leave to it.
    private func emptyRoom(behind place: Int, _ cell: Table.Cell, _ first: Int, _ layout: TableLayout) -> Int
    {
        let column = layout.columns[place]
        guard TableLayout.goesOn(cell, table.columns[column.index]),
            CharacterWidth.of(cell.text, atMost: column.width + 1) > column.width
        else { return 0 }
        let end = layout.columns.dropFirst(place + 1).prefix { table.cells[first + $0.index].kind == .empty }
            .last.map { $0.x + $0.width }
        return end.map { $0 - column.x - column.width } ?? 0
    }

    /// Draws a sign behind a value in warning or critical, which shows it without colours. It is in the gap behind
    /// the column.
    private func drawTrouble(
        of cell: Table.Cell, _ column: Int, in place: Rect, on background: Style.Background,
        into surface: inout Surface, clip: Rect
    ) {
        guard cell.kind == .number || cell.kind == .text, let sign = appearance.mark(of: cell.status) else {
            return
        }
        // Behind the last column it is in the blank of the frame or the scroll bar.
        let clip = Rect(x: clip.x, y: clip.y, width: clip.width + 1, height: clip.height)
        var end = place.x + place.width
        if cell.kind == .text, alignment(of: column) == .left {
            end = place.x + min(CharacterWidth.of(cell.text, atMost: place.width), place.width)
        }
        surface.set(
            sign, x: end, y: place.y, style: Style(Role(cell.status), flags, on: background), clip: clip)
    }

    /// Draws the mark of a marked row into the blank before it, which is part of the frame, so that the row does
    /// not move.
    private func drawMark(
        at y: Int, _ state: TableState, on background: Style.Background, into surface: inout Surface
    ) {
        guard state.rowsRect.x > 0, clip.contains(x: clip.x, y: y) else { return }
        surface.set(
            appearance.isUTF8 ? "▌" : "*", x: state.rowsRect.x - 1, y: y,
            style: Style(.accent, flags.union(.bold), on: background))
    }

    private func draw(
        _ cell: Table.Cell, _ column: Int, in place: Rect, on background: Style.Background,
        into surface: inout Surface, clip: Rect
    ) {
        let style = Style(cell.role, flags, on: background)
        switch cell.kind {
        case .empty: break
        case .text:
            surface.put(
                cell.text, x: place.x, y: place.y, width: place.width, alignment: alignment(of: column),
                style: style, clip: clip)
        case .number:
            surface.put(
                Format.number(cell.number, unit: cell.text, width: place.width, limits: cell.limits),
                x: place.x, y: place.y, width: place.width,
                alignment: alignment(of: column), style: style, clip: clip)
        case .status:
            if background != .normal {
                let used = Rect(
                    x: place.x, y: place.y, width: min(TableLayout.natural(cell), place.width), height: 1)
                surface.fill(used, style: Style(.value, flags, on: background), clip: clip)
            }
            surface.put(
                appearance.sign(of: cell.status), x: place.x, y: place.y, width: min(place.width, 2),
                style: Style(Role(cell.status), flags, on: background), clip: clip)
            let isLoud = cell.status == .warning || cell.status == .critical
            surface.put(
                cell.text, x: place.x + 3, y: place.y, width: place.width - 3,
                style: Style(isLoud ? Role(cell.status) : .value, flags, on: background), clip: clip)
        case .gauge:
            Gauge(
                fraction: cell.number, limits: cell.limits, isUTF8: appearance.isUTF8, flags: flags,
                background: background
            ).draw(into: &surface, x: place.x, y: place.y, width: place.width, clip: clip)
        case .spark:
            Spark(
                values: cell.history, highs: cell.highs, minimum: .nan, maximum: .nan,
                isUTF8: appearance.isUTF8,
                style: Style(cell.role, flags, on: background)
            ).draw(into: &surface, x: place.x, y: place.y, width: place.width, height: 1, clip: clip)
        }
    }

    private func alignment(of column: Int) -> Alignment { table.columns[column].alignment }

    private func drawBar(at x: Int, _ state: TableState, into surface: inout Surface) {
        let height = state.rowsRect.height
        guard height > 0, state.shownRows > 0 else { return }
        let length = max(height * state.pageSize / state.shownRows, 1)
        let hidden = max(state.shownRows - state.pageSize, 1)
        let start = (height - length) * state.offset / hidden
        for line in max(0, clip.y - state.rowsRect.y)..<max(height, 0, clip.y - state.rowsRect.y) {
            let isThumb = line >= start && line < start + length
            let scalar: Unicode.Scalar = appearance.isUTF8 ? (isThumb ? "┃" : "│") : (isThumb ? "#" : "|")
            let style = Style(isThumb ? .label : .muted, isThumb ? flags : flags.union(.frame))
            surface.set(scalar, x: x, y: state.rowsRect.y + line, style: style, clip: clip)
        }
    }
}

extension Style.Background {
    /// The background of a cell, by its status or, where it has none, its role.
    fileprivate static func behind(_ cell: Table.Cell) -> Style.Background {
        guard cell.kind == .number || cell.kind == .text || cell.kind == .status else { return .normal }
        if cell.status == .critical || cell.role == .critical { return .critical }
        return cell.status == .warning || cell.role == .warning ? .warning : .normal
    }
}
