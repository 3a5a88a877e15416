import Contract
import Core

/// What the overview shows of a time that is foretold: that of the instance whose end comes first, as a date.
@MainActor
struct FleetOutlook {
    /// The cell; nil: nothing is foretold.
    private(set) var headline: FleetTable.Headline?

    /// Takes the values of all collectors of a plugin on one host.
    ///
    /// - Parameter metric: The id of the time.
    init(
        _ collected: FleetColumns.Collected, _ plugin: String, _ metric: String,
        at now: Int64
    ) {
        var best: Snapshot.Cell?
        for known in collected where known.key.plugin == plugin {
            guard let schema = known.entry.schema, let place = schema.index(of: metric),
                let made = known.entry.made
            else { continue }
            // The time, its two ends and the words.
            let columns = (0..<4).map { known.entry.cells(of: place + $0) }
            for row in columns[0].indices {
                func cell(_ metric: Int) -> Snapshot.Cell? {
                    let column = metric - place
                    return columns.indices.contains(column) && row < columns[column].count
                        ? columns[column][row] : nil
                }
                guard let words = schema.words(ofForetold: place, at: made, cell) else { continue }
                let time = columns[0][row]
                let candidate = time.value == .absent ? Snapshot.Cell(value: .text(words)) : time
                guard best.map({ Self.comes(candidate, before: $0) }) ?? true else { continue }
                best = candidate
                headline = FleetTable.Headline(candidate, isStale: known.entry.isStale(at: now))
                if candidate.value.number != nil { headline?.words = words }
            }
        }
    }

    /// A date comes before what has none.
    private static func comes(_ cell: Snapshot.Cell, before other: Snapshot.Cell) -> Bool {
        guard let time = cell.value.number else { return false }
        return other.value.number.map { time < $0 } ?? true
    }
}
