import Contract

extension ChunkReader {
    /// Returns the chunk written anew without some instances: their cells and names, and every text, note, failure and
    /// host state that contains one of the names. All else stays as it was read.
    /// The writer can go on: what a program left behind need not be begun anew.
    public func rewritten(without forgotten: Set<String> = []) throws(ChunkDamage) -> ChunkWriter {
        try rewritten(without: Forgotten(forgotten))
    }

    /// Returns the chunk written anew without what is forgotten.
    public func rewritten(without forgotten: Forgotten) throws(ChunkDamage) -> ChunkWriter {
        var writer = ChunkWriter(key: key)
        writer.isCopy = true
        var samples = try SampleReader(self)
        let kept = schema.map(forgotten.kept)
        var (failures, hosts) = (failureSection, hostSection)
        for (row, kind) in axis.rows.enumerated() {
            writer.isOpening = row < axis.carried
            let time = axis.times[row]
            switch kind {
            case .sample:
                var snapshot = Self.cut(try samples.next(made: time), forgotten)
                if let kept { Self.cut(&snapshot, to: kept.schema, kept.places) }
                _ = writer.append(snapshot)
            case .hold: _ = writer.hold(at: time)
            case .failure:
                let failure = try failures.failure(of: failureTable)
                if !forgotten.isNamed(in: failure) { _ = writer.fail(failure, at: time) }
            case .host:
                let state = try hosts.host(failureTable)
                if !forgotten.isNamed(in: state) { _ = writer.host(state, at: time) }
            }
        }
        (writer.isOpening, writer.isCopy) = (false, false)
        return writer
    }

    private static func cut(_ snapshot: Snapshot, _ forgotten: Forgotten) -> Snapshot {
        guard !forgotten.names.isEmpty else { return snapshot }
        var snapshot = snapshot
        snapshot.instances.removeAll { instance in
            forgotten.names.contains(instance.name)
                || forgotten.withCarriers
                    && instance.cells.contains { $0.value.text.map(forgotten.names.contains) ?? false }
        }
        for row in snapshot.instances.indices {
            for (metric, cell) in snapshot.instances[row].cells.enumerated() {
                if let text = cell.value.text, forgotten.isNamed(in: text) {
                    snapshot.instances[row].cells[metric].value = .absent
                }
            }
        }
        snapshot.gone.removeAll { forgotten.isNamed(in: $0.name) }
        if let note = snapshot.note, forgotten.isNamed(in: note.sentence) { snapshot.note = nil }
        return snapshot
    }

    /// Leaves the cells of some metrics.
    private static func cut(_ snapshot: inout Snapshot, to schema: Schema, _ places: [Int]) {
        guard places.count < snapshot.schema.metrics.count else { return }
        for row in snapshot.instances.indices {
            let cells = snapshot.instances[row].cells
            snapshot.instances[row].cells = places.map {
                $0 < cells.count ? cells[$0] : .init(value: .absent)
            }
        }
        snapshot.schema = schema
    }

    /// What came at one moment.
    public enum Row: Sendable {
        case snapshot(Snapshot)
        /// The latest snapshot still held.
        case hold
        case failure(Failure)
        case host(HostState)
    }

    /// Calls a body with all that came, in the order of time, with the Unix nanoseconds of each; without the opening state.
    public func forEachRow(_ body: (Int64, Row) -> Void) throws(ChunkDamage) {
        var samples = try SampleReader(self)
        var (failures, hosts) = (failureSection, hostSection)
        for (row, kind) in axis.rows.enumerated() {
            let time = axis.times[row]
            let content: Row
            switch kind {
            case .sample: content = .snapshot(try samples.next(made: time))
            case .hold: content = .hold
            case .failure: content = .failure(try failures.failure(of: failureTable))
            case .host: content = .host(try hosts.host(failureTable))
            }
            if row >= axis.carried { body(time, content) }
        }
    }
}

/// Reads the snapshots of a chunk one after another, with a place in every column.
private struct SampleReader {
    private let chunk: ChunkReader
    private var columns: [ColumnReader] = []
    private var ages: NumberReader
    private var texts: TextCache
    private var (notes, gone): (ChangeReader, ChangeReader)
    private var (note, latestGone): (Snapshot.Note?, [Snapshot.Gone]) = (nil, [])
    private var sample = 0

    init(_ chunk: ChunkReader) throws(ChunkDamage) {
        self.chunk = chunk
        ages = chunk.axis.ageReader
        texts = TextCache(chunk.texts)
        (notes, gone) = (try ChangeReader(chunk.noteSection), try ChangeReader(chunk.goneSection))
        let totals = chunk.rosters.presence(before: chunk.axis.samples, instances: chunk.instances.count)
        for instance in chunk.instances.indices {
            for metric in chunk.schema?.metrics.indices ?? 0..<0 {
                columns.append(try chunk.reader(instance, metric, count: totals[instance]))
            }
        }
    }

    /// Reads the next snapshot, which was made at a time.
    mutating func next(made: Int64) throws(ChunkDamage) -> Snapshot {
        if notes.place == sample {
            note = try ChunkReader.note(&notes.cursor, &texts)
            try notes.step()
        }
        if gone.place == sample {
            latestGone = try ChunkReader.gone(&gone.cursor, &texts)
            try gone.step()
        }
        var snapshot = Snapshot(
            key: chunk.key, schema: chunk.schema!, taken: try ChunkReader.taken(made, &ages), made: made,
            note: note, gone: latestGone)
        let metrics = chunk.schema!.metrics.count
        for instance in chunk.rosters.roster(of: sample) {
            var row = Snapshot.Instance(name: chunk.instances[instance], cells: [])
            for metric in 0..<metrics {
                row.cells.append(try chunk.cell(&columns[instance * metrics + metric], &texts))
            }
            snapshot.instances.append(row)
        }
        sample += 1
        return snapshot
    }
}
