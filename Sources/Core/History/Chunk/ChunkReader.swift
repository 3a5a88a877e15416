import Contract

/// What was known of a source at a moment.
public struct HistoryMoment: Sendable, Equatable {
    /// Unix nanoseconds of the latest row of the source.
    public var time: Int64
    /// The latest snapshot; also where a failure came after it, as on the live screen.
    public var snapshot: Snapshot?
    /// Why nothing newer came; nil: the source was well.
    public var failure: Failure?
    /// The state of the host, its ages as of the moment that was asked for; nil: it is not known.
    public var host: HostState?
}

/// The values of one series as they were recorded.
public struct SeriesValues: Sendable, Equatable {
    /// Unix nanoseconds, rising; whole milliseconds.
    public var times: [Int64]
    /// One for each time; NaN where the number was absent or the source failed.
    public var values: [Double]
}

/// Something that is known from a time until the next one.
public struct HistoryChange<Value: Sendable>: Sendable {
    /// Unix nanoseconds.
    public var time: Int64
    /// What is known from then on.
    public var value: Value
}

extension HistoryChange: Equatable where Value: Equatable {}

/// Reads a chunk that ``ChunkWriter`` has written. The bytes are treated as hostile: what is damaged throws, here or where
/// it is read. Only what is asked for is decoded.
///
/// Beyond the bytes it holds the times, the names and 16 bytes for each series: 1 MiB and 12 times the bytes at most. A
/// series adds 16 bytes for each row while it is read.
public struct ChunkReader: Sendable {
    /// Whose chunk it is.
    public let key: SeriesKey
    /// What the cells are; without the metrics' help, which is not stored. nil: there is no snapshot in the chunk.
    public let schema: Schema?
    /// Unix nanoseconds of all rows (samples, holds, failures, host states), without those of the opening state.
    public var times: [Int64] { fatalError() }
    /// Unix nanoseconds of the first and the latest row.
    public var span: ClosedRange<Int64>? { fatalError() }
    /// The names of all instances, in the order of their first appearance.
    public let instances: [String]
    /// The number of snapshots, without those of the opening state.
    public var sampleCount: Int { fatalError() }
    /// The usual time between two rows in nanoseconds; 0: there are fewer than two. A median.
    public var usualInterval: Int64 { fatalError() }

    /// Opens a chunk: checks its mark, version and checksum, and reads all but the columns.
    public init(_ bytes: [UInt8]) throws(ChunkDamage) { fatalError() }

    /// Returns what was known at a moment: of the rows until then the latest.
    ///
    /// - Parameter time: Unix nanoseconds; before ``span`` nothing is known, after it the last row's state goes on.
    public func moment(at time: Int64) throws(ChunkDamage) -> HistoryMoment? { fatalError() }

    /// Returns the numbers of one series, one for each sample, hold and failure; nil: the chunk does not have the series.
    /// Other series are not decoded.
    ///
    /// - Parameter metric: The metric's id.
    public func values(instance: String, metric: String) throws(ChunkDamage) -> SeriesValues? { fatalError() }

    /// Returns the texts of one series where they change; nil: absent.
    public func texts(instance: String, metric: String) throws(ChunkDamage) -> [HistoryChange<String?>] {
        fatalError()
    }

    /// Returns the statuses of one series where they change; nil: the instance is not there.
    public func statuses(instance: String, metric: String) throws(ChunkDamage) -> [HistoryChange<Status?>] {
        fatalError()
    }

    /// Returns the notes where they change; nil: none.
    public func notes() throws(ChunkDamage) -> [HistoryChange<Snapshot.Note?>] { fatalError() }

    /// Returns the failures where they change, attempts and next tries included; nil: the source is well again.
    public func failures() throws(ChunkDamage) -> [HistoryChange<Failure?>] { fatalError() }

    /// Returns the states of the host where they change, as they were noted.
    public func hostStates() throws(ChunkDamage) -> [HistoryChange<HostState>] { fatalError() }

    /// Returns the chunk written anew without some instances, their texts and names. Notes, failures and host states
    /// whose texts contain one of the names are dropped too.
    public func rewritten(without instances: Set<String> = []) throws(ChunkDamage) -> ChunkWriter {
        fatalError()
    }
}
