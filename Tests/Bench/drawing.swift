// Composes frames of 200x60 cells with the program's own drawing code and compares each with the one before.
// Compiled by bench.py against the modules that `swift build -c release` has left.
import Contract
import Core

/// Six widgets that fill the screen: what the plugins draw, with numbers that follow from the frame's own.
@MainActor
struct Frames {
    let size = Size(200, 60)
    let appearance = Appearance()
    private var tables = [TableState](repeating: TableState(), count: 6)

    mutating func compose(_ frame: Int) -> Surface {
        var surface = Surface(size, for: appearance)
        let header = Rect(x: 0, y: 0, width: size.width, height: 1)
        surface.fill(header, style: Style(.title, .bold, on: .header))
        surface.put("📊 A dashboard", x: 1, y: 0, width: 100, style: Style(.title, .bold, on: .header))
        for index in 0..<6 {
            let rect = Rect(x: index % 2 * 100, y: 1 + index / 2 * 19, width: 100, height: 19)
            let content = WidgetFrame.content(of: rect)
            OperationRenderer.render(
                index < 3 ? facts(frame, widget: index) : [table(frame, widget: index, content)],
                into: &surface,
                at: content, appearance: appearance, tableState: &tables[index])
            let title = WidgetFrame(
                icon: "💾", title: "Widget \(index)", status: index == 1 ? .warning : .ok,
                indicator: tables[index].indicator, isFocused: index == 0)
            WidgetFrame.draw(title, into: &surface, rect: rect, appearance: appearance)
        }
        surface.put("? help  q quit  r refresh", x: 1, y: size.height - 1, width: 100, style: Style(.muted))
        return surface
    }

    private func facts(_ frame: Int, widget: Int) -> [DrawOperation] {
        (0..<17).flatMap { y -> [DrawOperation] in
            let value = Double((frame &* 7 &+ y &* 31 &+ widget &* 13) % 1000) / 10
            let history = (0..<60).map { Float((frame &+ $0 &* 17 &+ y) % 100) }
            return [
                .status(x: 0, y: y, status: value > 90 ? .warning : .ok),
                .text(x: 3, y: y, width: 20, alignment: .left, role: .label, text: "Label of line \(y)"),
                .number(
                    x: 24, y: y, width: 8, alignment: .right, role: .value, number: value, unit: "percent"),
                .gauge(
                    x: 34, y: y, width: 30, fraction: value / 100, limits: Limits(warning: 0.8, critical: 0.9)
                ),
                .spark(
                    x: 66, y: y, width: 30, height: 1, role: .graph, values: history, minimum: 0, maximum: 100
                ),
            ]
        }
    }

    private func table(_ frame: Int, widget: Int, _ content: Rect) -> DrawOperation {
        let columns = [
            Table.Column(title: "Name", grow: 1),
            Table.Column(title: "CPU", alignment: .right, width: 7),
            Table.Column(title: "", width: 20),
            Table.Column(title: "Memory", alignment: .right, width: 8),
            Table.Column(title: "State", width: 12),
        ]
        let cells = (0..<40).flatMap { row -> [Table.Cell] in
            let load = Double((frame &* 3 &+ row &* 41 &+ widget) % 1000) / 10
            return [
                Table.Cell(kind: .text, text: "service-\(row)"),
                Table.Cell(kind: .number, text: "percent", number: load),
                Table.Cell(kind: .gauge, number: load / 100, limits: Limits(warning: 0.8, critical: 0.9)),
                Table.Cell(kind: .number, text: "bytes", number: load * 1e7),
                Table.Cell(kind: .status, status: load > 95 ? .warning : .ok, text: "running"),
            ]
        }
        return .table(
            x: 0, y: 0, width: content.width, height: content.height,
            table: Table(columns: columns, cells: cells))
    }
}

@main @MainActor
struct Main {
    static func main() {
        var frames = Frames()
        var previous = frames.compose(0)
        var times: [Duration] = []
        var changed = 0
        let count = 2000
        let clock = ContinuousClock()
        for frame in 1...(count + 100) {
            let start = clock.now
            let surface = frames.compose(frame)
            surface.changes(from: previous) { _, _, run in changed &+= run.count }
            // The first ones fill caches.
            if frame > 100 { times.append(clock.now - start) }
            previous = surface
        }
        times.sort()
        func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
        print(
            milliseconds(times[count / 2]), milliseconds(times[count * 99 / 100]),
            milliseconds(times[count - 1]),
            changed / (count + 100))
    }
}
