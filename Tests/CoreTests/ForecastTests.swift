import Core
import Testing

/// Times that the tests of forecasts share.
enum ForecastTime {
    static let hour: Int64 = 3_600_000_000_000
    static let day: Int64 = 24 * hour
    /// 2026-03-01T00:00:00Z.
    static let now: Int64 = 1_772_323_200_000_000_000
    static func years(_ range: ForecastRange) -> Double { Double(range.likely - now) / Double(day) / 365.25 }
    /// The end of a range divided by its beginning, both from now.
    static func width(_ range: ForecastRange) -> Double {
        Double((range.late ?? .max) - now) / Double(range.early - now)
    }
}

@Suite struct ForecastWearTests {
    private let now = ForecastTime.now
    private let day = ForecastTime.day

    /// Readings each six hours of a drive whose life holds 100 TB and that is written to with 200 GB a week.
    private func drive(
        days: Int, wear: Double = 30, weekly: Double = 200e9, serial: String? = nil,
        before end: Int64 = ForecastTime.now
    ) -> [WearSample] {
        (0...days * 4).reversed().map { step in
            let age = Double(step) / 4
            let written = wear * 1e12 - weekly / 7 * age
            return WearSample(
                time: end - Int64(step) * 6 * ForecastTime.hour, wear: (written / 1e12).rounded(),
                written: written, hours: ((wear * 1e12 / weekly * 7 - age) * 24).rounded(), drive: serial)
        }
    }

    private func range(_ forecast: WearForecast) -> ForecastRange? {
        if case .wornOut(let range, _) = forecast { range } else { nil }
    }

    private func remarks(_ forecast: WearForecast) -> [WearForecast.WearRemark] {
        if case .wornOut(_, let remarks) = forecast { remarks } else { [] }
    }

    @Test func noWearIsNoDate() {
        let new = [WearSample(time: now, wear: 0, written: 3e12, hours: 9000)]
        #expect(WearForecast.make(from: new, at: now) == .noWear)
        #expect(WearForecast.make(from: drive(days: 90, wear: 0.4, weekly: 1e9), at: now) == .noWear)
    }

    @Test func pastItsRatedLifeThereIsNoDate() {
        for wear in [101.0, 104, 130, 255] {
            let old =
                drive(days: 30) + [WearSample(time: now + 1, wear: wear, written: 104e12, hours: 90_000)]
            #expect(WearForecast.make(from: old, at: now + 1) == .pastRatedLife(percent: wear))
        }
        let young = [WearSample(time: now, wear: 104, written: 1e12, hours: 24)]
        #expect(WearForecast.make(from: young, at: now) == .pastRatedLife(percent: 104))
    }

    @Test func muchWearAfterDaysIsImplausible() {
        let worn = [WearSample(time: now, wear: 65, written: 2e12, hours: 72)]
        #expect(WearForecast.make(from: worn, at: now) == .implausible(percent: 65, days: 3))
        // Without hours, by what was seen.
        let seen = [
            WearSample(time: now - 3 * day, wear: 0, written: 0),
            WearSample(time: now, wear: 65, written: 2e12),
        ]
        #expect(WearForecast.make(from: seen, at: now) == .implausible(percent: 65, days: 3))
        // A new drive shows 1 % early.
        let new = [WearSample(time: now, wear: 1, written: 5e11, hours: 3)]
        #expect(range(WearForecast.make(from: new, at: now)) != nil)
        let early = [WearSample(time: now, wear: 1, written: 5e10, hours: 0.5)]
        #expect(WearForecast.make(from: early, at: now) == .insufficient(.time))
        // Worn out in two months of writing without a pause: that has been seen.
        let busy = [WearSample(time: now, wear: 65, written: 2e15, hours: 960)]
        #expect(range(WearForecast.make(from: busy, at: now)) != nil)
    }

    @Test func theFirstDayHasAnAnswer() throws {
        let first = try #require(range(WearForecast.make(from: drive(days: 0), at: now)))
        // 70 TB at 200 GB a week: 6.7 years.
        #expect(abs(ForecastTime.years(first) - 6.7) < 1)
        #expect(first.early < first.likely && first.likely < first.late!)
        #expect(remarks(WearForecast.make(from: drive(days: 0), at: now)).isEmpty)
        // A year later it is known better.
        let later = try #require(range(WearForecast.make(from: drive(days: 365), at: now)))
        #expect(abs(ForecastTime.years(later) - 6.7) < 0.7)
        #expect(ForecastTime.width(later) < ForecastTime.width(first))
    }

    @Test func theRangeWidensWithTheTimeAhead() throws {
        let far = try #require(range(WearForecast.make(from: drive(days: 200, wear: 30), at: now)))
        let near = try #require(range(WearForecast.make(from: drive(days: 200, wear: 90), at: now)))
        #expect(ForecastTime.width(near) < ForecastTime.width(far))
        // An 80 % range of a lognormal distribution: the middle is the geometric mean of its ends.
        let (early, late) = (Double(far.early - now), Double(far.late! - now))
        let likely = Double(far.likely - now)
        #expect(abs(early * late / (likely * likely) - 1) < 1e-6)
    }

