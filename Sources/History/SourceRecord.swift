import Core

/// What one source has delivered since the last seal, in the making.
struct SourceRecord {
    /// The hour so far.
    private(set) var chunk: ChunkWriter
    /// What came since the last tail; it opens with the state before.
    private(set) var tail: ChunkWriter
    /// The same hour in stretches of five minutes.
    private(set) var rollup: RollupWriter
    /// The latest snapshot whose numbers are in the chunk.
    private var latest: Snapshot?
    private var latestTime: Int64?
    /// The time of an observation that the rollup has taken and the chunk has not: it must not be counted again.
    private var summedUp: Int64?

    /// Nanoseconds by which observations may come in another order than their times.
    private static let disorder: Int64 = 5_000_000_000
    /// Nanoseconds from one sample to the next of the native tier. Rollups take every one.
    private static let spacing: Int64 = 10_000_000_000
    /// Half the shortest refresh: a sample that comes this much too early counts as on time.
    private static let slack: Int64 = 250_000_000

    init(key: SeriesKey) {
        chunk = ChunkWriter(key: key)
        tail = ChunkWriter(key: key)
        rollup = RollupWriter(key: key, tier: .fiveMinutes)
    }

    /// Creates the record that follows, which opens with the state in which this one ends.
    private init(after record: SourceRecord, at time: Int64) {
        chunk = record.chunk.next(at: time)
        tail = record.tail.next(at: time)
        rollup = record.rollup.next()
        (latest, summedUp) = (record.latest, record.summedUp)
    }

    func next(at time: Int64) -> SourceRecord { SourceRecord(after: self, at: time) }

    /// Whether there is nothing to store.
    var isEmpty: Bool { chunk.isEmpty && rollup.isEmpty }

    /// Takes in an observation; false: the chunk stays as it is. The caller seals, which drops the tail, and goes on with
    /// ``next(at:)``, which takes it.
    mutating func take(_ observation: Observation) -> Bool {
        let latest = latestTime ?? observation.time
        // A snapshot has the time of its tick, before which the host's state may have been told.
        let isLate = observation.time < latest && latest - observation.time < Self.disorder
        let ordered = isLate ? observation.moved(to: latest) : observation
        // Each writer is changed in place: a copy to fall back on would copy all columns each time.
        guard summedUp == ordered.time || sumUp(ordered) else { return false }
        summedUp = ordered.time
        guard add(ordered) else { return false }
        summedUp = nil
        latestTime = ordered.time
        return true
    }

    private mutating func sumUp(_ observation: Observation) -> Bool {
        let time = observation.time
        let fit =
            switch observation.fact {
            case .snapshot(let snapshot): rollup.append(snapshot)
            case .hold: rollup.hold(at: time)
            case .failure(let failure): rollup.fail(failure, at: time)
            case .host(let state): rollup.host(state, at: time)
            }
        return fit == .taken
    }

    private mutating func add(_ observation: Observation) -> Bool {
        let time = observation.time
        switch observation.fact {
        case .snapshot(let snapshot):
            guard isDue(snapshot) else { return true }
            guard tail.append(snapshot) == .taken, chunk.append(snapshot) == .taken else { return false }
            latest = snapshot
            return true
        case .hold:
            guard (chunk.span?.upperBound).map({ time - $0 >= Self.spacing - Self.slack }) ?? true else {
                return true
            }
            return tail.hold(at: time) == .taken && chunk.hold(at: time) == .taken
        case .failure(let failure):
            return tail.fail(failure, at: time) == .taken && chunk.fail(failure, at: time) == .taken
        case .host(let state):
            return tail.host(state, at: time) == .taken && chunk.host(state, at: time) == .taken
        }
    }

    /// Whether a snapshot becomes a sample: the spacing is over, or something but a number has changed.
    private func isDue(_ snapshot: Snapshot) -> Bool {
        guard let latest else { return true }
        let distance = snapshot.made - latest.made
        return distance >= Self.spacing - Self.slack || distance < 0 || !snapshot.reads(like: latest)
    }

    /// Returns the chunk since the last tail, and begins the next one; nil: nothing has come.
    mutating func cutTail(at time: Int64) -> [UInt8]? {
        guard !tail.isEmpty else { return nil }
        defer { tail = tail.next(at: time) }
        return tail.encoded()
    }
}

extension Snapshot {
    /// Whether all texts, statuses and notes are those of another snapshot; only numbers may differ.
    fileprivate func reads(like other: Snapshot) -> Bool {
        guard schema === other.schema || schema == other.schema, note == other.note,
            instances.count == other.instances.count, gone.count == other.gone.count
        else { return false }
        return zip(instances, other.instances).allSatisfy { own, other in
            own.name == other.name && own.cells.count == other.cells.count
                && zip(own.cells, other.cells).allSatisfy { $0.reads(like: $1) }
        }
    }
}

extension Snapshot.Cell {
    fileprivate func reads(like other: Snapshot.Cell) -> Bool {
        guard status == other.status else { return false }
        if case .number = value, case .number = other.value { return true }
        return value == other.value
    }
}
