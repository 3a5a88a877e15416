import Contract
import Core
import Glibc

/// Records numbers that tell their own time, until it is killed, and looks for them.
enum Child {
    private static let step: Int64 = 10
    private static let keys = (1...3).map { SeriesKey(host: "srv0\($0)", plugin: "memory") }
    private static let schema = Schema(
        PluginDescription(
            id: "memory", name: "Memory",
            metrics: [
                MetricDeclaration(id: "turn", label: "Turn", unit: "count", kind: .counter),
                MetricDeclaration(id: "word", label: "Word", unit: "", kind: .text),
            ]))

    private static func value(_ second: Int64) -> Double { Double(second / step) }

    /// Records from a second on. The file always holds the second up to which ``Recording`` was told that time has gone.
    static func record(_ folder: String, from first: Int64, _ file: String) throws(HistoryError) {
        let reached = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let recording = try Recording(HistoryStore(HistoryPlace(folder: folder), writes: true), Retention())
        var now = first
        while true {
            for key in keys { recording.take(observation(of: key, at: now)) }
            recording.advance(to: now * second)
            if let trouble = recording.trouble { throw trouble }
            var line = Array("\(now)\n".utf8)
            _ = pwrite(reached, &line, line.count, 0)
            now += step
        }
    }

    private static func observation(of key: SeriesKey, at now: Int64) -> Observation {
        let cells: [Snapshot.Cell] = [
            .init(value: .number(value(now)), status: .ok), .init(value: .text("turn \(now / 600)")),
        ]
        let snapshot = Snapshot(
            key: key, schema: schema, taken: now * second, instances: [.init(name: "", cells: cells)])
        return Observation(key: key, time: now * second, fact: .snapshot(snapshot))
    }

    /// Prints how many samples of a span are missing or another number than what was recorded, and how many are counted
    /// twice in the hours.
    static func check(_ folder: String, from: Int64, to: Int64) throws(HistoryError) {
        let reader = try HistoryReader(HistoryPlace(folder: folder))
        var (missing, wrong, twice) = (0, 0, 0)
        for key in keys {
            let curve = try reader.curve(
                of: key, "", "turn", from: from * second, to: to * second, step: step * second)
            for (place, bucket) in curve.buckets.enumerated() {
                if bucket.count == 0 {
                    missing += 1
                } else if bucket.last != value(from + Int64(place) * step) {
                    wrong += 1
                }
            }
            let hours = try reader.curve(
                of: key, "", "turn", from: from / 3600 * hour, to: to * second, step: hour)
            twice += hours.buckets.count { $0.count > 3600 / step }
        }
        print(missing, wrong, twice)
    }
}
