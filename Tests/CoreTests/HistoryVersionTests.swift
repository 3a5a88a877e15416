import Contract
import Testing

@testable import Core

/// Records that were written once. Every later version of the program must read them as they were meant.
@Suite struct HistoryVersionTests {
    private let second = HistoryExample.second
    private let failure = Failure(
        .timeout, .late(call: "collect", nanoseconds: 5), attempt: 2, next: .retry(at: 9))

    private let chunk1 = """
        434d480101016801700100000000000000300150013103016101410770657263656e74041000000000000054400001620005\
        636f756e7401000001630143000200001c0006060004020103010e010005feff23a086f1ff1ffd340c01d00f000301017805\
        01000100000e03036f6e65046e6f74650374776f0602010501010001000c01040907636f6c6c656374050400040112020207\
        030d09091f020005030900020055c09f2504010001000100311009010026010200000202dac7e294
        """

    private let rollup1 = """
        434d48010201680170010000000000000001300150013103016101410770657263656e740410000000000000544000016200\
        05636f756e74010000016301430002000010020401002008040106200c04010020080c01040907636f6c6c656374050a0101\
        01000401120102070301017805010374776f0328280959020085018900040106200c060200a000900b0702f6019000dc0306\
        02ee038000f60602ee038000f601008100040106200c050100504002090cd6ba06d00040750204010840a004010840a00401\
        0820080200c601860101000018c049b3
        """

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    @Test func aChunkOfVersion1() throws {
        let reader = try ChunkReader(bytes(chunk1))
        #expect(reader.key == SeriesKey(host: "h", plugin: "p", options: OptionsDigest(value: 1)))
        #expect(reader.schema?.metrics.map(\.id) == ["a", "b", "c"])
        #expect(reader.schema?.metrics[0].limits == Limits(warning: 80))
        #expect(reader.times == [0, 100, 200, 300, 400, 400].map { $0 * second })
        #expect(try reader.values(instance: "x", metric: "a")?.values.prefix(4) == [0, 12.3, 24.7, 37])
        #expect(try reader.values(instance: "x", metric: "b")?.values.prefix(4) == [0, 1, 4, 9])
        #expect(try reader.texts(instance: "x", metric: "c").map(\.value) == ["one", "two"])
        #expect(try reader.statuses(instance: "x", metric: "a").map(\.value) == [.ok, .warning])
        #expect(try reader.notes().map(\.value) == [.init(status: .unknown, sentence: "note"), nil])
        let moment = try #require(try reader.moment(at: 450 * second))
        #expect(moment.failure == failure && moment.host == .slow(7))
        #expect(moment.snapshot?.taken == 299 * second && moment.snapshot?.made == 300 * second)
        #expect(moment.snapshot?.instances[0].cells[2].isOwnStatus == true)
    }

    @Test func aRollupOfVersion1() throws {
        let reader = try RollupReader(bytes(rollup1))
        #expect(reader.starts == [0, 300 * second] && reader.tier == .fiveMinutes)
        let used = try #require(try reader.stretches(instance: "x", metric: "a"))
        #expect(used[0].bucket == SeriesBucket(count: 3, minimum: 0, mean: 12.3, maximum: 24.7, last: 24.7))
        #expect(used.map(\.status) == [.ok, .warning])
        #expect(try reader.stretches(instance: "x", metric: "b")?.map(\.increase) == [4, 5])
        #expect(try reader.stretches(instance: "x", metric: "c")?.map(\.textChanged) == [true, false])
        let outages = try reader.outages()
        #expect(outages.map(\.samples) == [3, 1] && outages.map(\.failures) == [0, 1])
        #expect(outages[1].failure == failure && outages[1].host == .slow(7))
    }
}
