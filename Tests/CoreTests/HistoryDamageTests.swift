import Contract
import Testing

@testable import Core

@Suite struct HistoryDamageTests {
    private var chunk: [UInt8] {
        var example = HistoryExample(seed: 7)
        var writer = ChunkWriter(key: HistoryExample.key)
        for _ in 0..<12 { _ = writer.append(example.snapshot()) }
        _ = writer.host(.wrong(Failure(.failed, .plugin("why"))), at: example.time)
        _ = writer.fail(Failure(.failed, .late(call: "collect", nanoseconds: 5)), at: example.time)
        return writer.encoded()
    }

    private var rollup: [UInt8] {
        var example = HistoryExample(seed: 8)
        var writer = RollupWriter(key: HistoryExample.key, tier: .fiveMinutes)
        for _ in 0..<300 { _ = writer.append(example.snapshot()) }
        return writer.encoded()
    }

    /// Reads all that there is to read.
    private func readAll(_ bytes: [UInt8]) throws {
        if bytes.count > 4, bytes[4] == 2 {
            let reader = try RollupReader(bytes)
            _ = try reader.outages()
            for start in reader.starts { _ = try reader.snapshot(at: start) }
            for instance in reader.instances {
                for metric in reader.schema?.metrics ?? [] {
                    _ = try reader.stretches(instance: instance, metric: metric.id)
                }
            }
            return
        }
        let reader = try ChunkReader(bytes)
        for time in Set([reader.times.first, reader.times.last]) {
            _ = try time.map { try reader.moment(at: $0) }
        }
        for instance in reader.instances {
            for metric in reader.schema?.metrics ?? [] {
                _ = try reader.values(instance: instance, metric: metric.id)
                _ = try reader.texts(instance: instance, metric: metric.id)
                _ = try reader.statuses(instance: instance, metric: metric.id)
            }
        }
        _ = try (reader.notes(), reader.failures(), reader.hostStates(), reader.rewritten())
    }

    @Test func whatIsWholeCanBeRead() throws {
        try readAll(chunk)
        try readAll(rollup)
    }

    @Test func everyFlippedBitIsFound() {
        var random = Seeded(9)
        for whole in [chunk, rollup] {
            for _ in 0..<1000 {
                var bytes = whole
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] ^= 1 << UInt8(random.next() % 8)
                #expect(throws: ChunkDamage.self) { try readAll(bytes) }
            }
        }
    }

    /// With a checksum that is right again the parts have to look after themselves.
    @Test func aFlippedBitUnderARightChecksumTrapsNowhere() {
        var random = Seeded(10)
        for whole in [chunk, rollup] {
            var refused = 0
            for _ in 0..<300 {
                var bytes = Array(whole.dropLast(Container.tailSize))
                for _ in 0...(random.next() % 3) {
                    let place = Int.random(in: 3..<bytes.count, using: &random)
                    bytes[place] ^= 1 << UInt8(random.next() % 8)
                }
                do { try readAll(Container.sealed(bytes)) } catch { refused += 1 }
            }
            #expect(refused > 100)
        }
    }

    @Test func everyTruncationIsFound() {
        for whole in [chunk, rollup] {
            for length in 0..<whole.count {
                let cut = Array(whole.prefix(length))
                #expect(throws: ChunkDamage.self) { try readAll(cut) }
                // Reading all of each is work for a second; the first bytes matter most.
                guard length % 7 == 0 || length < 500 else { continue }
                do { try readAll(Container.sealed(cut)) } catch {
                    #expect(error is ChunkDamage)
                    continue
                }
                Issue.record("\(length) bytes of \(whole.count) are read as a whole")
            }
        }
    }

    @Test func aNewerVersionIsRefusedByName() {
        var bytes = chunk
        bytes[3] = HistoryFormat.version + 1
        #expect(throws: ChunkDamage.newer(version: HistoryFormat.version + 1)) { try ChunkReader(bytes) }
        #expect(
            ChunkDamage.newer(version: 2).words
                == "a newer version of the program wrote it, in format 2; this one reads up to 1")
    }

    @Test func otherBytesAreToldApart() {
        #expect(throws: ChunkDamage.notHistory) { try ChunkReader(Array("SQLite format 3".utf8)) }
        #expect(throws: ChunkDamage.truncated) { try ChunkReader([]) }
        #expect(throws: ChunkDamage.otherKind) { try ChunkReader(rollup) }
        #expect(throws: ChunkDamage.otherKind) { try RollupReader(chunk) }
        var bytes = Array(chunk.dropLast(Container.tailSize))
        bytes[4] = 9
        #expect(throws: ChunkDamage.unknownTag) { try ChunkReader(Container.sealed(bytes)) }
    }

    /// 65,536 rows and thousands of columns in a few kilobytes: nothing is reserved for them.
    @Test func aClaimOfManyRowsIsRefusedBeforeAnythingIsReserved() {
        var head = HistoryBytes()
        head.key(HistoryExample.key)
        var (schema, axis, names) = (HistoryBytes(), HistoryBytes(), HistoryBytes())
        schema.schema(HistoryExample.schema)
        var times = NumberStream(.exact)
        for _ in 0..<65_536 { times.append(5) }
        axis.count(0)
        axis.count(65_536)
        var runs = HistoryBytes()
        runs.u8(0)
        runs.count(65_536)
        axis.section(runs)
        axis.section(times.encoded)
        axis.bytes += times.encoded
        names.count(9000)
        for _ in 0..<9000 { names.text("") }
        let sections = [schema, axis, names] + [HistoryBytes](repeating: HistoryBytes(), count: 9)
        #expect(throws: ChunkDamage.outOfRange) { try ChunkReader(Container.record(.chunk, head, sections)) }
    }
}
