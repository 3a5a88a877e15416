import Core
import Engine

/// Reads what was known at a moment. What it has opened stays open for the next question, which is usually about a moment
/// nearby. It is used by one thread.
final class MomentReader {
    private let place: HistoryPlace
    /// The records that the last two questions needed; nil: damaged.
    private var chunks: [RowHead: ChunkReader?] = [:]
    private var rollups: [RowHead: RollupReader?] = [:]
    private var used: Set<RowHead> = []
    private var usedBefore: Set<RowHead> = []
    private var tails = TailMoments()

    /// Rows that are looked at where a clock went back and rows overlap.
    private static let overlapping = 3

    init(_ place: HistoryPlace) { self.place = place }

    /// Returns what was known at a moment.
    func answer(_ question: MomentQuestion) -> MomentAnswer {
        var answer = MomentAnswer(moments: [:])
        guard place.exists else { return answer }
        do throws(HistoryError) {
            let store = try HistoryStore(place, writes: false)
            try fill(&answer, question, store)
        } catch { answer.trouble = error.sentence }
        forget()
        return answer
    }

    private func fill(_ answer: inout MomentAnswer, _ question: MomentQuestion, _ store: HistoryStore)
        throws(HistoryError)
    {
        var sources: [SeriesKey: Int64] = [:]
        for key in question.keys { sources[key] = try store.find(key) }
        try tails.update(store)
        let recent = tails.latest(of: Set(sources.values), until: question.time)
        var damaged: [SeriesKey] = []
        for (key, source) in sources {
            var isDamaged = false
            let found = try moment(of: source, at: question.time, recent[source], store, &isDamaged)
            if isDamaged { damaged.append(key) }
            answer.moments[key] = isDamaged ? Self.marked(found, question.time) : found
        }
        if let first = damaged.min(by: { ($0.host, $0.plugin) < ($1.host, $1.plugin) }) {
            answer.trouble =
                "the record of \(first.plugin) of \(first.host)"
                + (damaged.count > 1 ? " and of \(damaged.count - 1) more" : "")
                + " is damaged here; cm-dashboard history check looks at all of them"
        }
        guard answer.moments.count < question.keys.count else { return }
        for source in sources.values {
            guard let begin = try store.begin(of: source) else { continue }
            answer.begin = min(answer.begin ?? begin, begin)
        }
        answer.begin = answer.begin ?? tails.begin
    }

    /// A moment whose own record cannot be read: what was known before, with the reason.
    private static func marked(_ found: RecordedMoment?, _ time: Int64) -> RecordedMoment {
        var moment =
            found ?? RecordedMoment(HistoryMoment(time: time, snapshot: nil, failure: nil, host: nil))
        moment.known.failure = Failure(.failed, .plugin("the record of this moment is damaged"))
        return moment
    }

    // MARK: Tiers

    /// What was known of a source: by the finest tier that reaches back to the moment. Where that has a gap there is one,
    /// whatever a coarser tier tells of the time around it.
    private func moment(
        of source: Int64, at time: Int64, _ tail: ChunkReader?, _ store: HistoryStore, _ isDamaged: inout Bool
    ) throws(HistoryError) -> RecordedMoment? {
        if let tail { return known(tail, at: time, &isDamaged) }
        let begin = try store.first(.native, source: source)?.start
        if let begin, begin <= time {
            guard let chunk = try chunk(of: source, at: time, store, &isDamaged) else { return nil }
            return known(chunk, at: time, &isDamaged)
        }
        guard let begin = try store.begin(of: source), begin <= time else { return nil }
        for tier in [HistoryTier.fiveMinutes, .hour, .day] {
            if let found = try stretch(tier, of: source, at: time, store) { return found }
        }
        return nil
    }

    private func known(_ chunk: ChunkReader, at time: Int64, _ isDamaged: inout Bool) -> RecordedMoment? {
        do throws(ChunkDamage) { return try chunk.moment(at: time).map { RecordedMoment($0) } } catch {
            isDamaged = true
            return nil
        }
    }

    /// The chunk with the latest row until a time.
    private func chunk(
        of source: Int64, at time: Int64, _ store: HistoryStore, _ isDamaged: inout Bool
    ) throws(HistoryError) -> ChunkReader? {
        var best: (row: Int64, chunk: ChunkReader)?
        let heads = try store.heads(.native, source: source, until: time, most: Self.overlapping)
        for (index, head) in heads.enumerated() {
            guard let chunk = try open(head, store) else {
                // Only the record of the hour itself is missed.
                if index == 0, time - head.row.start < HistoryTier.native.rowSpan { isDamaged = true }
                continue
            }
            if let row = chunk.latestRow(until: time), row > best?.row ?? .min { best = (row, chunk) }
        }
        return best?.chunk
    }

    private func open(_ head: RowHead, _ store: HistoryStore) throws(HistoryError) -> ChunkReader? {
        used.insert(head)
        if let known = chunks[head] { return known }
        let chunk = try store.data(of: head).flatMap { try? ChunkReader($0) }
        chunks[head] = .some(chunk)
        return chunk
    }

    /// The latest stretch of a tier that begins at or before a time and in which something came.
    private func stretch(_ tier: HistoryTier, of source: Int64, at time: Int64, _ store: HistoryStore)
        throws(HistoryError) -> RecordedMoment?
    {
        for head in try store.heads(tier, source: source, until: time, most: Self.overlapping) {
            if let rollup = try openRollup(head, store), let found = Self.stretch(of: rollup, until: time) {
                return found
            }
        }
        return nil
    }

    private func openRollup(_ head: RowHead, _ store: HistoryStore) throws(HistoryError) -> RollupReader? {
        used.insert(head)
        if let known = rollups[head] { return known }
        let rollup = try store.data(of: head).flatMap { try? RollupReader($0) }
        rollups[head] = .some(rollup)
        return rollup
    }

    private static func stretch(of rollup: RollupReader, until time: Int64) -> RecordedMoment? {
        guard let row = rollup.starts.lastIndex(where: { $0 <= time }),
            let outage = try? rollup.outages()[row]
        else { return nil }
        let start = rollup.starts[row]
        let known = HistoryMoment(
            time: start, snapshot: try? rollup.snapshot(at: start),
            failure: outage.samples == 0 ? outage.failure : nil, host: outage.host)
        return RecordedMoment(known, step: rollup.tier.step)
    }

    /// Closes what the last two questions did not need.
    private func forget() {
        let kept = used.union(usedBefore)
        chunks = chunks.filter { kept.contains($0.key) }
        rollups = rollups.filter { kept.contains($0.key) }
        (usedBefore, used) = (used, [])
    }
}
