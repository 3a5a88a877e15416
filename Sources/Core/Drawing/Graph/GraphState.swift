/// What a full-screen graph shows, and how keys change it: the metric, the curves, the stretch of time, the cursor.
public struct GraphState: Sendable, Equatable {
    /// The picture on the screen that a key refers to.
    public struct Frame: Sendable, Equatable {
        /// The stretch of time that fills the width.
        public var window: HistoryWindow
        /// The number of columns of the plot.
        public var columns: Int
        /// The present, Unix time in nanoseconds.
        public var now: Int64

        /// Creates a frame; it has at least one column.
        public init(window: HistoryWindow, columns: Int, now: Int64) {
            self.window = window
            self.columns = max(columns, 1)
            self.now = now
        }

        var length: Double { Double(window.step) * Double(window.count) }
        var column: Int64 { max(Int64(length / Double(columns)), 1) }
        func holds(_ moment: Int64) -> Bool { moment >= window.start && moment < window.end }
    }

    /// The metrics to choose from. Never empty.
    public let choices: [GraphChoice]
    /// The index of the metric that is drawn.
    public private(set) var place: Int
    /// The names of the curves that were chosen.
    public private(set) var chosen: [String]
    /// Whether all curves of the metric are laid over one another, chosen or not.
    public private(set) var showsAll: Bool
    /// How much time fills the width.
    public private(set) var span: HistorySpan
    /// The right edge, Unix time in nanoseconds; nil: it follows the present.
    public private(set) var end: Int64?
    /// The time of the cursor, Unix nanoseconds; nil: there is none.
    public private(set) var cursor: Int64?

    /// More curves than these cannot be told apart.
    public static let mostLines = 10
    /// How far back a graph goes.
    private static let furthest = 10 * HistorySpan.year.nanoseconds
    /// The part of the width that a large step of the cursor takes.
    private static let largeStep = 8

    /// Creates the state of a graph that has just been opened; nil: there is nothing to choose from.
    ///
    /// - Parameter metric: The id of the first metric; without it, or where there is no such choice, the first choice.
    /// - Parameter chosen: The names of the first curves; none: all curves.
    public init?(
        _ choices: [GraphChoice], plugin: String? = nil, metric: String? = nil, chosen: [String] = [],
        span: HistorySpan
    ) {
        guard !choices.isEmpty else { return nil }
        self.choices = choices
        place =
            choices.firstIndex { $0.metric == metric && (plugin == nil || $0.plugin == plugin) } ?? 0
        self.chosen = chosen
        showsAll = chosen.isEmpty
        self.span = span
    }

    // MARK: What is shown

    /// The metric that is drawn.
    public var choice: GraphChoice { choices[place] }

    /// The curves that are drawn. Of a metric that the chosen ones do not have, it is the first one that there is.
    public var lines: [GraphChoice.Line] {
        let all = choice.lines
        if showsAll { return Array(all.prefix(Self.mostLines)) }
        let lines = all.filter { chosen.contains($0.name) }
        return Array((lines.isEmpty ? Array(all.prefix(1)) : lines).prefix(Self.mostLines))
    }

    /// How many curves are left out because they could not be told apart.
    public var hiddenLines: Int {
        let wanted = showsAll ? choice.lines.count : choice.lines.count { chosen.contains($0.name) }
        return max(wanted - Self.mostLines, 0)
    }

    /// The title: the metric, and how many curves of how many where not all can be drawn.
    public var title: String {
        guard hiddenLines > 0 else { return choice.title }
        return "\(choice.title), \(lines.count) of \(lines.count + hiddenLines)"
    }

    /// Whether the right edge follows the present.
    public var followsPresent: Bool { end == nil }

    /// The stretch of time on a plot of so many columns.
    public func window(now: Int64, columns: Int) -> HistoryWindow {
        span.window(until: end.map { $0 - 1 } ?? now, cells: columns)
    }

    // MARK: Keys

    /// Applies a key. Returns whether it has a meaning in a graph.
    public mutating func press(_ key: Key, in frame: Frame) -> Bool {
        switch key {
        case .left, .character("h"): move(by: -1, frame)
        case .right, .character("l"): move(by: 1, frame)
        case .pageUp: move(by: -max(frame.columns / Self.largeStep, 1), frame)
        case .pageDown: move(by: max(frame.columns / Self.largeStep, 1), frame)
        case .home: cursor = frame.window.start + frame.column / 2
        case .end, .character("0"): (end, cursor) = (nil, nil)
        case .up, .backTab, .character("k"): choose(place - 1)
        case .down, .tab, .character("j"): choose(place + 1)
        case .character("a"): showsAll = choice.lines.count > 1 && !showsAll
        case .character("]"): next(1)
        case .character("["): next(-1)
        case .character("+"), .character("="): change(to: span.longer, frame)
        case .character("-"), .character("_"): change(to: span.shorter, frame)
        case .character("<"), .character(","), .wheel(up: true, _, _): pan(by: -frame.length / 2, frame)
        case .character(">"), .character("."), .wheel(up: false, _, _): pan(by: frame.length / 2, frame)
        default: return false
        }
        return true
    }

    /// Puts the cursor into a column of the plot.
    public mutating func putCursor(inColumn column: Int, _ frame: Frame) {
        let column = min(max(column, 0), frame.columns - 1)
        cursor = frame.window.start + Int64(frame.length * (Double(column) + 0.5) / Double(frame.columns))
    }

    /// Draws one of the curves on the screen alone, or where it is alone all of them.
    public mutating func pick(_ index: Int) {
        let lines = lines
        guard lines.indices.contains(index) else { return }
        showsAll = lines.count == 1 && choice.lines.count > 1
        chosen = [lines[index].name]
    }

    private mutating func choose(_ next: Int) { place = (next + choices.count) % choices.count }

    /// Draws the next or previous curve alone.
    private mutating func next(_ step: Int) {
        let names = choice.lines.map(\.name)
        let current = chosen.lazy.compactMap { names.firstIndex(of: $0) }.first
        let start = current ?? (step > 0 ? -1 : names.count)
        let place = showsAll ? (current ?? 0) : (start + step + names.count) % names.count
        (chosen, showsAll) = ([names[place]], false)
    }

    // MARK: Time

    private mutating func move(by columns: Int, _ frame: Frame) {
        guard let old = cursor, frame.holds(old) else {
            return putCursor(inColumn: frame.columns - 1, frame)
        }
        let last = frame.window.end - frame.column / 2
        let moment = old + Int64(columns) * frame.column
        if moment < frame.window.start {
            pan(by: Double(moment - frame.window.start) - frame.length / 4, frame)
        } else if moment >= frame.window.end, end != nil {
            pan(by: Double(moment - frame.window.end) + frame.length / 4, frame)
        }
        cursor = end == nil ? min(moment, max(last, frame.window.start)) : moment
    }

    private mutating func pan(by distance: Double, _ frame: Frame) {
        let oldest = frame.now - Self.furthest
        let moved = Double(end ?? frame.window.end) + distance
        let target = moved > Double(oldest) ? Int64(min(moved, 9e18)) : oldest
        end = target >= frame.now ? nil : target
    }

    /// Changes the span. The cursor stays in its column as far as the present allows.
    private mutating func change(to new: HistorySpan, _ frame: Frame) {
        guard new != span else { return }
        span = new
        guard let cursor, frame.holds(cursor) else { return }
        let behind = (Double(frame.window.end) - Double(cursor)) / frame.length
        let target = cursor + Int64(behind * Double(new.nanoseconds))
        end = target >= frame.now ? nil : target
    }
}
