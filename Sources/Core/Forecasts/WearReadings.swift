/// The readings of one drive that a forecast may use, in order of time.
struct WearReadings {
    /// A reading with what wears the drive: bytes written, else hours.
    struct Exposure {
        var time: Int64
        var wear: Double
        /// Bytes, or hours where the drive does not report bytes; over the life of the drive.
        var amount: Double
        var hours: Double?
    }

    /// All readings of the drive that is there now.
    private(set) var all: [WearSample]
    /// Those that tell the exposure.
    private(set) var exposures: [Exposure] = []
    /// The exposure is in hours.
    private(set) var isByHours = false

    /// A drive with less life than this, written to without a pause, is not known: 100 % in two weeks.
    private static let fastestPercentPerDay = 100.0 / 14
    /// Drives show 1 % early, and count their first hours coarsely.
    private static let leastImplausible = 5.0

    /// Takes the readings before `moment` that are of the drive seen last.
    init(_ samples: [WearSample], before moment: Int64) {
        // Nothing is from before 1970; a clock that was put back leaves readings out of order.
        all = samples.filter { (0...max(moment, 0)).contains($0.time) && $0.wear.isFinite && $0.wear >= 0 }
            .sorted {
                $0.time < $1.time
            }
        var start = 0
        var known: String?
        for index in all.indices {
            if index > 0, Self.isAnother(all[index], after: all[index - 1], known: known) {
                start = index
                known = nil
            }
            known = all[index].drive ?? known
        }
        all.removeFirst(start)
        isByHours = !all.contains { Self.amount($0.written) != nil }
        for sample in all {
            let hours = Self.amount(sample.hours)
            guard let amount = isByHours ? hours : Self.amount(sample.written) else { continue }
            exposures.append(Exposure(time: sample.time, wear: sample.wear, amount: amount, hours: hours))
        }
    }

    /// Days of life that are too few for the wear; nil: they are not.
    var implausibleDays: Double? {
        guard let first = all.first, let last = all.last, last.wear >= Self.leastImplausible else {
            return nil
        }
        if let hours = Self.amount(last.hours) {
            let days = hours / 24
            return last.wear - 0.5 > days * Self.fastestPercentPerDay ? days : nil
        }
        let days = Double(last.time - first.time) / Double(Span.day)
        return last.wear - first.wear - 1 > max(days, 0.1) * Self.fastestPercentPerDay ? days : nil
    }

    /// Whether a reading is of another drive than the one before.
    private static func isAnother(_ sample: WearSample, after last: WearSample, known: String?) -> Bool {
        if let known, let drive = sample.drive { return known != drive }
        // Wear never falls by much in one drive, and its counters do not fall with it.
        return sample.wear <= last.wear - 2
            && (isBelow(sample.hours, last.hours) || isBelow(sample.written, last.written))
    }

    private static func isBelow(_ later: Double?, _ earlier: Double?) -> Bool {
        guard let later, let earlier else { return false }
        return later < earlier
    }

    private static func amount(_ value: Double?) -> Double? {
        guard let value, value.isFinite, value >= 0 else { return nil }
        return value
    }
}
