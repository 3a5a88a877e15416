/// The state in which a chunk ends.
struct ChunkEnd {
    var snapshot: Snapshot?
    var failure: HistoryChange<Failure>?
    var host: HistoryChange<HostState>?
}

extension ChunkWriter {
    /// Returns the chunk that follows: it opens with the state in which this one ends, so that it can be read alone.
    ///
    /// - Parameter time: Unix nanoseconds of what comes next. After a step of the clock it is before the end of this
    ///   chunk: the opening state then gets that time.
    public func next(at time: Int64) -> ChunkWriter { opened(at: time, withSnapshot: true) }

    /// Returns a chunk that opens with the state in which this one ends.
    func opened(at time: Int64, withSnapshot: Bool) -> ChunkWriter {
        var opened = ChunkWriter(key: key)
        guard rowCount > 0, let end = try? ChunkReader(encoded()).end() else { return opened }
        var rows: [(time: Int64, row: Row)] = []
        if withSnapshot, let snapshot = end.snapshot { rows.append((snapshot.made, .snapshot(snapshot))) }
        if let failure = end.failure { rows.append((failure.time, .failure(failure.value))) }
        if let host = end.host { rows.append((host.time, .host(host.value))) }
        opened.isOpening = true
        for row in rows.sorted(by: { $0.time < $1.time }) { opened.take(row.row, at: min(row.time, time)) }
        opened.isOpening = false
        return opened
    }

    private enum Row {
        case snapshot(Snapshot)
        case failure(Failure)
        case host(HostState)
    }

    private mutating func take(_ row: Row, at time: Int64) {
        switch row {
        case .snapshot(var snapshot):
            snapshot.made = time
            _ = append(snapshot)
        case .failure(let failure): _ = fail(failure, at: time)
        case .host(let state): _ = host(state, at: time)
        }
    }
}
