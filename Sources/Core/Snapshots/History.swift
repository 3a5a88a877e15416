import Contract

/// The latest values of one number, up to ``capacity`` of them.
public struct Ring: Sendable {
    /// The largest number of values; further ones replace the oldest.
    public static let capacity = WireLimits.history

    private var values: [Float] = []
    private var start = 0

    public init() {}

    /// The number of values.
    public var count: Int { values.count }

    /// Adds a value, which replaces the oldest one when the ring is full.
    public mutating func append(_ value: Float) {
        if values.count < Self.capacity {
            values.append(value)
        } else {
            values[start] = value
            start = (start + 1) % Self.capacity
        }
    }

    /// The values, the oldest first.
    public var array: [Float] { Array(values[start...] + values[..<start]) }
}

/// The recent past of every number of a widget. One entry for each collect; NaN where a number was absent, so
/// that all rings of a widget share one time axis.
public struct History: Sendable {
    /// Rings of one widget: numbers beyond have no past.
    static let mostRings: UInt32 = 20_000

    /// Gone for as long as a ring lasts, an instance is forgotten: names that come and go must not pile up.
    private struct Past: Sendable {
        var rings: [Ring?]
        var lastSeen: UInt32
    }

    private var instances: [InstanceName: Past] = [:]
    /// 32 bits count the collects of 136 years at one a second.
    private var collects: UInt32 = 0
    private var rings: UInt32 = 0
    var ringCount: Int { Int(rings) }

    public init() {}

    /// Adds the numbers of a snapshot, with NaN for instances and numbers that it does not have.
    public mutating func append(_ snapshot: Snapshot) {
        collects += 1
        for instance in snapshot.instances {
            let name = InstanceName(instance.name)
            if let place = instances.index(forKey: name) {
                Self.append(instance, to: &instances.values[place], at: collects, rings: &rings)
            } else {
                var past = Past(rings: [], lastSeen: collects - 1)
                Self.append(instance, to: &past, at: collects, rings: &rings)
                instances[name] = past
            }
        }
        if instances.count > 2 * WireLimits.instances || rings == Self.mostRings {
            forget(after: 1)
        } else if collects % UInt32(Ring.capacity) == 0 {
            forget(after: UInt32(Ring.capacity))
        }
    }

    private static func append(
        _ instance: Snapshot.Instance, to past: inout Past, at collects: UInt32, rings: inout UInt32
    ) {
        if past.rings.count < instance.cells.count {
            past.rings += [Ring?](repeating: nil, count: instance.cells.count - past.rings.count)
        }
        let missed = min(Int(clamping: collects - past.lastSeen - 1), Ring.capacity)
        for (index, cell) in instance.cells.enumerated() {
            if past.rings[index] == nil {
                guard case .number = cell.value, rings < mostRings else { continue }
                past.rings[index] = Ring()
                rings += 1
            }
            for _ in 0..<missed { past.rings[index]!.append(.nan) }
            past.rings[index]!.append(cell.value.number.map { Float($0) } ?? .nan)
        }
        past.lastSeen = collects
    }

    /// What has not been seen for so many collects.
    private mutating func forget(after age: UInt32) {
        for (name, past) in instances where collects - past.lastSeen >= age {
            rings -= UInt32(past.rings.count { $0 != nil })
            instances[name] = nil
        }
    }

    /// A collect that found nothing: a gap in every ring.
    public mutating func skip() { collects += 1 }

    /// Moves every ring to the index that its metric has in another schema.
    ///
    /// - Parameter places: For each metric of the new schema its index in the old one; nil: it begins without a past.
    mutating func rearrange(_ places: [Int?]) {
        for (name, past) in instances {
            let moved = places.map { place in place.flatMap { $0 < past.rings.count ? past.rings[$0] : nil } }
            rings = rings - UInt32(past.rings.count { $0 != nil }) + UInt32(moved.count { $0 != nil })
            instances[name]!.rings = moved
        }
    }

    /// Returns the history of one number, the oldest value first; empty: there is none. `metric` is an index in the
    /// schema.
    public func values(instance: String, metric: Int) -> [Float] {
        guard let past = instances[InstanceName(instance)], past.rings.indices.contains(metric) else {
            return []
        }
        return past.rings[metric]?.array ?? []
    }
}
