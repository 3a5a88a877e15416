/// Width and height in cells.
public struct Size: Sendable, Equatable {
    /// Columns of cells.
    public var width: Int
    /// Rows of cells.
    public var height: Int

    public init(_ width: Int, _ height: Int) {
        self.width = width
        self.height = height
    }
}

/// A rectangle of cells; (0, 0) is the top left.
public struct Rect: Sendable, Equatable {
    /// The leftmost column.
    public var x: Int
    /// The topmost row.
    public var y: Int
    /// Columns of cells; negative is as empty as 0.
    public var width: Int
    /// Rows of cells; negative is as empty as 0.
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Width and height.
    public var size: Size { Size(width, height) }

    /// Whether a cell lies in the rectangle.
    public func contains(x: Int, y: Int) -> Bool {
        x >= self.x && y >= self.y && x < self.x + width && y < self.y + height
    }
}
