import Core
import Testing

@Suite struct ForecastFillTests {
    private let now = ForecastTime.now
    private let hour = ForecastTime.hour
    private let day = ForecastTime.day

    /// A value an hour until now, by the days before it.
    private func past(days: Double, _ level: (Double) -> Double) -> [TimedValue] {
        (0...Int(days * 24)).reversed().map { step in
            TimedValue(level(-Double(step) / 24), at: now - Int64(step) * hour)
        }
    }

    private func forecast(_ samples: [TimedValue], size: Double = 1000) -> FillForecast {
        FillForecast.make(from: samples, size: size, at: now)
    }

    private func days(_ time: Int64?) -> Double { time.map { Double($0 - now) / Double(day) } ?? .nan }

    private func range(_ forecast: FillForecast) -> ForecastRange? {
        if case .fullAt(let range) = forecast { range } else { nil }
    }

    @Test func sixDaysDoNotSuffice() throws {
        #expect(forecast([]) == .notYet(days: 0))
        #expect(forecast(past(days: 6) { 900 + 10 * $0 }) == .notYet(days: 5))
        #expect(forecast(past(days: 7) { 900 + 10 * $0 }) == .notYet(days: 6))
        let week = try #require(range(forecast(past(days: 8) { 900 + 10 * $0 })))
        #expect(abs(days(week.likely) - 10) < 1)
    }

    @Test func steadyGrowthHasADate() throws {
        var random = ForecastRandom(seed: 5)
        let found = try #require(range(forecast(past(days: 60) { 700 + 5 * $0 + 4 * random.normal() })))
        #expect(abs(days(found.likely) - 60) < 3)
        #expect(found.early < found.likely && found.likely < found.late!)
        #expect(forecast(past(days: 60) { 700 + 0.5 * $0 }) == .notWithinYear)
        #expect(forecast(past(days: 60) { _ in 700 }) == .notWithinYear)
        #expect(forecast(past(days: 60) { 700 - 5 * $0 }) == .notWithinYear)
    }

    @Test func oneCopyDoesNotMoveTheDate() throws {
        // 4 GB a day on a disk of 1 TB, 500 GB free; ten days ago 25 GB were copied.
        func level(_ day: Double) -> Double { 500 + 4 * day }
        let without = try #require(range(forecast(past(days: 60, level))))
        for ago in [0.2, 0.7, 1.3, 3, 10, 40] {
            let copied = try #require(range(forecast(past(days: 60) { level($0) + ($0 > -ago ? 25 : 0) })))
            // It has used six days of room, from the day on that it makes the most of, and no more.
            let earlier = days(without.likely) - days(copied.likely)
            #expect((-0.5...7).contains(earlier), "\(ago) days ago: \(earlier)")
        }
        // On a disk that does not grow it makes no date.
        for ago in [0.2, 0.7, 1.3, 3, 10, 40] {
            #expect(forecast(past(days: 60) { $0 > -ago ? 525 : 500 }) == .notWithinYear)
        }
        // A third one makes a habit.
        let thrice = forecast(past(days: 60) { 500 + (($0 + 60) / 15).rounded(.down) * 100 })
        #expect(range(thrice) != nil)
    }

    @Test func aCopyTakesTwoDaysAtMost() {
        // From noon to noon, so that two days have grown.
        #expect(forecast(past(days: 60) { 500 + 100 * min(max($0 + 9.5, 0), 1) }) == .notWithinYear)
        // What has grown for three days goes on.
        #expect(range(forecast(past(days: 60) { 500 + 60 * max($0 + 3, 0) })) != nil)
    }

    @Test func aWeeklySawtoothHasNoDateOnAnyDay() {
        var random = ForecastRandom(seed: 7)
        // From 300 to 900 within a week, then emptied, for 100 days.
        let samples = (0...100 * 24).map { step -> TimedValue in
            let day = Double(step) / 24
            return TimedValue(
                300 + (day / 7 - (day / 7).rounded(.down)) * 600 + random.normal(),
                at: now + Int64(step) * hour)
        }
        for step in stride(from: 0, through: 100 * 24, by: 7) {
            let answer = FillForecast.make(from: samples, size: 1000, at: now + Int64(step) * hour)
            if case .fullAt(let range) = answer { Issue.record("after \(step) h: \(days(range.likely))") }
        }
    }

