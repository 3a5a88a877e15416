import Contract

/// The past of a source's numbers on one axis of time, for curves in widgets: the stretches of a span that ends now.
///
/// It is fed by snapshots. What came before the first of them is taken in from a longer memory (``recall(_:_:from:)``).
public struct History: Sendable {
    /// Numbers of one source that have a past: those beyond have none.
    static let mostRings: UInt32 = 20_000

    /// Gone for as long as the span lasts, an instance is forgotten: names that come and go must not pile up.
    private struct Past: Sendable {
        var rings: [PastRing?]
        var lastSeen: UInt32
        var lastTime: Int64
        /// Whether the longer memory was asked.
        var isAsked = false
    }

    /// How much time it covers.
    public let span: HistorySpan
    /// Nanoseconds of a stretch.
    public let step: Int64
    private var instances: [InstanceName: Past] = [:]
    /// 32 bits count the collects of 136 years at one a second.
    private var collects: UInt32 = 0
    private var rings: UInt32 = 0
    var ringCount: Int { Int(rings) }

    /// Creates a past without values.
    public init(span: HistorySpan = .fiveMinutes) {
        self.span = span
        // A cell has two columns.
        step = span.step(cells: PastRing.capacity / 2)
    }

    /// Creates a past of another span from what is known of a shorter one.
    init(span: HistorySpan, from other: History) {
        self.init(span: span)
        (collects, rings) = (other.collects, other.rings)
        instances = other.instances.mapValues { past in
            let rings = past.rings.map { ring in
                ring.map { ring in
                    var new = PastRing()
                    ring.forEach { stretch, mean, high in
                        let time = stretch * other.step
                        new.append(
                            mean, high: high, at: time, in: time.quotient(by: step), reach: 2 * other.step)
                    }
                    return new
                }
            }
            return Past(rings: rings, lastSeen: past.lastSeen, lastTime: past.lastTime)
        }
    }

    /// Adds the numbers of a snapshot whose metrics want a history. What it lacks has a gap.
    ///
    /// - Parameter time: Unix nanoseconds.
    /// - Parameter interval: Nanoseconds from one snapshot to the next.
    public mutating func append(_ snapshot: Snapshot, at time: Int64, every interval: UInt64) {
        collects += 1
        let wanted = snapshot.schema.metrics.map { $0.wantsHistory && $0.isNumeric }
        guard wanted.contains(true) else { return }
        let moment = Moment(
            time: time, stretch: time.quotient(by: step), reach: Self.reach(interval), collect: collects)
        for instance in snapshot.instances {
            let name = InstanceName(instance.name)
            if let place = instances.index(forKey: name) {
                Self.append(instance, wanted, to: &instances.values[place], moment, rings: &rings)
            } else {
                var past = Past(rings: [], lastSeen: collects - 1, lastTime: time)
                Self.append(instance, wanted, to: &past, moment, rings: &rings)
                instances[name] = past
            }
        }
        forgetOld(at: time)
    }

    private struct Moment {
        let time: Int64
        let stretch: Int64
        let reach: Int64
        let collect: UInt32
    }

    /// Nanoseconds for which a value goes on: a snapshot may be late, and one may be missed.
    private static func reach(_ interval: UInt64) -> Int64 {
        let interval = Int64(clamping: interval)
        return interval > .max / 3 ? .max : interval * 5 / 2
    }

    private static func append(
        _ instance: Snapshot.Instance, _ wanted: [Bool], to past: inout Past, _ moment: Moment,
        rings: inout UInt32
    ) {
        if past.rings.count < wanted.count {
            past.rings += [PastRing?](repeating: nil, count: wanted.count - past.rings.count)
        }
        let wasMissing = past.lastSeen != moment.collect - 1
        for (index, cell) in instance.cells.enumerated() where index < wanted.count && wanted[index] {
            if past.rings[index] == nil {
                guard case .number = cell.value, rings < mostRings else { continue }
                past.rings[index] = PastRing()
                rings += 1
            }
            if wasMissing { past.rings[index]!.pause() }
            if case .number(let number) = cell.value {
                past.rings[index]!.append(
                    number, at: moment.time, in: moment.stretch, reach: moment.reach)
            } else {
                past.rings[index]!.pause()
            }
        }
        (past.lastSeen, past.lastTime) = (moment.collect, moment.time)
    }

