extension ChunkReader {
    /// Returns the notes where they change; nil: none. Those of the opening state have the time of their snapshot.
    public func notes() throws(ChunkDamage) -> [HistoryChange<Snapshot.Note?>] {
        let samples = axis.rows.indices.filter { axis.rows[$0] == .sample }
        var texts = TextCache(texts)
        var list = try ChangeReader(noteSection)
        var changes: [HistoryChange<Snapshot.Note?>] = []
        while let place = list.place {
            guard place < samples.count else { throw .outOfRange }
            changes.append(
                HistoryChange(time: axis.times[samples[place]], value: try Self.note(&list.cursor, &texts)))
            try list.step()
        }
        return changes
    }

    /// Returns the failures where they change, attempts and next tries included; nil: the source is well again. That of
    /// the opening state has its own time, before ``span``.
    public func failures() throws(ChunkDamage) -> [HistoryChange<Failure?>] {
        var cursor = failureSection
        var changes: [HistoryChange<Failure?>] = []
        for (row, kind) in axis.rows.enumerated() where kind != .host {
            let failure = kind == .failure ? try cursor.failure(of: failureTable) : nil
            guard failure != changes.last?.value ?? nil else { continue }
            changes.append(HistoryChange(time: axis.times[row], value: failure))
        }
        return changes
    }

    /// Returns the states of the host where they change, as they were noted. That of the opening state has its own time,
    /// before ``span``.
    public func hostStates() throws(ChunkDamage) -> [HistoryChange<HostState>] {
        var cursor = hostSection
        var changes: [HistoryChange<HostState>] = []
        for (row, kind) in axis.rows.enumerated() where kind == .host {
            changes.append(HistoryChange(time: axis.times[row], value: try cursor.host(failureTable)))
        }
        return changes
    }
}
