import Contract
import Core

/// A generator of the same numbers in each run.
struct Chance {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func below(_ limit: UInt64) -> Int64 { Int64(next() % limit) }
}

/// Five hosts with 252 numbers each, which behave as those of /proc do: a third of them flutters, others stand still.
struct Fleet {
    static let hosts = 5
    /// A plugin's id, its instances, its metrics.
    private static let plugins = [
        ("cpu", 1, 42), ("memory", 1, 42), ("nvme", 3, 14), ("services", 12, 7), ("network", 6, 7),
    ]

    /// One source of a host.
    struct Source {
        let key: SeriesKey
        let schema: Schema
        var snapshot: Snapshot
        /// Of each cell, instance by instance.
        var values: [Double]
    }

    private(set) var sources: [Source] = []
    private var chance = Chance(42)

    init() {
        for host in 1...Self.hosts {
            for (plugin, instances, metrics) in Self.plugins {
                sources.append(Self.source("srv0\(host)", plugin, instances, metrics))
            }
        }
    }

    /// The numbers of all sources.
    var numbers: Int { sources.reduce(0) { $0 + $1.values.count } }

    private static func source(_ host: String, _ plugin: String, _ instances: Int, _ metrics: Int) -> Source {
        let declared = (0..<metrics).map { metric in
            let (unit, kind) = units[metric % units.count]
            return MetricDeclaration(
                id: "\(plugin)_metric_\(metric)", label: "Metric \(metric)", unit: unit, kind: kind)
        }
        let schema = Schema(PluginDescription(id: plugin, name: plugin, metrics: declared))
        let key = SeriesKey(host: host, plugin: plugin)
        let rows = (0..<instances).map { instance in
            Snapshot.Instance(
                name: instances == 1 ? "" : "\(plugin)\(instance)",
                cells: Array(repeating: .init(value: .number(0), status: .ok), count: metrics))
        }
        let values = (0..<instances * metrics).map {
            units[$0 % metrics % units.count].0 == "bytes" ? 4e9 : 20
        }
        return Source(
            key: key, schema: schema,
            snapshot: Snapshot(key: key, schema: schema, taken: start, instances: rows), values: values)
    }

    private static let units: [(String, MetricDeclaration.Kind)] = [
        ("percent", .gauge), ("percent", .gauge), ("bytes", .gauge), ("bytes", .gauge), ("bytes", .gauge),
        ("bytes", .gauge), ("bytes", .counter), ("count", .counter), ("count", .counter), ("bytes/s", .gauge),
        ("celsius", .gauge), ("", .gauge),
    ]

    /// Moves all values, and returns what the sources then publish.
    mutating func observations(at time: Int64) -> [Observation] {
        let jittered = time + chance.below(1_500_000)
        return sources.indices.map { index in
            move(index)
            sources[index].snapshot.made = time
            sources[index].snapshot.taken = jittered
            return Observation(key: sources[index].key, time: time, fact: .snapshot(sources[index].snapshot))
        }
    }

    private mutating func move(_ index: Int) {
        let metrics = sources[index].schema.metrics.count
        for place in sources[index].values.indices where place % 3 == 0 {
            let value = sources[index].values[place]
            let kind = place % metrics % Self.units.count
            let moved: Double =
                switch Self.units[kind] {
                case ("percent", _): Double(chance.below(400)) / 13
                case ("bytes", .gauge): value + Double(chance.below(4096) - 2048) * 4096
                case ("bytes", _): value + Double(chance.below(64)) * 512
                case ("count", _): value + Double(chance.below(200))
                case ("bytes/s", _): Double(chance.below(900_000)) / 7
                case ("celsius", _): Double(40 + chance.below(4))
                default: Double(chance.below(300)) / 100
                }
            sources[index].values[place] = moved
            sources[index].snapshot.instances[place / metrics].cells[place % metrics].value = .number(moved)
        }
    }
}
