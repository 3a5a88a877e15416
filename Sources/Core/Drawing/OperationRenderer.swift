import Contract

/// Renders the draw operations of a widget into cells.
public enum OperationRenderer {
    /// The cost that one picture may have, in nanoseconds approximately: hundreds of times what filling the whole
    /// screen costs.
    static let budget = 16_000_000

    /// Draws into `rect`, which also clips. Operations beyond the ``budget`` are left out, except tables, whose
    /// number and cells are bounded by ``WireLimits``.
    ///
    /// `tableState` belongs to the first table and is updated with its rows; other tables cannot be scrolled or
    /// sorted. `dimmed` greys the picture, for stale values.
    public static func render(
        _ operations: [DrawOperation], into surface: inout Surface, at rect: Rect, appearance: Appearance,
        tableState: inout TableState, dimmed: Bool = false
    ) {
        let clip = surface.visible(rect)
        let renderer = Renderer(
            origin: rect, clip: clip, appearance: appearance, flags: dimmed ? .dim : [])
        tableState.hasTable = false
        var budget = budget
        for operation in operations {
            if case .table(let x, let y, let width, let height, let table) = operation {
                let place = renderer.place(x, y, width, height)
                if tableState.hasTable {
                    var others = TableState()
                    renderer.draw(table, in: place, state: &others, into: &surface)
                } else {
                    renderer.draw(table, in: place, state: &tableState, into: &surface)
                }
            } else if budget > 0 {
                budget -= renderer.cost(of: operation)
                renderer.draw(operation, into: &surface)
            }
        }
        if !tableState.hasTable { tableState.forgetTable() }
    }
}

/// Draws the operations of one widget at its place on the surface.
private struct Renderer {
    let origin: Rect
    let clip: Rect
    let appearance: Appearance
    let flags: Style.Flags

    private static let largest = 1 << 31

    /// Converts a rectangle of the widget to the surface, clamped so that sums cannot overflow.
    func place(_ x: Int, _ y: Int, _ width: Int, _ height: Int) -> Rect {
        Rect(
            x: origin.x + clamped(x), y: origin.y + clamped(y), width: max(clamped(width), 0),
            height: max(clamped(height), 0))
    }

    private func clamped(_ number: Int) -> Int { min(max(number, -Renderer.largest), Renderer.largest) }

    /// The approximate cost of an operation in nanoseconds, from measurements. Parts outside the clip cost almost
    /// nothing.
    func cost(of operation: DrawOperation) -> Int {
        switch operation {
        case .text(_, _, _, _, _, let text): 20 + 16 * text.utf8.count
        case .number: 2000
        case .status: 100
        case .gauge(let x, let y, let width, _, _): 20 + 6 * cells(place(x, y, width, 1))
        case .spark(let x, let y, let width, let height, _, let values, let highs, _, _):
            20 + values.count + highs.count + 4 * cells(place(x, y, width, height))
        case .fill(let x, let y, let width, let height, _, _): 20 + 2 * cells(place(x, y, width, height))
        case .table: 0
        }
    }

    /// The number of cells of a rectangle that lie inside the clip.
    private func cells(_ place: Rect) -> Int {
        let width = min(place.x + place.width, clip.x + clip.width) - max(place.x, clip.x)
        let height = min(place.y + place.height, clip.y + clip.height) - max(place.y, clip.y)
        return max(width, 0) * max(height, 0)
    }

    func draw(_ operation: DrawOperation, into surface: inout Surface) {
        switch operation {
        case .text(let x, let y, let width, let alignment, let role, let text):
            let place = place(x, y, width, 1)
            surface.put(
                text, x: place.x, y: place.y, width: place.width, alignment: alignment,
                style: Style(role, flags), clip: clip)
        case .number(let x, let y, let width, let alignment, let role, let number, let unit):
            let place = place(x, y, width, 1)
            surface.put(
                Format.number(number, unit: unit, width: place.width), x: place.x, y: place.y,
                width: place.width,
                alignment: alignment, style: Style(role, flags), clip: clip)
        case .status(let x, let y, let status):
            let place = place(x, y, 2, 1)
            surface.put(
                appearance.sign(of: status), x: place.x, y: place.y, width: 2,
                style: Style(Role(status), flags), clip: clip)
        case .gauge(let x, let y, let width, let fraction, let limits):
            let place = place(x, y, width, 1)
            Gauge(fraction: fraction, limits: limits, isUTF8: appearance.isUTF8, flags: flags)
                .draw(into: &surface, x: place.x, y: place.y, width: place.width, clip: clip)
        case .spark(
            let x, let y, let width, let height, let role, let values, let highs, let minimum, let maximum):
            let place = place(x, y, width, height)
            Spark(
                values: values, highs: highs, minimum: minimum, maximum: maximum, isUTF8: appearance.isUTF8,
                style: Style(role, flags)
            ).draw(
                into: &surface, x: place.x, y: place.y, width: place.width, height: place.height, clip: clip)
        case .fill(let x, let y, let width, let height, let role, let character):
            surface.fill(
                place(x, y, width, height), with: Unicode.Scalar(character) ?? "\u{fffd}",
                style: Style(role, flags), clip: clip)
        case .table:
            break
        }
    }

    func draw(_ table: Table, in place: Rect, state: inout TableState, into surface: inout Surface) {
        TableRenderer(table: table, place: place, clip: clip, appearance: appearance, flags: flags)
            .draw(into: &surface, state: &state)
    }
}
