import Contract
import Core
import Glibc

/// A recording of `proc_series.py`: a line of names, and a line for each sample.
struct SeriesFile {
    var metrics: [MetricDeclaration] = []
    /// Unix nanoseconds and one number for each metric; NaN: absent.
    var samples: [(time: Int64, numbers: [Double])] = []

    init(_ path: String) {
        guard let file = fopen(path, "r") else { stop("\(path) cannot be read") }
        defer { fclose(file) }
        var (line, room): (UnsafeMutablePointer<CChar>?, Int) = (nil, 0)
        defer { free(line) }
        while getline(&line, &room, file) > 0 {
            let fields = String(cString: line!).split(whereSeparator: { $0 == "\t" || $0 == "\n" })
            if metrics.isEmpty {
                metrics = fields.map(Self.metric)
            } else if fields.count == metrics.count + 1, let time = Int64(fields[0]) {
                samples.append((time, fields.dropFirst().map { Double($0) ?? .nan }))
            }
        }
    }

    private static func metric(_ field: Substring) -> MetricDeclaration {
        let parts = field.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return MetricDeclaration(
            id: parts[0], label: "", unit: parts[1], kind: parts[2] == "counter" ? .counter : .gauge)
    }

    /// Prints the bytes that a sample takes: in chunks of an hour at 2 s and at 10 s, and in a database.
    static func record(_ path: String, _ folder: String) throws(HistoryError) {
        let series = SeriesFile(path)
        guard series.samples.count > 10 else { stop("\(path) holds too few samples") }
        print("series", series.metrics.count)
        print("seconds", Double(series.samples.last!.time - series.samples[0].time) / 1e9)
        print("chunks_2s", series.chunks(every: 1))
        print("chunks_10s", series.chunks(every: 5))
        print("database_10s", try series.database(every: 5, HistoryPlace(folder: folder)))
    }

    private let key = SeriesKey(host: "", plugin: "proc")

    private func snapshots(every nth: Int) -> [Snapshot] {
        let schema = Schema(PluginDescription(id: key.plugin, name: "Series", metrics: metrics))
        return samples.enumerated().filter { $0.offset % nth == 0 }.map { _, sample in
            let cells = sample.numbers.map { Snapshot.Cell(value: $0.isNaN ? .absent : .number($0)) }
            return Snapshot(
                key: key, schema: schema, taken: sample.time, instances: [.init(name: "", cells: cells)])
        }
    }

    private func count(every nth: Int) -> Int {
        samples.enumerated().filter { $0.offset % nth == 0 }
            .reduce(0) { $0 + $1.element.numbers.count { !$0.isNaN } }
    }

    private func chunks(every nth: Int) -> Double {
        var writer = ChunkWriter(key: key)
        var (bytes, hour): (Int, Int64?) = (0, nil)
        for snapshot in snapshots(every: nth) {
            let own = (snapshot.made - samples[0].time) / (3600 * second)
            if let hour, own != hour {
                bytes += writer.encoded().count
                writer = writer.next(at: snapshot.made)
            }
            hour = own
            guard writer.append(snapshot) == .taken else { stop("a chunk does not take a sample") }
        }
        return Double(bytes + writer.encoded().count) / Double(count(every: nth))
    }

    /// With what the database adds; its rows of rollups are not counted.
    private func database(every nth: Int, _ place: HistoryPlace) throws(HistoryError) -> Double {
        let store = try HistoryStore(place, writes: true)
        let recording = try Recording(store, Retention())
        let before = try store.database.integer("PRAGMA page_count")
        for snapshot in snapshots(every: nth) {
            recording.take(Observation(key: key, time: snapshot.made, fact: .snapshot(snapshot)))
        }
        guard recording.seal(at: samples.last!.time) else { stop(recording.trouble?.sentence ?? "") }
        try store.database.run("DELETE FROM chunk WHERE id >> 60 > 0")
        let free = try store.database.integer("PRAGMA freelist_count")
        let pages = try store.database.integer("PRAGMA page_count") - before - free
        return Double(pages * 4096) / Double(count(every: nth))
    }
}
