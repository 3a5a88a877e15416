/// The bounds and marks of stored history; `docs/HISTORY-FORMAT.md` describes every byte.
public enum HistoryFormat {
    /// The version that is written, and the newest that is read.
    public static let version: UInt8 = 1
    /// Bytes of one record. A reader refuses more; a writer is full long before.
    public static let mostBytes = 16 << 20
    /// Bytes at which a writer asks for a new record.
    public static let fullBytes = 2 << 20
    /// Rows of one record: samples, holds, failures and host states; stretches of a rollup.
    public static let mostRows = 1 << 16
    /// Samples (or stretches) times instances times metrics. It bounds the time of a reader, whatever the bytes say.
    public static let mostCells = 1 << 22
    /// Instances of one record, those that have gone included.
    public static let mostInstances = 20_000
    /// Bytes of a text; longer ones are cut.
    public static let mostText = 1 << 14

    /// Instances times metrics of one record.
    public static let mostColumns = 1 << 18
    /// Failures of one record that are not the same event.
    static let mostFailures = 4096
    /// Names of documents or folders in a failure; further ones are dropped.
    static let mostListed = 256

    /// Whether a record may have so many rows of cells.
    static func hasRoom(_ rows: Int, instances: Int, metrics: Int) -> Bool {
        let columns = instances * max(metrics, 1)
        return instances <= mostInstances && columns <= mostColumns && rows * columns <= mostCells
    }

    static let magic: [UInt8] = Array("CMH".utf8)

    /// Returns a record of what stands between its head and its checksum. For what tests a reader with bytes that no writer
    /// makes.
    public static func record(of body: [UInt8], isRollup: Bool) -> [UInt8] {
        let kind: Kind = isRollup ? .rollup : .chunk
        return Container.sealed(magic + [version, kind.rawValue] + body)
    }

    /// What a record holds; the byte behind the version.
    enum Kind: UInt8 {
        case chunk = 1
        case rollup = 2
    }
}

/// Whether a writer has taken something in.
public enum ChunkFit: Sendable, Equatable {
    /// It is part of the record.
    case taken
    /// Its time lies before the latest one: the clock was set back. Begin a new record.
    case clockWentBack
    /// Its metrics are others than those of the record: the plugin was upgraded. Begin a new record.
    case otherSchema
    /// The record has reached a bound of ``HistoryFormat``. Begin a new one.
    case full
}
