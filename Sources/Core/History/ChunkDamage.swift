/// Why stored bytes of the history cannot be read. A reader treats every byte as hostile: what is damaged gives one of
/// these, never a trap.
public enum ChunkDamage: Error, Equatable, Sendable {
    /// They do not begin as history does.
    case notHistory
    /// A newer program has written them in a format of this version.
    case newer(version: UInt8)
    /// They hold another kind of record: a chunk where a rollup is expected, or the reverse.
    case otherKind
    /// Their checksum is wrong: some bits have changed, or the end is missing.
    case checksum
    /// They end inside a field.
    case truncated
    /// A count, an index or a size is beyond its bound.
    case outOfRange
    /// A tag is of no known meaning.
    case unknownTag
    /// A text is not valid UTF-8.
    case encoding

    /// The damage as a clause about the bytes, without a full stop, for the end of a message.
    public var words: String {
        switch self {
        case .notHistory: "it is no history"
        case .newer(let version):
            "a newer version of the program wrote it, in format \(version); this one reads up to \(HistoryFormat.version)"
        case .otherKind: "it is another kind of record"
        case .checksum: "its checksum is wrong"
        case .truncated: "it ends inside a field"
        case .outOfRange: "a length or number in it is out of range"
        case .unknownTag: "a tag in it is unknown"
        case .encoding: "a text in it is not UTF-8"
        }
    }
}
