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
    /// The file says so itself.
    public var setsRefresh = false
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

    /// The arrangement for a terminal: that of the narrowest variant it is not too wide for, else the main
    /// grid.
    public func arrangement(for size: Size) -> Grid {
        var best: (width: Int, grid: Grid)?
        for variant in variants {
            guard let width = variant.maximumWidth, width >= size.width else { continue }
            if width < best?.width ?? .max { best = (width, variant) }
        }
        return best?.grid ?? grid
    }

    /// Where each widget stands: in the arrangement for the area's size, or where that is too high, in the
    /// first of the others that fits, the narrow ones before the wide. nil: the area is too small for them all.
    public func place(in area: Rect) -> [(name: String, rect: Rect)]? {
        if let places = arrangement(for: area.size).place(in: area) { return places }
        let others = variants.sorted { $0.maximumWidth ?? .max < $1.maximumWidth ?? .max } + [grid]
        for other in others {
            if let places = other.place(in: area) { return places }
        }
        return nil
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
    /// Nanoseconds after which a collect that has not answered is ended; nil: the host's default.
    public var deadline: UInt64?
    /// What the plugin starts may gain rights that the dashboard has not, by sudo for one.
    public var mayGainPrivileges = false
    /// The keys that are the plugin's own, still to be checked against what it declares.
    public var options: [Setting]
    /// Where the widget's table or its name stands, for messages.
    public var position: Position
    /// Where its plugin is named, be it only by the widget's own name.
    public var pluginPosition: Position

    public init(name: String, plugin: String, options: [Setting] = [], position: Position = Position()) {
        self.name = name
        self.plugin = plugin
        self.options = options
        self.position = position
        pluginPosition = position
    }

    /// Whether both ask the plugin for the same: a widget that runs can go on as the other. Title, interval and
    /// deadline are the host's own.
    public func asksTheSame(as other: WidgetConfiguration) -> Bool {
        name == other.name && plugin == other.plugin && host == other.host
            && mayGainPrivileges == other.mayGainPrivileges && options.count == other.options.count
            && zip(options, other.options).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    }

    /// Ticks from one collect to the next, 1 at least. A refresh other than the layout's own need not divide
    /// `every`: the nearest whole number counts.
    public func ticks(refresh: UInt64) -> UInt64 {
        guard let every, refresh > 0 else { return 1 }
        let (whole, rest) = every.quotientAndRemainder(dividingBy: refresh)
        return max(rest >= refresh - rest ? whole + 1 : whole, 1)
    }
}

/// One `key = value` of a layout with its place in the file.
public struct Setting: Sendable {
    public var key: String
    public var value: Literal
    public var position: Position
    public var valuePosition: Position
    /// The places of a list's items; empty for anything else.
    public var itemPositions: [Position]

    public init(
        key: String, value: Literal, position: Position, valuePosition: Position? = nil,
        itemPositions: [Position] = []
    ) {
        self.key = key
        self.value = value
        self.position = position
        self.valuePosition = valuePosition ?? position
        self.itemPositions = itemPositions
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

/// A place in a file, counted from 1, columns in Unicode scalars as editors count them; 0: not known.
public struct Position: Sendable, Equatable, Comparable {
    public var line: Int
    public var column: Int

    public init(line: Int = 0, column: Int = 0) {
        self.line = line
        self.column = column
    }

    public static func < (left: Position, right: Position) -> Bool {
        left.line != right.line ? left.line < right.line : left.column < right.column
    }
}

/// The keys that a layout file may have.
public enum LayoutKeys {
    public static let top = [
        "title", "host", "refresh", "theme", "icons", "grid", "rows", "columns", "variant", "widget",
    ]
    /// In a `[[variant]]`.
    public static let variant = ["max_width", "grid", "rows", "columns"]
    /// In a `[widget.NAME]`; every other key there is the plugin's.
    public static let widget = ["plugin", "host", "title", "every", "deadline", "new_privileges"]
}
