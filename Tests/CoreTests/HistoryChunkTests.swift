import Contract
import Testing

@testable import Core

@Suite struct HistoryChunkTests {
    private let second = HistoryExample.second
    private let failure = Failure(
        .failed, .transport(TransportFailure(.silent(2_000_000_000), at: "srv01:6127")), attempt: 2,
        next: .retry(at: 77))

    /// What a writer was given, row by row.
    private enum Row {
        case snapshot(Snapshot)
        case hold(Int64)
        case failure(Failure, Int64)
        case host(HostState, Int64)
    }

    private func written(seed: UInt64, rows: Int) -> (writer: ChunkWriter, rows: [Row]) {
        var example = HistoryExample(seed: seed)
        var writer = ChunkWriter(key: HistoryExample.key)
        var all: [Row] = []
        for _ in 0..<rows {
            let time = example.time
            switch example.random.next() % 12 {
            case 0:
                #expect(writer.hold(at: time) == .taken)
                all.append(.hold(time))
            case 1:
                #expect(writer.fail(failure, at: time) == .taken)
                all.append(.failure(failure, time))
            case 2:
                let state = HostState.unreachable(5, failure)
                #expect(writer.host(state, at: time) == .taken)
                all.append(.host(state, time))
            default:
                let snapshot = example.snapshot()
                #expect(writer.append(snapshot) == .taken)
                all.append(.snapshot(snapshot))
            }
        }
        return (writer, all)
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8]) func everyMomentComesBack(seed: UInt64) throws {
        let (writer, rows) = written(seed: seed, rows: 150)
        let reader = try ChunkReader(writer.encoded())
        #expect(reader.key == HistoryExample.key)
        var (snapshot, failed, host): (Snapshot?, Failure?, HostState?)
        for (index, row) in rows.enumerated() {
            let time: Int64
            switch row {
            case .snapshot(let given): (snapshot, failed, time) = (given, nil, given.made)
            case .hold(let at): (failed, time) = (nil, at)
            case .failure(let why, let at): (failed, time) = (why, at)
            case .host(let state, let at): (host, time) = (state, at)
            }
            if index + 1 < rows.count, self.time(of: rows[index + 1]) / 1_000_000 == time / 1_000_000 {
                continue
            }
            let moment = try #require(try reader.moment(at: time))
            #expect(moment.failure == failed)
            #expect((moment.host == nil) == (host == nil))
            let difference = snapshot.map {
                moment.snapshot?.difference(from: $0) ?? (moment.snapshot == nil ? "none" : nil)
            }
            #expect(difference ?? nil == nil, "row \(index) of seed \(seed): \(difference!!)")
        }
        #expect(reader.sampleCount == rows.count { if case .snapshot = $0 { true } else { false } })
    }

    private func time(of row: Row) -> Int64 {
        switch row {
        case .snapshot(let snapshot): snapshot.made
        case .hold(let time), .failure(_, let time), .host(_, let time): time
        }
    }

    @Test func theSchemaComesBackWithoutItsHelp() throws {
        var example = HistoryExample(seed: 1)
        var writer = ChunkWriter(key: HistoryExample.key)
        #expect(writer.append(example.snapshot()) == .taken)
        let read = try #require(try ChunkReader(writer.encoded()).schema)
        var metrics = HistoryExample.metrics
        for index in metrics.indices { metrics[index].help = "" }
        #expect(
            read
                == Schema(PluginDescription(id: "example", name: "Example", version: "1.2", metrics: metrics))
        )
    }

    @Test func aSeriesHasAValueForEverySampleAndAGapForEveryFailure() throws {
        let (writer, rows) = written(seed: 11, rows: 200)
        let reader = try ChunkReader(writer.encoded())
        for metric in HistoryExample.metrics where metric.isNumeric {
            let series = try #require(try reader.values(instance: "sda", metric: metric.id))
            var (expected, latest): ([Double], Double) = ([], .nan)
            for row in rows {
                switch row {
                case .snapshot(let snapshot):
                    let place = snapshot.schema.index(of: metric.id)!
                    latest =
                        snapshot.instances.first { $0.name == "sda" }?.cells[place].value.number ?? .nan
                    expected.append(latest)
                case .hold: expected.append(latest)
                case .failure: expected.append(.nan)
                case .host: break
                }
            }
            #expect(series.times.count == expected.count)
            for (read, number) in zip(series.values, expected) {
                #expect(read.isNaN == number.isNaN)
                if !number.isNaN {
                    #expect(
                        (read - number).magnitude <= HistoryExample.tolerance(number, metric), "\(metric.id)")
                }
            }
        }
        #expect(try reader.values(instance: "sda", metric: "none") == nil)
        #expect(try reader.values(instance: "none", metric: "used") == nil)
    }

    @Test func textsStatusesAndNotesAreListsOfChanges() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        let schema = HistoryExample.schema
        let texts: [String?] = ["a", "a", "b", nil, nil, "a"]
        for (index, text) in texts.enumerated() {
            var cells = [Snapshot.Cell](repeating: .init(value: .absent), count: schema.metrics.count)
            cells[11] = .init(value: text.map { .text($0) } ?? .absent, status: text == "b" ? .critical : .ok)
            var snapshot = Snapshot(
                key: HistoryExample.key, schema: schema, taken: Int64(index) * second,
                instances: [.init(name: "x", cells: cells)])
            if index == 2 { snapshot.note = .init(status: .unknown, sentence: "why") }
            #expect(writer.append(snapshot) == .taken)
        }
        let reader = try ChunkReader(writer.encoded())
        let read = try reader.texts(instance: "x", metric: "state")
        #expect(read.map(\.value) == ["a", "b", nil, "a"])
        #expect(read.map(\.time) == [0, 2, 3, 5].map { $0 * second })
        let statuses = try reader.statuses(instance: "x", metric: "state")
        #expect(statuses.map(\.value) == [.ok, .critical, .ok])
        let notes = try reader.notes()
        #expect(notes.map(\.value) == [.init(status: .unknown, sentence: "why"), nil])
        #expect(notes.map(\.time) == [2 * second, 3 * second])
    }

    @Test func ofAFailureOnlyTheAttemptAndTheNextTryChange() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        for attempt in 1...5 {
            let why = Failure(
                .failed, .transport(TransportFailure(.silent(UInt64(attempt)), at: "srv01:6127")),
                attempt: attempt, next: .retry(at: Int64(attempt) * 9))
            #expect(writer.fail(why, at: Int64(attempt) * second) == .taken)
        }
        #expect(writer.hold(at: 9 * second) == .taken)
        let changes = try ChunkReader(writer.encoded()).failures()
        #expect(changes.map { $0.value?.attempt } == [1, 2, 3, 4, 5, nil])
        #expect(changes[4].value?.next == .retry(at: 45))
        #expect(changes[4].value?.cause == .transport(TransportFailure(.silent(1), at: "srv01:6127")))
    }

    @Test func anAgeOfTheHostGrowsUntilTheMomentAskedFor() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        #expect(writer.host(.unreachable(3 * second, failure), at: 10 * second) == .taken)
        // The same event: not noted again.
        #expect(writer.host(.unreachable(8 * second, failure), at: 15 * second) == .taken)
        let reader = try ChunkReader(writer.encoded())
        #expect(try reader.hostStates().count == 1)
        #expect(try reader.moment(at: 20 * second)?.host == .unreachable(13 * second, failure))
        #expect(try reader.moment(at: 9 * second) == nil)
    }

    @Test func theWriterGoesOnAfterItWasEncoded() throws {
        var example = HistoryExample(seed: 21)
        var (asked, unasked) = (ChunkWriter(key: HistoryExample.key), ChunkWriter(key: HistoryExample.key))
        for _ in 0..<100 {
            let snapshot = example.snapshot()
            #expect(asked.append(snapshot) == .taken)
            #expect(unasked.append(snapshot) == .taken)
            _ = asked.encoded()
        }
        #expect(asked.encoded() == unasked.encoded())
    }

    @Test func aWriterGoesOnFromWhatWasStored() throws {
        var example = HistoryExample(seed: 22)
        var whole = ChunkWriter(key: HistoryExample.key)
        for _ in 0..<50 { #expect(whole.append(example.snapshot()) == .taken) }
        var resumed = try ChunkReader(whole.encoded()).rewritten()
        #expect(resumed.sampleCount == 50)
        let snapshot = example.snapshot()
        #expect(resumed.append(snapshot) == .taken)
        #expect(
            try ChunkReader(resumed.encoded()).moment(at: .max)?.snapshot?.difference(from: snapshot) == nil)
    }

    @Test func aStepOfTheClockBackIsTold() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        #expect(writer.hold(at: 10 * second) == .taken)
        #expect(writer.hold(at: 10 * second - 2_000_000) == .clockWentBack)
        #expect(writer.fail(failure, at: 9 * second) == .clockWentBack)
        #expect(writer.host(.online, at: 9 * second) == .clockWentBack)
        // Within the same millisecond is not back.
        #expect(writer.hold(at: 10 * second) == .taken)
        var example = HistoryExample(seed: 1)
        var late = ChunkWriter(key: HistoryExample.key)
        let (first, next) = (example.snapshot(), example.snapshot())
        #expect(late.append(next) == .taken)
        #expect(late.append(first) == .clockWentBack)
        var other = late.next(at: first.made)
        #expect(other.append(first) == .taken)
        #expect(try ChunkReader(other.encoded()).moment(at: .max)?.snapshot?.difference(from: first) == nil)
    }

    @Test func anotherSchemaBeginsANewChunk() throws {
        var example = HistoryExample(seed: 1)
        var writer = ChunkWriter(key: HistoryExample.key)
        #expect(writer.append(example.snapshot()) == .taken)
        var snapshot = example.snapshot()
        snapshot.schema = Schema(
            PluginDescription(id: "example", name: "Example", version: "2.0", metrics: HistoryExample.metrics)
        )
        let before = writer.encoded()
        #expect(writer.append(snapshot) == .otherSchema)
        #expect(writer.encoded() == before)
        var next = writer.next(at: snapshot.made)
        #expect(next.append(snapshot) == .taken)
        #expect(try ChunkReader(next.encoded()).schema?.version == "2.0")
        snapshot.key.host = "other"
        #expect(next.append(snapshot) == .otherSchema)
    }

    @Test func theNextChunkOpensWithTheWholeState() throws {
        var (writer, rows) = written(seed: 31, rows: 60)
        let end = example(after: rows)
        #expect(writer.fail(failure, at: end) == .taken)
        var next = writer.next(at: end + second)
        #expect(next.isEmpty && next.sampleCount == 0 && next.span == nil)
        #expect(next.hold(at: end + second) == .taken)
        #expect(!next.isEmpty && next.sampleCount == 0)
        let (old, new) = (try ChunkReader(writer.encoded()), try ChunkReader(next.encoded()))
        let (last, first) = (
            try #require(try old.moment(at: end)), try #require(try new.moment(at: end + second))
        )
        #expect(last.failure == failure && first.failure == nil)
        // A number that was exact among others of its block may be rounded now.
        #expect(first.snapshot?.difference(from: try #require(last.snapshot)) == nil)
        #expect(try new.moment(at: end) == nil)
        #expect(new.times == [Milliseconds.nanoseconds(Milliseconds.of(end + second))])
        #expect(try new.failures().first?.value == failure)
        // What was held from the chunk before counts in the series.
        let series = try #require(try new.values(instance: "", metric: "used"))
        #expect(series.times.count == 1)
    }

    private func example(after rows: [Row]) -> Int64 { rows.map(time).max()! + second }

    @Test func theNextChunkTakesWhatTheSamePluginPublishes() {
        var example = HistoryExample(seed: 5)
        var writer = ChunkWriter(key: HistoryExample.key)
        for _ in 0..<20 { #expect(writer.append(example.snapshot()) == .taken) }
        var next = writer.next(at: example.time)
        #expect(next.append(example.snapshot()) == .taken)
        #expect(next.next(at: example.time).isEmpty)
    }

    @Test func aFullChunkSaysSoAndStaysAsItIs() {
        var writer = ChunkWriter(key: HistoryExample.key)
        let instances = (0..<9000).map { Snapshot.Instance(name: "i\($0)", cells: []) }
        var time: Int64 = 0
        var taken = 0
        while true {
            time += second
            let snapshot = Snapshot(
                key: HistoryExample.key, schema: HistoryExample.schema, taken: time,
                instances: Array(instances.prefix(5000)))
            guard writer.append(snapshot) == .taken else { break }
            taken += 1
        }
        #expect(taken * 5000 * HistoryExample.metrics.count <= HistoryFormat.mostCells)
        #expect(taken > 50)
        #expect(writer.sampleCount == taken)
        var more = ChunkWriter(key: HistoryExample.key)
        let wide = Snapshot(
            key: HistoryExample.key, schema: HistoryExample.schema, taken: 0, instances: instances)
        #expect(more.append(wide) == .full)
        #expect(more.isEmpty)
    }

    @Test func anEmptyChunkHasRoomWhateverItOpensWith() {
        let schema = Schema(PluginDescription(id: "example", name: "Example"))
        func snapshot(_ at: Int64, _ prefix: String) -> Snapshot {
            Snapshot(
                key: HistoryExample.key, schema: schema, taken: at,
                instances: (0..<12_000).map { .init(name: prefix + "\($0)", cells: []) })
        }
        var writer = ChunkWriter(key: HistoryExample.key)
        #expect(writer.append(snapshot(0, "a")) == .taken)
        #expect(writer.append(snapshot(second, "b")) == .full)
        var next = writer.next(at: second)
        #expect(next.append(snapshot(second, "b")) == .taken)
    }

    @Test func twoRowsOfOneNameAreOne() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        let snapshot = Snapshot(
            key: HistoryExample.key, schema: HistoryExample.schema, taken: 0,
            instances: [
                .init(name: "a", cells: [.init(value: .number(1))]),
                .init(name: "a", cells: [.init(value: .number(2))]),
            ])
        #expect(writer.append(snapshot) == .taken)
        let read = try #require(try ChunkReader(writer.encoded()).moment(at: 0)?.snapshot)
        #expect(read.instances.map(\.name) == ["a"])
        #expect(read.instances[0].cells[0].value == .number(1))
        #expect(read.instances[0].cells.count == HistoryExample.metrics.count)
    }

    @Test func aForgottenInstanceIsInNoByte() throws {
        let (writer, _) = written(seed: 41, rows: 100)
        let reader = try ChunkReader(writer.encoded())
        let again = try ChunkReader(reader.rewritten().encoded())
        #expect(try again.rewritten().encoded() == again.rewritten().encoded())
        for time in reader.times { #expect(try again.moment(at: time) == reader.moment(at: time)) }
        let without = try reader.rewritten(without: ["東京"]).encoded()
        let name = Array("東京".utf8)
        #expect(!without.indices.contains { without[$0...].starts(with: name) })
        let left = try ChunkReader(without)
        #expect(left.times == reader.times)
        #expect(
            try left.values(instance: "sda", metric: "used")?.values.map(\.bitPattern)
                == reader.values(instance: "sda", metric: "used")?.values.map(\.bitPattern))
    }
}
