import Contract
import Core

/// Answers of a worker that stay within every bound and cost as much as they can.
struct WorstAnswer {
    var name: String
    var metrics = 4
    var wantsHistory = false
    /// How often it comes.
    var rounds = 1
    /// A table's user has sorted and filtered it.
    var sorts = false
    var screen = Size(500, 150)
    /// One after the other.
    var messages: () -> [WorkerMessage]

    static var all: [WorstAnswer] { collects + pictures + tables }

    // MARK: collect

    private static var collects: [WorstAnswer] {
        let marks = String(repeating: "a\u{316}\u{301}\u{323}", count: 34)
        return [
            WorstAnswer(
                name: "100,000 samples, 25,000 names",
                messages: { [samples(25000, 4) { "instance number \($0)" }] }),
            WorstAnswer(name: "names of 256 bytes", messages: { [samples(20000, 4) { name($0, of: 256) }] }),
            WorstAnswer(name: "names of marks", messages: { [samples(20000, 4) { "\($0)" + marks }] }),
            WorstAnswer(
                name: "the same in turns", metrics: 4,
                messages: { [samples(6000, 4, inTurns: true) { "\($0)" + marks }] }),
            WorstAnswer(
                name: "a past of everything", wantsHistory: true, rounds: 310,
                messages: { [samples(25000, 4) { "\($0)" }] }),
            WorstAnswer(
                name: "names that come and go", wantsHistory: true, rounds: 310,
                messages: { (0..<310).map { round in samples(25000, 4) { "\(round) \($0)" } } }),
            WorstAnswer(
                name: "256 metrics, 20,000 instances", metrics: 256,
                messages: { [samples(20000, 1) { "instance number \($0)" }] }),
            WorstAnswer(name: "texts of 4,096 bytes", messages: { [texts(2000)] }),
        ]
    }

    private static func name(_ number: Int, of length: Int) -> String {
        let digits = "\(number)"
        return digits + String(repeating: "x", count: length - digits.utf8.count)
    }

    private static func samples(
        _ instances: Int, _ metrics: Int, inTurns: Bool = false, name: (Int) -> String
    ) -> WorkerMessage {
        let names = (0..<instances).map(name)
        var samples: [Sample] = []
        samples.reserveCapacity(instances * metrics)
        if inTurns {
            for metric in 0..<metrics {
                samples += names.map { Sample(instance: $0, metric: metric, value: .number(1.5)) }
            }
        } else {
            for name in names {
                samples += (0..<metrics).map { Sample(instance: name, metric: $0, value: .number(1.5)) }
            }
        }
        return .collected(id: 1, Collected(samples: samples))
    }

    private static func texts(_ count: Int) -> WorkerMessage {
        let text = String(repeating: "é", count: 2048)
        return .collected(
            id: 1,
            Collected(samples: (0..<count).map { Sample(instance: "\($0)", metric: 0, value: .text(text)) }))
    }

    // MARK: draw

    private static var pictures: [WorstAnswer] {
        let marked = String(repeating: "a\u{316}\u{301}\u{323}\u{320}", count: 150)
        let curve = [Float](repeating: 1, count: 90)
        return [
            drawn("20,000 fills of the screen") { _ in
                .fill(x: 0, y: 0, width: 500, height: 150, role: .graph, character: 0x2588)
            },
            drawn("20,000 curves over the screen") { _ in
                .spark(
                    x: 0, y: 0, width: 500, height: 150, role: .graph, values: curve, minimum: 0, maximum: 1)
            },
            drawn("20,000 bars") {
                .gauge(
                    x: 0, y: $0 % 150, width: 500, fraction: 0.5, limits: Limits(warning: 0.2, critical: 0.9))
            },
            drawn("13,000 plain texts", 13000) {
                .text(
                    x: 0, y: $0 % 150, width: 500, alignment: .right, role: .value,
                    text: String(repeating: "x", count: 600))
            },
            drawn("5,500 texts of marks", 5500) {
                .text(x: 0, y: $0 % 150, width: 500, alignment: .center, role: .value, text: "\($0)" + marked)
            },
            drawn("20,000 numbers") {
                .number(
                    x: 0, y: $0 % 150, width: 500, alignment: .right, role: .value, number: 1.7e308,
                    unit: "x")
            },
        ]
    }

    private static func drawn(
        _ name: String, _ count: Int = WireLimits.operations, operation: @escaping (Int) -> DrawOperation
    ) -> WorstAnswer {
        WorstAnswer(name: name, messages: { [.drawn(id: 1, (0..<count).map(operation))] })
    }

    // MARK: tables

    private static var tables: [WorstAnswer] {
        let long = String(repeating: "x", count: 3000)
        let foreign = String(repeating: "é", count: 1500)
        return [
            table("a table of 10,000 x 9", rows: 10000, columns: 9) {
                .init(kind: .number, text: "bytes", number: Double($0))
            },
            table("empty cells, 1,500 x 64", rows: 1500, columns: 64) { _ in .init(kind: .empty) },
            table("widest columns", rows: 40, columns: 64) { _ in .init(kind: .text, text: long) },
            table("sorted by long texts", rows: 2700, columns: 1, sorts: true) {
                .init(kind: .text, text: long + "\($0)")
            },
            table("long foreign texts", rows: 2700, columns: 1, sorts: true) {
                .init(kind: .text, text: foreign + "\($0)")
            },
            many("64 tables of 64 columns", 64, columns: 64),
            many("a table too many", 65, columns: 1),
        ]
    }

    private static func table(
        _ name: String, rows: Int, columns: Int, sorts: Bool = false, cell: @escaping (Int) -> Table.Cell
    ) -> WorstAnswer {
        WorstAnswer(
            name: name, sorts: sorts,
            messages: {
                let table = Table(
                    columns: (0..<columns).map { Table.Column(title: "C\($0)") },
                    cells: (0..<rows * columns).map(cell))
                return [.drawn(id: 1, [.table(x: 0, y: 0, width: 500, height: 150, table: table)])]
            })
    }

    private static func many(_ name: String, _ count: Int, columns: Int) -> WorstAnswer {
        let table = Table(
            columns: (0..<columns).map { Table.Column(title: "", width: 1 << 16, priority: $0) },
            cells: (0..<columns).map { _ in Table.Cell(kind: .empty) })
        return WorstAnswer(
            name: name,
            messages: {
                let tables = (0..<count).map {
                    DrawOperation.table(x: 0, y: $0 % 150, width: 500, height: 150, table: table)
                }
                return [.drawn(id: 1, tables)]
            })
    }
}
