import Contract
import Core

/// Adds to the history what an exported document holds: sources one after another, each in the order of time. What is
/// there already is counted and left alone. It holds an hour of one source in memory.
public final class HistoryImporter {
    private let editor: HistoryEditor
    private var store: HistoryStore { editor.store }
    /// Moments that were added, and that were there already.
    public private(set) var (added, duplicates) = (0, 0)

    private var source: (id: Int64, key: SeriesKey, schema: Schema)?
    private var record: SourceRecord?
    private var hour: Int64?
    /// Milliseconds of the moments that the hour has already.
    private var known: Set<Int64> = []
    /// Numbers of the stretches that the hour has already without moments.
    private var covered: Set<Int64> = []
    private var coveredStep: Int64 = 1
    private var assembly: RollupAssembly?
    private var row: (tier: HistoryTier, start: Int64)?
    private var writes = 0

    private static let hourLength: Int64 = 3_600_000_000_000
    /// Writes between two times that the log is emptied.
    private static let writesOfLog = 64

    /// Creates an importer. ``finish()`` must be called at the end.
    public init(_ editor: HistoryEditor) { self.editor = editor }

    /// Goes on with a source. Throws where a metric is kept in another unit or of another kind.
    public func begin(_ key: SeriesKey, _ schema: Schema) throws(HistoryError) {
        try finish()
        for known in try HistoryReader(editor.place).series(of: key) {
            guard let metric = schema.metrics.first(where: { $0.id == known.metric.id }) else { continue }
            let what = "metric \(Problem.quoted(metric.id)) of \(SeriesName.text(key))"
            guard metric.unit == known.metric.unit else {
                throw HistoryError(
                    .other,
                    "\(what) is in \(Self.unit(metric)) here and in \(Self.unit(known.metric)) in the history; "
                        + "values of two units make no series: convert them, or forget what is there")
            }
            guard metric.isNumeric == known.metric.isNumeric else {
                throw HistoryError(
                    .other,
                    "\(what) is a \(metric.kind.name) here and a \(known.metric.kind.name) in the history")
            }
        }
        source = (try store.id(of: key), key, schema)
    }

    private static func unit(_ metric: MetricDeclaration) -> String {
        metric.unit.isEmpty ? "no unit" : Problem.quoted(metric.unit)
    }

    /// The schema of the source.
    public var schema: Schema? { source?.schema }
    /// The source.
    public var key: SeriesKey? { source?.key }

    /// Adds what came at a moment, in Unix nanoseconds. A snapshot is one of the source, `made` then.
    public func add(_ content: ChunkReader.Row, at time: Int64) throws(HistoryError) {
        guard let source else { return }
        let hour = time / Self.hourLength
        if hour != self.hour {
            try seal()
            self.hour = hour
            try look(at: hour, of: source.id)
        }
        let isCovered = covered.contains(time / coveredStep)
        guard !isCovered, known.insert(time / 1_000_000).inserted else {
            duplicates += 1
            return
        }
        let observation = Observation(key: source.key, time: time, fact: content.fact)
        var record = record ?? SourceRecord(key: source.key)
        if !record.take(observation) {
            self.record = record
            try seal()
            record = record.next(at: time)
            _ = record.take(observation)
        }
        self.record = record
        added += 1
    }

    /// Adds a stretch that begins at a time, in Unix nanoseconds.
    public func add(
        _ tier: RollupTier, at time: Int64, samples: UInt32, failures: UInt32,
        _ instances: [(name: String, cells: [RollupStretch])]
    ) throws(HistoryError) {
        guard let source else { return }
        let stored = HistoryTier(tier)
        let start = time / stored.rowSpan * stored.rowSpan
        if row.map({ $0 != (stored, start) }) ?? true {
            try seal()
            row = (stored, start)
            covered = []
            coveredStep = tier.step
            known = []
            try store.rows(stored, source: source.id, from: start, to: start + stored.rowSpan - 1) {
                (_, data) throws(HistoryError) in
                for time in (try? RollupReader(data))?.starts ?? [] { covered.insert(time / tier.step) }
                return true
            }
        }
        guard covered.insert(time / tier.step).inserted else {
            duplicates += 1
            return
        }
        var assembly = assembly ?? RollupAssembly(source.schema, of: source.key, tier: tier)
        if assembly.append(at: time, samples: samples, failures: failures, instances) != .taken {
            self.assembly = assembly
            try seal()
            assembly = RollupAssembly(source.schema, of: source.key, tier: tier)
            _ = assembly.append(at: time, samples: samples, failures: failures, instances)
        }
        self.assembly = assembly
        added += 1
    }

    /// Writes what is in memory, and ends the source.
    public func finish() throws(HistoryError) {
        try seal()
        (source, record, hour, row) = (nil, nil, nil, nil)
        _ = try store.database.checkpoint(truncates: true)
    }

    // MARK: -

    /// Learns what an hour has already. Where its moments are over, its stretches stand for them.
    private func look(at hour: Int64, of source: Int64) throws(HistoryError) {
        (known, covered, coveredStep, row) = ([], [], 1, nil)
        let (start, end) = (hour * Self.hourLength, (hour + 1) * Self.hourLength - 1)
        try store.rows(.native, source: source, from: start, to: end) { (_, data) throws(HistoryError) in
            for time in (try? ChunkReader(data))?.times ?? [] where time >= start && time <= end {
                known.insert(time / 1_000_000)
            }
            return true
        }
        guard known.isEmpty else { return }
        for tier in [HistoryTier.fiveMinutes, .hour] where covered.isEmpty {
            coveredStep = tier.step!
            try store.rows(tier, source: source, from: start, to: end) { (_, data) throws(HistoryError) in
                for time in (try? RollupReader(data))?.starts ?? [] where time >= start && time <= end {
                    covered.insert(time / coveredStep)
                }
                return true
            }
        }
    }

    private func seal() throws(HistoryError) {
        guard let source else { return }
        if let record, !record.isEmpty {
            try store.database.transaction { () throws(HistoryError) in
                if !record.chunk.isEmpty, let span = record.chunk.span {
                    try store.add(.native, source: source.id, start: span.lowerBound, record.chunk.encoded())
                }
                if !record.rollup.isEmpty {
                    try Rollups.add(record.rollup.encoded(), of: source.id, to: store)
                }
            }
            self.record = record.next(at: record.chunk.span?.upperBound ?? 0)
            writes += 1
        }
        if let assembly, !assembly.isEmpty {
            try store.database.transaction { () throws(HistoryError) in
                try Rollups.add(assembly.encoded(), of: source.id, to: store)
            }
            writes += 1
        }
        assembly = nil
        guard writes >= Self.writesOfLog else { return }
        writes = 0
        _ = try store.database.checkpoint(truncates: true)
    }
}

extension ChunkReader.Row {
    fileprivate var fact: Observation.Fact {
        switch self {
        case .snapshot(let snapshot): .snapshot(snapshot)
        case .hold: .hold
        case .failure(let failure): .failure(failure)
        case .host(let state): .host(state)
        }
    }
}
