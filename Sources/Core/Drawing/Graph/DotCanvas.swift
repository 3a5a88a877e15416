import Contract

/// Dots in cells: lines of several curves above one shaded area. In UTF-8 a cell has two columns and four rows of dots, in
/// ASCII it is one.
struct DotCanvas {
    /// The number of dots each way.
    let width, height: Int
    private let cells: Size
    private let isUTF8: Bool
    /// The dots of each cell as bits of a braille character.
    private var lines: [UInt8]
    private var shades: [UInt8]
    /// Which curve a cell of a line belongs to.
    private var owners: [UInt8]

    /// Bits of a braille character, by row and column of the dot.
    private static let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]

    init(cells: Size, isUTF8: Bool) {
        self.cells = Size(min(max(cells.width, 0), 1 << 15), min(max(cells.height, 0), 1 << 15))
        self.isUTF8 = isUTF8
        (width, height) = (self.cells.width * (isUTF8 ? 2 : 1), self.cells.height * (isUTF8 ? 4 : 1))
        lines = Array(repeating: 0, count: self.cells.width * self.cells.height)
        shades = lines
        owners = lines
    }

    /// The row of dots of a fraction: the lowest for 0, the highest for 1.
    func row(of fraction: Double) -> Int { Int((1 - fraction) * Double(max(height - 1, 0)) + 0.5) }

    /// The row of cells that a row of dots lies in.
    func cellRow(_ row: Int) -> Int { row / (isUTF8 ? 4 : 1) }

    /// Sets a dot of a curve's line. In a cell of two curves all dots look like those of the one drawn last.
    mutating func line(x: Int, y: Int, owner: Int) {
        guard let (cell, bit) = place(x, y) else { return }
        lines[cell] |= bit
        owners[cell] = UInt8(clamping: owner)
    }

    /// Shades a column of dots between two rows, half of them, so that a line differs from it without colours.
    mutating func shade(x: Int, from top: Int, to bottom: Int) {
        for y in max(top, 0)...max(min(bottom, height - 1), top, 0) where !isUTF8 || (x + y) % 2 == 0 {
            if let (cell, bit) = place(x, y) { shades[cell] |= bit }
        }
    }

    /// Sets a column of dots from a row to the lowest one.
    mutating func fill(x: Int, from top: Int) {
        for y in stride(from: max(top, 0), to: height, by: 1) { line(x: x, y: y, owner: 0) }
    }

    private func place(_ x: Int, _ y: Int) -> (cell: Int, bit: UInt8)? {
        guard x >= 0, x < width, y >= 0, y < height else { return nil }
        if !isUTF8 { return (y * cells.width + x, 1) }
        return (y / 4 * cells.width + x / 2, Self.bits[y % 4][x % 2])
    }

    /// Draws the cells that have dots; the others stay. `look` gives the style of a curve and its ASCII character, nil
    /// stands for the shade. Where `joins`, the shade's dots are added to those of a line in the same cell.
    func draw(
        into surface: inout Surface, x: Int, y: Int, clip: Rect, joins: Bool = false,
        look: (Int?) -> (style: Style, ascii: Unicode.Scalar)
    ) {
        for row in 0..<cells.height {
            for column in 0..<cells.width where clip.contains(x: x + column, y: y + row) {
                let cell = row * cells.width + column
                guard lines[cell] | shades[cell] != 0 else { continue }
                let isLine = lines[cell] != 0
                let look = look(isLine ? Int(owners[cell]) : nil)
                let dots = isLine ? lines[cell] | (joins ? shades[cell] : 0) : shades[cell]
                let code = isUTF8 ? 0x2800 | UInt32(dots) : look.ascii.value
                surface.store(code, x: x + column, y: y + row, style: look.style)
            }
        }
    }
}
