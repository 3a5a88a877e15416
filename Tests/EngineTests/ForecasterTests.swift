import Contract
import Core
import Engine
import Testing

/// The forecast cases of the design, from what was recorded to the metrics and words of a snapshot. The clock is turned.
@MainActor
@Suite struct ForecasterTests {
    private typealias Drive = ForecastStage.Drive
    private let stage = ForecastStage()
    private let day = ForecastStage.day

    /// A drive that is written to evenly, since so many days before the present of the stage.
    private func drive(percentPerDay: Double, age days: Double, recorded: Double = 500) -> (Int64) -> Drive? {
        let birth = stage.now - Int64(days * Double(day))
        let since = stage.now - Int64(recorded * Double(day))
        return { time in
            let age = Double(time - birth) / Double(ForecastStage.day)
            guard age >= 0, time >= since else { return nil }
            return Drive(
                wear: (percentPerDay * age).rounded(), written: 50e9 * age, hours: (24 * age).rounded(.down))
        }
    }

    // MARK: Wear

    @Test func aDriveHasADateWithItsRange() throws {
        // 40 % after 800 days: 100 % after 1,200 more.
        stage.drive = drive(percentPerDay: 0.05, age: 800)
        stage.start()
        let likely = try #require(stage.days("wear_worn_out"))
        let early = try #require(stage.days("wear_worn_out_early"))
        let late = try #require(stage.days("wear_worn_out_late"))
        #expect(abs(likely - 1200) < 120)
        #expect(early < likely && likely < late && early > 700 && late < 2000)
        #expect(stage.words("wear_outlook") == "worn out 2029 (2028-2030)")
        #expect(stage.status("wear_worn_out") == .auto)
    }

    @Test func zeroPercentIsNoSignOfWear() {
        stage.drive = { _ in Drive(wear: 0, written: 1e12, hours: 900) }
        stage.start()
        #expect(stage.words("wear_outlook") == "no sign of wear")
        #expect(stage.days("wear_worn_out") == nil)
    }

    @Test func aboveItsRatingADriveHasNoDate() {
        stage.drive = { _ in Drive(wear: 104, written: 900e12, hours: 30_000) }
        stage.start()
        #expect(stage.words("wear_outlook") == "past its rated life")
        #expect(stage.days("wear_worn_out") == nil && stage.days("wear_worn_out_late") == nil)
    }

    @Test func muchWearAfterThreeDaysIsImplausible() {
        stage.drive = { _ in Drive(wear: 65, written: 1e12, hours: 72) }
        stage.start()
        #expect(stage.words("wear_outlook") == "implausible: 65% after 3 days of use")
        #expect(stage.days("wear_worn_out") == nil)
    }

    @Test func anotherDriveUnderTheSameNameHasAForecastOfItsOwn() throws {
        let swap = stage.now + day
        let old = drive(percentPerDay: 0.1, age: 900)
        stage.drive = { time in
            guard time >= swap else { return old(time) }
            let age = Double(time - swap) / Double(ForecastStage.day)
            return Drive(wear: 20, written: 200e12 + 50e9 * age, hours: 10_000 + (24 * age), serial: "B2")
        }
        stage.start()
        let before = try #require(stage.days("wear_worn_out"))
        #expect(before < 150)
        stage.jump(days: 1.01)
        // 20 % after 10,000 hours: about 1,670 days more, though the other drive's counters stood higher and lower.
        let after = try #require(stage.days("wear_worn_out"))
        #expect(abs(after - 1670) < 500)
    }

    @Test func aDriveThatWasReplacedWhileNobodyLookedIsAnother() throws {
        let swap = stage.now - 30 * day
        let old = drive(percentPerDay: 0.01, age: 900)
        stage.drive = { time in
            guard time >= swap else { return old(time) }
            let age = Double(time - swap) / Double(ForecastStage.day)
            return Drive(wear: 60, written: 90e12 + 50e9 * age, hours: 43_000 + (24 * age), serial: "B2")
        }
        let moments = (stage.now - 500 * day, swap)
        stage.past.texts = { _, _ in [PastText("A1", at: moments.0), PastText("B2", at: moments.1)] }
        stage.start()
        // 60 % after 43,000 hours and 90 TB; by the wear of the other drive it would have no end.
        let likely = try #require(stage.days("wear_worn_out"))
        #expect(likely < 2000)
    }

