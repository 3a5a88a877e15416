import Core

/// Saves what a program that ended without a word has left.
enum Salvage {
    /// Makes chunks and rollups of all tails, in one transaction. Parts that are damaged are dropped.
    static func sealTails(of store: HistoryStore) throws(HistoryError) {
        let tails = try store.tails()
        guard !tails.isEmpty else { return }
        try store.database.transaction { () throws(HistoryError) in
            var rollups: [Int64: RollupWriter] = [:]
            for part in tails.flatMap({ Tail.parts($0) }) {
                guard let reader = try? ChunkReader(part.chunk), let span = reader.span else { continue }
                try store.add(.native, source: part.source, start: span.lowerBound, part.chunk)
                try add(reader, of: part.source, to: &rollups, store)
            }
            for (source, rollup) in rollups where !rollup.isEmpty {
                try Rollups.add(rollup.encoded(), of: source, to: store)
            }
            try store.clearTails()
        }
    }

    private static func add(
        _ reader: ChunkReader, of source: Int64, to rollups: inout [Int64: RollupWriter],
        _ store: HistoryStore
    ) throws(HistoryError) {
        var rollup = rollups[source] ?? RollupWriter(key: reader.key, tier: .fiveMinutes)
        for time in reader.times {
            guard let moment = try? reader.moment(at: time), let snapshot = moment.snapshot else { continue }
            let fit: ChunkFit
            if let failure = moment.failure {
                fit = rollup.fail(failure, at: time)
            } else {
                fit = snapshot.made == time ? rollup.append(snapshot) : rollup.hold(at: time)
            }
            guard fit != .taken else { continue }
            try Rollups.add(rollup.encoded(), of: source, to: store)
            rollup = rollup.next()
            _ = rollup.append(snapshot)
        }
        rollups[source] = rollup
    }
}
