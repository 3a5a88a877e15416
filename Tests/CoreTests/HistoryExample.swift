import Contract

@testable import Core

/// SplitMix64: the same numbers for the same seed, on every machine.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func chance(_ oneIn: Int) -> Bool { Int.random(in: 0..<oneIn, using: &self) == 0 }
}

/// A source whose snapshots are odd on purpose.
struct HistoryExample {
    static let second: Int64 = 1_000_000_000
    static let start: Int64 = 1_772_366_400_000_000_000
    static let key = SeriesKey(host: "srv01", plugin: "example", options: OptionsDigest(value: 0x1234))

    static let metrics = [
        MetricDeclaration(
            id: "used", label: "Used", unit: "percent", help: "Help.", direction: .higherIsWorse,
            limits: Limits(warning: 70, critical: 90), wantsHistory: true, isHeadline: true),
        MetricDeclaration(id: "heat", label: "Heat", unit: "celsius"),
        MetricDeclaration(id: "size", label: "Size", unit: "bytes", isLasting: true),
        MetricDeclaration(id: "flow", label: "", unit: "bytes/s"),
        MetricDeclaration(id: "reads", label: "Reads", unit: "count", kind: .counter, rememberDays: 3650),
        MetricDeclaration(id: "written", label: "Written", unit: "bytes", kind: .counter),
        MetricDeclaration(id: "odd", label: "Odd", unit: ""),
        MetricDeclaration(id: "clock", label: "Clock", unit: "hertz"),
        MetricDeclaration(id: "age", label: "Age", unit: "seconds", isAge: true),
        MetricDeclaration(id: "power", label: "Power", unit: "watts", direction: .lowerIsWorse),
        MetricDeclaration(id: "model", label: "Model", kind: .text),
        MetricDeclaration(id: "state", label: "State", kind: .state),
    ]
    static let schema = Schema(
        PluginDescription(id: "example", name: "Example", version: "1.2", metrics: metrics))

    var random: Seeded
    var time = start
    private var numbers: [String: [Double]] = [:]
    private var names = ["sda", "", "東京", "n\u{e9}"]

    init(seed: UInt64) { random = Seeded(seed) }

    /// A snapshot some seconds after the one before.
    mutating func snapshot() -> Snapshot {
        time += Int64.random(in: 1...4_000_000_000, using: &random)
        let age = random.chance(3) ? Int64.random(in: 0...30, using: &random) * 1_000_000_000 : 0
        var snapshot = Snapshot(key: Self.key, schema: Self.schema, taken: time - age, made: time)
        if random.chance(20) { names.shuffle(using: &random) }
        if random.chance(30) { names.append("late\(names.count)") }
        for name in names where !random.chance(40) {
            snapshot.instances.append(Snapshot.Instance(name: name, cells: cells(name)))
        }
        if random.chance(10) {
            snapshot.note = .init(status: .warning, sentence: "note \(random.next() % 3)")
        }
        if random.chance(10) { snapshot.gone = [.init(name: "sdz", lastSeen: time - 5 * Self.second)] }
        return snapshot
    }

    private mutating func cells(_ name: String) -> [Snapshot.Cell] {
        var values = numbers[name] ?? [Double](repeating: 0, count: Self.metrics.count)
        var cells: [Snapshot.Cell] = []
        for (index, metric) in Self.metrics.enumerated() {
            guard metric.isNumeric else {
                let text = ["one", "two", "", "a longer text é"].randomElement(using: &random)!
                cells.append(.init(value: .text(text), status: .ok, isOwnStatus: true))
                continue
            }
            values[index] = step(values[index], metric)
            let number = values[index]
            var cell = Snapshot.Cell(value: number.isFinite ? .number(number) : .absent)
            if random.chance(25) { cell.value = .absent }
            if random.chance(50) { cell.value = .text("wrong kind") }
            if case .number(let number) = cell.value {
                cell.status = Judge.status(of: number, limits: metric.limits, direction: metric.direction)
            }
            cells.append(cell)
        }
        numbers[name] = values
        return cells
    }

    private mutating func step(_ value: Double, _ metric: MetricDeclaration) -> Double {
        if metric.kind == .counter {
            if random.chance(60) { return 0 }
            return value + Double(random.next() % 5000) * (metric.unit == "bytes" ? 512 : 1)
        }
        switch random.next() % 12 {
        case 0: return Self.oddities.randomElement(using: &random)!
        case 1: return Double.random(in: 0...100, using: &random).rounded()
        case 2...5: return value
        default:
            let size: Double = metric.unit.hasPrefix("bytes") ? 1e10 : metric.unit == "hertz" ? 4e9 : 100
            return Double.random(in: 0...size, using: &random)
        }
    }

    static let oddities: [Double] = [
        0, -0.0, 1, -1, 0.1, 1e-9, -1e-300, 0x1p-1074, 1e15, -1e18, 1e300, -1.7e308, .greatestFiniteMagnitude,
        4095, 4096,
        0x1p52, 0x1p53 + 2, 0x1p63, 99.95, 273.15, 1.0 / 3.0, 12345678.9,
    ]

    /// The largest error that a metric's numbers may have.
    static func tolerance(_ value: Double, _ metric: MetricDeclaration) -> Double {
        let size = value.magnitude
        // A few bits more than the step says, for the arithmetic of numbers without a short binary form.
        let slack = 1 + 1e-9
        if metric.kind == .counter { return 0 }
        switch metric.unit {
        case "percent", "celsius", "watts": return max(0.05, size * 0x1p-11) * slack
        case "bytes": return max(2048, size * 0x1p-13) * slack
        case "bytes/s": return max(32, size * 0x1p-10) * slack
        case "hertz": return max(0.5, size * 0x1p-10) * slack
        case "seconds": return max(0x1p-31, size * 0x1p-13) * slack
        default: return max(0x1p-61, size * 0x1p-11) * slack
        }
    }
}

extension Snapshot {
    /// What differs from what was written by more than is allowed; nil: nothing. Times are of whole milliseconds.
    func difference(from written: Snapshot) -> String? {
        func cut(_ time: Int64) -> Int64 { Milliseconds.nanoseconds(Milliseconds.of(time)) }
        if key != written.key { return "key" }
        if made != cut(written.made) || taken != cut(written.taken) {
            return "times \(taken) \(written.taken)"
        }
        if note != written.note { return "note" }
        let gone = written.gone.map { Gone(name: $0.name, lastSeen: cut($0.lastSeen)) }
        if gone != self.gone { return "gone" }
        if instances.map(\.name) != written.instances.map(\.name) { return "instances" }
        for (mine, other) in zip(instances, written.instances) {
            if mine.cells.count != other.cells.count { return "cells of \(mine.name)" }
            for (index, cell) in mine.cells.enumerated() {
                let original = other.cells[index]
                let metric = schema.metrics[index]
                let place = "\(mine.name) \(metric.id): \(cell) for \(original)"
                if cell.status != original.status || cell.isOwnStatus != original.isOwnStatus { return place }
                switch (cell.value, original.value) {
                case (.number(let read), .number(let number)):
                    if (read - number).magnitude > HistoryExample.tolerance(number, metric) { return place }
                default:
                    if cell.value != original.value { return place }
                }
            }
        }
        return nil
    }
}