    @Test func aCounterThatWasSetToZeroIsSaid() {
        let reset = stage.now - 150 * day
        let usual = drive(percentPerDay: 0.05, age: 1200)
        stage.drive = { time in
            guard var drive = usual(time) else { return nil }
            if time >= reset { drive.written = 50e9 * Double(time - reset) / Double(ForecastStage.day) }
            return drive
        }
        stage.start()
        let words = stage.words("wear_outlook") ?? ""
        #expect(words.hasPrefix("worn out "))
        #expect(words.contains("bytes written do not belong to its whole life; judged since 2025-10-02"))
    }

    @Test func aGapIsLeftOutAndWidensTheRange() throws {
        func range(_ gap: ClosedRange<Double>?) throws -> Double {
            let stage = ForecastStage()
            let usual = drive(percentPerDay: 0.05, age: 400, recorded: 60)
            let now = stage.now
            stage.drive = { time in
                let ago = Double(now - time) / Double(ForecastStage.day)
                if let gap, gap.contains(ago) { return nil }
                return usual(time)
            }
            stage.start()
            return try #require(stage.days("wear_worn_out_late"))
                / #require(stage.days("wear_worn_out_early"))
        }
        #expect(try range(1...31) > range(nil))
    }

    @Test func mostDrivesAreWornOutWithinTheRange() throws {
        var random = ForecastRandom(seed: 7)
        var hits = 0
        let count = 100
        for _ in 0..<count {
            let stage = ForecastStage()
            let perDay = 0.02 + 0.1 * random.uniform()
            let age = (10 + 60 * random.uniform()) / perDay
            stage.drive = drive(percentPerDay: perDay, age: age, recorded: 30)
            stage.start()
            let left = 100 / perDay - age
            let early = try #require(stage.days("wear_worn_out_early"))
            let late = stage.days("wear_worn_out_late") ?? .infinity
            if early <= left && left <= late { hits += 1 }
        }
        // What is used evenly is easier than what the design's drives do: at least as many.
        #expect(hits * 100 >= 72 * count)
    }

    // MARK: Fill

    /// So many GB used now, growing by so many a day, recorded since so many days.
    private func grows(_ now: Double, by daily: Double, since days: Double = 90) -> (Int64) -> Double? {
        let start = stage.now
        return { time in
            let ahead = Double(time - start) / Double(ForecastStage.day)
            return ahead < -days ? nil : 1e9 * (now + daily * ahead)
        }
    }

    @Test func aDiskThatGrowsIsFullOnADate() throws {
        stage.used = grows(790, by: 10)
        stage.start()
        let likely = try #require(stage.days("used_full"))
        #expect(abs(likely - 21) < 2)
        #expect(stage.words("used_outlook")?.hasPrefix("full in 3 weeks") == true)
    }

    @Test func sixDaysAreTooFew() {
        stage.used = grows(790, by: 10, since: 6.2)
        stage.start()
        #expect(stage.words("used_outlook") == "not yet known, 5 of 7 days seen")
        #expect(stage.days("used_full") == nil)
    }

    @Test func aCopyMovesNoDate() throws {
        func days(copied: Bool) throws -> Double {
            let stage = ForecastStage()
            let plain = grows(790, by: 5)
            let moment = stage.now - 20 * day
            stage.used = { time in
                plain(time).map { $0 - (copied && time < moment ? 25e9 : 0) }
            }
            stage.start()
            return try #require(stage.days("used_full"))
        }
        let (plain, copied) = (try days(copied: false), try days(copied: true))
        #expect(abs(plain - copied) / plain < 0.1)
    }

    @Test func aWeeklySawtoothHasNoDateOnAnyDay() {
        stage.used = { time in
            let week = 7 * ForecastStage.day
            return 1e9 * (600 + 200 * Double(time % week) / Double(week))
        }
        stage.start()
        for _ in 0..<14 {
            #expect(stage.words("used_outlook") == "not full within a year")
            #expect(stage.days("used_full") == nil)
            stage.jump(days: 1)
        }
    }

    @Test func whatIsFullStaysFullUntilLessIsUsed() {
        let start = stage.now
        stage.used = { time in
            time < start ? 1000e9 : time < start + 2 * ForecastStage.day ? 995e9 : 900e9
        }
        stage.start()
        #expect(stage.words("used_outlook") == "full")
        #expect(stage.days("used_full") == 0)
        #expect(stage.status("used_full") == .warning)
        stage.jump(days: 1)
        #expect(stage.words("used_outlook") == "full")
        stage.jump(days: 3)
        #expect(stage.words("used_outlook") != "full")
    }

