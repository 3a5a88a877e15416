import Core

/// What a look at every byte of the history has found.
public struct HistoryCheck: Sendable, Equatable {
    /// The records that are whole.
    public var whole = 0
    /// What is wrong, as sentences.
    public var faults: [String] = []
    /// What each damaged record means, as sentences.
    public var lost: [String] = []

    /// Whether nothing is wrong.
    public var isWell: Bool { faults.isEmpty && lost.isEmpty }

    init() {}

    /// Looks at a database, which may be written meanwhile.
    ///
    /// - Parameters:
    ///   - zone: For times in sentences.
    ///   - progress: Called with the records looked at and their number.
    public static func run(
        _ place: HistoryPlace, zone: LocalZone, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(HistoryError) -> HistoryCheck {
        var check = HistoryCheck()
        let store = try HistoryStore(place, writes: false)
        check.faults = try quickCheck(store)
        do throws(HistoryError) { try check.look(at: store, zone, progress) } catch {
            guard error.kind == .damaged || error.kind == .other else { throw error }
            if check.faults.isEmpty { check.faults.append(error.sentence) }
        }
        return check
    }

    private static func quickCheck(_ store: HistoryStore) throws(HistoryError) -> [String] {
        do throws(HistoryError) {
            let statement = try store.database.statement("PRAGMA quick_check(20)")
            defer { statement.reset() }
            var faults: [String] = []
            while try statement.step() {
                let line = statement.text(0)
                if line != "ok" { faults.append("SQLite says: \(line)") }
            }
            return faults
        } catch {
            guard error.kind == .damaged else { throw error }
            return ["SQLite says: \(error.sentence)"]
        }
    }

    private mutating func look(at store: HistoryStore, _ zone: LocalZone, _ progress: (Int, Int) -> Void)
        throws(HistoryError)
    {
        let sources = Dictionary(uniqueKeysWithValues: try store.sources().map { ($0.id, $0.key) })
        var rows: [HistoryStore.Row] = []
        for tier in HistoryTier.allCases { rows += try store.sizes(tier) }
        for (number, row) in rows.enumerated() {
            progress(number, rows.count)
            guard let data = try store.data(of: row.id) else { continue }
            look(at: data, row.id, sources[row.id.source], zone)
        }
        for tail in try store.tails() {
            let parts = Tail.parts(tail)
            for part in parts where (try? ChunkReader(part.chunk)) == nil {
                lost.append(
                    "a minute at most of \(sources[part.source].map(SeriesName.text) ?? "a source that has no name")"
                )
            }
            whole += parts.count { (try? ChunkReader($0.chunk)) != nil }
            if !Tail.isWhole(tail) { lost.append("a minute at most of several sources") }
        }
    }

    private mutating func look(at data: [UInt8], _ id: RowID, _ key: SeriesKey?, _ zone: LocalZone) {
        let reason: ChunkDamage
        do throws(ChunkDamage) {
            let own: SeriesKey
            if id.tier == .native {
                own = try ChunkReader(data).key
            } else {
                own = try RollupReader(data).key
            }
            if key != own {
                faults.append(
                    "a record of \(SeriesName.text(own)) stands under "
                        + (key.map { "the name \(SeriesName.text($0))" } ?? "a number that no source has"))
            }
            whole += 1
            return
        } catch { reason = error }
        let moment = zone.moment(at: id.start / 1_000_000_000)
        let what: String
        switch id.tier {
        case .native: what = "the values as they came of up to an hour"
        case .fiveMinutes: what = "the stretches of five minutes of an hour"
        case .hour: what = "the stretches of an hour of a day"
        case .day: what = "the stretches of a day of up to 32 days"
        }
        lost.append(
            "\(what) from \(moment.date.text) \(moment.shortClock) on, of "
                + "\(key.map(SeriesName.text) ?? "a source that has no name") (\(reason))")
    }
}

extension HistoryPlace {
    /// Moves a damaged database aside and puts what can be read of it into a new one; returns what was done as a sentence.
    public func repair(at time: Int64) throws(HistoryError) -> String {
        try checkFileSystem()
        guard let lock = try RecordingLock(self) else {
            throw HistoryError(.busy, "a dashboard is recording into \(database); end it, and try again")
        }
        defer { withExtendedLifetime(lock) {} }
        return try Rescue.replace(self, at: time, tails: true).sentence
    }
}
