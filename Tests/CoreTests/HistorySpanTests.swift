import Contract
import Testing

@testable import Core

private let hour: Int64 = 3600
private let billion: Int64 = 1_000_000_000

/// Seconds of 2026-03-29T00:00:00Z, the day on which Stockholm's clocks go forward at 01:00Z.
private let spring: Int64 = 1_774_742_400
/// Seconds of 2026-10-25T00:00:00Z, when they go back at 01:00Z.
private let autumn: Int64 = 1_792_886_400
private let stockholm = LocalZone([
    .init(seconds: 3600), .init(from: spring + hour, seconds: 7200),
    .init(from: autumn + hour, seconds: 3600),
])

@Suite struct HistorySpanTests {
    // MARK: Spans

    @Test func spansHaveAnOrder() {
        #expect(HistorySpan.allCases.map(\.name) == ["5 min", "1 h", "6 h", "24 h", "7 d", "30 d", "1 y"])
        #expect(HistorySpan.day.longer == .week && HistorySpan.year.longer == .year)
        #expect(HistorySpan.day.shorter == .sixHours && HistorySpan.fiveMinutes.shorter == .fiveMinutes)
        #expect(HistorySpan.allCases.map(\.seconds) == HistorySpan.allCases.map(\.seconds).sorted())
    }

    @Test func aSpanIsReadFromText() {
        for span in HistorySpan.allCases { #expect(HistorySpan(span.name) == span) }
        #expect(HistorySpan("7d") == .week && HistorySpan("1d") == .day && HistorySpan("5m") == .fiveMinutes)
        #expect(
            HistorySpan("3600") == .hour && HistorySpan("1y") == .year && HistorySpan("5min") == .fiveMinutes)
        for text in ["", "2d", "day", "-7d", "7 days", "y", "nan"] { #expect(HistorySpan(text) == nil) }
    }

    @Test func aStepFillsTheWidth() {
        #expect(HistorySpan.day.step(cells: 70) == 618 * billion)
        #expect(HistorySpan.fiveMinutes.step(cells: 70) == 22 * billion / 10)
        for span in HistorySpan.allCases {
            for cells in [-5, 0, 1, 2, 69, 70, 300, 1 << 40] {
                let window = span.window(until: 1_795_860_000 * billion, cells: cells)
                #expect(window.end - window.start >= span.nanoseconds)
                #expect(window.start % window.step == 0)
                #expect(
                    window.end > 1_795_860_000 * billion
                        && window.end - window.step <= 1_795_860_000 * billion)
            }
            for moment in [Int64.min, -1, 0, Int64.max] { _ = span.window(until: moment, cells: 1) }
        }
    }

    // MARK: Local time

    @Test func datesOfAllTimes() {
        #expect(CivilDate(number: 0).text == "1970-01-01" && CivilDate(number: 0).weekday == "Thu")
        #expect(CivilDate(number: 20_785).text == "2026-11-28" && CivilDate(number: 20_785).weekday == "Sat")
        #expect(CivilDate(number: 20_785).words == "Nov 28")
        #expect(CivilDate(number: 19_782).text == "2024-02-29")
        #expect(CivilDate(number: -1).text == "1969-12-31")
        for month in -30_000...30_000 {
            let first = CivilDate(firstOfMonth: month)
            #expect(first.day == 1 && first.months == month)
        }
        _ = (CivilDate(number: .max), CivilDate(number: .min), CivilDate(firstOfMonth: .min))
    }

    @Test func theZoneKnowsItsChanges() {
        #expect(stockholm.moment(at: spring + hour - 1).clock == "01:59:59")
        #expect(stockholm.moment(at: spring + hour).clock == "03:00:00")
        #expect(stockholm.moment(at: autumn + hour - 1).clock == "02:59:59")
        #expect(stockholm.moment(at: autumn + hour).clock == "02:00:00")
        #expect(stockholm.moment(at: -1).date.text == "1970-01-01")
        #expect(stockholm.changes(from: spring, to: spring + 2 * hour))
        #expect(!stockholm.changes(from: spring + hour, to: spring + 2 * hour))
        // Days of 23 and of 25 hours.
        func length(_ day: Int64) -> Int64 {
            let number = Int(day / 86_400)
            return (stockholm.start(ofDay: number + 1) - stockholm.start(ofDay: number)) / hour
        }
        #expect([spring - 86_400, spring, autumn, autumn + 86_400].map(length) == [24, 23, 25, 24])
        // A zone whose clocks skip midnight: the day begins at one.
        let skipping = LocalZone([.init(seconds: -10_800), .init(from: spring + 3 * hour, seconds: -7200)])
        #expect(skipping.start(ofDay: Int(spring / 86_400)) == spring + 3 * hour)
        #expect(skipping.moment(at: spring + 3 * hour).clock == "01:00:00")
        #expect(LocalZone([]).offset(at: 5) == 0)
    }

