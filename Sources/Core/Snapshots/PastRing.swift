/// One number over the latest stretches of time, each with the mean and the largest of its values.
struct PastRing: Sendable {
    /// Stretches are numbered from 1970 on. The one that the first mean belongs to.
    private var first: Int64 = 0
    /// NaN: no value came in the stretch.
    private var means: [Float] = []
    /// Of each stretch; empty where every one is the mean.
    private var highs: [Float] = []
    /// The values in the latest stretch.
    private var count = 0
    private var sum = 0.0
    /// The latest value and when it came, Unix nanoseconds.
    private var latest = Float.nan
    private var latestTime: Int64 = 0
    /// What comes next does not follow from what came last.
    private var isBroken = false

    /// The number of stretches that are kept, and how many more there may be until the oldest are dropped.
    static let capacity = 300
    private static let slack = 60

    private var end: Int64 { first + Int64(means.count) }

    /// Ends what came last: there is a gap until the next value.
    mutating func pause() { isBroken = true }

    /// Adds a value.
    ///
    /// - Parameter stretch: The number of the stretch that holds `time`.
    /// - Parameter reach: Nanoseconds for which a value goes on where no other follows.
    mutating func append(
        _ value: Double, high: Double? = nil, at time: Int64, in stretch: Int64, reach: Int64
    ) {
        // A clock that was put back begins anew at the time that it tells.
        if stretch < end - 1 { drop(from: stretch) }
        if means.isEmpty {
            first = stretch
        } else if stretch >= end {
            let goesOn = !isBroken && time >= latestTime && time - latestTime <= reach
            fill(to: stretch, with: goesOn ? latest : .nan)
        }
        let value = value.isFinite ? value : .nan
        if stretch == end {
            (count, sum) = (0, 0)
            put(.nan, .nan)
        }
        (latest, latestTime, isBroken) = (Float(value), time, false)
        guard !value.isNaN else { return }
        (count, sum) = (count + 1, sum + value)
        let high = Float(max(high ?? value, value))
        let place = means.count - 1
        let known = count == 1 ? -.infinity : highs.isEmpty ? means[place] : highs[place]
        means[place] = Float(sum / Double(count))
        setHigh(max(known, high), at: place)
    }

    /// Takes in what a longer memory knows of the time until `question`, the number of a stretch: it replaces what is
    /// here, except for the largest value of the stretch of the question, which goes on here.
    mutating func recall(_ curve: RecalledCurve, until question: Int64) {
        let oldest = max(question - Int64(Self.capacity) + 1, curve.first)
        guard oldest <= question else { return }
        var united = PastRing()
        united.first = means.isEmpty ? oldest : min(oldest, first)
        for stretch in united.first..<max(question + 1, end) {
            let own = pair(at: stretch)
            let other = stretch <= question ? curve.pair(at: stretch) : (.nan, .nan)
            let high = stretch == question && own.high > other.high ? own.high : other.high
            united.put(other.mean.isNaN ? own.mean : other.mean, other.mean.isNaN ? own.high : high)
        }
        (united.latest, united.latestTime, united.isBroken) = (latest, latestTime, isBroken)
        (united.count, united.sum) = (count, sum)
        let known = curve.count(at: question)
        if question + 1 >= end, known > 0 {
            (united.count, united.sum) = (known, Double(united.means.last ?? 0) * Double(known))
        }
        self = united
    }

