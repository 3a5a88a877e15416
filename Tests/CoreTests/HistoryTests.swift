import Contract
import Testing

@testable import Core

private let second: Int64 = 1_000_000_000
private let noon: Int64 = 1_772_366_400 * second

@Suite struct HistoryTests {
    private let schema = Schema(
        PluginDescription(
            id: "p", name: "P",
            metrics: [MetricDeclaration(id: "n", label: "N", unit: "", wantsHistory: true)]))

    private func snapshot(_ names: [String], _ number: Double) -> Snapshot {
        Snapshot(
            key: SeriesKey(host: "", plugin: "p"), schema: schema, taken: 0,
            instances: names.map { Snapshot.Instance(name: $0, cells: [.init(value: .number(number))]) })
    }

    /// A history of one instance: each value comes so many seconds after noon.
    private func history(_ values: [(Int64, Double)], span: HistorySpan = .fiveMinutes, every: UInt64 = 2)
        -> History
    {
        var history = History(span: span)
        for (seconds, value) in values {
            history.append(snapshot(["a"], value), at: noon + seconds * second, every: every * UInt64(second))
        }
        return history
    }

    private func values(_ history: History, until seconds: Int64, every: UInt64 = 2, group: Int = 1)
        -> History.Values
    {
        history.values(
            instance: "a", metric: 0, until: noon + seconds * second, every: every * UInt64(second),
            group: group)
    }

    /// The last stretches in digits; a gap is a dot.
    private func digits(_ history: History, until seconds: Int64, _ count: Int, every: UInt64 = 2) -> String {
        values(history, until: seconds, every: every).means.suffix(count).map {
            $0.isNaN ? "." : "\(Int($0))"
        }.joined()
    }

    @Test func everyStretchHasItsPlaceOnTheAxis() {
        let history = history([(0, 1), (2, 2), (4, 3)])
        #expect(digits(history, until: 4, 8) == "...11223")
        #expect(values(history, until: 4).means.count == 300)
        // Time goes on, and so does the picture: the value holds for a while, and then nothing is known.
        #expect(digits(history, until: 8, 8) == "12233333")
        #expect(digits(history, until: 12, 9) == "3........")
    }

    @Test func aLateValueIsNoGapAndAMissedOneIs() {
        #expect(digits(history([(0, 1), (5, 2)]), until: 5, 6) == "111112")
        #expect(digits(history([(0, 1), (6, 2)]), until: 6, 7) == "1.....2")
    }

    @Test func absenceIsAGap() {
        var history = history([(0, 1)])
        history.append(snapshot(["b"], 2), at: noon + 2 * second, every: UInt64(2 * second))
        history.append(snapshot(["a", "b"], 3), at: noon + 4 * second, every: UInt64(2 * second))
        #expect(digits(history, until: 4, 5) == "1...3")
    }

    @Test func aFailureIsAGap() {
        var history = history([(0, 1)])
        history.skip()
        history.append(snapshot(["a"], 3), at: noon + 4 * second, every: UInt64(2 * second))
        #expect(digits(history, until: 4, 5) == "1...3")
    }

    @Test func aStretchIsTheMeanOfItsValuesAndKeepsThePeak() {
        let hour = history([(0, 1), (2, 9), (4, 2), (12, 4)], span: .hour)
        #expect(hour.step == 12 * second)
        let past = values(hour, until: 12)
        #expect(past.means.suffix(2) == [4, 4] && past.highs.suffix(2) == [9, 4])
        // Groups begin at multiples of their length, so that a curve that goes on keeps its shape.
        let grouped = values(hour, until: 12, group: 2)
        #expect(grouped.means.count == 150 && grouped.means.last == 4 && grouped.highs.last == 9)
    }

    @Test func theOldestStretchesAreDropped() {
        let long = history((0..<2000).map { ($0, Double($0)) }, every: 1)
        #expect(values(long, until: 1999, every: 1).means == (1700..<2000).map { Float($0) })
    }

