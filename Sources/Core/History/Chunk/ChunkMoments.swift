import Contract

extension ChunkReader {
    /// Returns what was known at a moment: of the rows until then the latest.
    ///
    /// - Parameter time: Unix nanoseconds; before ``span`` nothing is known, after it the last row's state goes on.
    public func moment(at time: Int64) throws(ChunkDamage) -> HistoryMoment? {
        guard let row = axis.row(at: time) else { return nil }
        let state = try state(after: row)
        // The subtraction of two hostile times need not fit.
        let (age, overflow) = time.subtractingReportingOverflow(state.host?.time ?? time)
        return HistoryMoment(
            time: axis.times[row], snapshot: state.snapshot, failure: state.failure?.value,
            host: state.host?.value.aged(by: overflow ? .max : age))
    }

    /// Returns the Unix nanoseconds of the latest row until a time; nil: there is none but of the opening state.
    public func latestRow(until time: Int64) -> Int64? { axis.row(at: time).map { axis.times[$0] } }

    /// Returns the state in which the chunk ends.
    func end() throws(ChunkDamage) -> ChunkEnd { try state(after: axis.rows.count - 1) }

    private func state(after row: Int) throws(ChunkDamage) -> ChunkEnd {
        let rows = axis.rows[..<(row + 1)]
        var state = ChunkEnd()
        if let last = rows.lastIndex(of: .sample) {
            state.snapshot = try snapshot(sample: rows.count { $0 == .sample } - 1, made: axis.times[last])
        }
        if let last = rows.lastIndex(where: { $0 != .host }), rows[last] == .failure {
            var cursor = failureSection
            var failure: Failure?
            for _ in 0..<rows.count(where: { $0 == .failure }) {
                failure = try cursor.failure(of: failureTable)
            }
            state.failure = failure.map { HistoryChange(time: axis.times[last], value: $0) }
        }
        if let last = rows.lastIndex(of: .host) {
            var cursor = hostSection
            var host: HostState?
            for _ in 0..<rows.count(where: { $0 == .host }) { host = try cursor.host(failureTable) }
            state.host = host.map { HistoryChange(time: axis.times[last], value: $0) }
        }
        return state
    }

    private func snapshot(sample: Int, made: Int64) throws(ChunkDamage) -> Snapshot {
        var ages = axis.ageReader
        try ages.skip(sample)
        var texts = TextCache(texts)
        var snapshot = Snapshot(
            key: key, schema: schema!, taken: try Self.taken(made, &ages), made: made,
            note: try Self.value(of: noteSection, at: sample, &texts, Self.note) ?? nil,
            gone: try Self.value(of: goneSection, at: sample, &texts, Self.gone) ?? [])
        let presence = rosters.presence(before: sample, instances: instances.count)
        let totals = rosters.presence(before: axis.samples, instances: instances.count)
        let roster = rosters.roster(of: sample)
        snapshot.instances.reserveCapacity(roster.count)
        for instance in roster {
            var row = Snapshot.Instance(name: instances[instance], cells: [])
            row.cells.reserveCapacity(schema!.metrics.count)
            for metric in schema!.metrics.indices {
                var column = try reader(instance, metric, count: totals[instance])
                try column.skip(presence[instance])
                row.cells.append(try cell(&column, &texts))
            }
            snapshot.instances.append(row)
        }
        return snapshot
    }

    static func taken(_ made: Int64, _ ages: inout NumberReader) throws(ChunkDamage) -> Int64 {
        let age = try Milliseconds.next(&ages)
        return Milliseconds.nanoseconds(Milliseconds.of(made) - age)
    }

    /// Returns the value that a list of changes has at a sample; nil: it begins later.
    private static func value<Value>(
        of list: HistoryCursor, at sample: Int, _ texts: inout TextCache,
        _ read: (inout HistoryCursor, inout TextCache) throws(ChunkDamage) -> Value
    ) throws(ChunkDamage) -> Value? {
        var changes = try ChangeReader(list)
        var value: Value?
        while let place = changes.place, place <= sample {
            value = try read(&changes.cursor, &texts)
            try changes.step()
        }
        return value
    }

    static func note(_ cursor: inout HistoryCursor, _ texts: inout TextCache) throws(ChunkDamage) -> Snapshot
        .Note?
    {
        let code = try cursor.u8()
        guard code > 0 else { return nil }
        guard let status = Status(rawValue: code - 1) else { throw .unknownTag }
        return Snapshot.Note(status: status, sentence: try texts.next(&cursor))
    }

    static func gone(_ cursor: inout HistoryCursor, _ texts: inout TextCache) throws(ChunkDamage) -> [Snapshot
        .Gone]
    {
        var gone: [Snapshot.Gone] = []
        for _ in 0..<(try cursor.elements(atMost: HistoryFormat.mostInstances)) {
            let name = try texts.next(&cursor)
            gone.append(Snapshot.Gone(name: name, lastSeen: Milliseconds.nanoseconds(try cursor.signed())))
        }
        return gone
    }
}
