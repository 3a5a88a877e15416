import Contract

/// Writes a chunk: all that one source published in a stretch of time, usually an hour. A plain value that holds
/// compressed columns and no snapshot; about a byte for each number of a sample, and 300 bytes for each series.
///
/// A chunk that cannot take something says so and stays as it is; the caller seals it (``encoded()``) and goes on with
/// ``next()``:
///
///     if writer.append(snapshot) != .taken {
///         seal(writer.encoded())
///         writer = writer.next()
///         _ = writer.append(snapshot)   // after a step of the clock use ChunkWriter(key:) instead of next()
///     }
///
/// Times are kept to the millisecond. Numbers are rounded to what a person can see of their unit, see ``Quantum``.
public struct ChunkWriter: Sendable {
    /// Whose chunk it is.
    public let key: SeriesKey

    /// Creates an empty chunk. What was known before is not part of it; see ``next()``.
    public init(key: SeriesKey) { self.key = key }

    /// The number of snapshots taken in; those of holds and of the opening state are not counted.
    public private(set) var sampleCount = 0
    /// Whether nothing but the opening state has been taken in, so that there is nothing to store.
    public var isEmpty: Bool { fatalError() }
    /// Unix nanoseconds of the first and the latest moment taken in; nil: the chunk is empty. Whole milliseconds.
    public var span: ClosedRange<Int64>? { fatalError() }
    /// The approximate number of bytes of ``encoded()``.
    public var size: Int { fatalError() }

    /// Appends a snapshot, at its `made`. Its statuses are kept as they are judged.
    ///
    /// The snapshot's key must be that of the chunk. Cells beyond the schema's metrics are dropped, missing ones are absent.
    public mutating func append(_ snapshot: Snapshot) -> ChunkFit { fatalError() }

    /// Notes that the source answered and its document has not changed: the latest snapshot counts once more.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func hold(at time: Int64) -> ChunkFit { fatalError() }

    /// Notes why there was no new snapshot. Of the same event again (``Failure/isSameEvent(as:)``) only the attempt and
    /// the next try are kept; what it measured stays as it was at first.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func fail(_ failure: Failure, at time: Int64) -> ChunkFit { fatalError() }

    /// Notes the state of the host. One that is the same event as the latest (``HostState/isSameEvent(as:)``) is not
    /// noted again.
    ///
    /// - Parameter time: Unix nanoseconds.
    public mutating func host(_ state: HostState, at time: Int64) -> ChunkFit { fatalError() }

    /// Returns the chunk as bytes. It can be called at any moment and does not end the chunk.
    public func encoded() -> [UInt8] { fatalError() }

    /// Returns the chunk that follows: it opens with the state in which this one ends, so that it can be read alone.
    public func next() -> ChunkWriter { fatalError() }
}
