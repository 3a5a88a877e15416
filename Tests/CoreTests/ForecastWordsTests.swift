import Core
import Testing

@Suite struct ForecastWordsTests {
    private let now = ForecastTime.now
    private let day = ForecastTime.day

    private func ahead(_ early: Double, _ likely: Double, _ late: Double?) -> ForecastRange {
        func time(_ days: Double) -> Int64 { now + Int64(days * Double(day)) }
        return ForecastRange(early: time(early), likely: time(likely), late: late.map(time))
    }

    private func worn(_ early: Double, _ likely: Double, _ late: Double?, width: Int = .max) -> String {
        ForecastWords.words(of: .wornOut(ahead(early, likely, late), remarks: []), now: now, width: width)
    }

    private func full(_ early: Double, _ likely: Double, _ late: Double?, width: Int = .max) -> String {
        ForecastWords.words(of: .fullAt(ahead(early, likely, late)), now: now, width: width)
    }

    @Test func datesFarAheadAreYears() {
        #expect(worn(800, 1200, 1800) == "worn out 2029 (2028-2031)")
        #expect(worn(800, 1200, 1800, width: 20) == "2029 (2028-2031)")
        #expect(worn(800, 1200, 1800, width: 15) == "worn out 2029")
        #expect(worn(800, 1200, 1800, width: 12) == "2029")
        #expect(worn(1150, 1200, 1250) == "worn out 2029")
        #expect(worn(2000, 5000, 12_000) == "worn out 2039 (2031 or later)")
        #expect(worn(4000, 9000, 20_000) == "not worn out within 20 years")
        #expect(worn(4000, 9000, 20_000, width: 10) == "> 20 years")
    }

    @Test func datesNearAreTimesFromNow() {
        #expect(full(14, 21, 35) == "full in 3 weeks (2-5)")
        #expect(full(14, 21, 35, width: 20) == "full in 3w (2-5)")
        #expect(full(14, 21, 35, width: 15) == "full in 3 weeks")
        #expect(full(14, 21, 35, width: 11) == "full in 3w")
        #expect(full(14, 21, 35, width: 3) == "3w")
        #expect(full(100, 200, nil) == "full in 7 months (3 or later)")
        #expect(full(3, 4, 6) == "full in 4 days (3-6)")
        #expect(full(0.1, 0.2, 0.3) == "full in 5 hours (2-7)")
        #expect(full(0.04, 0.04, 0.04) == "full in 1 hour")
        #expect(full(0, 0, 0.01) == "full within an hour")
        #expect(full(-9, -5, -1) == "full within an hour")
        #expect(worn(300, 400, 600) == "worn out in 13 months (10-20)")
    }

    @Test func whatIsNoDate() {
        func words(_ forecast: WearForecast, _ width: Int = .max) -> String {
            ForecastWords.words(of: forecast, now: now, width: width)
        }
        #expect(words(.noWear) == "no sign of wear")
        #expect(words(.pastRatedLife(percent: 104)) == "past its rated life")
        #expect(words(.pastRatedLife(percent: 100)) == "at the end of its rated life")
        #expect(words(.implausible(percent: 65, days: 3)) == "implausible: 65% after 3 days of use")
        #expect(words(.implausible(percent: 65, days: 3), 12) == "implausible")
        #expect(words(.insufficient(.time)) == "no forecast: watched for less than a day")
        #expect(words(.insufficient(.time), 12) == "no forecast")
        #expect(words(.insufficient(.time), 4) == "–")
        func fill(_ forecast: FillForecast) -> String { ForecastWords.words(of: forecast, now: now) }
        #expect(fill(.notYet(days: 5)) == "not yet known, 5 of 7 days seen")
        #expect(fill(.full(since: 3)) == "full")
        #expect(fill(.notWithinYear) == "not full within a year")
        #expect(ForecastWords.words(of: .notWithinYear, now: now, width: 18) == "not within a year")
        #expect(
            ForecastWords.filling(fullAt: now + 200 * 60_000_000_000, now: now)
                == "filling now: full in 3h 20m")
        #expect(ForecastWords.filling(fullAt: now, now: now, width: 5) == "0m")
    }

    @Test func remarks() {
        #expect(
            ForecastWords.words(of: .useChanged(factor: 3.14, since: now))
                == "written to 3.1 times as fast since 2026-03-01")
        #expect(
            ForecastWords.words(of: .useChanged(factor: 0.25, since: now))
                == "written to 4 times as slowly since 2026-03-01")
        #expect(
            ForecastWords.words(of: .lifeModelDropped(since: now - day), width: 40)
                == "judged since 2026-02-28 only")
        #expect(ForecastWords.words(of: .byHours, width: 20) == "by its hours")
    }

    @Test func everyWidthFitsThatCan() {
        for width in 4...40 {
            #expect(worn(800, 1200, 1800, width: width).count <= width)
            #expect(full(14, 21, 35, width: width).count <= width)
        }
    }
}
