import Contract

extension ChunkReader {
    /// Returns the chunk written anew without some instances: their cells and names, and every text, note, failure and
    /// host state that contains one of the names. All else stays as it was read.
    /// The writer can go on: what a program left behind need not be begun anew.
    public func rewritten(without forgotten: Set<String> = []) throws(ChunkDamage) -> ChunkWriter {
        var writer = ChunkWriter(key: key)
        writer.isCopy = true
        var samples = try SampleReader(self)
        var (failures, hosts) = (failureSection, hostSection)
        let names = forgotten.filter { !$0.isEmpty }.map { Array($0.utf8) }
        for (row, kind) in axis.rows.enumerated() {
            writer.isOpening = row < axis.carried
            let time = axis.times[row]
            switch kind {
            case .sample:
                _ = writer.append(Self.cut(try samples.next(made: time), forgotten, names))
            case .hold: _ = writer.hold(at: time)
            case .failure:
                let failure = try failures.failure(of: failureTable)
                if !names.contains(where: { Self.mentions(failure, $0) }) {
                    _ = writer.fail(failure, at: time)
                }
            case .host:
                let state = try hosts.host(failureTable)
                if !names.contains(where: { Self.mentions(state, $0) }) { _ = writer.host(state, at: time) }
            }
        }
        (writer.isOpening, writer.isCopy) = (false, false)
        return writer
    }

    private static func cut(_ snapshot: Snapshot, _ forgotten: Set<String>, _ names: [[UInt8]]) -> Snapshot {
        guard !forgotten.isEmpty else { return snapshot }
        func isNamed(_ text: String) -> Bool {
            forgotten.contains(text) || names.contains { contains(text.utf8, $0) }
        }
        var snapshot = snapshot
        snapshot.instances.removeAll { forgotten.contains($0.name) }
        for row in snapshot.instances.indices {
            for (metric, cell) in snapshot.instances[row].cells.enumerated() {
                if let text = cell.value.text, isNamed(text) {
                    snapshot.instances[row].cells[metric].value = .absent
                }
            }
        }
        snapshot.gone.removeAll { isNamed($0.name) }
        if let note = snapshot.note, isNamed(note.sentence) { snapshot.note = nil }
        return snapshot
    }

    private static func mentions(_ failure: Failure, _ name: [UInt8]) -> Bool {
        var bytes = HistoryBytes()
        bytes.cause(failure)
        return contains(bytes.bytes, name)
    }

    private static func mentions(_ state: HostState, _ name: [UInt8]) -> Bool {
        var (bytes, table) = (HistoryBytes(), FailureTable())
        bytes.host(state, &table)
        return contains(bytes.bytes, name) || contains(table.encoded.bytes, name)
    }

    /// Whether bytes contain others; the standard library's own search compares characters.
    private static func contains(_ bytes: some Collection<UInt8>, _ name: [UInt8]) -> Bool {
        let bytes = Array(bytes)
        guard bytes.count >= name.count else { return false }
        return (0...bytes.count - name.count).contains { start in
            bytes[start] == name[0] && bytes[start..<start + name.count].elementsEqual(name)
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
