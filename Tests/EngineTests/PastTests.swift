import Contract
import Core
import Engine
import Testing

/// Answers when the test lets it.
@MainActor
private final class HandPast: PastSource {
    var questions: [(question: PastQuestion, answer: @MainActor (PastAnswer) -> Void)] = []

    func ask(_ question: PastQuestion, _ answer: @escaping @MainActor (PastAnswer) -> Void) {
        questions.append((question, answer))
    }

    /// Answers a question with a constant.
    func answer(_ index: Int, _ value: Double) {
        let window = questions[index].question.window
        let bucket = SeriesBucket(count: 1, minimum: value, mean: value, maximum: value, last: value)
        let curve = SeriesCurve(
            start: window.start, step: window.step, buckets: Array(repeating: bucket, count: window.count))
        questions[index].answer(PastAnswer(curves: questions[index].question.series.map { _ in curve }))
    }
}

@MainActor
private final class Names {
    var all = ["sda"]
}

@MainActor
@Suite struct PastTests {
    private let stage = Stage()
    private let past = HandPast()

    private func begin() -> Subscription {
        stage.engine.past = past
        let subscription = stage.subscribe()
        stage.start()
        return subscription
    }

    @Test func theFirstSnapshotAsksAndTheAnswerIsDrawn() {
        let subscription = begin()
        #expect(past.questions.map { $0.question.series } == [[PastSeries(instance: "sda", metric: "wear")]])
        #expect(stage.engine.isRecalling && subscription.collector.isSettled)
        let before = subscription.collector.entry.generation
        past.answer(0, 30)
        #expect(!stage.engine.isRecalling && subscription.collector.entry.generation > before)
        let values = stage.past(of: subscription, metric: 0)
        #expect(values.count == 300 && values.prefix(299).allSatisfy { $0 == 30 })
        // Nothing is asked twice.
        stage.pass(20)
        #expect(past.questions.count == 1)
        #expect(stage.past(of: subscription, metric: 0).suffix(10).allSatisfy { $0 == 50 })
    }

    @Test func anotherSpanAsksAgainAndTheOldAnswerIsLeftOut() {
        let subscription = begin()
        stage.engine.span = .week
        #expect(past.questions.count == 2)
        past.answer(0, 10)
        #expect(stage.past(of: subscription, metric: 0).count == 1)
        past.answer(1, 20)
        #expect(stage.past(of: subscription, metric: 0).count == 300)
        // The last five minutes are kept meanwhile.
        stage.engine.span = .fiveMinutes
        #expect(past.questions.count == 2)
    }

    @Test func aNewInstanceIsAskedFor() {
        let names = Names()
        stage.workers.files["drives"]?.collect = { _ in
            Collected(samples: names.all.map { Sample(instance: $0, metric: 0, value: .number(1)) })
        }
        _ = begin()
        names.all = ["sda", "sdb"]
        stage.pass(4)
        #expect(past.questions.map { $0.question.series.map(\.instance) } == [["sda"], ["sdb"]])
    }

    @Test func whatNobodyDrawsIsNotAskedForUntilSomebodyDoes() {
        stage.engine.past = past
        _ = stage.subscribe(isDrawn: false)
        stage.start()
        #expect(past.questions.isEmpty)
        _ = stage.subscribe()
        #expect(past.questions.count == 1)
    }

    @Test func aHistoryThatCannotBeReadLeavesWhatIsLive() {
        let subscription = begin()
        past.questions[0].answer(PastAnswer(curves: [], trouble: "no disk"))
        #expect(!stage.engine.isRecalling)
        stage.pass(4)
        #expect(stage.past(of: subscription, metric: 0) == [50, 50, 50, 50, 50])
    }
}
