import Contract

/// A layout file, read and checked: which widgets there are and where they stand.
public struct Layout: Sendable {
    /// The file it came from, for messages.
    public var source: String
    public var title: String
    /// The host name in the title; nil: this machine's.
    public var host: String?
    /// Nanoseconds between two ticks.
    public var refresh: UInt64
    /// A theme's name, unless the command line or the user's choice says otherwise.
    public var theme: String?
    public var icons: IconSet?
    /// The arrangement for every terminal, then variants for narrow ones.
    public var grid: Grid
    public var variants: [Grid]
    /// In the order of their first appearance in the grid.
    public var widgets: [WidgetConfiguration]

    public init(source: String, title: String, refresh: UInt64, grid: Grid, widgets: [WidgetConfiguration]) {
        self.source = source
        self.title = title
        self.refresh = refresh
        self.grid = grid
        self.widgets = widgets
        variants = []
    }
}

/// Rows and columns, and the name of the widget in each cell.
public struct Grid: Sendable, Equatable {
    /// The widest terminal that a variant is for; nil in the main grid.
    public var maximumWidth: Int?
    /// Row by row the name of a widget; nil where a cell is left empty (written as ".").
    public var areas: [[String?]]
    public var rows: [Track]
    public var columns: [Track]

    public init(areas: [[String?]], rows: [Track], columns: [Track], maximumWidth: Int? = nil) {
        self.areas = areas
        self.rows = rows
        self.columns = columns
        self.maximumWidth = maximumWidth
    }
}

/// The height of a row or the width of a column.
public enum Track: Sendable, Equatable {
    /// So many cells: `"7"`.
    case cells(Int)
    /// A share of what is left: `"2fr"`.
    case fraction(Double)
}

/// One widget of a layout.
public struct WidgetConfiguration: Sendable {
    public var name: String
    /// The plugin's id.
    public var plugin: String
    /// Another host than the layout's.
    public var host: String?
    public var title: String?
    /// Nanoseconds between two collects; a whole number of ticks. nil: every tick.
    public var every: UInt64?
    /// The keys that are the plugin's own, still to be checked against what it declares.
    public var options: [Setting]
    /// Where the widget's table or its name stands, for messages.
    public var position: Position

    public init(name: String, plugin: String, options: [Setting] = [], position: Position = Position()) {
        self.name = name
        self.plugin = plugin
        self.options = options
        self.position = position
    }
}

/// One `key = value` of a layout with its place in the file.
public struct Setting: Sendable {
    public var key: String
    public var value: Literal
    public var position: Position

    public init(key: String, value: Literal, position: Position) {
        self.key = key
        self.value = value
        self.position = position
    }
}

/// A TOML value without the library that read it.
public enum Literal: Sendable, Equatable {
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case text(String)
    case list([Literal])
    case table
    /// A date or time.
    case other(String)
}

/// A place in a file, counted from 1; 0: not known.
public struct Position: Sendable, Equatable {
    public var line: Int
    public var column: Int

    public init(line: Int = 0, column: Int = 0) {
        self.line = line
        self.column = column
    }
}
