import Contract

/// The recent past of one number: the last ``capacity`` values, oldest first.
public struct Ring: Sendable {
    public static let capacity = WireLimits.history

    private var values: [Float] = []
    private var start = 0

    public init() {}

    public var count: Int { values.count }

    public mutating func append(_ value: Float) {
        if values.count < Self.capacity {
            values.append(value)
        } else {
            values[start] = value
            start = (start + 1) % Self.capacity
        }
    }

    public var array: [Float] { Array(values[start...] + values[..<start]) }
}

/// The recent past of every number of a widget. One entry for each collect; NaN where a number was absent, so
/// that all rings of a widget share one time axis.
public struct History: Sendable {
    /// Gone for as long as a ring lasts, an instance is forgotten: names that come and go must not pile up.
    private struct Past: Sendable {
        var rings: [Ring?]
        var lastSeen: UInt64
    }

    private var instances: [String: Past] = [:]
    private var collects: UInt64 = 0

    public init() {}

    public mutating func append(_ snapshot: Snapshot) {
        collects += 1
        for instance in snapshot.instances {
            var past = instances[instance.name] ?? Past(rings: [], lastSeen: collects - 1)
            instances[instance.name] = nil  // The only reference to the rings, so they are changed in place.
            if past.rings.count < instance.cells.count {
                past.rings += [Ring?](repeating: nil, count: instance.cells.count - past.rings.count)
            }
            let missed = min(Int(clamping: collects - past.lastSeen - 1), Ring.capacity)
            for (index, cell) in instance.cells.enumerated() {
                if past.rings[index] == nil {
                    guard case .number = cell.value else { continue }
                    past.rings[index] = Ring()
                }
                for _ in 0..<missed { past.rings[index]!.append(.nan) }
                past.rings[index]!.append(cell.value.number.map { Float($0) } ?? .nan)
            }
            past.lastSeen = collects
            instances[instance.name] = past
        }
        if collects % UInt64(Ring.capacity) == 0 || instances.count > 2 * WireLimits.instances {
            let snapshot = Set(snapshot.instances.map(\.name))
            if instances.count > 2 * WireLimits.instances {
                instances = instances.filter { snapshot.contains($0.key) }
            }
            instances = instances.filter { collects - $0.value.lastSeen < UInt64(Ring.capacity) }
        }
    }

    /// A collect that found nothing: a gap in every ring.
    public mutating func skip() { collects += 1 }

    public func values(instance: String, metric: Int) -> [Float] {
        guard let past = instances[instance], past.rings.indices.contains(metric) else { return [] }
        return past.rings[metric]?.array ?? []
    }
}
