import Contract

/// Writes a chunk: all that one source published in a stretch of time, usually an hour. A plain value that holds
/// compressed columns and no snapshot; about a byte for each number of a sample, and 600 bytes for each series.
///
/// A chunk that cannot take something says so and stays as it is; the caller seals it (``encoded()``) and goes on with
/// ``next(at:)``, which takes it:
///
///     if writer.append(snapshot) != .taken {
///         seal(writer.encoded())
///         writer = writer.next(at: snapshot.made)
///         _ = writer.append(snapshot)
///     }
///
/// Times are kept to the millisecond. Numbers are rounded to what a person can see of their unit, see
/// `docs/HISTORY-FORMAT.md`.
public struct ChunkWriter: Sendable {
    /// Whose chunk it is.
    public let key: SeriesKey
    private var schema: Schema?
    private var axis = ChunkAxis()
    private var names = TextTable()
    /// For each instance one for each metric.
    private var columns: [ChunkColumn] = []
    /// For each instance the number of snapshots that have it.
    private var presence: [Int] = []
    private var rosters = RosterList()
    private var texts = TextTable()
    private var notes = ChangeList()
    private var note: Snapshot.Note?
    private var gone = ChangeList()
    private var latestGone: [Snapshot.Gone] = []
    private var failures = FailureTable()
    private var failureRows = HistoryBytes()
    private var hostRows = HistoryBytes()
    private var latestHost: HostState?
    /// Cells taken in since the size was looked at, which is a sum over all columns.
    private var unmeasured = 0
    /// Rows are being taken over from the chunk before.
    var isOpening = false
    /// A whole chunk is written anew, which has been within the bounds.
    var isCopy = false

    /// No more than a megabyte of numbers.
    private static let mostUnmeasured = 1 << 17

    /// Creates an empty chunk. What was known before is not part of it; see ``next(at:)``.
    public init(key: SeriesKey) { self.key = key }

    /// The number of snapshots taken in; those of holds and of the opening state are not counted.
    public private(set) var sampleCount = 0
    /// Whether nothing but the opening state has been taken in, so that there is nothing to store.
    public var isEmpty: Bool { axis.count == axis.carried }
    /// Unix nanoseconds of the first and the latest moment taken in; nil: the chunk is empty. Whole milliseconds.
    public var span: ClosedRange<Int64>? {
        guard let first = axis.first, let latest = axis.latest else { return nil }
        return Milliseconds.nanoseconds(first)...Milliseconds.nanoseconds(latest)
    }
    /// The number of rows, those of the opening state included.
    var rowCount: Int { axis.count }
    /// The approximate number of bytes of ``encoded()``.
    public var size: Int {
        columns.reduce(axis.size + names.encoded.bytes.count + texts.encoded.bytes.count + 64) {
            $0 + $1.size
        }
            + rosters.changes.size + notes.size + gone.size + failures.encoded.bytes.count
            + failureRows.bytes.count + hostRows.bytes.count
    }

    /// Appends a snapshot, at its `made`. Its statuses are kept as they are judged.
    ///
    /// Cells beyond the schema's metrics are dropped, missing ones are absent, and of two instances of the same name the
    /// second is dropped. A snapshot of another key is ``ChunkFit/otherSchema``. An empty chunk takes every snapshot of
    /// up to 100,000 cells, the bound of a collect.
    public mutating func append(_ snapshot: Snapshot) -> ChunkFit {
        guard snapshot.key == key else { return .otherSchema }
        if let schema, !schema.isStored(as: snapshot.schema) {
            guard isEmpty else { return .otherSchema }
            // The opening snapshot is of another version of the plugin.
            self = opened(at: .max, withSnapshot: false)
        }
        let time = Milliseconds.of(snapshot.made)
        let fit = fit(at: time)
        guard fit == .taken else { return fit }
        guard let roster = roster(of: snapshot) else {
            guard isEmpty, axis.samples > 0 else { return .full }
            // The instances of the opening snapshot leave no room for these.
            self = opened(at: .max, withSnapshot: false)
            return append(snapshot)
        }
        schema = snapshot.schema
        axis.sample(at: time, taken: Milliseconds.of(snapshot.taken), carried: isOpening)
        let sample = axis.samples - 1
        rosters.append(roster.map(\.place), at: sample)
        for (row, place) in roster { append(snapshot.instances[row].cells, to: Int(place)) }
        unmeasured += roster.count * snapshot.schema.metrics.count
        if snapshot.note != note {
            note = snapshot.note
            notes.change(at: sample) { Self.write(snapshot.note, to: &$0, &texts) }
        }
        if snapshot.gone != latestGone {
            latestGone = snapshot.gone
            gone.change(at: sample) { Self.write(snapshot.gone, to: &$0, &texts) }
        }
        if !isOpening { sampleCount += 1 }
        return .taken
    }

