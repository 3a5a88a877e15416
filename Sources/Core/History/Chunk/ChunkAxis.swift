/// What a row of a chunk is.
enum ChunkRow: UInt8, Sendable {
    /// A snapshot.
    case sample = 0
    /// The document has not changed: the latest snapshot counts once more.
    case hold
    /// There was no snapshot.
    case failure
    /// The host is in another state.
    case host
}

/// The rows of a chunk while it is written: when, and what they are.
struct ChunkAxis: Sendable {
    /// Those of the opening state, which come first.
    private(set) var carried = 0
    private(set) var count = 0
    private(set) var samples = 0
    /// Milliseconds of the first row that is not carried, and of the latest row.
    private(set) var first: Int64?
    private(set) var latest: Int64?
    private var times = NumberStream(.exact)
    /// Milliseconds by which a snapshot's values are older than it.
    private var ages = NumberStream(.exact)
    private var runs = HistoryBytes()
    private var run: (row: ChunkRow, count: Int)?

    /// The approximate number of bytes of it.
    var size: Int { times.size + ages.size + runs.bytes.count + 8 }

    /// Appends a row, whose time must not be before ``latest``.
    mutating func append(_ row: ChunkRow, at time: Int64, carried isCarried: Bool) {
        if isCarried { carried += 1 } else if first == nil { first = time }
        latest = time
        count += 1
        times.append(Double(time))
        if run?.row == row {
            run!.count += 1
        } else {
            Self.write(run, to: &runs)
            run = (row, 1)
        }
    }

    /// Appends the row of a snapshot.
    mutating func sample(at time: Int64, taken: Int64, carried: Bool) {
        append(.sample, at: time, carried: carried)
        samples += 1
        ages.append(Double(time - taken))
    }

    private static func write(_ run: (row: ChunkRow, count: Int)?, to bytes: inout HistoryBytes) {
        guard let run else { return }
        bytes.u8(run.row.rawValue)
        bytes.count(run.count)
    }

    var encoded: HistoryBytes {
        var bytes = HistoryBytes()
        bytes.count(carried)
        bytes.count(count)
        var runs = runs
        Self.write(run, to: &runs)
        bytes.section(runs)
        bytes.section(times.encoded)
        bytes.bytes += ages.encoded
        return bytes
    }
}

/// The rows of a chunk as they are read.
struct ChunkRows: Sendable {
    let carried: Int
    private(set) var rows: [ChunkRow] = []
    /// Unix nanoseconds of each row; never falling.
    private(set) var times: [Int64] = []
    let samples: Int
    private let ages: HistoryCursor

    init(_ section: HistoryCursor) throws(ChunkDamage) {
        var cursor = section
        carried = try cursor.count(atMost: HistoryFormat.mostRows)
        let count = try cursor.count(atMost: HistoryFormat.mostRows)
        guard carried <= count else { throw .outOfRange }
        var runs = try cursor.section()
        rows.reserveCapacity(count)
        while runs.remaining > 0 {
            guard let row = ChunkRow(rawValue: try runs.u8()) else { throw .unknownTag }
            let length = try runs.count(atMost: count - rows.count)
            rows += repeatElement(row, count: length)
        }
        guard rows.count == count else { throw .truncated }
        samples = rows.count { $0 == .sample }
        var numbers = NumberReader(try cursor.section(), count: count)
        times.reserveCapacity(count)
        for _ in 0..<count {
            let time = Milliseconds.nanoseconds(try Milliseconds.next(&numbers))
            guard time >= times.last ?? .min else { throw .outOfRange }
            times.append(time)
        }
        ages = cursor
    }

    /// Returns the last row until a time; nil: there is none but of the opening state.
    func row(at time: Int64) -> Int? {
        let after = times.partitioningIndex { $0 > time }
        return after > carried ? after - 1 : nil
    }

    /// Reads the ages of snapshots, in milliseconds.
    var ageReader: NumberReader { NumberReader(ages, count: samples) }
}

extension Array {
    /// Returns the first index whose element is past a boundary; all later ones must be past it too.
    func partitioningIndex(_ isPast: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isPast(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
