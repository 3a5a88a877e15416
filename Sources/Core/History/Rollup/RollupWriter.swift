import Contract

/// Sums up what one source publishes in stretches of one length: of each number the smallest, mean, largest and latest
/// and how many; of counters how much they rose, corrected for resets; of texts the latest and whether it changed; the
/// worst status; failures and the worst state of the host. It is fed with everything, so that no spike is lost.
///
/// It has the same rules as ``ChunkWriter``: what does not fit is told, and the caller goes on with ``next()``. Half
/// a kilobyte for each series.
public struct RollupWriter: Sendable {
    /// Whose rollup it is.
    public let key: SeriesKey
    /// How long its stretches are.
    public let tier: RollupTier
    private var schema: Schema?
    private var names = TextTable()
    private var namesInOrder: [String] = []
    private var columns: [RollupColumn] = []
    private var texts = TextTable()
    private var axis = RollupAxis()
    /// The stretch in progress.
    private var index: Int64?
    private var outage = RollupOutage()
    private var latest: Int64?
    private var host: HostState?

    /// Creates an empty rollup.
    public init(key: SeriesKey, tier: RollupTier) {
        self.key = key
        self.tier = tier
    }

    /// The number of stretches, the one in progress included.
    public var stretchCount: Int { axis.count + (index == nil ? 0 : 1) }
    /// Whether nothing has been taken in.
    public var isEmpty: Bool { stretchCount == 0 }
    /// Unix nanoseconds at which the first stretch begins and the latest ends; nil: there is none.
    public var span: Range<Int64>? {
        guard let first = axis.first ?? index, let last = index ?? axis.latest else { return nil }
        return tier.start(first)..<max(tier.start(last + 1), tier.start(first))
    }
    /// The approximate number of bytes of ``encoded()``.
    public var size: Int {
        columns.reduce(axis.size + names.encoded.bytes.count + texts.encoded.bytes.count + 64) {
            $0 + $1.size
        }
    }

    /// Takes in a snapshot, at its `made`.
    public mutating func append(_ snapshot: Snapshot) -> ChunkFit {
        guard snapshot.key == key else { return .otherSchema }
        if let schema, !schema.isStored(as: snapshot.schema) {
            guard isEmpty else { return .otherSchema }
            let host = host
            self = RollupWriter(key: key, tier: tier)
            self.host = host
        }
        guard let places = places(of: snapshot) else { return .full }
        let fit = enter(snapshot.made)
        guard fit == .taken else { return fit }
        add(snapshot.schema, places.names)
        let metrics = snapshot.schema.metrics.count
        for instance in 0..<names.count {
            let row = instance < places.rows.count ? places.rows[instance] : nil
            let cells = row.map { snapshot.instances[$0].cells }
            for metric in 0..<metrics {
                let cell = cells.map { metric < $0.count ? $0[metric] : Snapshot.Cell(value: .absent) }
                columns[instance * metrics + metric].add(cell)
            }
        }
        outage.samples += 1
        return .taken
    }

    /// Counts the latest snapshot once more, at a time in Unix nanoseconds.
    public mutating func hold(at time: Int64) -> ChunkFit {
        let fit = enter(time)
        guard fit == .taken else { return fit }
        for column in columns.indices { columns[column].addLatest() }
        outage.samples += 1
        return .taken
    }

    /// Counts a failure, at a time in Unix nanoseconds. Of a stretch the latest is kept.
    public mutating func fail(_ failure: Failure, at time: Int64) -> ChunkFit {
        let fit = enter(time)
        guard fit == .taken else { return fit }
        outage.failures += 1
        outage.failure = failure
        return .taken
    }

    /// Takes in the state of the host, at a time in Unix nanoseconds. Of a stretch the worst is kept; it goes on in the
    /// next ones.
    public mutating func host(_ state: HostState, at time: Int64) -> ChunkFit {
        let fit = enter(time)
        guard fit == .taken else { return fit }
        host = state
        outage.see(state)
        return .taken
    }

    /// Returns the rollup as bytes, the stretch in progress included. It can be called at any moment.
    public func encoded() -> [UInt8] {
        var whole = self
        whole.seal()
        return whole.record()
    }

    /// Returns the rollup that follows: empty, but counters, and the values that a hold counts again, go on from where
    /// they are.
    public func next() -> RollupWriter {
        var next = RollupWriter(key: key, tier: tier)
        next.schema = schema
        next.host = host
        guard let schema else { return next }
        let metrics = schema.metrics.count
        for (instance, name) in namesInOrder.enumerated() {
            let own = columns[instance * metrics..<(instance + 1) * metrics]
            guard own.contains(where: \.isThere) else { continue }
            _ = next.names.place(name)
            next.namesInOrder.append(name)
            next.columns += zip(own, schema.metrics).map { $0.emptied($1) }
        }
        return next
    }

    // MARK: Stretches

    private mutating func enter(_ nanoseconds: Int64) -> ChunkFit {
        // The first stretch that can be told begins later than the first moment.
        let time = max(
            Milliseconds.of(nanoseconds), Milliseconds.limits.lowerBound + RollupTier.day.milliseconds)
        if let latest, time < latest { return .clockWentBack }
        let entered = tier.index(of: time)
        if entered != index {
            guard stretchCount < HistoryFormat.mostRows, size < HistoryFormat.fullBytes,
                axis.table.count + 2 < HistoryFormat.mostFailures,
                HistoryFormat.hasRoom(
                    stretchCount + 1, instances: names.count, metrics: schema?.metrics.count ?? 0)
            else { return .full }
            seal()
            index = entered
            outage = RollupOutage(host: host)
        }
        latest = time
        return .taken
    }

    private mutating func seal() {
        guard let index else { return }
        for column in columns.indices { columns[column].seal(at: axis.count, &texts) }
        axis.append(index, outage)
        self.index = nil
    }

    /// Returns for each instance its row in a snapshot, and the names that are new; nil: there is no room for them.
    private func places(of snapshot: Snapshot) -> (rows: [Int?], names: [String])? {
        var known = names
        var rows = [Int?](repeating: nil, count: known.count)
        var added: [String] = []
        for (row, instance) in snapshot.instances.enumerated() {
            let place = known.place(instance.name)
            if place == rows.count {
                rows.append(row)
                added.append(instance.name)
            } else if rows[place] == nil {
                rows[place] = row
            }
        }
        let hasRoom = HistoryFormat.hasRoom(
            stretchCount + 1, instances: known.count, metrics: snapshot.schema.metrics.count)
        return hasRoom ? (rows, added) : nil
    }

    private mutating func add(_ schema: Schema, _ added: [String]) {
        self.schema = schema
        for name in added {
            _ = names.place(name)
            namesInOrder.append(name)
            columns += schema.metrics.map(RollupColumn.init)
        }
    }

    private func record() -> [UInt8] {
        RollupRecord.encoded(key, tier, schema, axis, names, texts, columns)
    }
}