    private func marks(_ from: Int64, _ to: Int64, _ cells: Int) -> [String] {
        TimeAxis(from: from, to: to, cells: cells, zone: stockholm).marks.map {
            "\(($0.seconds - from) / hour) \($0.text)\($0.isBeginning ? "|" : "")"
        }
    }

    @Test func theDaysOfTheChangesAreDrawnRight() {
        // From midnight to midnight: 23 hours, and 25.
        #expect(
            marks(spring - hour, spring + 22 * hour, 66) == [
                "0 Sun 29|", "2 03:00", "5 06:00", "8 09:00", "11 12:00", "14 15:00", "17 18:00", "20 21:00",
                "23 Mon 30|",
            ])
        #expect(
            marks(autumn - 2 * hour, autumn + 23 * hour, 72) == [
                "0 Sun 25|", "4 03:00", "7 06:00", "10 09:00", "13 12:00", "16 15:00", "19 18:00", "22 21:00",
                "25 Mon 26|",
            ])
        // The hour that is there twice has two marks, the one that is not there none.
        #expect(
            marks(autumn - hour, autumn + 3 * hour, 40) == [
                "0 01:00", "1 02:00", "2 02:00", "3 03:00", "4 04:00",
            ])
        #expect(
            marks(spring - hour, spring + 3 * hour, 40) == [
                "0 Sun 29|", "1 01:00", "2 03:00", "3 04:00", "4 05:00",
            ])
    }

    @Test func longSpansHaveDaysAndMonths() {
        let week = marks(autumn - 4 * 86_400, autumn + 3 * 86_400, 70)
        // The sixth day is an hour longer.
        #expect(
            week == [
                "22 Thu 22", "46 Fri 23", "70 Sat 24", "94 Sun 25", "119 Mon 26|", "143 Tue 27", "167 Wed 28",
            ])
        let month = marks(autumn - 20 * 86_400, autumn + 10 * 86_400, 60)
        #expect(
            month.map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
                "Oct 12", "Oct 19", "Oct 26", "Nov 2",
            ])
        let year = TimeAxis(from: autumn - 365 * 86_400, to: autumn, cells: 70, zone: stockholm).marks
        #expect(
            year.map { $0.text + ($0.isBeginning ? "|" : "") } == [
                "Nov", "Dec", "2026|", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
            ])
        #expect(
            TimeAxis(from: 0, to: 300, cells: 70, zone: .utc).marks.map(\.text) == [
                "Thu 1", "00:01", "00:02", "00:03", "00:04", "00:05",
            ])
        #expect(TimeAxis(from: 60, to: 300, cells: 3, zone: .utc).marks.isEmpty)
    }

    // MARK: Values

    private func axis(
        _ low: Double, _ high: Double, _ unit: String, _ rows: Int = 16, _ limits: Limits = .none
    )
        -> String
    {
        ValueAxis(low: low, high: high, unit: unit, limits: limits, rows: rows).marks.map(\.text)
            .joined(separator: " ")
    }

    @Test func marksAreRound() {
        #expect(axis(38, 64, "celsius") == "35°C 40°C 45°C 50°C 55°C 60°C 65°C")
        #expect(axis(38, 64, "celsius", 6) == "30°C 40°C 50°C 60°C 70°C")
        #expect(axis(45, 45, "celsius") == "42°C 43°C 44°C 45°C 46°C 47°C 48°C")
        #expect(axis(0.2, 97, "percent") == "0% 20% 40% 60% 80% 100%")
        #expect(axis(12.2, 12.4, "percent") == "11% 12% 13%")
        #expect(axis(0, 0, "percent") == "0% 0.2% 0.4% 0.6% 0.8% 1%")
        #expect(axis(0, 3e9, "bytes") == "0B 512M 1.00G 1.50G 2.00G 2.50G 3.00G")
        #expect(axis(9e8, 3.1e9, "bytes", 6) == "0B 1.00G 2.00G 3.00G")
        #expect(axis(100, 90_000, "seconds") == "0s 6h 12h 18h 1d 1d 6h")
        #expect(axis(0, 0.04, "seconds") == "0s 10ms 20ms 30ms 40ms")
        #expect(axis(0, 7, "count") == "0 2 4 6 8")
        #expect(axis(-5, 5, "") == "-6 -4 -2 0 2 4 6")
    }

    @Test func limitsThatAreNearLieInTheRange() {
        #expect(
            axis(40, 60, "celsius", 16, Limits(warning: 70, critical: 95))
                == "40°C 45°C 50°C 55°C 60°C 65°C 70°C")
        let far = ValueAxis(
            low: 40, high: 60, unit: "celsius", limits: Limits(warning: 85, critical: 95), rows: 16)
        #expect(!far.contains(85) && far.contains(60))
        #expect(
            far.fraction(of: 50) == 0.5 && far.fraction(of: 1e9) == 1 && far.fraction(of: -.infinity) == 0)
    }

    // MARK: Trends

    private func trend(_ count: Int = 48, _ value: (Double) -> Double?) -> Trend? {
        Trend(
            SeriesCurve(
                start: 0, step: 1,
                buckets: (0..<count).map { index in
                    value((Double(index) + 0.5) / Double(count)).map {
                        SeriesBucket(count: 1, minimum: $0, mean: $0, maximum: $0, last: $0)
                    } ?? .gap
                }))
    }

    /// Noise between -1 and 1.
    private func noise(_ part: Double, _ seed: UInt64 = 7) -> Double {
        2 * DemoTime.chance(seed, Int64(part * 1e6)) - 1
    }

    @Test func aTrendIsMoreThanNoise() {
        #expect(trend { 50 + 10 * $0 } == .up)
        #expect(trend { 50 - 10 * $0 } == .down)
        #expect(trend { 50 + $0 } == .slightlyUp)
        #expect(trend { 50 - $0 } == .slightlyDown)
        #expect(trend { 50 + 0.1 * $0 } == .flat)
        #expect(trend { _ in 50 } == .flat && trend { _ in 0 } == .flat)
        #expect(trend { -50 + 10 * $0 } == .up)
        for seed in 1...20 as ClosedRange<UInt64> {
            #expect(trend { 50 + 5 * noise($0, seed) } == .flat, "\(seed)")
            #expect(trend { 50 + 10 * $0 + 3 * noise($0, seed) } == .up, "\(seed)")
        }
        // A few wild values change nothing.
        #expect(trend { (0.3..<0.4).contains($0) ? 1000 : 50 + 10 * $0 + noise($0) } == .up)
        // Wear that went up by one step.
        #expect(trend { $0 < 0.9 ? 12 : 13 } == .up)
    }

    @Test func aDayIsNoTrend() {
        for shift in 0..<24 {
            // A smooth wave of one day that begins anywhere.
            let shift = Double(shift) / 24
            #expect(
                trend(144) { part in
                    let place = (part + shift).truncatingRemainder(dividingBy: 1)
                    let half = place < 0.5 ? place * 2 : 2 - place * 2
                    return 45 + 10 * half * half * (3 - 2 * half)
                } == .flat, "\(shift)")
        }
    }

    @Test func littleIsNotKnown() {
        #expect(trend(7) { 50 + 10 * $0 } == nil)
        #expect(trend { $0 < 0.4 ? 50 + 10 * $0 : nil } == nil)
        #expect(trend { $0 < 0.8 ? 50 + 10 * $0 : nil } == .up)
        #expect(trend { _ in nil } == nil && trend(0) { _ in 1 } == nil)
        #expect(trend { _ in .nan } == nil && trend { _ in .infinity } == nil)
        _ = trend { $0 < 0.5 ? -1e149 : 1e149 }
    }

    @Test func gapsAreEqual() {
        #expect(SeriesBucket.gap == SeriesBucket.gap)
        #expect(SeriesBucket.gap != SeriesBucket(count: 1, minimum: 1, mean: 1, maximum: 1, last: 1))
        let curve = SeriesCurve(start: 0, step: 1, buckets: [.gap, .gap])
        #expect(Past(curve) == Past(curve) && Past(curve).isEmpty && Past(curve).trend == nil)
    }
}
