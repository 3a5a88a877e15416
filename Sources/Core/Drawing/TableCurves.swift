import Contract

/// The past of a table's numbers. Where there is room behind a column of numbers, a row's trend and curve are drawn there.
public struct TableCurves: Sendable {
    private let width: Int
    /// Row by row, as the table's cells.
    private var pasts: [Past?]
    /// How many rows have a past, for each column.
    private var counts: [Int]

    /// Creates the past of a table with `columns` columns, row by row; nil: a number has none.
    public init(_ pasts: [Past?], columns: Int) {
        width = max(columns, 1)
        self.pasts = pasts
        counts = Array(repeating: 0, count: width)
        for (index, past) in pasts.enumerated() where past != nil { counts[index % width] += 1 }
    }

    /// Replaces the past of one row.
    public mutating func replace(_ row: Int, with new: [Past?]) {
        for (column, past) in new.prefix(width).enumerated() {
            let index = row * width + column
            guard row >= 0, index < pasts.count else { return }
            counts[column] += (past == nil ? 0 : 1) - (pasts[index] == nil ? 0 : 1)
            pasts[index] = past
        }
    }

    /// Whether there is no past at all.
    public var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    /// Whether a column has a past in any row.
    func hasPast(_ column: Int) -> Bool { column < width && counts[column] > 0 }

    /// The past of a number; nil: there is none.
    subscript(row: Int, column: Int) -> Past? {
        let index = row * width + column
        return row >= 0 && column >= 0 && column < width && index < pasts.count ? pasts[index] : nil
    }

    // MARK: Room

    /// What the trend takes behind a number: the cell of the mark of trouble, and its own.
    static let trendRoom = 2
    /// A blank between trend and curve.
    static let blank = 1
    private static let leastCurve = 6
    private static let mostCurve = 24

    /// Divides room among columns, the first ones first: a trend for each, then a curve for each, then wider curves.
    static func divide(_ room: inout Int, among count: Int) -> [Int] {
        var rooms = [Int](repeating: 0, count: count)
        for index in 0..<count where room >= trendRoom {
            rooms[index] = trendRoom
            room -= trendRoom
        }
        for index in 0..<count where rooms[index] > 0 && room >= blank + leastCurve {
            rooms[index] += blank + leastCurve
            room -= blank + leastCurve
        }
        let curves = rooms.count { $0 > trendRoom }
        // All curves are equally wide, so that they can be compared.
        let more = curves > 0 ? min(room / curves, mostCurve - leastCurve) : 0
        for index in 0..<count where rooms[index] > trendRoom { rooms[index] += more }
        room -= more * curves
        return rooms
    }
}

extension TableCurves {
    /// Draws what is behind a number: its trend, and in more room its curve.
    func draw(
        _ past: Past, of cell: Table.Cell, at place: Rect, flags: Style.Flags,
        on background: Style.Background,
        appearance: Appearance, into surface: inout Surface, clip: Rect
    ) {
        guard place.width >= Self.trendRoom else { return }
        if let trend = past.trend {
            let role: Role = trend == .flat || cell.role == .muted ? .muted : .label
            surface.set(
                appearance.mark(of: trend), x: place.x + 1, y: place.y,
                style: Style(role, flags, on: background),
                clip: clip)
        }
        let start = Self.trendRoom + Self.blank
        guard place.width > start else { return }
        let role = cell.role == .value ? .graph : cell.role
        var spark = CurveSpark(past.curve, style: Style(role, flags, on: background))
        spark.leavesGap = true
        spark.draw(
            into: &surface, at: Rect(x: place.x + start, y: place.y, width: place.width - start, height: 1),
            isUTF8: appearance.isUTF8, clip: clip)
    }
}