    @Test func aClockThatIsPutBackBeginsAnew() {
        let history = history([(0, 1), (1, 2), (2, 3), (3, 4), (1, 8), (2, 9)], every: 1)
        #expect(digits(history, until: 2, 4, every: 1) == ".189")
        let far = self.history([(0, 1), (-90_000, 2)])
        #expect(digits(far, until: -90_000, 3) == "..2")
    }

    @Test func anotherSpanBeginsWithWhatIsKnown() {
        let short = history((0..<60).map { (2 * $0, $0 == 30 ? 50 : 10) })
        let long = History(span: .hour, from: short)
        let past = long.values(
            instance: "a", metric: 0, until: noon + 118 * second, every: UInt64(2 * second))
        #expect(past.means.suffix(10).allSatisfy { $0 >= 10 } && past.means.prefix(290).allSatisfy(\.isNaN))
        #expect(past.highs.filter { !$0.isNaN }.max() == 50)
    }

    @Test func namesThatComeAndGoAreForgotten() {
        var history = History()
        history.append(snapshot(["a"], 1), at: noon, every: UInt64(second))
        for number in 1...600 {
            history.append(snapshot(["stays"], 1), at: noon + Int64(number) * second, every: UInt64(second))
        }
        #expect(history.ringCount == 1)
        #expect(values(history, until: 600).means.isEmpty)
    }

    @Test func valuesThatAreNoNumbersAreGaps() {
        #expect(
            digits(history([(0, .nan), (1, .infinity), (2, 7)], every: 1), until: 2, 3, every: 1) == "..7")
    }

    // MARK: The longer memory

    private func curve(_ history: History, until seconds: Int64, _ bucket: (Int) -> SeriesBucket)
        -> SeriesCurve
    {
        let window = history.window(at: noon + seconds * second)
        return SeriesCurve(start: window.start, step: window.step, buckets: (0..<window.count).map(bucket))
    }

    @Test func whatALongerMemoryKnowsStandsBeforeTheFirstValue() {
        var history = history([(0, 5)])
        #expect(history.unasked(in: snapshot(["a"], 5)) == ["a"])
        #expect(history.unasked(in: snapshot(["a", "new"], 5)) == [])
        let known = curve(history, until: 0) { index in
            index < 290 ? .gap : SeriesBucket(count: 1, minimum: 2, mean: 3, maximum: 4, last: 3)
        }
        history.append(snapshot(["a"], 6), at: noon + 2 * second, every: UInt64(2 * second))
        history.recall("a", 0, known)
        #expect(digits(history, until: 2, 14) == "..333333333356")
        let past = values(history, until: 2)
        #expect(past.highs.suffix(4) == [4, 5, 5, 6])
        // What follows goes on from it.
        history.append(snapshot(["a"], 7), at: noon + 4 * second, every: UInt64(2 * second))
        #expect(digits(history, until: 4, 4) == "5667")
    }

    @Test func theStretchOfNowGoesOnFromWhatTheMemoryHasOfIt() {
        var year = history([(0, 100)], span: .year)
        let known = curve(year, until: 0) { _ in
            SeriesBucket(count: 9, minimum: 0, mean: 10, maximum: 20, last: 10)
        }
        year.recall("a", 0, known)
        #expect(values(year, until: 0).means.last == 10 && values(year, until: 0).highs.last == 100)
        year.append(snapshot(["a"], 110), at: noon + 2 * second, every: UInt64(2 * second))
        #expect(values(year, until: 2).means.last == 20)
    }

    @Test func anAnswerForAnotherSpanIsLeftOut() {
        var hour = history([(0, 5)], span: .hour)
        let day = History(span: .day)
        hour.recall(
            "a", 0,
            curve(day, until: 0) { _ in SeriesBucket(count: 1, minimum: 9, mean: 9, maximum: 9, last: 9) })
        #expect(values(hour, until: 0).means.suffix(2).first?.isNaN == true)
    }
}
