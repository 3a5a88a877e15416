import Core
import Testing

@Suite struct ForecastUsualTests {
    private let hour = ForecastTime.hour
    /// A Sunday at midnight, in UTC.
    private let start = ForecastTime.now

    /// 40 on working hours, else 5, for so many weeks; each hour differs a little.
    private func learned(weeks: Int, zone: Int64 = 0) -> UsualRange {
        var usual = UsualRange(minimumEffect: 3)
        var random = ForecastRandom(seed: 3)
        for index in 0..<weeks * 168 {
            usual.add(load(index) + random.normal(), at: start + Int64(index) * hour, zone: zone)
        }
        return usual
    }

    private func load(_ index: Int) -> Double {
        (24 * 1..<24 * 6).contains(index % 168) && (9..<17).contains(index % 24) ? 40 : 5
    }

    @Test func threeWeeksAreNeeded() throws {
        let noon = start + (24 + 12) * hour
        #expect(learned(weeks: 2).band(at: noon) == nil)
        let band = try #require(learned(weeks: 3).band(at: noon))
        #expect(abs(band.middle - 40) < 2)
        #expect(band.low > 5 && band.high < 80)
        // The same value is unusual at night.
        let night = try #require(learned(weeks: 3).band(at: start + (24 + 2) * hour))
        #expect(abs(night.middle - 5) < 2 && night.high < 40)
    }

    @Test func sixDeviationsAndAMinimum() throws {
        let noon = start + (24 + 12) * hour
        let band = try #require(learned(weeks: 20).band(at: noon))
        #expect((4...9).contains(band.high - band.middle), "six times one, about")
        var still = UsualRange(minimumEffect: 3)
        for week in 0..<4 { still.add(7, at: start + Int64(week) * 168 * hour) }
        #expect(still.band(at: start) == UsualRange.Band(low: 4, middle: 7, high: 10))
    }

    @Test func anHourCountsOnceAWeek() {
        var usual = UsualRange(minimumEffect: 0)
        for minute in 0..<60 { usual.add(Double(minute), at: start + Int64(minute) * 60_000_000_000) }
        #expect(usual.band(at: start) == nil)
        usual.add(.nan, at: start + 168 * hour)
        usual.add(1, at: start + 168 * hour)
        usual.add(2, at: start + 2 * 168 * hour)
        #expect(usual.band(at: start)?.middle == 1)
        // A clock that was put back teaches nothing.
        usual.add(50, at: start + 168 * hour)
        #expect(usual.band(at: start)?.middle == 1)
    }

    @Test func theWeekIsInLocalTime() throws {
        // Learned in winter, an hour ahead of UTC; in summer the same local hour is an hour earlier in UTC.
        var usual = UsualRange(minimumEffect: 3)
        for index in 0..<4 * 168 { usual.add(load(index + 1), at: start + Int64(index) * hour, zone: 3600) }
        // Nine o'clock in local time.
        let winter = start + (24 + 8) * hour
        #expect(usual.band(at: winter, zone: 3600)?.middle == 40)
        #expect(usual.band(at: winter - hour, zone: 7200)?.middle == 40)
        #expect(usual.band(at: winter - hour, zone: 3600)?.middle == 5)
    }

    @Test func whatHasChangedIsLearned() throws {
        var usual = learned(weeks: 30)
        for index in 30 * 168..<60 * 168 { usual.add(load(index) + 50, at: start + Int64(index) * hour) }
        let band = try #require(usual.band(at: start + (24 + 12) * hour))
        #expect(band.middle == 90)
    }

    @Test func aMarkTakesAQuarterOfAnHour() {
        let band = UsualRange.Band(low: 2, middle: 5, high: 8)
        let minute: Int64 = 60_000_000_000
        var watch = UnusualWatch()
        func take(_ value: Double, _ time: Int64) -> UnusualMark? {
            watch.take(value, usual: band, at: time * minute)
        }
        #expect(take(9, 0) == nil)
        #expect(take(9, 14) == nil)
        #expect(take(9, 15) == UnusualMark(since: 0, isAbove: true, usual: band))
        // Within the range it is over at once, and begins anew.
        #expect(take(8, 16) == nil)
        #expect(take(9, 17) == nil && take(9, 31) == nil && take(9, 32) != nil)
        // Below is another mark.
        #expect(take(1, 33) == nil)
        #expect(take(1, 48) == UnusualMark(since: 33 * minute, isAbove: false, usual: band))
        // A gap hides what was.
        #expect(take(1, 64) == nil && take(1, 79) != nil)
        // Nothing is known, or there is no value.
        #expect(watch.take(1, usual: nil, at: 80 * minute) == nil)
        #expect(take(1, 81) == nil && take(.nan, 90) == nil && take(1, 97) == nil)
        // A clock that was put back.
        #expect(take(1, 112) != nil && take(1, 50) == nil)
    }

    @Test func aYearIsCheap() {
        let clock = ContinuousClock()
        let taken = clock.measure { _ = learned(weeks: 52).band(at: start) }
        #expect(taken < .seconds(1))
    }
}
