import Core
import Engine
import Glibc

/// Measures questions about a history that ``Year`` has recorded.
enum Reading {
    static func measure(_ folder: String, count: Int) throws(HistoryError) {
        let place = HistoryPlace(folder: folder)
        let sources = Fleet().sources
        let end = try latest(place)
        var chance = Chance(7)
        for (name, step) in [("graph", 7 * day / 160), ("samples", 10 * second)] {
            for isCold in [true, false] {
                var times: [Double] = []
                for _ in 0..<count {
                    let source = sources[Int(chance.below(UInt64(sources.count)))]
                    let row = source.snapshot.instances[
                        Int(chance.below(UInt64(source.snapshot.instances.count)))]
                    let metric = source.schema.metrics[Int(chance.below(UInt64(source.schema.metrics.count)))]
                    func ask() throws(HistoryError) {
                        let curve = try HistoryReader(place).curve(
                            of: source.key, row.name, metric.id, from: end - 7 * day, to: end, step: step)
                        guard curve.buckets.contains(where: { $0.count > 0 }) else { stop("an empty curve") }
                    }
                    if isCold { cool(place) } else { try ask() }
                    times.append(try milliseconds(ask))
                }
                print("\(name)_\(isCold ? "cold" : "warm")_p50", percentile(times, 0.5))
                print("\(name)_\(isCold ? "cold" : "warm")_p99", percentile(times, 0.99))
            }
        }
        try moments(place, end, count)
    }

    /// All numbers of all sources at one moment.
    private static func moments(_ place: HistoryPlace, _ end: Int64, _ count: Int) throws(HistoryError) {
        var chance = Chance(8)
        for isCold in [true, false] {
            var (times, cells): ([Double], Int) = ([], 0)
            for _ in 0..<count {
                let time = end - chance.below(6 * 86_400) * second
                if isCold { cool(place) } else { _ = try moment(place, time) }
                times.append(try milliseconds { () throws(HistoryError) in cells = try moment(place, time) })
            }
            print("moment_cells", cells)
            print("moment_\(isCold ? "cold" : "warm")_p50", percentile(times, 0.5))
            print("moment_\(isCold ? "cold" : "warm")_p99", percentile(times, 0.99))
        }
    }

    /// Returns how many cells were known at a moment.
    private static func moment(_ place: HistoryPlace, _ time: Int64) throws(HistoryError) -> Int {
        let store = try HistoryStore(place, writes: false)
        var cells = 0
        for source in try store.sources() {
            var latest: [UInt8]?
            try store.rows(.native, source: source.id, from: time, to: time) {
                (_, data) throws(HistoryError) in
                latest = data
                return true
            }
            guard let latest, let chunk = try? ChunkReader(latest), let moment = try? chunk.moment(at: time)
            else { continue }
            cells += moment.snapshot?.instances.reduce(0) { $0 + $1.cells.count } ?? 0
        }
        return cells
    }

    /// The latest moment that is sealed.
    private static func latest(_ place: HistoryPlace) throws(HistoryError) -> Int64 {
        let store = try HistoryStore(place, writes: false)
        guard let latest = try store.starts(.native, source: 1, until: .max, most: 1).first else {
            stop("nothing is recorded")
        }
        return latest + hour
    }

    /// Has the kernel forget what it holds of the files.
    private static func cool(_ place: HistoryPlace) {
        for ending in ["", "-wal"] {
            let file = open(place.database + ending, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { continue }
            fsync(file)
            posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
            close(file)
        }
    }
}