    @Test func whatFillsUpWithinHoursIsAWarningAtOnce() throws {
        let start = stage.now
        stage.used = { time in
            1e9 * (500 + max(0, Double(time - start)) / Double(ForecastStage.hour) * 100)
        }
        stage.start()
        #expect(stage.words("used_outlook") == "not full within a year")
        stage.pass(minutes: 50)
        #expect(stage.status("used_full") == .auto)
        stage.pass(minutes: 25)
        #expect(stage.words("used_outlook")?.hasPrefix("filling now: full in 3h") == true)
        #expect(stage.status("used_full") == .warning)
        let hours = try #require(stage.days("used_full")) * 24
        #expect(abs(hours - 3.8) < 0.2)
    }

    @Test func aLayoutSetsTheLimit() {
        let limits = [
            Stage.setting("used_full_warning", .text("30d")),
            Stage.setting("used_full_critical", .text("10d")),
        ]
        let stage = ForecastStage(options: limits)
        stage.used = grows(790, by: 10)
        stage.start()
        #expect(stage.subscription.failure == nil)
        #expect(stage.status("used_full") == .warning)
        #expect(stage.snapshot?.status == .warning)
    }

    // MARK: Replay

    @Test func aReplayUsesOnlyWhatCameBefore() throws {
        let usual = drive(percentPerDay: 0.05, age: 800)
        let growth = grows(700, by: 10)
        stage.drive = usual
        stage.used = growth
        stage.start()
        let then = (stage.words("wear_outlook"), stage.days("used_full"), stage.days("wear_worn_out"))
        // The same moment again, with a future that would change everything.
        let replay = ForecastStage()
        let present = replay.now
        replay.drive = { $0 > present ? Drive(wear: 99, written: 9e15, hours: 90_000) : usual($0) }
        replay.used = { $0 > present ? 999e9 : growth($0) }
        replay.start()
        #expect(replay.words("wear_outlook") == then.0)
        #expect(replay.days("used_full") == then.1 && replay.days("wear_worn_out") == then.2)
        #expect(!replay.past.questions.isEmpty)
        #expect(replay.past.questions.allSatisfy { $0.window.end <= present })
    }

    @Test func whatASnapshotSaysItselfStays() throws {
        let source = HandSource()
        stage.stage.sources.sources["srv01"] = source
        let other = stage.stage.subscribe(on: "srv01")
        stage.start()
        let schema = try #require(other.collector.schema)
        let cells = schema.metrics.map { metric -> Snapshot.Cell in
            switch metric.id {
            case "wear": Snapshot.Cell(value: .number(0))
            case "wear_outlook": Snapshot.Cell(value: .text("as it was said"))
            default: Snapshot.Cell(value: .absent)
            }
        }
        let recorded = Snapshot(
            key: other.collector.key, schema: schema, taken: stage.now,
            instances: [Snapshot.Instance(name: "sda", cells: cells)])
        for _ in 0..<2 {
            source.deliver(.snapshot(recorded))
            stage.stage.settle()
            let place = try #require(schema.index(of: "wear_outlook"))
            #expect(
                other.collector.entry.snapshot?.instances[0].cells[place].value == .text("as it was said"))
        }
    }

    // MARK: When

    @Test func aSourceIsLookedAtOnceAnHour() {
        stage.used = grows(790, by: 10)
        stage.start()
        let first = stage.past.questions.count
        #expect(first == 2)
        stage.pass(minutes: 50)
        #expect(stage.past.questions.count == first)
        stage.pass(minutes: 18)
        #expect(stage.past.questions.count == 2 * first)
    }

    @Test func aForecastThatComesLaterIsAddedToTheSnapshot() {
        stage.used = grows(790, by: 10)
        stage.start()
        #expect(stage.stage.sink.snapshots.count == 1)
        #expect(stage.stage.sink.rejudged.count == 1)
        #expect(stage.words("used_outlook") != nil)
    }

    @Test func withoutAPastNothingIsForetold() {
        stage.stage.engine.forecaster = nil
        stage.used = grows(790, by: 10)
        stage.start()
        #expect(stage.words("used_outlook") == nil && stage.number("used") != nil)
        #expect(stage.snapshot?.schema.index(of: "used_full") != nil)
    }
}
