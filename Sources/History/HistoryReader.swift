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
        let records = try CurveRecords(
            store, of: store.find(question.key), from: start, to: end, step: step)
        return question.series.map { records.curve(of: $0, from: start, to: end, step: step) }
    }

    /// Returns a series over a span of time.
    ///
    /// - Parameters:
    ///   - instance: The instance's name.
    ///   - metric: The metric's id.
    ///   - start: Unix nanoseconds.
    ///   - end: Unix nanoseconds.
    ///   - step: Nanoseconds of a stretch of the curve.
    ///   - holds: Whether a value goes on until the next one; else each counts once.
    public func curve(
        of key: SeriesKey, _ instance: String, _ metric: String, from start: Int64, to end: Int64,
        step: Int64,
        holds: Bool = true
    ) throws(HistoryError) -> SeriesCurve {
        let records = try CurveRecords(store, of: store.find(key), from: start, to: end, step: step)
        return records.curve(
            of: PastSeries(instance: instance, metric: metric), from: start, to: end, step: step, holds: holds
        )
    }
}
