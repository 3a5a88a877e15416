import Contract

/// The picture for plugins without a `draw`.
public enum DefaultDrawing {
    /// Draws one instance as a list of its values, several as a table. `size` is the room in cells.
    public static func operations(
        for view: View, description: PluginDescription, size: Size
    ) -> [DrawOperation] {
        guard size.width > 0, size.height > 0, !view.instances.isEmpty else { return [] }
        let metrics = description.metrics.filter { $0.derived == nil }
        if view.instances.count == 1, let instance = view.instances.first {
            return list(instance, view, metrics, size)
        }
        return [
            .table(
                x: 0, y: 0, width: size.width, height: size.height, table: table(view, metrics))
        ]
    }

    /// Draws lines of sign, label, value and a bar or curve, in several columns where there are many.
    private static func list(
        _ instance: View.Instance, _ view: View, _ metrics: [MetricDeclaration], _ size: Size
    ) -> [DrawOperation] {
        var present = zip(metrics.indices, instance.cells).filter { $0.1.value != .absent }
        // Labels give way to values.
        let labelWidth = min(
            metrics.map { CharacterWidth.of(label(of: $0)) }.max() ?? 0, 24, max(size.width - 13, 0))
        let least = 3 + labelWidth + 2 + 8
        let wanted = (present.count + size.height - 1) / size.height
        let columns = max(min(wanted, (size.width + 3) / (least + 3)), 1)
        let width = (size.width - 3 * (columns - 1)) / columns
        var rows = (present.count + columns - 1) / columns
        if rows > size.height {
            rows = size.height
            // Not all have room, so what is wrong comes first.
            present = [3, 2, 1, 0].flatMap { trouble in present.filter { $0.1.status.trouble == trouble } }
            present = Array(present.prefix(columns * size.height))
        }
        return present.enumerated().flatMap { place, entry in
            line(
                entry.1, metrics[entry.0], limits(view, entry.0), x: place / rows * (width + 3),
                y: place % rows, width: width, labelWidth: labelWidth)
        }
    }

    private static func line(
        _ cell: View.Cell, _ metric: MetricDeclaration, _ limits: Limits, x: Int, y: Int, width: Int,
        labelWidth: Int
    ) -> [DrawOperation] {
        var operations: [DrawOperation] = []
        if cell.status != .auto { operations.append(.status(x: x, y: y, status: cell.status)) }
        operations.append(
            .text(
                x: x + 3, y: y, width: labelWidth, alignment: .left, role: .label, text: label(of: metric)))
        let start = x + 3 + labelWidth + 2
        let room = x + width - start
        let role = role(of: cell.status)
        switch cell.value {
        case .absent: break
        case .text(let text):
            operations.append(.text(x: start, y: y, width: room, alignment: .left, role: role, text: text))
        case .number(let number):
            let figure =
                mark(of: cell)
                + Format.number(
                    number, unit: metric.unit, width: min(8, room) - mark(of: cell).count, limits: limits)
            operations.append(
                .text(x: start, y: y, width: min(8, room), alignment: .right, role: role, text: figure))
            var rest = room - 10
            if let words = words(of: cell, width: rest) {
                // Behind a bar or curve, where there is room for both.
                let width = CharacterWidth.of(words)
                let gap = rest - width - 2 >= 8 ? min(rest - width - 2, 30) + 2 : 0
                operations.append(
                    .text(
                        x: start + 10 + gap, y: y, width: width, alignment: .left,
                        role: outlookRole(of: cell),
                        text: words))
                rest = gap - 2
            }
            if rest >= 5 && metric.unit == "percent" {
                operations.append(
                    .gauge(
                        x: start + 10, y: y, width: min(rest, 30), fraction: number / 100,
                        limits: Limits(warning: limits.warning / 100, critical: limits.critical / 100)))
            } else if rest >= 5 && cell.history.count(where: { !$0.isNaN }) > 1 {
                operations.append(
                    .spark(
                        x: start + 10, y: y, width: min(rest, 30), height: 1, role: .graph,
                        values: cell.history, highs: cell.highs, minimum: .nan, maximum: .nan))
            }
        }
        return operations
    }

    private static func table(_ view: View, _ metrics: [MetricDeclaration]) -> Table {
        var table = Table(columns: [Table.Column(title: "Name", grow: 1)])
        let foretold = metrics.indices.filter { index in
            view.instances.contains { words(of: $0, index) != nil }
        }
        for (index, metric) in metrics.enumerated() {
            table.columns.append(
                Table.Column(
                    title: label(of: metric), alignment: metric.isNumeric ? .right : .left,
                    priority: metric.isHeadline ? 1 : index + 2))
            if foretold.contains(index) {
                table.columns.append(Table.Column(title: "Outlook", priority: metrics.count + 2))
            }
        }
        for instance in view.instances {
            var worst = Status.auto
            for cell in instance.cells { worst = Status.worse(worst, cell.status) }
            table.cells.append(Table.Cell(kind: .status, status: worst, text: instance.name))
            for (index, metric) in metrics.enumerated() {
                let cell = index < instance.cells.count ? instance.cells[index] : View.Cell(value: .absent)
                table.cells.append(self.cell(cell, metric, limits(view, index)))
                guard foretold.contains(index) else { continue }
                table.cells.append(
                    words(of: instance, index).map {
                        Table.Cell(kind: .text, role: outlookRole(of: cell), text: $0)
                    } ?? Table.Cell(kind: .empty))
            }
        }
        return table
    }

    private static func cell(_ cell: View.Cell, _ metric: MetricDeclaration, _ limits: Limits) -> Table.Cell {
        switch cell.value {
        case .absent: Table.Cell(kind: .empty)
        case .number(let number) where !mark(of: cell).isEmpty:
            Table.Cell(
                kind: .text, role: role(of: cell.status),
                text: mark(of: cell) + Format.number(number, unit: metric.unit, limits: limits),
                number: number)
        case .number(let number):
            Table.Cell(
                kind: .number, role: role(of: cell.status), text: metric.unit, number: number, limits: limits)
        case .text(let text): Table.Cell(kind: .text, role: role(of: cell.status), text: text)
        }
    }

    /// What is foretold of a value, as long as there is room; nil: nothing, or there is none.
    private static func words(of cell: View.Cell, width: Int = .max) -> String? {
        cell.foretold?.words.first { CharacterWidth.of($0) <= width }
    }

    private static func words(of instance: View.Instance, _ index: Int) -> String? {
        index < instance.cells.count ? words(of: instance.cells[index]) : nil
    }

    private static func outlookRole(of cell: View.Cell) -> Role {
        cell.foretold.map { $0.status.trouble > 0 ? role(of: $0.status) : .muted } ?? .muted
    }

    /// The mark before a number that is unusual at this hour of the week.
    private static func mark(of cell: View.Cell) -> String {
        switch cell.foretold?.unusual {
        case .high: "↑"
        case .low: "↓"
        default: ""
        }
    }

    private static func label(of metric: MetricDeclaration) -> String {
        metric.label.isEmpty ? metric.id : metric.label
    }

    private static func limits(_ view: View, _ metric: Int) -> Limits {
        metric < view.limits.count ? view.limits[metric] : .none
    }

    /// The role of a value: ok looks like any value.
    private static func role(of status: Status) -> Role {
        switch status {
        case .auto, .ok: .value
        case .warning: .warning
        case .critical: .critical
        case .unknown: .unknown
        }
    }
}