    @Test func fullStaysFull() {
        // Full for days: no growth, and yet full.
        let since = now - 5 * day
        #expect(forecast(past(days: 30) { min(1000, 1100 + 20 * $0) }) == .full(since: since))
        #expect(forecast(past(days: 3) { _ in 1000 }) == .full(since: now - 3 * day))
        // A block is freed now and then.
        let freed = past(days: 30) { min(1000, 1100 + 20 * $0) - ($0 > -2 ? 5 : 0) }
        #expect(forecast(freed) == .full(since: since))
        // The host is away.
        let absent = past(days: 30) { min(1000, 1100 + 20 * $0) }.filter { $0.time < now - 3 * day }
        #expect(forecast(absent) == .full(since: since))
        // Somebody has made room.
        #expect(forecast(past(days: 30) { $0 > -1 ? 600 : min(1000, 1100 + 20 * $0) }) == .notWithinYear)
    }

    @Test func onlyThePastCounts() {
        let samples = past(days: 90) { 900 + 3 * $0 + ($0 > -20 ? 40 : 0) }
        for ago in [0, 15, 25, 60] {
            let moment = now - Int64(ago) * day - hour / 2
            let then = samples.filter { $0.time <= moment }
            #expect(
                FillForecast.make(from: samples, size: 1000, at: moment)
                    == FillForecast.make(from: then, size: 1000, at: moment))
        }
    }

    @Test func aDayWithoutValuesIsNoGrowth() throws {
        let samples = past(days: 60) { 700 + 5 * $0 }
        let parted = samples.filter { $0.time < now - 40 * day || $0.time > now - 10 * day }
        let (whole, away) = (try #require(range(forecast(samples))), try #require(range(forecast(parted))))
        #expect(abs(days(whole.likely) - days(away.likely)) < 1)
        // They are days of history as well.
        let short = past(days: 10) { 900 + 10 * $0 }.filter {
            $0.time <= now - 6 * day || $0.time > now - 3 * day
        }
        #expect(range(forecast(short)) != nil)
    }

    @Test func rubbishIsNoForecast() {
        #expect(forecast([TimedValue(.nan, at: now), TimedValue(1, at: .min)]) == .notYet(days: 0))
        #expect(forecast(past(days: 20) { _ in 5 }, size: 0) == .notYet(days: 0))
        #expect(forecast(past(days: 20) { _ in 5 }, size: .nan) == .notYet(days: 0))
    }
}

@Suite struct ForecastFillingNowTests {
    private let now = ForecastTime.now
    private let step: Int64 = 300_000_000_000

    /// A value each five minutes, the last one now.
    private func rising(_ values: [Double]) -> [TimedValue] {
        values.enumerated().map { TimedValue($1, at: now - Int64(values.count - 1 - $0) * step) }
    }

    private func found(_ values: [Double], peak: Double? = nil) -> Double? {
        FillingNow.make(from: rising(values), size: 100, usualPeak: peak, at: now)
            .map { Double($0 - now) / Double(ForecastTime.hour) }
    }

    @Test func elevenOfTwelveStepsRise() {
        // Two units an hour: 10 are left.
        let line = (0...12).map { 88 + Double($0) / 6 }
        #expect(found(line).map { abs($0 - 5) < 0.01 } == true)
        var once = line
        once[5] = once[4]
        #expect(found(once) != nil)
        once[9] = once[8]
        #expect(found(once) == nil)
        // An hour must have been seen.
        #expect(found(Array(line.dropFirst())) == nil)
        // The last value of a step counts: here each has an earlier one that is the same for all.
        let doubled = rising(line).flatMap { [TimedValue(80, at: $0.time - step / 2), $0] }
        #expect(FillingNow.make(from: doubled, size: 100, at: now) != nil)
        // Values of more than an hour ago do not count.
        #expect(found([99, 1, 50] + line) == found(line))
    }

    @Test func onlyWhatIsFullWithinSixHours() {
        #expect(found((0...12).map { 40 + Double($0) }) != nil)
        #expect(found((0...12).map { 40 + Double($0) * 0.6 }) == nil)
        #expect(found((0...12).map { 88 + Double($0) }) == nil, "it is full already")
    }

    @Test func whatHappensEachNightIsNoAlarm() {
        let line = (0...12).map { 50 + 2 * Double($0) }
        #expect(found(line, peak: 72) != nil)
        #expect(found(line, peak: 73.5) == nil)
        // The last day is not usual yet, and what is older than a week no longer is.
        let day = ForecastTime.day
        let past = [(9, 99.0), (7, 60), (2, 75), (0, 98)].map { TimedValue($1, at: now - Int64($0) * day) }
        #expect(FillingNow.usualPeak(of: past, at: now) == 75)
        #expect(FillingNow.usualPeak(of: [], at: now) == nil)
    }

    @Test func aReplaySeesNothingLater() {
        let line = (0...12).map { 88 + Double($0) / 6 }
        let later = rising(line) + [TimedValue(20, at: now + 1)]
        #expect(
            FillingNow.make(from: later, size: 100, at: now)
                == FillingNow.make(from: rising(line), size: 100, at: now))
    }
}
