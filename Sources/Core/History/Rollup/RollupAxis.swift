/// The stretches of a rollup while it is written, and what happened to the source in each.
struct RollupAxis: Sendable {
    private(set) var count = 0
    private(set) var first: Int64?
    private(set) var latest: Int64?
    private var indices = NumberStream(.exact)
    private var samples = NumberStream(.exact)
    private var failures = NumberStream(.exact)
    /// Where the failure or the host's state is another than in the stretch before.
    private var troubles = ChangeList()
    private var known: (failure: Failure?, host: HostState?) = (nil, nil)
    private(set) var table = FailureTable()

    /// The approximate number of bytes of it.
    var size: Int {
        indices.size + samples.size + failures.size + troubles.size + table.encoded.bytes.count
    }

    /// Appends a stretch, which lies after ``latest``.
    mutating func append(_ index: Int64, _ outage: RollupOutage) {
        if first == nil { first = index }
        latest = index
        indices.append(Double(index))
        samples.append(Double(outage.samples))
        failures.append(Double(outage.failures))
        if (outage.failure, outage.host) != known {
            known = (outage.failure, outage.host)
            var bytes = HistoryBytes()
            bytes.flag(outage.failure != nil)
            if let failure = outage.failure { table.write(failure, to: &bytes) }
            bytes.flag(outage.host != nil)
            if let host = outage.host { bytes.host(host, &table) }
            troubles.change(at: count) { $0.bytes += bytes.bytes }
        }
        count += 1
    }

    /// The stretches with the numbers of samples and failures, the failures, and where they occur.
    var sections: [HistoryBytes] {
        var (axis, failureBytes, troubleBytes) = (HistoryBytes(), HistoryBytes(), HistoryBytes())
        axis.count(count)
        axis.section(indices.encoded)
        axis.section(samples.encoded)
        axis.section(failures.encoded)
        failureBytes.count(table.count)
        failureBytes.bytes += table.encoded.bytes
        troubles.write(to: &troubleBytes)
        return [axis, failureBytes, troubleBytes]
    }
}

/// The stretches of a rollup as they are read.
struct RollupRows: Sendable {
    /// The numbers of the stretches, rising.
    private(set) var indices: [Int64] = []
    private let samples: HistoryCursor
    private let failures: HistoryCursor
    private let table: [Failure]
    private let troubles: HistoryCursor

    /// Reads three sections.
    init(_ cursor: inout HistoryCursor) throws(ChunkDamage) {
        var axis = try cursor.section()
        let count = try axis.count(atMost: HistoryFormat.mostRows)
        var numbers = NumberReader(try axis.section(), count: count)
        indices.reserveCapacity(count)
        for _ in 0..<count {
            let index = try Milliseconds.next(&numbers)
            guard index > indices.last ?? .min else { throw .outOfRange }
            indices.append(index)
        }
        samples = try axis.section()
        failures = try axis.section()
        try axis.finish()
        var failureSection = try cursor.section()
        table = try FailureTable.read(&failureSection)
        troubles = try cursor.section()
    }

    func outages() throws(ChunkDamage) -> [RollupOutage] {
        var samples = NumberReader(samples, count: indices.count)
        var failures = NumberReader(failures, count: indices.count)
        var list = try ChangeReader(troubles)
        var known: (failure: Failure?, host: HostState?) = (nil, nil)
        var outages: [RollupOutage] = []
        outages.reserveCapacity(indices.count)
        for row in indices.indices {
            if list.place == row {
                known.failure = try list.cursor.flag() ? try list.cursor.failure(of: table) : nil
                known.host = try list.cursor.flag() ? try list.cursor.host(table) : nil
                try list.step()
            }
            outages.append(
                RollupOutage(
                    samples: UInt32(clamping: try Milliseconds.next(&samples)),
                    failures: UInt32(clamping: try Milliseconds.next(&failures)), failure: known.failure,
                    host: known.host))
        }
        return outages
    }
}
