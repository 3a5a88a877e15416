import Core
import Engine

/// Reads the history. It opens the database for each question and holds it no longer than that takes, so that whoever
/// records is never held back. It may be used by any thread, by one at a time.
public final class HistoryReader {
    let store: HistoryStore

    /// Opens the history of a place.
    public init(_ place: HistoryPlace) throws(HistoryError) {
        store = try HistoryStore(place, writes: false)
    }

    /// All sources, in the order in which they were first recorded.
    public func keys() throws(HistoryError) -> [SeriesKey] { try store.sources().map(\.key) }

    /// Returns curves of some series of a source, one for each, in their order.
    public func curves(_ question: PastQuestion) throws(HistoryError) -> [SeriesCurve] {
        let (start, end) = (question.window.start, question.window.end)
        let step = question.window.step
        let records = try records(of: question.key, from: start, to: end, step: step)
        return question.series.map {
            SeriesCurve(
                of: $0.instance, $0.metric, chunks: records.chunks, rollups: records.rollups, from: start,
                to: end,
                step: step)
        }
    }

    /// Returns a series over a span of time.
    ///
    /// - Parameters:
    ///   - instance: The instance's name.
    ///   - metric: The metric's id.
    ///   - start: Unix nanoseconds.
    ///   - end: Unix nanoseconds.
    ///   - step: Nanoseconds of a stretch of the curve.
    public func curve(
        of key: SeriesKey, _ instance: String, _ metric: String, from start: Int64, to end: Int64, step: Int64
    ) throws(HistoryError) -> SeriesCurve {
        let records = try records(of: key, from: start, to: end, step: step)
        return SeriesCurve(
            of: instance, metric, chunks: records.chunks, rollups: records.rollups, from: start, to: end,
            step: step)
    }

    /// Returns the changes of some texts of a source, one list for each, in their order.
    public func texts(_ question: PastQuestion) throws(HistoryError) -> [[PastText]] {
        let (start, end) = (question.window.start, question.window.end)
        guard !question.texts.isEmpty else { return [] }
        let records = try records(of: question.key, from: start, to: end, step: question.window.step)
        return question.texts.map { series in
            var texts: [PastText] = []
            for rollup in records.rollups {
                guard let found = try? rollup.stretches(instance: series.instance, metric: series.metric)
                else { continue }
                texts += zip(rollup.starts, found).compactMap { time, stretch in
                    stretch.text.map { PastText($0, at: time) }
                }
            }
            for chunk in records.chunks {
                let found = try? chunk.texts(instance: series.instance, metric: series.metric)
                texts += (found ?? []).compactMap { change in
                    change.value.map { PastText($0, at: change.time) }
                }
            }
            return Self.changes(texts.filter { (start..<end).contains($0.time) })
        }
    }

    /// Leaves out what says the same as the text before.
    private static func changes(_ texts: [PastText]) -> [PastText] {
        texts.sorted { $0.time < $1.time }.reduce(into: []) { changes, text in
            if changes.last?.text != text.text { changes.append(text) }
        }
    }

    /// What the curves of a source are drawn from.
    private struct Records {
        var chunks: [ChunkReader] = []
        var rollups: [RollupReader] = []
    }

    private func records(of key: SeriesKey, from start: Int64, to end: Int64, step: Int64)
        throws(HistoryError) -> Records
    {
        var records = Records()
        guard let source = try store.find(key) else { return records }
        // A coarse tier tells all of its time but what is not sealed yet; a finer one fills in.
        var from = start
        for tier in HistoryTier.allCases.reversed() where tier != .native && tier.step! <= step {
            let sealed = try rollups(tier, source, from: from, to: end, &records.rollups)
            from = max(from, sealed ?? from)
            break
        }
        if step < HistoryTier.fiveMinutes.step! {
            try addChunks(of: source, from: start, to: end, &records)
        }
        for tail in try store.tails() {
            for part in Tail.parts(tail, of: source) {
                if let chunk = try? ChunkReader(part.chunk) { records.chunks.append(chunk) }
            }
        }
        return records
    }

    private func addChunks(of source: Int64, from start: Int64, to end: Int64, _ records: inout Records)
        throws(HistoryError)
    {
        var chunks: [ChunkReader] = []
        try store.rows(.native, source: source, from: start, to: end) { (_, data) throws(HistoryError) in
            if let chunk = try? ChunkReader(data) { chunks.append(chunk) }
            return true
        }
        records.chunks += chunks
        let oldest = chunks.compactMap { $0.span?.lowerBound }.min() ?? end
        // Before the first native row coarser ones stand in.
        guard oldest > start else { return }
        for tier in [HistoryTier.fiveMinutes, .hour, .day] {
            _ = try rollups(tier, source, from: start, to: oldest, &records.rollups)
        }
    }

    /// Adds the rollups of a tier; returns the end of the last stretch.
    private func rollups(
        _ tier: HistoryTier, _ source: Int64, from: Int64, to: Int64, _ list: inout [RollupReader]
    ) throws(HistoryError) -> Int64? {
        var end: Int64?
        try store.rows(tier, source: source, from: from, to: to) { (_, data) throws(HistoryError) in
            guard let rollup = try? RollupReader(data) else { return true }
            end = rollup.span?.upperBound
            list.append(rollup)
            return true
        }
        return end
    }
}
