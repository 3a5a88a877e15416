import Contract
import Testing

@testable import Core

@Suite struct HistoryRollupTests {
    private let second = HistoryExample.second
    private let minute = 60 * HistoryExample.second
    private static let metrics = [
        MetricDeclaration(id: "used", label: "Used", unit: "percent"),
        MetricDeclaration(id: "reads", label: "Reads", unit: "count", kind: .counter),
        MetricDeclaration(id: "model", label: "Model", kind: .text),
    ]
    private let schema = Schema(PluginDescription(id: "example", name: "Example", metrics: metrics))
    /// At the begin of a day.
    private let start = HistoryExample.start

    private func snapshot(
        _ at: Int64, used: Double? = 50, reads: Double? = 0, model: String? = "M", status: Status = .ok,
        name: String = "sda"
    ) -> Snapshot {
        func cell(_ number: Double?) -> Snapshot.Cell {
            .init(value: number.map { .number($0) } ?? .absent, status: status)
        }
        return Snapshot(
            key: HistoryExample.key, schema: schema, taken: at,
            instances: [
                .init(
                    name: name,
                    cells: [cell(used), cell(reads), .init(value: model.map { .text($0) } ?? .absent)])
            ])
    }

    private func read(_ writer: RollupWriter) throws -> RollupReader { try RollupReader(writer.encoded()) }

    @Test func aSpikeOfOneSampleSurvives() throws {
        var writer = RollupWriter(key: HistoryExample.key, tier: .day)
        for tick in 0..<2000 {
            let used = tick == 777 ? 99.5 : 20
            let fit = writer.append(
                snapshot(start + Int64(tick) * 10 * second, used: used, status: tick == 777 ? .critical : .ok)
            )
            #expect(fit == .taken)
        }
        let stretch = try #require(try read(writer).stretches(instance: "sda", metric: "used")?.first)
        #expect(stretch.bucket.count == 2000)
        #expect(stretch.bucket.minimum == 20 && stretch.bucket.maximum == 99.5 && stretch.bucket.last == 20)
        #expect((stretch.bucket.mean - 20.04).magnitude <= 0.051)
        #expect(stretch.status == .critical)
        #expect(stretch.increase.isNaN)
    }

    @Test func aCounterRisesThroughAReset() throws {
        var writer = RollupWriter(key: HistoryExample.key, tier: .fiveMinutes)
        for (index, reads) in [1000.0, 1010, 1030, 5, 8].enumerated() {
            #expect(writer.append(snapshot(start + Int64(index) * minute, reads: reads)) == .taken)
        }
        // Absent, then back: what it rose meanwhile counts.
        #expect(writer.append(snapshot(start + 6 * minute, reads: nil)) == .taken)
        #expect(writer.append(snapshot(start + 7 * minute, reads: 20)) == .taken)
        let stretches = try #require(try read(writer).stretches(instance: "sda", metric: "reads"))
        let risen: [Double] = [10 + 20 + 5 + 3, 12]
        #expect(stretches.map(\.increase) == risen)
        #expect(stretches.map { $0.bucket.last } == [8.0, 20])
        #expect(stretches.map { $0.bucket.count } == [5, 1])
        // The next record goes on from 20.
        var next = writer.next()
        #expect(next.isEmpty)
        #expect(next.append(snapshot(start + 10 * minute, reads: 21)) == .taken)
        #expect(try read(next).stretches(instance: "sda", metric: "reads")?.map(\.increase) == [1])
    }

    @Test func aStretchWithoutAnythingIsNotThere() throws {
        var writer = RollupWriter(key: HistoryExample.key, tier: .fiveMinutes)
        #expect(writer.append(snapshot(start)) == .taken)
        #expect(writer.append(snapshot(start + 21 * minute)) == .taken)
        let reader = try read(writer)
        #expect(reader.starts == [start, start + 20 * minute])
        #expect(try reader.snapshot(at: start + 7 * minute) == nil)
    }

