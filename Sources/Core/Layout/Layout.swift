import Contract

/// A layout file that was read and checked: the widgets and their places.
public struct Layout: Sendable {
    /// The file that was read, for messages.
    public var source: String
    /// The title in the first line of the screen.
    public var title: String
    /// The host name in the title; nil: the name of this machine.
    public var host: String?
    /// Nanoseconds between two ticks.
    public var refresh: UInt64
    /// Whether the file sets ``refresh``; otherwise it is the default.
    public var setsRefresh = false
    /// A theme's name, which the command line and the user's choice override; nil: the default.
    public var theme: String?
    /// The icons; nil: the default.
    public var icons: IconSet?
    /// Whether a widget that this machine has nothing for takes one line instead of a frame.
    public var foldsAbsent = true
    /// The arrangement for terminals that no variant is for.
    public var grid: Grid
    /// Arrangements for narrow terminals.
    public var variants: [Grid]
    /// The widgets in the order of their first cells in the grid.
    public var widgets: [WidgetConfiguration]

    public init(source: String, title: String, refresh: UInt64, grid: Grid, widgets: [WidgetConfiguration]) {
        self.source = source
        self.title = title
        self.refresh = refresh
        self.grid = grid
        self.widgets = widgets
        variants = []
    }

    /// The arrangement for a terminal: of the variants whose maximum width is not exceeded the narrowest, else the
    /// main grid.
    public func arrangement(for size: Size) -> Grid {
        var best: (width: Int, grid: Grid)?
        for variant in variants {
            guard let width = variant.maximumWidth, width >= size.width else { continue }
            if width < best?.width ?? .max { best = (width, variant) }
        }
        return best?.grid ?? grid
    }

    /// The rectangle of each widget: in the arrangement for the area's size, or where that does not fit, in the
    /// first of the others that does, narrow ones first. nil: the area is too small for all arrangements.
    ///
    /// Widgets that are `folded` take a line at the lower end, and the others their room. Where all are folded, or none
    /// fits otherwise, all have frames.
    public func place(in area: Rect, folding folded: Set<String> = []) -> [(name: String, rect: Rect)]? {
        let others = variants.sorted { $0.maximumWidth ?? .max < $1.maximumWidth ?? .max } + [grid]
        let grids = [arrangement(for: area.size)] + others
        if !folded.isEmpty {
            for grid in grids {
                if let places = grid.place(in: area, folding: folded) { return places }
            }
        }
        for grid in grids {
            if let places = grid.place(in: area) { return places }
        }
        return nil
    }
}

/// Rows and columns, and the widget's name in each cell.
public struct Grid: Sendable, Equatable {
    /// The widest terminal that a variant is for; nil in the main grid.
    public var maximumWidth: Int?
    /// The widget's name in each cell, row by row; nil in an empty cell (written as ".").
    public var areas: [[String?]]
    /// Heights, one for each row of ``areas``.
    public var rows: [Track]
    /// Widths, one for each column of ``areas``.
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
    /// A number of cells: `"7"`.
    case cells(Int)
    /// A weight, by which the cells that are left are divided: `"2fr"`.
    case fraction(Double)
}

/// One widget of a layout.
public struct WidgetConfiguration: Sendable {
    /// The name in the grid and of the table `[widget.NAME]`.
    public var name: String
    /// The plugin's id.
    public var plugin: String
    /// The host whose values are shown; nil: the layout's.
    public var host: String?
    /// The title of the frame; nil: the plugin's name.
    public var title: String?
    /// Nanoseconds between two collects, a multiple of the layout's refresh; nil: every tick.
    public var every: UInt64?
    /// Nanoseconds after which a collect without an answer is ended; nil: the host's default.
    public var deadline: UInt64?
    /// Whether programs that the plugin starts may gain privileges, by sudo for example.
    public var mayGainPrivileges = false
    /// The keys for the plugin. Not yet checked against its declarations.
    public var options: [Setting]
    /// Position of the widget's table, or else of its name in the grid, for messages.
    public var position: Position
    /// Position of the plugin's name, or else of the widget's name, for messages.
    public var pluginPosition: Position

    public init(name: String, plugin: String, options: [Setting] = [], position: Position = Position()) {
        self.name = name
        self.plugin = plugin
        self.options = options
        self.position = position
        pluginPosition = position
    }

    /// Whether both require the same instance of the plugin, so that a running widget can be kept. Title, interval
    /// and deadline concern the host only.
    public func asksTheSame(as other: WidgetConfiguration) -> Bool {
        name == other.name && plugin == other.plugin && host == other.host
            && mayGainPrivileges == other.mayGainPrivileges && options.count == other.options.count
            && zip(options, other.options).allSatisfy { $0.key == $1.key && $0.value == $1.value }
    }

    /// The number of ticks from one collect to the next, at least 1. `refresh` is the length of a tick in
    /// nanoseconds; where it does not divide ``every``, the number is rounded.
    public func ticks(refresh: UInt64) -> UInt64 {
        guard let every, refresh > 0 else { return 1 }
        let (whole, rest) = every.quotientAndRemainder(dividingBy: refresh)
        return max(rest >= refresh - rest ? whole + 1 : whole, 1)
    }
}

/// One `key = value` of a file with its position.
public struct Setting: Sendable {
    /// The key as written.
    public var key: String
    /// The value as written, not yet checked against a type.
    public var value: Literal
    /// Position of the key.
    public var position: Position
    /// Position of the value.
    public var valuePosition: Position
    /// Positions of a list's items; empty for other values.
    public var itemPositions: [Position]

    /// `valuePosition` defaults to `position`.
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

/// A TOML value, independent of the library that parsed it.
public enum Literal: Sendable, Equatable {
    case bool(Bool)
    case integer(Int)
    case float(Double)
    case text(String)
    case list([Literal])
    case table
    /// A value of another type, with the words for it in a message ("a date").
    case other(String)
}

/// A position in a file, counted from 1, columns in Unicode scalars as editors count them; 0: not known.
public struct Position: Sendable, Equatable, Comparable {
    /// Line, from 1; 0: not known.
    public var line: Int
    /// Column in Unicode scalars, from 1; 0: not known.
    public var column: Int

    public init(line: Int = 0, column: Int = 0) {
        self.line = line
        self.column = column
    }

    /// Whether `left` is before `right` in the file.
    public static func < (left: Position, right: Position) -> Bool {
        left.line != right.line ? left.line < right.line : left.column < right.column
    }
}

/// The keys of a layout file.
public enum LayoutKeys {
    /// The top-level keys.
    public static let top = [
        "title", "host", "refresh", "theme", "icons", "absent", "grid", "rows", "columns", "variant",
        "widget",
    ]
    /// The values of `absent`: what a widget looks like that this machine has nothing for.
    public static let absent = ["line", "frame"]
    /// The keys of a `[[variant]]`.
    public static let variant = ["max_width", "grid", "rows", "columns"]
    /// The host's keys of a `[widget.NAME]`; all other keys there belong to the plugin.
    public static let widget = ["plugin", "host", "title", "every", "deadline", "new_privileges"]
}