    /// Notes a collect that found nothing: a gap in every curve.
    public mutating func skip() { collects += 1 }

    // MARK: Forgetting

    private mutating func forgetOld(at time: Int64) {
        let (collects, span) = (collects, span)
        if instances.count > 2 * WireLimits.instances || rings == Self.mostRings {
            forget { $0.lastSeen != collects }
        } else if collects % UInt32(PastRing.capacity) == 0 {
            forget { $0.lastSeen != collects && time - $0.lastTime > span.nanoseconds }
        }
    }

    private mutating func forget(_ isOld: (Past) -> Bool) {
        for (name, past) in instances where isOld(past) {
            rings -= UInt32(past.rings.count { $0 != nil })
            instances[name] = nil
        }
    }

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

    // MARK: The longer memory

    /// Returns the instances of a snapshot for which the longer memory has not been asked, and counts them as asked.
    mutating func unasked(in snapshot: Snapshot) -> [String] {
        snapshot.instances.compactMap { instance in
            guard let place = instances.index(forKey: InstanceName(instance.name)),
                !instances.values[place].isAsked
            else { return nil }
            instances.values[place].isAsked = true
            return instance.name
        }
    }

    /// Counts the longer memory as not asked.
    mutating func askAgain() {
        for name in instances.keys { instances[name]!.isAsked = false }
    }

    /// Returns the window that the longer memory is asked for at a time.
    func window(at time: Int64) -> HistoryWindow {
        let last = time.quotient(by: step)
        let count = Int64(PastRing.capacity)
        return HistoryWindow(start: (last - count + 1) * step, step: step, count: PastRing.capacity)
    }

    /// Takes in what the longer memory answers of one number.
    ///
    /// - Parameter metric: The index of the metric.
    mutating func recall(_ instance: String, _ metric: Int, _ curve: SeriesCurve) {
        guard curve.step == step, let place = instances.index(forKey: InstanceName(instance)),
            instances.values[place].rings.indices.contains(metric),
            curve.buckets.contains(where: { $0.count > 0 })
        else { return }
        if instances.values[place].rings[metric] == nil {
            guard rings < Self.mostRings else { return }
            instances.values[place].rings[metric] = PastRing()
            rings += 1
        }
        let last = curve.start.quotient(by: step) + Int64(curve.buckets.count) - 1
        instances.values[place].rings[metric]!.recall(RecalledCurve(curve), until: last)
    }

    // MARK: Reading

    /// The past of one number, in stretches of ``interval``.
    public struct Values: Sendable, Equatable {
        /// The means, the oldest first, NaN where there was no value; empty: there is none at all.
        public var means: [Float]
        /// The largest values; empty where they are the means.
        public var highs: [Float]
    }

    /// Returns how many stretches become one value of a curve that has so many columns.
    func group(columns: Int) -> Int { max(PastRing.capacity / min(max(columns, 1), PastRing.capacity), 1) }

    /// Returns the past of one number up to a time. `metric` is an index in the schema.
    ///
    /// - Parameter now: Unix nanoseconds.
    /// - Parameter interval: Nanoseconds from one snapshot to the next.
    /// - Parameter group: How many stretches become one value.
    public func values(
        instance: String, metric: Int, until now: Int64, every interval: UInt64, group: Int = 1
    ) -> Values {
        guard let past = instances[InstanceName(instance)], past.rings.indices.contains(metric),
            let ring = past.rings[metric]
        else { return Values(means: [], highs: []) }
        // What is missing in the latest snapshot does not go on.
        let reach = past.lastSeen == collects ? Self.reach(interval) : 0
        let values = ring.values(until: now.quotient(by: step), at: now, group: group, reach: reach)
        return Values(means: values.means, highs: values.highs)
    }
}
