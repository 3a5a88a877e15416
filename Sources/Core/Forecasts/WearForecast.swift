/// One reading of a drive.
public struct WearSample: Sendable, Equatable {
    /// Unix time in nanoseconds.
    public var time: Int64
    /// Percent of the rated life that is used, as the drive reports it: a whole number, above 100 past its rating.
    public var wear: Double
    /// Bytes written over the drive's life; nil: not reported.
    public var written: Double?
    /// Hours the drive has been powered on over its life; nil: not reported.
    public var hours: Double?
    /// What identifies the drive, such as its serial number; nil: not known.
    public var drive: String?

    /// Creates a reading.
    public init(
        time: Int64, wear: Double, written: Double? = nil, hours: Double? = nil, drive: String? = nil
    ) {
        self.time = time
        self.wear = wear
        self.written = written
        self.hours = hours
        self.drive = drive
    }
}

/// When a drive reaches the end of its rated life, judged by its past.
///
/// A drive reports wear in steps of 1 %, months apart, so a line through the readings says little. This forecast takes
/// the wear per byte over the drive's life and the bytes written a week instead; docs/FORECASTS.md explains it.
public enum WearForecast: Sendable, Equatable {
    /// The readings do not suffice.
    case insufficient(WearGap)
    /// The drive reports 0 %.
    case noWear
    /// The drive has used its rated life, or more: percent.
    case pastRatedLife(percent: Double)
    /// The drive reports this many percent after a time in which no drive wears that much.
    case implausible(percent: Double, days: Double)
    /// The drive is expected to reach 100 %.
    case wornOut(ForecastRange, remarks: [WearRemark])

    /// What a forecast of wear lacks.
    public enum WearGap: Sendable, Equatable {
        /// There is no reading of the drive.
        case readings
        /// The drive reports neither the bytes written nor its hours.
        case use
        /// How much is written a week: the drive has been watched for less than a day and does not report its hours.
        case time
        /// Wear per byte: its counter was reset, and the drive has not shown a step of wear since.
        case step
    }

    /// Something that changes how a forecast is to be read.
    public enum WearRemark: Sendable, Equatable {
        /// The bytes written do not belong to the whole life, since this time, so that only what came later counts.
        case lifeModelDropped(since: Int64)
        /// Since this time the drive is written to this many times as fast; what came before does not count.
        case useChanged(factor: Double, since: Int64)
        /// The drive does not report the bytes written; its hours are taken instead.
        case byHours
    }

    /// Forecasts from the readings up to `moment`; later ones are not looked at.
    ///
    /// Readings before a change of the drive, by `drive` or where wear and counters fall together, are left out. The
    /// random numbers are the same for every call, so that a new reading moves the dates only by what it says.
    ///
    /// - Parameter samples: Readings of the drive; once an hour is often enough.
    /// - Parameter moment: Unix time in nanoseconds.
    /// - Parameter seed: Seed of the random numbers.
    public static func make(from samples: [WearSample], at moment: Int64, seed: UInt64 = 1) -> WearForecast {
        let readings = WearReadings(samples, before: moment)
        guard let last = readings.all.last else { return .insufficient(.readings) }
        if last.wear >= 100 { return .pastRatedLife(percent: last.wear) }
        if let days = readings.implausibleDays { return .implausible(percent: last.wear, days: days) }
        if last.wear < 0.5 { return .noWear }
        guard let latest = readings.exposures.last else { return .insufficient(.use) }
        guard let rate = WearRate(readings) else { return .insufficient(.step) }
        let use = WearUse(readings, at: moment, hasLife: rate.isOfLife)
        guard use.hasAny else { return .insufficient(.time) }
        var remarks: [WearRemark] = readings.isByHours ? [.byHours] : []
        if let since = rate.droppedSince { remarks.append(.lifeModelDropped(since: since)) }
        if let change = use.change { remarks.append(.useChanged(factor: change.factor, since: change.since)) }
        var random = ForecastRandom(seed: seed)
        let range = WearDates(rate: rate, use: use).range(from: latest.time, at: moment, random: &random)
        return .wornOut(range, remarks: remarks)
    }
}