    /// Returns the stretches up to `stretch`, that one included; the oldest first. Empty: there is no value in them.
    ///
    /// - Parameter group: How many are united to one.
    /// - Parameter reach: As in ``append(_:high:at:in:reach:)``.
    func values(until stretch: Int64, at now: Int64, group: Int, reach: Int64) -> (
        means: [Float], highs: [Float]
    ) {
        let size = Int64(group)
        let lastGroup = stretch.quotient(by: size)
        let groups = Self.capacity / group
        var (means, highs) = ([Float](), [Float]())
        means.reserveCapacity(groups)
        let goesOn = !isBroken && now >= latestTime && now - latestTime <= reach
        var (isEmpty, hasHighs) = (true, false)
        for index in (lastGroup - Int64(groups) + 1)...lastGroup {
            var (sum, count, high) = (Float(0), Float(0), -Float.infinity)
            for stretch in (index * size)..<min((index + 1) * size, stretch + 1) {
                let pair = stretch >= end && goesOn ? (mean: latest, high: latest) : pair(at: stretch)
                guard !pair.mean.isNaN else { continue }
                (sum, count, high) = (sum + pair.mean, count + 1, max(high, pair.high))
            }
            let mean = count > 0 ? sum / count : .nan
            means.append(mean)
            highs.append(count > 0 ? high : .nan)
            isEmpty = isEmpty && count == 0
            hasHighs = hasHighs || high > mean
        }
        return isEmpty ? ([], []) : (means, hasHighs ? highs : [])
    }

    /// Calls `body` with every stretch that has a value: its number, mean and largest value.
    func forEach(_ body: (Int64, Double, Double) -> Void) {
        for place in means.indices where !means[place].isNaN {
            body(
                first + Int64(place), Double(means[place]),
                Double(highs.isEmpty ? means[place] : highs[place]))
        }
    }

    private func pair(at stretch: Int64) -> (mean: Float, high: Float) {
        guard stretch >= first, stretch < end else { return (.nan, .nan) }
        let place = Int(stretch - first)
        return (means[place], highs.isEmpty ? means[place] : highs[place])
    }

    private mutating func put(_ mean: Float, _ high: Float) {
        means.append(mean)
        if !highs.isEmpty {
            highs.append(high)
        } else if high > mean {
            highs = means
            highs[highs.count - 1] = high
        }
        trim()
    }

    private mutating func setHigh(_ high: Float, at place: Int) {
        if highs.isEmpty {
            guard high > means[place] else { return }
            highs = means
        }
        highs[place] = high
    }

    private mutating func fill(to stretch: Int64, with value: Float) {
        guard stretch - end < Int64(Self.capacity) else {
            (means, highs, first) = ([], [], stretch)
            return
        }
        while end < stretch { put(value, value) }
    }

    private mutating func drop(from stretch: Int64) {
        let kept = Int(max(min(stretch - first, Int64(means.count)), 0))
        means.removeSubrange(kept...)
        if !highs.isEmpty { highs.removeSubrange(kept...) }
        if means.isEmpty { highs = [] }
        (count, sum, isBroken) = (0, 0, true)
    }

    private mutating func trim() {
        let over = means.count - Self.capacity
        guard over > Self.slack else { return }
        means.removeFirst(over)
        if !highs.isEmpty { highs.removeFirst(over) }
        first += Int64(over)
    }
}

/// A curve from a longer memory, by the numbers of its stretches.
struct RecalledCurve {
    let first: Int64
    private let curve: SeriesCurve

    /// Takes a curve whose stretches are as long as those of the ring and begin at multiples of their length.
    init(_ curve: SeriesCurve) {
        self.curve = curve
        first = curve.start.quotient(by: max(curve.step, 1))
    }

    func pair(at stretch: Int64) -> (mean: Float, high: Float) {
        let place = stretch - first
        guard place >= 0, place < Int64(curve.buckets.count), curve.buckets[Int(place)].count > 0 else {
            return (.nan, .nan)
        }
        let bucket = curve.buckets[Int(place)]
        return (Float(bucket.mean), Float(bucket.maximum))
    }

    func count(at stretch: Int64) -> Int {
        let place = stretch - first
        guard place >= 0, place < Int64(curve.buckets.count) else { return 0 }
        return Int(clamping: curve.buckets[Int(place)].count)
    }
}

extension Int64 {
    /// Returns the quotient, rounded down, also below 0.
    func quotient(by divisor: Int64) -> Int64 {
        let (quotient, rest) = quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }
}
