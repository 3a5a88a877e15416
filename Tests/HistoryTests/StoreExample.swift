import Contract
import Core

@testable import History

let hour: Int64 = 3_600_000_000_000
let second: Int64 = 1_000_000_000
let day = 24 * hour
/// Noon of 1 March 2026.
let noon: Int64 = 1_772_366_400_000_000_000

/// Sources of a test store, and what they deliver.
enum StoreExample {
    static let key = SeriesKey(host: "srv01", plugin: "memory")

    static func schema(_ plugin: String = "memory", remember: UInt32 = 0, unit: String = "percent") -> Schema
    {
        Schema(
            PluginDescription(
                id: plugin, name: "Memory", version: "1",
                metrics: [
                    MetricDeclaration(
                        id: "used", label: "Used", unit: unit, direction: .higherIsWorse,
                        rememberDays: remember),
                    MetricDeclaration(id: "word", label: "Word", kind: .text),
                    MetricDeclaration(id: "written", label: "Written", unit: "bytes", kind: .counter),
                ]))
    }

    static let shared = schema()

    static func observation(
        _ value: Double, _ word: String = "fine", at time: Int64, of key: SeriesKey = key,
        instances: [String] = [""], schema: Schema? = nil
    ) -> Observation {
        let schema = schema ?? (key.plugin == "memory" ? shared : Self.schema(key.plugin))
        let snapshot = Snapshot(
            key: key, schema: schema, taken: time,
            instances: instances.map {
                Snapshot.Instance(
                    name: $0,
                    cells: [
                        .init(value: .number(value), status: .ok), .init(value: .text(word)),
                        .init(value: .number(value * 4096)),
                    ])
            })
        return Observation(key: key, time: time, fact: .snapshot(snapshot))
    }

    /// Fills a place with hours of several hosts, a value every minute.
    static func fill(
        _ place: HistoryPlace, hosts: Int = 3, hours: Int = 24, instances: [String] = [""],
        retention: Retention = Retention()
    ) throws {
        let recording = try Recording(HistoryStore(place, writes: true), retention)
        for minute in 0..<hours * 60 {
            let time = noon + Int64(minute) * 60 * second
            for host in 0..<hosts {
                recording.take(
                    observation(
                        Double((minute * 7 + host) % 100), "word \(minute / 10)", at: time,
                        of: SeriesKey(host: "host\(host)", plugin: "memory"), instances: instances))
            }
        }
        recording.seal(at: noon + Int64(hours) * hour)
    }

    /// The number of rows of a tier.
    static func rows(_ tier: HistoryTier, _ place: HistoryPlace) throws -> Int {
        try HistoryStore(place, writes: false).sizes(tier).count
    }
}
