import Core
import Engine

/// What the curves of a source are drawn from: the records of the tier that suits the step, and coarser ones for the time
/// before that tier begins.
struct CurveRecords {
    private var chunks: [ChunkReader] = []
    private var rollups: [RollupReader] = []
    private var primary: RollupTier?
    private var limits: [RollupTier: Int64] = [:]

    /// Reads the records of a source, nil: it has none.
    init(_ store: HistoryStore, of source: Int64?, from start: Int64, to end: Int64, step: Int64)
        throws(HistoryError)
    {
        guard let source, start < end else { return }
        let tier = HistoryTier.allCases.last { $0 != .native && $0.step! <= step } ?? .native
        primary = tier.rollup
        var begin = try add(tier, store, source, from: start, to: end)
        // What is not sealed yet stands in tails only.
        for tail in try store.tails() {
            for part in Tail.parts(tail, of: source) {
                guard let chunk = try? ChunkReader(part.chunk) else { continue }
                chunks.append(chunk)
                if tier == .native, let span = chunk.span { begin = min(begin ?? .max, span.lowerBound) }
            }
        }
        var limit = begin ?? end
        for coarser in HistoryTier.allCases where coarser.rawValue > tier.rawValue && limit > start {
            limits[coarser.rollup!] = limit
            limit = min(limit, try add(coarser, store, source, from: start, to: limit) ?? limit)
        }
    }

    /// Adds the rows of a tier; returns when the tier's first row begins, nil: it has none.
    private mutating func add(
        _ tier: HistoryTier, _ store: HistoryStore, _ source: Int64, from start: Int64, to end: Int64
    ) throws(HistoryError) -> Int64? {
        guard let first = try store.first(tier, source: source)?.start else { return nil }
        guard first < end else { return first }
        var begin = first
        var isFirst = true
        var (chunks, rollups) = ([ChunkReader](), [RollupReader]())
        try store.rows(tier, source: source, from: start, to: end) { (id, data) throws(HistoryError) in
            if tier == .native, let chunk = try? ChunkReader(data) {
                chunks.append(chunk)
                // The number of a row is in minutes.
                if isFirst, id.start == first { begin = chunk.span?.lowerBound ?? first }
            } else if let rollup = try? RollupReader(data) {
                rollups.append(rollup)
                if isFirst, id.start == first { begin = rollup.span?.lowerBound ?? first }
            }
            isFirst = false
            return true
        }
        self.chunks += chunks
        self.rollups += rollups
        return begin
    }

    /// Returns what a text was, in no order.
    func texts(of series: PastSeries) -> [PastText] {
        var texts: [PastText] = []
        for rollup in rollups {
            guard let found = try? rollup.stretches(instance: series.instance, metric: series.metric) else {
                continue
            }
            texts += zip(rollup.starts, found).compactMap { time, stretch in
                stretch.text.map { PastText($0, at: time) }
            }
        }
        for chunk in chunks {
            let found = try? chunk.texts(instance: series.instance, metric: series.metric)
            texts += (found ?? []).compactMap { change in
                change.value.map { PastText($0, at: change.time) }
            }
        }
        return texts
    }

    func curve(
        of series: PastSeries, from start: Int64, to end: Int64, step: Int64, holds: Bool = true
    ) -> SeriesCurve {
        SeriesCurve(
            of: series.instance, series.metric, chunks: chunks, rollups: rollups, holds: holds,
            primary: primary,
            limits: limits,
            from: start, to: end, step: step)
    }
}

extension HistoryTier {
    /// The tier as rollups name it; nil: the native one has none.
    var rollup: RollupTier? {
        switch self {
        case .native: nil
        case .fiveMinutes: .fiveMinutes
        case .hour: .hour
        case .day: .day
        }
    }
}
