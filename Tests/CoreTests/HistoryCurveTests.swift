import Contract
import Testing

@testable import Core

@Suite struct HistoryCurveTests {
    private let second = HistoryExample.second
    private let start = HistoryExample.start
    private let schema = Schema(
        PluginDescription(
            id: "example", name: "Example",
            metrics: [MetricDeclaration(id: "used", label: "Used", unit: "percent")]))

    private func snapshot(_ at: Int64, _ used: Double) -> Snapshot {
        Snapshot(
            key: HistoryExample.key, schema: schema, taken: at,
            instances: [.init(name: "", cells: [.init(value: .number(used))])])
    }

    private func chunk(_ samples: [(Int64, Double)], failures: [Int64] = []) throws -> ChunkReader {
        var writer = ChunkWriter(key: HistoryExample.key)
        var rows: [(time: Int64, value: Double?)] = samples.map { (time: $0.0, value: $0.1) }
        rows += failures.map { (time: $0, value: nil) }
        rows.sort { $0.time < $1.time }
        for row in rows {
            let time = start + row.time * second
            let fit =
                row.value.map { writer.append(snapshot(time, $0)) }
                ?? writer.fail(Failure(.failed, .plugin("why")), at: time)
            #expect(fit == .taken)
        }
        return try ChunkReader(writer.encoded())
    }

    private func curve(
        _ chunks: [ChunkReader], _ rollups: [RollupReader] = [], from: Int64 = 0, to: Int64, step: Int64
    ) -> [SeriesBucket] {
        SeriesCurve(
            of: "", "used", chunks: chunks, rollups: rollups, from: start + from * second,
            to: start + to * second,
            step: step * second
        ).buckets
    }

    @Test func samplesOfAStepAreSummedUp() throws {
        let chunk = try chunk((0..<60).map { ($0 * 2, Double($0)) })
        let buckets = curve([chunk], to: 120, step: 60)
        #expect(buckets.count == 2)
        #expect(
            buckets[0] == SeriesBucket(count: 30, minimum: 0, mean: buckets[0].mean, maximum: 29, last: 29))
        #expect((buckets[0].mean - 14.5).magnitude < 1e-9)
        #expect(buckets[1].last == 59)
    }

    @Test func aShortStepHasNoFalseGaps() throws {
        let chunk = try chunk((0..<10).map { ($0 * 10, Double($0)) })
        let buckets = curve([chunk], to: 100, step: 3)
        #expect(buckets.count == 34)
        #expect(buckets.prefix(31).allSatisfy { $0.count == 1 })
        #expect(buckets[1].last == 0 && buckets[4].last == 1)
    }

    @Test func betweenTwoChunksIsNoGap() throws {
        let chunks = [try chunk((0..<10).map { ($0 * 10, 1) }), try chunk((10..<20).map { ($0 * 10, 2) })]
        #expect(curve(chunks.reversed(), to: 190, step: 2).allSatisfy { $0.count == 1 })
    }

    @Test func anOutageIsAGap() throws {
        let ticks: [Int64] = (0..<10).map { $0 * 10 } + (20..<30).map { $0 * 10 }
        let samples = ticks.map { ($0, 5.0) }
        let silent = try chunk(samples)
        let failed = try chunk(samples, failures: Array(stride(from: 100, to: 200, by: 10)))
        for chunk in [silent, failed] {
            let counts = curve([chunk], to: 300, step: 5).map(\.count)
            #expect(counts[20..<40].allSatisfy { $0 == 0 })
            #expect(counts[..<19].allSatisfy { $0 == 1 } && counts[40..<59].allSatisfy { $0 == 1 })
            #expect(curve([chunk], to: 300, step: 5)[25].mean.isNaN)
        }
    }

    @Test func theFinestThatThereIs() throws {
        var (minutes, hours) = (
            RollupWriter(key: HistoryExample.key, tier: .fiveMinutes),
            RollupWriter(key: HistoryExample.key, tier: .hour)
        )
        // An hour of 10, an hour of 20, an hour of 30; the first is left in the hours alone.
        for tick in 0..<1080 {
            let one = snapshot(start + Int64(tick) * 10 * second, Double(tick / 360 + 1) * 10)
            #expect(hours.append(one) == .taken)
            if tick >= 360 { #expect(minutes.append(one) == .taken) }
        }
        let native = try chunk((720..<1080).map { ($0 * 10, 31) })
        let buckets = curve(
            [native], [try RollupReader(hours.encoded()), try RollupReader(minutes.encoded())], to: 4 * 3600,
            step: 600)
        #expect(buckets[..<18].map(\.last) == (0..<18).map { [10.0, 20, 31][$0 / 6] })
        #expect(buckets[18...].allSatisfy { $0.count == 0 })
        #expect(buckets[6].count == 60 && buckets[12].count == 60 && buckets[0].count == 360)
    }

    @Test func oddSpansAreDrawnToo() throws {
        let chunk = try chunk([(0, 1), (10, 2)])
        #expect(curve([chunk], from: 100, to: 50, step: 10).isEmpty)
        #expect(curve([], to: 100, step: 10).allSatisfy { $0.count == 0 })
        let widest = SeriesCurve(
            of: "", "used", chunks: [chunk], rollups: [], from: .min, to: .max, step: .max)
        #expect(widest.buckets.count == 1)
        for (from, to) in [(Int64(0), Int64.min), (.max, .min), (5, 5)] {
            #expect(
                SeriesCurve(of: "", "used", chunks: [chunk], rollups: [], from: from, to: to, step: 1).buckets
                    .isEmpty)
        }
        let finest = SeriesCurve(of: "", "used", chunks: [chunk], rollups: [], from: start, to: .max, step: 0)
        #expect(finest.buckets.count == HistoryFormat.mostRows && finest.buckets[0].last == 1)
    }

    @Test func theOrderOfTheRecordsMakesNoDifference() throws {
        let (one, other) = (try chunk([(0, 1), (2, 3)]), try chunk([(4, 9), (6, 5)]))
        let expected = curve([one, other], to: 10, step: 10)
        #expect(curve([other, one], to: 10, step: 10).map(\.last) == expected.map(\.last))
        #expect(expected[0].last == 5 && expected[0].count == 4)
    }
}