    /// Notes that the source answered and its document has not changed: the latest snapshot counts once more.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func hold(at time: Int64) -> ChunkFit {
        row(.hold, at: time) { _ in }
    }

    /// Notes why there was no new snapshot. Of the same event again (``Failure/isSameEvent(as:)``) only the attempt and
    /// the next try are kept; what it measured stays as it was at first.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func fail(_ failure: Failure, at time: Int64) -> ChunkFit {
        guard failures.count < HistoryFormat.mostFailures else { return .full }
        return row(.failure, at: time) { $0.failures.write(failure, to: &$0.failureRows) }
    }

    /// Notes the state of the host. One that is the same event as the latest (``HostState/isSameEvent(as:)``) is not
    /// noted again.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func host(_ state: HostState, at time: Int64) -> ChunkFit {
        guard latestHost.map({ !$0.isSameEvent(as: state) }) ?? true else { return .taken }
        guard failures.count < HistoryFormat.mostFailures else { return .full }
        return row(.host, at: time) {
            $0.latestHost = state
            $0.hostRows.host(state, &$0.failures)
        }
    }

    private mutating func row(_ row: ChunkRow, at time: Int64, _ write: (inout ChunkWriter) -> Void)
        -> ChunkFit
    {
        let time = Milliseconds.of(time)
        let fit = fit(at: time)
        guard fit == .taken else { return fit }
        axis.append(row, at: time, carried: isOpening)
        write(&self)
        return .taken
    }

    private mutating func fit(at time: Int64) -> ChunkFit {
        if let latest = axis.latest, time < latest { return .clockWentBack }
        guard axis.count < HistoryFormat.mostRows else { return .full }
        if !isCopy, unmeasured >= Self.mostUnmeasured || axis.count % 32 == 31 {
            guard size < HistoryFormat.fullBytes else { return .full }
            unmeasured = 0
        }
        return .taken
    }

    // MARK: Snapshots

    /// Returns for each row of a snapshot its index there and the instance's number; nil: the chunk is full. Instances
    /// that are new become part of the chunk.
    private mutating func roster(of snapshot: Snapshot) -> [(row: Int, place: UInt32)]? {
        let before = names
        var roster: [(row: Int, place: UInt32)] = []
        roster.reserveCapacity(snapshot.instances.count)
        for (row, instance) in snapshot.instances.enumerated() {
            roster.append((row, UInt32(names.place(instance.name))))
        }
        let metrics = snapshot.schema.metrics.count
        guard HistoryFormat.hasRoom(axis.samples + 1, instances: names.count, metrics: metrics),
            roster.count * max(metrics, 1) <= WireLimits.snapshotCells
        else {
            names = before
            return nil
        }
        for _ in presence.count..<names.count {
            presence.append(0)
            columns += snapshot.schema.metrics.map(ChunkColumn.init)
        }
        var seen: Set<UInt32> = []
        if Set(roster.lazy.map(\.place)).count < roster.count {
            roster.removeAll { !seen.insert($0.place).inserted }
        }
        return roster
    }

    private mutating func append(_ cells: [Snapshot.Cell], to instance: Int) {
        let metrics = schema!.metrics.count
        for metric in 0..<metrics {
            let cell = metric < cells.count ? cells[metric] : Snapshot.Cell(value: .absent)
            columns[instance * metrics + metric].append(cell, at: presence[instance], &texts)
        }
        presence[instance] += 1
    }

    private static func write(_ note: Snapshot.Note?, to bytes: inout HistoryBytes, _ texts: inout TextTable)
    {
        guard let note else { return bytes.u8(0) }
        bytes.u8(note.status.rawValue + 1)
        bytes.count(texts.place(note.sentence))
    }

    private static func write(_ gone: [Snapshot.Gone], to bytes: inout HistoryBytes, _ texts: inout TextTable)
    {
        bytes.count(min(gone.count, HistoryFormat.mostInstances))
        for one in gone.prefix(HistoryFormat.mostInstances) {
            bytes.count(texts.place(one.name))
            bytes.signed(Milliseconds.of(one.lastSeen))
        }
    }

    // MARK: Bytes

    /// Returns the chunk as bytes. It can be called at any moment and does not end the chunk.
    public func encoded() -> [UInt8] {
        var head = HistoryBytes()
        head.key(key)
        var (schemaBytes, nameBytes, textBytes) = (HistoryBytes(), HistoryBytes(), HistoryBytes())
        if let schema { schemaBytes.schema(schema) }
        nameBytes.table(names)
        textBytes.table(texts)
        var (rosterBytes, noteBytes, goneBytes) = (HistoryBytes(), HistoryBytes(), HistoryBytes())
        rosters.changes.write(to: &rosterBytes)
        notes.write(to: &noteBytes)
        gone.write(to: &goneBytes)
        var failureBytes = HistoryBytes()
        failureBytes.count(failures.count)
        failureBytes.bytes += failures.encoded.bytes
        var (directory, body) = (HistoryBytes(), HistoryBytes())
        for column in columns {
            let start = body.bytes.count
            column.write(to: &body)
            directory.count(body.bytes.count - start)
        }
        return Container.record(
            .chunk, head,
            [
                schemaBytes, axis.encoded, nameBytes, rosterBytes, textBytes, noteBytes, goneBytes,
                failureBytes,
                failureRows, hostRows, directory, body,
            ])
    }
}

extension HistoryBytes {
    /// The number of texts of a table, and the texts.
    mutating func table(_ table: TextTable) {
        count(table.count)
        bytes += table.encoded.bytes
    }
}
