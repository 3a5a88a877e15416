import Contract
import Core

/// What the database holds of one source.
public struct SourceSummary: Sendable, Equatable {
    /// The source.
    public let key: SeriesKey
    /// Unix nanoseconds of the earliest that is kept; nil: nothing is.
    public var since: Int64?
    /// Unix nanoseconds of the latest that is kept.
    public var until: Int64?
    /// Bytes of its records, by tier.
    public var bytes: [HistoryTier: Int] = [:]
    /// Records, by tier.
    public var rows: [HistoryTier: Int] = [:]

    /// Bytes of all its records.
    public var allBytes: Int { bytes.values.reduce(0, +) }
}

/// A series of a source.
public struct SeriesDescription: Sendable, Equatable {
    /// The instance's name.
    public let instance: String
    /// What its values are.
    public let metric: MetricDeclaration
}

extension HistoryReader {
    /// Returns what is kept of each source, in the order of their names.
    public func summaries() throws(HistoryError) -> [SourceSummary] {
        var summaries: [Int64: SourceSummary] = [:]
        for source in try store.sources() { summaries[source.id] = SourceSummary(key: source.key) }
        // From the coarsest on: the first stretch begins before the first value that it sums up.
        for tier in HistoryTier.allCases.reversed() {
            var (first, last): ([Int64: RowID], [Int64: RowID]) = ([:], [:])
            for row in try store.sizes(tier) {
                guard var summary = summaries[row.id.source] else { continue }
                summary.bytes[tier, default: 0] += row.size
                summary.rows[tier, default: 0] += 1
                summaries[row.id.source] = summary
                if first[row.id.source] == nil { first[row.id.source] = row.id }
                last[row.id.source] = row.id
            }
            for (source, id) in first {
                guard let start = try beginning(of: id) else { continue }
                let coarse = summaries[source]!.since
                let isWithin = coarse.map { start >= $0 && start - $0 < HistoryTier.day.step! } ?? true
                summaries[source]!.since = isWithin ? start : min(coarse!, start)
            }
            for (source, id) in last {
                guard let end = try end(of: id) else { continue }
                let coarse = summaries[source]!.until
                let isWithin = coarse.map { end <= $0 && $0 - end < HistoryTier.day.step! } ?? true
                summaries[source]!.until = isWithin ? end : max(coarse!, end)
            }
        }
        for tail in try store.tails() {
            for part in Tail.parts(tail) {
                guard let span = (try? ChunkReader(part.chunk))?.span, var summary = summaries[part.source]
                else { continue }
                summary.bytes[.native, default: 0] += part.chunk.count
                summary.since = min(summary.since ?? .max, span.lowerBound)
                summary.until = max(summary.until ?? .min, span.upperBound)
                summaries[part.source] = summary
            }
        }
        return summaries.values.sorted {
            ($0.key.host, $0.key.plugin, $0.key.options.value)
                < ($1.key.host, $1.key.plugin, $1.key.options.value)
        }
    }

    private func end(of id: RowID) throws(HistoryError) -> Int64? {
        guard let data = try store.data(of: id) else { return nil }
        if id.tier == .native { return (try? ChunkReader(data))?.span?.upperBound }
        return (try? RollupReader(data))?.span?.upperBound
    }

    /// Returns all series of a source that are kept, as far as stretches of a day or its latest values name them.
    public func series(of key: SeriesKey) throws(HistoryError) -> [SeriesDescription] {
        guard let source = try store.find(key) else { return [] }
        var (list, seen): ([SeriesDescription], Set<SeriesName>) = ([], [])
        func add(_ instances: [String], _ schema: Schema?) {
            for instance in instances {
                for metric in schema?.metrics ?? []
                where seen.insert(SeriesName(key, instance, metric.id)).inserted {
                    list.append(SeriesDescription(instance: instance, metric: metric))
                }
            }
        }
        try store.rows(.day, source: source, from: 0, to: .max / 2) { (_, data) throws(HistoryError) in
            if let rollup = try? RollupReader(data) { add(rollup.instances, rollup.schema) }
            return true
        }
        for from in try store.starts(.native, source: source, until: .max / 2, most: 1) {
            try store.rows(.native, source: source, from: from, to: .max / 2) {
                (_, data) throws(HistoryError) in
                if let chunk = try? ChunkReader(data) { add(chunk.instances, chunk.schema) }
                return true
            }
        }
        for tail in try store.tails() {
            for part in Tail.parts(tail, of: source) {
                if let chunk = try? ChunkReader(part.chunk) { add(chunk.instances, chunk.schema) }
            }
        }
        return list
    }

    /// Returns the texts of a series where they change, from a time on; the first one may have begun earlier. nil: absent.
    public func texts(of name: SeriesName, from start: Int64, to end: Int64) throws(HistoryError)
        -> [HistoryChange<String?>]
    {
        var changes: [HistoryChange<String?>] = []
        try forEachRecord(of: name.key, from: start, to: end) { record in
            var found: [HistoryChange<String?>] = []
            switch record {
            case .chunk(let chunk):
                found = (try? chunk.texts(instance: name.instance, metric: name.metric)) ?? []
            case .rollup(let rollup, let end):
                let stretches =
                    (try? rollup.stretches(instance: name.instance, metric: name.metric)) ?? []
                for (time, stretch) in zip(rollup.starts, stretches) where time < end && stretch.isPresent {
                    found.append(HistoryChange(time: time, value: stretch.text))
                }
            }
            for change in found where change.time < end {
                if changes.last?.value == change.value, !changes.isEmpty { continue }
                // What began before the span is known at its beginning.
                if change.time < start, !changes.isEmpty { changes.removeLast() }
                changes.append(change)
            }
        }
        return changes
    }
}
