import Contract
import Core
import Testing

@testable import History

struct TailTests {
    private func part(_ source: Int64, _ host: String, plugin: String = "memory", metrics: Int = 20)
        -> Tail.Part
    {
        let key = SeriesKey(host: host, plugin: plugin)
        let schema = Schema(
            PluginDescription(
                id: plugin, name: plugin,
                metrics: (0..<metrics).map {
                    MetricDeclaration(id: "metric\($0)", label: "", unit: "percent")
                }))
        var writer = ChunkWriter(key: key)
        let cells = (0..<metrics).map { Snapshot.Cell(value: .number(Double(Int64($0) + source))) }
        #expect(
            writer.append(
                Snapshot(key: key, schema: schema, taken: 1, instances: [.init(name: "", cells: cells)]))
                == .taken)
        return Tail.Part(source: source, chunk: writer.encoded())
    }

    @Test func partsAreReadAsTheyWereWritten() {
        let parts = [
            part(1, "srv01"), part(2, ""), part(3, String(repeating: "h", count: 200)),
            part(4, "srv02", plugin: "nvme"), part(5, "srv03", metrics: 21), part(6, "srv04", plugin: "nvme"),
            Tail.Part(source: 7, chunk: []), Tail.Part(source: 8, chunk: [1, 2, 3]),
        ]
        #expect(Tail.parts(Tail.bytes(parts)) == parts)
        for part in parts { #expect(Tail.parts(Tail.bytes(parts), of: part.source) == [part]) }
        #expect(Tail.parts(Tail.bytes([])).isEmpty)
    }

    @Test func hostsOfOnePluginShareTheirSchema() {
        let parts = (1...50).map { part(Int64($0), "srv\($0)") }
        let alone = parts.reduce(0) { $0 + $1.chunk.count }
        #expect(Tail.bytes(parts).count < alone * 2 / 3)
    }

    @Test func damagedTailsAreNoTrap() {
        let bytes = Tail.bytes([part(1, "srv01"), part(2, "srv02"), part(3, "srv03", plugin: "nvme")])
        for length in 0..<bytes.count { _ = Tail.parts(Array(bytes.prefix(length))) }
        for place in bytes.indices {
            for value: UInt8 in [0, 0x7f, 0xff] {
                var damaged = bytes
                damaged[place] = value
                for part in Tail.parts(damaged) { #expect(part.chunk.count <= 2 * bytes.count) }
            }
        }
    }
}
