import Contract

/// A metric that a graph can draw, with all curves that there are of it.
public struct GraphChoice: Sendable, Equatable {
    /// One curve: an instance of a host, or a host among others.
    public struct Line: Sendable, Hashable {
        /// What it is called, the same in all choices of a graph: the instance or the host.
        public var name: String
        /// The source of its numbers.
        public var key: SeriesKey
        /// The instance whose numbers they are.
        public var instance: String

        /// Creates a curve with a name.
        public init(name: String, key: SeriesKey, instance: String) {
            self.name = name
            self.key = key
            self.instance = instance
        }
    }

    /// The metric's name for people: "NVMe temperature".
    public var title: String
    /// The plugin's id.
    public var plugin: String
    /// The metric's id.
    public var metric: String
    /// The metric's unit.
    public var unit: String
    /// The limits of its numbers, or none where they differ between curves.
    public var limits: Limits
    /// All curves. Those of the first ones are drawn where there are too many.
    public var lines: [Line]

    /// Creates a choice.
    public init(
        title: String, plugin: String, metric: String, unit: String, limits: Limits = .none, lines: [Line]
    ) {
        self.title = title
        self.plugin = plugin
        self.metric = metric
        self.unit = unit
        self.limits = limits
        self.lines = lines
    }

    /// Returns the choice for each numeric metric of a snapshot of which it has a number.
    ///
    /// - Parameter limits: One for each metric of the snapshot's schema; may be empty.
    public static func all(of snapshot: Snapshot, limits: [Limits]) -> [GraphChoice] {
        snapshot.schema.metrics.enumerated().compactMap { index, metric in
            guard metric.isNumeric else { return nil }
            let lines = snapshot.instances.filter { $0.number(index) != nil }.map {
                Line(name: $0.name, key: snapshot.key, instance: $0.name)
            }
            guard !lines.isEmpty else { return nil }
            return GraphChoice(
                title: snapshot.schema.title(of: metric), plugin: snapshot.schema.plugin, metric: metric.id,
                unit: metric.unit, limits: index < limits.count ? limits[index] : .none, lines: lines)
        }
    }
}

/// The number of a snapshot that a person means.
public struct GraphPick: Sendable, Equatable {
    /// The instance; nil: none in particular.
    public var instance: String?
    /// The metric's id; nil: none in particular.
    public var metric: String?

    /// Creates a pick.
    public init(instance: String? = nil, metric: String? = nil) {
        self.instance = instance
        self.metric = metric
    }

    /// Finds the number behind a row of a plugin's table, of which only its cells are known: the instance whose name and
    /// numbers they show, and the metric of the cell in one column, by its title or its number.
    ///
    /// - Parameter column: The index of the column; nil: none in particular.
    public init(of row: [Table.Cell], titles: [String], column: Int?, in snapshot: Snapshot) {
        let best = snapshot.instances.map { (instance: $0, score: Self.score(row, $0)) }
            .max { $0.score < $1.score }
        guard let best, best.score > 0 else { return }
        instance = best.instance.name
        guard let column, column < row.count else { return }
        let present = snapshot.schema.metrics.enumerated().filter { best.instance.number($0.offset) != nil }
        let title = column < titles.count ? titles[column].lowercased() : ""
        let named = present.first { !title.isEmpty && $0.element.label.lowercased() == title }
        let equal = present.first { Self.shows(row[column], best.instance.number($0.offset), $0.element) }
        metric = (named ?? equal)?.element.id
    }

    /// How well a row fits to an instance. Its name decides, its numbers tell where no name is shown.
    private static func score(_ row: [Table.Cell], _ instance: Snapshot.Instance) -> Int {
        let name = instance.name
        let texts = row.filter { $0.kind == .text || $0.kind == .status }.map(\.text)
        let named = !name.isEmpty && texts.contains(name)
        let related = !name.isEmpty && texts.contains { $0.utf8.count > 2 && name.hasPrefix($0 + ".") }
        let numbers = row.count { cell in
            cell.kind == .number
                && instance.cells.contains { $0.value == .number(cell.number) && cell.number != 0 }
        }
        return (named ? 1000 : related ? 500 : 0) + numbers
    }

    private static func shows(_ cell: Table.Cell, _ number: Double?, _ metric: MetricDeclaration) -> Bool {
        switch cell.kind {
        case .number: cell.number == number && (cell.text == metric.unit || cell.text.isEmpty)
        case .gauge: number.map { metric.unit == "percent" && abs($0 / 100 - cell.number) < 0.005 } ?? false
        default: false
        }
    }

    /// The number of a snapshot that is of most interest: one that is not well, else one of a headline metric.
    ///
    /// - Parameter instance: The instance to choose of; nil: any.
    public static func mostInteresting(in snapshot: Snapshot, of instance: String? = nil) -> GraphPick {
        var best: (pick: GraphPick, rank: Int)?
        for row in snapshot.instances where instance == nil || row.name == instance {
            for (index, metric) in snapshot.schema.metrics.enumerated() {
                guard metric.isNumeric, row.number(index) != nil else { continue }
                let rank =
                    4 * row.cells[index].status.trouble + (metric.isHeadline ? 2 : 0)
                    + (metric.wantsHistory ? 1 : 0)
                if rank > best?.rank ?? -1 {
                    best = (GraphPick(instance: row.name, metric: metric.id), rank)
                }
            }
        }
        return best?.pick ?? GraphPick(instance: instance)
    }
}

extension Snapshot.Instance {
    /// The number of a metric; nil: it has none.
    func number(_ metric: Int) -> Double? {
        guard metric < cells.count, case .number(let number) = cells[metric].value else { return nil }
        return number
    }
}
