import Core
import Testing

/// A part of what `make simulate-forecasts` shows in full.
@Suite struct ForecastCoverageTests {
    /// The part of the outcomes that a range of 80 % must hold.
    private let expected = 0.72...0.88

    @Test(arguments: [14, 365]) func drivesWearOutWithinTheRange(days: Int) {
        let all = WearTrial(days: days, perDay: 1, count: 45, seed: UInt64(days)).all
        #expect(expected.contains(all.coverage), "\(all.coverage)")
        #expect(all.medianError < 0.35, "\(all.medianError)")
        #expect(all.silence < 0.15, "\(all.silence)")
    }

    @Test func disksFillWithinTheRange() {
        let trial = FillTrial(count: 20, seed: 1)
        #expect(expected.contains(trial.all.coverage), "\(trial.all.coverage)")
        #expect(trial.all.medianError < 0.3, "\(trial.all.medianError)")
        #expect(trial.all.silence < 0.1, "\(trial.all.silence)")
    }

    @Test(arguments: [AlarmCase.nightlyFile, .weeklyUpgrade, .copy, .sawtooth])
    func noAlarmForWhatIsOrdinary(kind: AlarmCase) {
        let trial = AlarmTrial(kind, seed: 11, forecastsEvery: 9)
        #expect(trial.ours == 0)
        if kind != .copy, kind != .sawtooth { #expect(trial.predictLinear >= 12) }
    }

    @Test func aLogThatFillsTheDiskIsCaught() throws {
        for seed in UInt64(0)..<5 {
            let after = try #require(LogTrial(hours: 8, seed: seed).caughtAfter)
            #expect(after < 2.6)
        }
    }

    @Test func aMarkIsRareAndMeansSomething() {
        let trial = UsualTrial(weeks: 20, seed: 5)
        #expect(trial.falseMarks < 3)
        #expect(trial.caught == trial.planted && trial.planted > 4)
    }

    /// The same seed gives the same numbers on every machine, and they are what they claim to be.
    @Test func randomNumbers() {
        var random = ForecastRandom(seed: 1)
        #expect(random.next() == 0x910a_2dec_8902_5cc1)
        let numbers = (0..<4000).map { _ in random.normal() }
        let mean = numbers.reduce(0, +) / 4000
        let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
        #expect(abs(mean) < 0.05 && abs(variance - 1) < 0.08)
        let factors = (0..<4001).map { _ in random.logNormal(0.5) }.sorted()
        #expect(abs(factors[2000] - 1) < 0.05)
        #expect((0..<1000).allSatisfy { _ in (0..<7).contains(random.index(below: 7)) })
    }
}
