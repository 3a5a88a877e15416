import Core

/// The tails as a reader of moments needs them: which sources each has, opened when they are asked for.
struct TailMoments {
    private struct Opened {
        var parts: [Int64: [UInt8]]
        var readers: [Int64: ChunkReader] = [:]
        /// Unix nanoseconds at which its first part begins; nil: no part can be read.
        var start: Int64?

        init(_ bytes: [UInt8]) {
            let list = Tail.parts(bytes)
            parts = Dictionary(list.map { ($0.source, $0.chunk) }) { $1 }
            start = list.lazy.compactMap { (try? ChunkReader($0.chunk))?.span?.lowerBound }.first
        }

        mutating func reader(of source: Int64) -> ChunkReader? {
            if let reader = readers[source] { return reader }
            guard let bytes = parts[source], let reader = try? ChunkReader(bytes) else { return nil }
            readers[source] = reader
            return reader
        }
    }

    private var order: [TailHead] = []
    private var opened: [TailHead: Opened] = [:]

    /// Unix nanoseconds at which the first tail begins; nil: there is none.
    var begin: Int64? { order.first.flatMap { opened[$0]?.start } }

    /// Takes in the tails that have come since the last question, and forgets those that were sealed.
    mutating func update(_ store: HistoryStore) throws(HistoryError) {
        order = try store.tailHeads()
        let old = opened
        opened = [:]
        for head in order {
            if let known = old[head] {
                opened[head] = known
            } else if let bytes = try store.data(of: head) {
                opened[head] = Opened(bytes)
            }
        }
    }

    /// Returns the chunks that hold the latest rows of some sources until a time.
    mutating func latest(of sources: Set<Int64>, until time: Int64) -> [Int64: ChunkReader] {
        var (found, left): ([Int64: ChunkReader], Set<Int64>) = ([:], sources)
        // A tail's other parts may begin before its first one, up to the time of the tail before.
        let after = order.firstIndex { (opened[$0]?.start ?? .min) > time } ?? order.count
        for head in order.prefix(after + 1).reversed() where !left.isEmpty {
            for source in left {
                guard let reader = opened[head]?.reader(of: source), reader.latestRow(until: time) != nil
                else { continue }
                found[source] = reader
                left.remove(source)
            }
        }
        return found
    }

    /// All chunks of some sources, the oldest first.
    mutating func all(of sources: Set<Int64>) -> [(source: Int64, chunk: ChunkReader)] {
        order.flatMap { head in
            sources.compactMap { source in opened[head]?.reader(of: source).map { (source, $0) } }
        }
    }
}