    @Test func anotherDriveUnderTheSameNameBeginsAnew() {
        let old = drive(days: 60, wear: 80, weekly: 1e12, serial: "A", before: now - 10 * day)
        let new = drive(days: 9, wear: 3, weekly: 100e9, serial: "B")
        let alone = WearForecast.make(from: new, at: now)
        #expect(range(alone) != nil)
        #expect(WearForecast.make(from: old + new, at: now) == alone)
        // Drives that look alike, which only the serial number tells apart.
        let twin = drive(days: 9, wear: 80.2, weekly: 1e12, serial: "B")
        #expect(WearForecast.make(from: old + twin, at: now) == WearForecast.make(from: twin, at: now))
        // A reading without a serial number does not hide the change.
        let unknown = WearSample(time: now - 10 * day + 1, wear: 80, written: 80e12, hours: 13_500)
        #expect(
            WearForecast.make(from: old + [unknown] + twin, at: now) == WearForecast.make(from: twin, at: now)
        )
        // Nor does it need one, where wear and counters fall together.
        let nameless = drive(days: 60, wear: 80, weekly: 1e12, before: now - 10 * day)
        let successor = drive(days: 9, wear: 3, weekly: 100e9)
        #expect(
            WearForecast.make(from: nameless + successor, at: now)
                == WearForecast.make(from: successor, at: now))
    }

    @Test func aCounterThatWasResetDropsTheLifeModel() throws {
        let since = now - 200 * day
        let samples = drive(days: 400, wear: 60, weekly: 500e9).map { sample -> WearSample in
            var sample = sample
            if sample.time >= since { sample.written! -= 60e12 - 500e9 / 7 * 200 }
            return sample
        }
        let forecast = WearForecast.make(from: samples, at: now)
        #expect(remarks(forecast) == [.lifeModelDropped(since: since)])
        // 40 TB at 500 GB a week: 1.5 years. By the bytes since the reset it would be 0.37 years.
        let found = try #require(range(forecast))
        #expect(abs(ForecastTime.years(found) - 1.53) < 0.4)
        let truth = now + Int64(1.53 * 365.25) * day
        #expect(found.early < truth && found.late! > truth)
        // No step of wear since: nothing tells what a byte costs.
        let fresh = samples.filter { $0.time < since + 2 * day }
        #expect(WearForecast.make(from: fresh, at: since + 2 * day) == .insufficient(.step))
        // It was reset before it was watched: what is seen contradicts it.
        let watched = samples.filter { $0.time >= since + 20 * day }
        #expect(
            remarks(WearForecast.make(from: watched, at: now)) == [.lifeModelDropped(since: since + 20 * day)]
        )
    }

    @Test func aLastingChangeOfUseIsSaidAndRestarts() throws {
        // 200 GB a week, for the last ten weeks 800.
        let samples = drive(days: 300, wear: 30).map { sample -> WearSample in
            var sample = sample
            let since = Double(sample.time - (now - 70 * day)) / Double(day)
            if since > 0 { sample.written! += 600e9 / 7 * since }
            sample.wear = (sample.written! / 1e12).rounded()
            return sample
        }
        let forecast = WearForecast.make(from: samples, at: now)
        let remark = try #require(remarks(forecast).first)
        guard case .useChanged(let factor, let since) = remark else { return #expect(Bool(false)) }
        #expect(abs(factor - 4) < 0.1)
        #expect(since == now - 70 * day)
        // 64 TB at 800 GB a week: 1.5 years.
        #expect(abs(ForecastTime.years(try #require(range(forecast))) - 1.53) < 0.2)
        // Two weeks are not lasting, nor is a factor of two.
        let early = samples.filter { $0.time <= now - 56 * day }
        #expect(remarks(WearForecast.make(from: early, at: now - 56 * day)).isEmpty)
    }

    @Test func aTimeWithoutReadingsIsLeftOutAndWidensTheRange() throws {
        let all = drive(days: 200)
        let away = all.filter { $0.time <= now - 40 * day || $0.time >= now - 10 * day }
        let whole = try #require(range(WearForecast.make(from: all, at: now)))
        let parted = try #require(range(WearForecast.make(from: away, at: now)))
        #expect(abs(ForecastTime.years(parted) / ForecastTime.years(whole) - 1) < 0.05)
        #expect(ForecastTime.width(parted) > ForecastTime.width(whole) * 1.001)
        // What was copied to it meanwhile, 10 TB, is worn, and is not the use of a week.
        let copied = away.map { sample -> WearSample in
            var sample = sample
            if sample.time >= now - 10 * day { sample.written! += 10e12 }
            sample.wear = (sample.written! / 1e12).rounded()
            return sample
        }
        let after = try #require(range(WearForecast.make(from: copied, at: now)))
        // 60 TB are left; the mean of its life has grown by a third, and counts for a third.
        #expect(abs(ForecastTime.years(after) - 5.3) < 0.6)
        // It is away now: no date is in the past.
        let gone = all.filter { $0.time <= now - 30 * day }
        let absent = try #require(range(WearForecast.make(from: gone, at: now)))
        #expect(abs(ForecastTime.years(absent) / ForecastTime.years(whole) - 1) < 0.1)
        #expect(ForecastTime.width(absent) > ForecastTime.width(whole) * 1.001)
    }

    @Test func onlyThePastCounts() {
        let samples = drive(days: 400, wear: 60, weekly: 500e9)
        for ago in stride(from: 10, through: 390, by: 95) {
            let moment = now - Int64(ago) * day
            let then = samples.filter { $0.time <= moment }
            #expect(WearForecast.make(from: samples, at: moment) == WearForecast.make(from: then, at: moment))
        }
        #expect(WearForecast.make(from: samples, at: now - 500 * day) == .insufficient(.readings))
        #expect(
            WearForecast.make(from: samples.reversed(), at: now) == WearForecast.make(from: samples, at: now))
    }

    @Test func theLatestWeeksCountMost() throws {
        // 200 GB a week, for the last half year 320: not a change that restarts.
        let samples = drive(days: 600, wear: 40).map { sample -> WearSample in
            var sample = sample
            let since = Double(sample.time - (now - 182 * day)) / Double(day)
            if since > 0 { sample.written! += 120e9 / 7 * since }
            sample.wear = (sample.written! / 1e12).rounded()
            return sample
        }
        let forecast = WearForecast.make(from: samples, at: now)
        #expect(remarks(forecast).isEmpty)
        // 56.9 TB: at 320 GB a week 3.4 years, at 200 GB 5.5, by the mean of all 600 days 4.7.
        #expect(abs(ForecastTime.years(try #require(range(forecast))) - 4.07) < 0.3)
        // After a year away, what was seen is old: the life counts for more, and its mean is lower.
        let later = now + 365 * day
        let gone = try #require(range(WearForecast.make(from: samples, at: later)))
        #expect(gone.likely > range(forecast)!.likely + 30 * day)
    }

    @Test func aMachineThatIsOffAtNightIsNotTakenForABusyOne() throws {
        // Its hours are a quarter of the time, and so it has been for years: 70 TB at 200 GB a week.
        let samples = drive(days: 20).map { sample -> WearSample in
            var sample = sample
            sample.hours! = (sample.hours! / 4).rounded()
            return sample
        }
        let found = try #require(range(WearForecast.make(from: samples, at: now)))
        #expect(abs(ForecastTime.years(found) - 6.7) < 0.7)
        // Before a week has been seen nobody knows.
        let first = try #require(range(WearForecast.make(from: samples.suffix(1), at: now)))
        #expect(ForecastTime.years(first) < 2)
    }

    @Test func anOldMeanIsLessCertainThanAYoungOne() throws {
        // Six years are left of a life that has lasted three years, and of one that has lasted twelve.
        func found(_ years: Double) throws -> ForecastRange {
            let wear = (100 * years / (years + 6)).rounded()
            let sample = WearSample(time: now, wear: wear, written: wear * 1e12, hours: years * 8766)
            return try #require(range(WearForecast.make(from: [sample], at: now)))
        }
        let (young, old) = (try found(3), try found(12))
        #expect(abs(ForecastTime.years(old) / ForecastTime.years(young) - 1) < 0.1)
        #expect(ForecastTime.width(old) > ForecastTime.width(young) * 1.1)
    }

    @Test func whatADriveDoesNotReport() {
        let bare = [WearSample(time: now - 9 * day, wear: 5), WearSample(time: now, wear: 5)]
        #expect(WearForecast.make(from: bare, at: now) == .insufficient(.use))
        // Bytes without hours: after a day of watching.
        let one = [WearSample(time: now, wear: 5, written: 5e12)]
        #expect(WearForecast.make(from: one, at: now) == .insufficient(.time))
        let watched = [WearSample(time: now - 2 * day, wear: 5, written: 4.9e12)] + one
        #expect(range(WearForecast.make(from: watched, at: now)) != nil)
        // Hours without bytes.
        let timed = WearForecast.make(from: [WearSample(time: now, wear: 20, hours: 8766)], at: now)
        #expect(remarks(timed) == [.byHours])
        #expect(range(timed).map { abs(ForecastTime.years($0) - 4) < 0.3 } == true)
        // Rubbish.
        let odd = [
            WearSample(time: now, wear: .nan), WearSample(time: .min, wear: 3, written: .infinity, hours: -1),
            WearSample(time: now, wear: 3, written: 0, hours: 0),
        ]
        #expect(range(WearForecast.make(from: odd, at: now)) == nil)
    }
}
