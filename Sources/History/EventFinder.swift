import Core
import Engine

/// Looks for the nearest moment at which something went wrong, hour by hour away from a moment: in the records of every
/// value, and before these in those of five minutes. It is used by one thread.
struct EventFinder {
    private let store: HistoryStore
    private let question: EventQuestion
    /// Whether the answer is still wanted.
    private let isWanted: @Sendable () -> Bool

    /// Something in which events are looked for.
    private enum Record {
        case row(RowHead)
        case chunk(ChunkReader)
    }

    private static let hour: Int64 = 3_600_000_000_000

    /// Returns the nearest event, or none once the answer is no longer wanted.
    static func find(
        _ question: EventQuestion, _ place: HistoryPlace,
        while isWanted: @escaping @Sendable () -> Bool = { true }
    ) -> EventAnswer {
        guard place.exists else { return EventAnswer(event: nil) }
        do throws(HistoryError) {
            let finder = EventFinder(
                store: try HistoryStore(place, writes: false), question: question, isWanted: isWanted)
            return EventAnswer(event: try finder.find())
        } catch { return EventAnswer(event: nil, trouble: error.sentence) }
    }

    private func find() throws(HistoryError) -> EventAnswer.Event? {
        var records = try records()
        let start = question.time / Self.hour
        // A chunk may reach into the hour after that of its beginning.
        records = records.filter { question.isForward ? $0.key >= start - 1 : $0.key <= start }
        let hours = records.keys.sorted { question.isForward == ($0 < $1) }
        for hour in hours {
            var best: EventAnswer.Event?
            for (key, record) in records[hour]! {
                guard isWanted() else { return nil }
                guard let event = try event(in: record, of: key) else { continue }
                let isNearer = best.map { question.isForward == (event.time < $0.time) } ?? true
                if isNearer { best = event }
            }
            if let best { return best }
        }
        return nil
    }

    /// All records by the hour since 1970 in which they begin.
    private func records() throws(HistoryError) -> [Int64: [(SeriesKey, Record)]] {
        var records: [Int64: [(SeriesKey, Record)]] = [:]
        var keys: [Int64: SeriesKey] = [:]
        for key in question.keys {
            guard let source = try store.find(key) else { continue }
            keys[source] = key
            let native = try store.heads(.native, source: source)
            let first = native.first?.row.start ?? .max
            let coarse = try store.heads(.fiveMinutes, source: source).filter {
                $0.row.start < first / Self.hour * Self.hour
            }
            for head in native + coarse {
                records[head.row.start / Self.hour, default: []].append((key, .row(head)))
            }
        }
        var tails = TailMoments()
        try tails.update(store)
        for (source, chunk) in tails.all(of: Set(keys.keys)) {
            guard let key = keys[source], let start = chunk.span?.lowerBound else { continue }
            records[start / Self.hour, default: []].append((key, .chunk(chunk)))
        }
        return records
    }

    private func event(in record: Record, of key: SeriesKey) throws(HistoryError) -> EventAnswer.Event? {
        let trouble: HistoryTrouble?
        switch record {
        case .chunk(let chunk): trouble = nearest((try? chunk.troubleTimes()) ?? [], chunk.trouble)
        case .row(let head):
            guard let bytes = try store.data(of: head) else { return nil }
            if head.row.tier == .native {
                guard let chunk = try? ChunkReader(bytes) else { return nil }
                trouble = nearest((try? chunk.troubleTimes()) ?? [], chunk.trouble)
            } else {
                guard let rollup = try? RollupReader(bytes) else { return nil }
                trouble = nearest((try? rollup.troubleTimes()) ?? [], rollup.trouble)
            }
        }
        return trouble.map { EventAnswer.Event(time: $0.time, host: key.host, words: $0.words) }
    }

    /// The nearest of some times at which there is something to say.
    private func nearest(
        _ times: [Int64], _ trouble: (Int64) throws(ChunkDamage) -> HistoryTrouble?
    ) -> HistoryTrouble? {
        let beyond = times.filter { question.isForward ? $0 > question.time : $0 < question.time }
        for time in beyond.sorted(by: { question.isForward == ($0 < $1) }) {
            if let found = try? trouble(time) { return found }
        }
        return nil
    }
}
