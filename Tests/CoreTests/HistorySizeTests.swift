import Contract
import Foundation
import Testing

@testable import Core

/// How many bytes a sample takes. The figures are printed; the bounds are loose, since machines differ.
@Suite struct HistorySizeTests {
    private struct Series {
        var metrics: [MetricDeclaration]
        /// Nanoseconds, and one number for each metric; NaN: absent.
        var samples: [(time: Int64, numbers: [Double])]

        /// Every fifth sample, or whichever.
        func every(_ nth: Int) -> Series {
            Series(
                metrics: metrics,
                samples: samples.enumerated().filter { $0.offset % nth == 0 }.map(\.element))
        }
    }

    private func print(_ series: Series, _ name: String) throws -> Double {
        let key = HistoryExample.key
        let schema = Schema(PluginDescription(id: key.plugin, name: "Series", metrics: series.metrics))
        var writer = ChunkWriter(key: key)
        var (bytes, count, chunks, largest) = (0, 0, 0, 0)
        let clock = ContinuousClock()
        var time = Duration.zero
        for (index, sample) in series.samples.enumerated() {
            let cells = sample.numbers.map { Snapshot.Cell(value: $0.isNaN ? .absent : .number($0)) }
            let snapshot = Snapshot(
                key: key, schema: schema, taken: sample.time, instances: [.init(name: "", cells: cells)])
            time += clock.measure { #expect(writer.append(snapshot) == .taken) }
            count += sample.numbers.count { !$0.isNaN }
            let isHour = index > 0 && (sample.time - series.samples[0].time) / 3_600_000_000_000 > chunks
            if isHour || index == series.samples.count - 1 {
                largest = max(largest, writer.size)
                bytes += writer.encoded().count
                chunks += 1
                if isHour { writer = writer.next(at: sample.time) }
            }
        }
        let each = Double(bytes) / Double(count)
        Swift.print(
            "history: \(name): \(String(format: "%.3f", each)) bytes a sample, \(series.metrics.count) series,",
            "\(series.samples.count) samples each, \(bytes) bytes in \(chunks) chunks,",
            "\(largest) bytes held at most, \(time / max(count, 1)) to append one")
        return each
    }

    /// Set `HISTORY_SERIES` to a file that `Tests/Bench/proc_series.py` has written.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["HISTORY_SERIES"] != nil))
    func theSeriesOfThisMachine() throws {
        let path = try #require(ProcessInfo.processInfo.environment["HISTORY_SERIES"])
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        let metrics = lines[0].split(separator: "\t").map { field in
            let parts = field.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            return MetricDeclaration(
                id: parts[0], label: "", unit: parts[1], kind: parts[2] == "counter" ? .counter : .gauge)
        }
        let samples = lines.dropFirst().compactMap { line -> (time: Int64, numbers: [Double])? in
            let fields = line.split(separator: "\t")
            guard fields.count == metrics.count + 1, let time = Int64(fields[0]) else { return nil }
            return (time, fields.dropFirst().map { Double($0) ?? .nan })
        }
        let series = Series(metrics: metrics, samples: samples)
        #expect(try print(series, "recorded, every 2 s") < 1)
        #expect(try print(series.every(5), "recorded, every 10 s") < 1.5)
        for unit in Set(metrics.map { $0.kind == .counter ? "counter" : $0.unit }).sorted() {
            let places = metrics.indices.filter {
                (metrics[$0].kind == .counter ? "counter" : metrics[$0].unit) == unit
            }
            let part = Series(
                metrics: places.map { metrics[$0] },
                samples: samples.map { sample in (sample.time, places.map { sample.numbers[$0] }) })
            _ = try print(part, "recorded, every 2 s, of \(unit.isEmpty ? "no unit" : unit)")
        }
    }

    @Test func aMachineAsItUsuallyIs() throws {
        let series = Self.simulated(samples: 1800, step: 2)
        #expect(try print(series, "simulated, every 2 s") < 0.9)
        #expect(try print(Self.simulated(samples: 360, step: 10), "simulated, every 10 s") < 1.2)
    }

    /// Series with the shapes of /proc: processors that flutter, memory that wanders, counters in bursts, much that stands
    /// still.
    private static func simulated(samples count: Int, step: Double) -> Series {
        var random = Seeded(42)
        var (metrics, state): ([MetricDeclaration], [Double]) = ([], [])
        for index in 0..<120 {
            let (unit, kind): (String, MetricDeclaration.Kind) =
                switch index % 12 {
                case 0, 1: ("percent", .gauge)
                case 2, 3, 4, 5: ("bytes", .gauge)
                case 6: ("bytes", .counter)
                case 7, 8: ("count", .counter)
                case 9: ("bytes/s", .gauge)
                case 10: ("celsius", .gauge)
                default: ("", .gauge)
                }
            metrics.append(MetricDeclaration(id: "m\(index)", label: "", unit: unit, kind: kind))
            state.append(unit == "bytes" ? 4e9 : 20)
        }
        var rows: [(time: Int64, numbers: [Double])] = []
        for row in 0..<count {
            let jitter = Int64.random(in: 0...1_500_000, using: &random)
            for (index, metric) in metrics.enumerated() {
                let isBusy = index % 3 == 0 && random.chance(2)
                switch (metric.unit, metric.kind) {
                case ("percent", _): state[index] = isBusy ? Double(random.next() % 400) / 13 : 0
                case ("bytes", .gauge) where isBusy:
                    state[index] += Double(Int(random.next() % 4096) - 2048) * 4096
                case ("bytes", .counter) where isBusy: state[index] += Double(random.next() % 64) * 512
                case ("count", .counter) where isBusy: state[index] += Double(random.next() % 200)
                case ("bytes/s", _): state[index] = isBusy ? Double(random.next() % 900_000) / 7 : 0
                case ("celsius", _) where isBusy: state[index] = 40 + Double(random.next() % 4)
                case ("", _) where isBusy: state[index] = Double(random.next() % 300) / 100
                default: break
                }
            }
            rows.append((HistoryExample.start + Int64(Double(row) * step * 1e9) + jitter, state))
        }
        return Series(metrics: metrics, samples: rows)
    }
}
