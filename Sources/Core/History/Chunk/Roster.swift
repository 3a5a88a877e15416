/// Which instances a snapshot has and in which order, as numbers of the chunk's instances: a list of what changes, each
/// as runs of numbers that follow each other.
struct RosterList: Sendable {
    private(set) var changes = ChangeList()
    private(set) var latest: [UInt32]?

    /// Notes the roster of a sample; nothing where it is that of the sample before.
    mutating func append(_ roster: [UInt32], at sample: Int) {
        guard roster != latest else { return }
        latest = roster
        var (runs, count, expected): (HistoryBytes, Int, Int64) = (HistoryBytes(), 0, 0)
        var index = 0
        while index < roster.count {
            var end = index + 1
            while end < roster.count, roster[end] == roster[end - 1] + 1 { end += 1 }
            runs.signed(Int64(roster[index]) - expected)
            runs.count(end - index - 1)
            expected = Int64(roster[end - 1]) + 1
            count += 1
            index = end
        }
        changes.change(at: sample) {
            $0.count(count)
            $0.bytes += runs.bytes
        }
    }
}

/// The rosters of a chunk, as runs.
struct Rosters: Sendable {
    /// The sample from which each roster is in force.
    private var starts: [Int] = []
    /// Where the runs of each begin, and the end of the last.
    private var places: [Int] = [0]
    private var runs: [Range<UInt32>] = []
    private let samples: Int

    /// Reads the rosters of so many samples. No roster has an instance twice, or more than `most` of them.
    init(_ cursor: HistoryCursor, instances: Int, samples: Int, most: Int) throws(ChunkDamage) {
        self.samples = samples
        var changes = try ChangeReader(cursor)
        var seen = [Int](repeating: -1, count: instances)
        while let start = changes.place {
            guard start < samples else { throw .outOfRange }
            var (expected, count): (Int64, Int) = (0, 0)
            for _ in 0..<(try changes.cursor.elements(atMost: instances)) {
                let run = try Self.run(&changes.cursor, expected, instances)
                for instance in run {
                    guard seen[Int(instance)] != starts.count else { throw .outOfRange }
                    seen[Int(instance)] = starts.count
                }
                runs.append(run)
                count += run.count
                guard count <= most else { throw .outOfRange }
                expected = Int64(run.upperBound)
            }
            starts.append(start)
            places.append(runs.count)
            try changes.step()
        }
        try changes.cursor.finish()
    }

    private static func run(_ cursor: inout HistoryCursor, _ expected: Int64, _ instances: Int)
        throws(ChunkDamage) -> Range<UInt32>
    {
        let (start, overflow) = expected.addingReportingOverflow(try cursor.signed())
        let length = try cursor.count(atMost: instances) + 1
        guard !overflow, start >= 0, start < Int64(instances), Int(start) + length <= instances else {
            throw .outOfRange
        }
        return UInt32(start)..<UInt32(Int(start) + length)
    }

    /// Returns the instances of a sample, in their order.
    func roster(of sample: Int) -> [Int] {
        let index = starts.partitioningIndex { $0 > sample } - 1
        guard index >= 0 else { return [] }
        return runs[places[index]..<places[index + 1]].flatMap { $0.map(Int.init) }
    }

    /// Returns for each instance in how many of the first `count` samples it is.
    func presence(before count: Int, instances: Int) -> [Int] {
        var presence = [Int](repeating: 0, count: instances)
        forEach(before: count) { span, runs in
            for run in runs { for instance in run { presence[Int(instance)] += span.count } }
        }
        return presence
    }

    /// Returns the spans of samples that have an instance.
    func spans(of instance: Int) -> [Range<Int>] {
        var spans: [Range<Int>] = []
        forEach(before: samples) { span, runs in
            guard runs.contains(where: { $0.contains(UInt32(instance)) }) else { return }
            if let last = spans.last, last.upperBound == span.lowerBound {
                spans[spans.count - 1] = last.lowerBound..<span.upperBound
            } else {
                spans.append(span)
            }
        }
        return spans
    }

    private func forEach(before count: Int, _ body: (Range<Int>, ArraySlice<Range<UInt32>>) -> Void) {
        for (index, start) in starts.enumerated() where start < count {
            let end = min(index + 1 < starts.count ? starts[index + 1] : samples, count)
            body(start..<end, runs[places[index]..<places[index + 1]])
        }
    }
}