    @Test func anOutageIsNotRolledUpAway() throws {
        let why = Failure(.failed, .plugin("why"), attempt: 3)
        var writer = RollupWriter(key: HistoryExample.key, tier: .hour)
        #expect(writer.host(.online, at: start) == .taken)
        #expect(writer.append(snapshot(start + second)) == .taken)
        #expect(writer.fail(why, at: start + 2 * second) == .taken)
        #expect(writer.host(.unreachable(5, why), at: start + 2 * second) == .taken)
        #expect(writer.host(.online, at: start + 3 * second) == .taken)
        #expect(writer.hold(at: start + 4 * second) == .taken)
        #expect(writer.fail(why, at: start + 61 * minute) == .taken)
        let outages = try read(writer).outages()
        #expect(outages.count == 2)
        #expect(
            outages[0] == RollupOutage(samples: 2, failures: 1, failure: why, host: .unreachable(5, why)))
        #expect(outages[1] == RollupOutage(samples: 0, failures: 1, failure: why, host: .online))
        let stretches = try #require(try read(writer).stretches(instance: "sda", metric: "used"))
        #expect(stretches.map { $0.bucket.count } == [2, 0])
        #expect(stretches[1].isPresent == false)
    }

    @Test func ofTextsTheLatestAndWhetherItChanged() throws {
        var writer = RollupWriter(key: HistoryExample.key, tier: .fiveMinutes)
        for (index, model) in ["A", "A", "B", "B", nil].enumerated() {
            #expect(writer.append(snapshot(start + Int64(index) * 3 * minute, model: model)) == .taken)
        }
        let stretches = try #require(try read(writer).stretches(instance: "sda", metric: "model"))
        #expect(stretches.map(\.text) == ["A", "B", nil])
        #expect(stretches.map(\.textChanged) == [false, true, false])
        let snapshot = try #require(try read(writer).snapshot(at: start + 7 * minute))
        #expect(snapshot.taken == start + 10 * minute)
        #expect(snapshot.instances[0].cells[2].value == .text("B"))
        #expect(snapshot.instances[0].cells[0].value == .number(50))
    }

    @Test func instancesComeAndGo() throws {
        var writer = RollupWriter(key: HistoryExample.key, tier: .fiveMinutes)
        for (index, name) in ["a", "b", "a"].enumerated() {
            #expect(writer.append(snapshot(start + Int64(index) * 5 * minute, name: name)) == .taken)
        }
        let reader = try read(writer)
        #expect(reader.instances == ["a", "b"])
        #expect(try reader.stretches(instance: "a", metric: "used")?.map(\.isPresent) == [true, false, true])
        #expect(try reader.stretches(instance: "b", metric: "used")?.map(\.bucket.count) == [0, 1, 0])
        #expect(try reader.snapshot(at: start + 6 * minute)?.instances.map(\.name) == ["b"])
        #expect(writer.next().isEmpty)
    }

    @Test func aStepBackAndAnotherSchemaAreTold() {
        var writer = RollupWriter(key: HistoryExample.key, tier: .hour)
        #expect(writer.append(snapshot(start)) == .taken)
        #expect(writer.append(snapshot(start - second)) == .clockWentBack)
        var other = snapshot(start + second)
        other.schema = HistoryExample.schema
        #expect(writer.append(other) == .otherSchema)
        #expect(writer.stretchCount == 1)
    }

    /// What is summed up in two parts, and then to a longer tier, is what is summed up at once.
    @Test(arguments: [1, 2, 3]) func mergedPartsAreTheWhole(seed: UInt64) throws {
        var example = HistoryExample(seed: seed)
        var whole = RollupWriter(key: HistoryExample.key, tier: .hour)
        var parts = [RollupWriter(key: HistoryExample.key, tier: .fiveMinutes)]
        var names: Set<String> = []
        for tick in 0..<1500 {
            var snapshot = example.snapshot()
            example.time += 5 * second
            for row in snapshot.instances.indices {
                // What is rounded twice may be off twice; and numbers of 1e308 have no mean.
                for (index, cell) in snapshot.instances[row].cells.enumerated() {
                    guard let number = cell.value.number else { continue }
                    snapshot.instances[row].cells[index].value = .number(
                        number.magnitude < 1e12 ? number.rounded() : 1)
                }
            }
            #expect(whole.append(snapshot) == .taken)
            #expect(parts[parts.count - 1].append(snapshot) == .taken)
            names.formUnion(snapshot.instances.map(\.name))
            // A counter goes on in the next record where its instance is in the last snapshot.
            if tick > 700, parts.count == 1, snapshot.instances.count == names.count {
                parts.append(parts[0].next())
            }
        }
        let merged = try #require(
            try RollupReader.merged(parts.map { try RollupReader($0.encoded()) }, to: .hour))
        let (one, other) = (try read(whole), try RollupReader(merged))
        #expect(one.starts == other.starts && one.instances == other.instances)
        #expect(try one.outages() == other.outages())
        for instance in one.instances {
            for metric in HistoryExample.metrics {
                let mine = try #require(try one.stretches(instance: instance, metric: metric.id))
                let theirs = try #require(try other.stretches(instance: instance, metric: metric.id))
                for (left, right) in zip(mine, theirs) {
                    #expect(
                        left.status == right.status && left.text == right.text
                            && left.isPresent == right.isPresent)
                    guard left.text == nil else { continue }
                    #expect(left.bucket.count == right.bucket.count, "\(instance) \(metric.id)")
                    guard left.bucket.count > 0 else { continue }
                    let numbers = [
                        (left.bucket.minimum, right.bucket.minimum),
                        (left.bucket.maximum, right.bucket.maximum),
                        (left.bucket.last, right.bucket.last), (left.bucket.mean, right.bucket.mean),
                    ]
                    for (a, b) in numbers {
                        let allowed = max(3 * HistoryExample.tolerance(a, metric), a.magnitude * 0x1p-9, 0.02)
                        #expect((a - b).magnitude <= allowed, "\(instance) \(metric.id): \(a) \(b)")
                    }
                    if metric.kind == .counter {
                        #expect(left.increase == right.increase, "\(instance) \(metric.id)")
                    }
                }
            }
        }
    }

    @Test func partsThatDoNotBelongTogetherAreNotMerged() throws {
        var (one, other) = (
            RollupWriter(key: HistoryExample.key, tier: .hour),
            RollupWriter(key: SeriesKey(host: "b", plugin: "example"), tier: .hour)
        )
        #expect(one.append(snapshot(start)) == .taken)
        #expect(other.hold(at: start) == .taken)
        #expect(try RollupReader.merged([read(one), read(other)], to: .day) == nil)
        #expect(try RollupReader.merged([read(one)], to: .fiveMinutes) == nil)
        #expect(try RollupReader.merged([], to: .day) == nil)
    }

    /// The same stretch in two records, as after a restart.
    @Test func aStretchInTwoRecordsIsUnited() throws {
        var (one, other) = (
            RollupWriter(key: HistoryExample.key, tier: .hour),
            RollupWriter(key: HistoryExample.key, tier: .hour)
        )
        #expect(one.append(snapshot(start, used: 10)) == .taken)
        #expect(other.append(snapshot(start + minute, used: 40, model: "N")) == .taken)
        let merged = try RollupReader(
            try #require(try RollupReader.merged([read(one), read(other)], to: .hour)))
        let used = try #require(try merged.stretches(instance: "sda", metric: "used"))
        #expect(used.map(\.bucket) == [SeriesBucket(count: 2, minimum: 10, mean: 25, maximum: 40, last: 40)])
        #expect(try merged.stretches(instance: "sda", metric: "model")?.first?.textChanged == true)
    }
}
