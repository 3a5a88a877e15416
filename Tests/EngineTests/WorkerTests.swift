import Contract
import Core
import Engine
import Testing

@MainActor
@Suite struct EngineWorkerTests {
    private let wording = Wording(now: 0)

    private func words(_ stage: Stage) -> String? {
        stage.sink.failures.last?.failure.words(Wording(now: stage.clock.wall, offersKeys: true))
    }

    private var crash: Failure.WorkerEnd { .ended("crashed: SIGSEGV (Segmentation fault)") }

    /// Returns a stage whose plugin does not answer a collect.
    private func silent() -> Stage {
        let stage = Stage()
        stage.workers.files["drives"]!.collect = { _ in nil }
        _ = stage.subscribe()
        stage.start()
        return stage
    }

    @Test func aWorkerThatCrashesIsStartedAgainLaterAndLater() {
        let stage = silent()
        var launches = [1]
        for delay in [1, 2, 4, 8, 16] {
            stage.workers.launched.last!.kill(crash)
            stage.settle()
            #expect(words(stage)?.contains("next try in \(delay) s, R tries now") == true)
            stage.pass(delay - 1)
            #expect(stage.workers.launched.count == launches.last!)
            stage.pass(1)
            launches.append(stage.workers.launched.count)
        }
        #expect(launches == [1, 2, 3, 4, 5, 6])
        #expect(words(stage)?.contains("5th time") == true)
        // After the sixth failure only the user restarts the plugin.
        stage.workers.launched.last!.kill(crash)
        stage.settle()
        #expect(
            words(stage) == "collect crashed: SIGSEGV (Segmentation fault), 6th time; given up; R tries again"
        )
        stage.pass(300)
        #expect(stage.workers.launched.count == 6)
        stage.engine.retry()
        stage.settle()
        #expect(stage.workers.launched.count == 7)
    }

    @Test func retriesOfOneFailureAreOneEvent() {
        let stage = silent()
        for delay in [1, 2, 4] {
            stage.workers.launched.last!.kill(crash)
            stage.settle()
            stage.pass(delay)
        }
        #expect(stage.sink.failures.count { $0.isNew } == 1)
        #expect(stage.sink.failures.map(\.failure.attempt) == [1, 2, 3])
    }

    @Test func theNextTryIsCountedDown() {
        let stage = silent()
        for delay in [1, 2, 4] {
            stage.workers.launched.last!.kill(crash)
            stage.settle()
            if delay < 4 { stage.pass(delay) }
        }
        #expect(words(stage)?.contains("next try in 4 s") == true)
        stage.pass(3)
        #expect(words(stage)?.contains("next try in 1 s") == true)
    }

    @Test func aCollectThatDoesNotAnswerIsToldAndThenKilled() {
        let stage = silent()
        stage.pass(6)
        #expect(words(stage)?.hasPrefix("collect has not answered for ") == true)
        #expect(stage.sink.failures.last?.failure.code == .timeout)
        #expect(!stage.workers.launched[0].isEnded)
        stage.pass(16)
        #expect(stage.workers.launched[0].isEnded)
        #expect(stage.workers.launched.count == 2)
        let ends = stage.sink.failures.compactMap { failure -> Failure.WorkerEnd? in
            if case .workerEnded(_, let end, _) = failure.failure.cause { end } else { nil }
        }
        #expect(ends == [.deadline(20_000_000_000)])
    }

    @Test func aWorkerThatBurnsProcessorTimeIsKilled() {
        let stage = silent()
        stage.pass(2)
        stage.workers.launched[0].processorTime = 6_000_000_000
        stage.pass(1)
        #expect(stage.workers.launched[0].isEnded)
    }

    @Test func anAnswerThatWasNotAskedForEndsTheWorker() {
        let stage = Stage()
        _ = stage.subscribe()
        stage.start()
        stage.workers.launched[0].onMessage(.collected(id: 99, Collected()))
        stage.settle()
        #expect(words(stage)?.contains("answered what it was not asked and was killed") == true)
    }

    @Test func aNewerFileTakesOverWithItsInstancesMade() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        stage.workers.files["drives"]!.identity = 2
        stage.workers.files["drives"]!.collect = { _ in Stage.wears(90) }
        stage.engine.pluginFileChanged("drives")
        stage.settle()
        #expect(stage.workers.launched.count == 2 && stage.workers.launched[0].isEnded)
        #expect(subscription.collector.entry.snapshot?.instances[0].cells[0].value == .number(90))
        #expect(subscription.collector.entry.judged == .warning)
        #expect(stage.sink.failures.isEmpty)
    }

    @Test func aNewerFileThatIsWrongIsToldAndTheOldOneGoesOn() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        stage.workers.files["drives"]!.identity = 2
        stage.workers.files["drives"]!.refusal = "is no plugin"
        stage.engine.pluginFileChanged("drives")
        stage.settle()
        #expect(subscription.collector.notice?.contains("is no plugin") == true)
        #expect(!stage.workers.launched[0].isEnded)
        stage.pass(2)
        #expect(subscription.collector.entry.failure == nil)
    }

    @Test func aLaterVersionWithOtherMetricsKeepsThePastById() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        stage.pass(4)
        var file = Stage.drives
        file.identity = 2
        let spare = MetricDeclaration(id: "spare", label: "Spare", unit: "percent")
        file.description.metrics.insert(spare, at: 0)
        file.collect = { _ in
            Collected(samples: [
                Sample(instance: "sda", metric: 0, value: .number(7)),
                Sample(instance: "sda", metric: 1, value: .number(51)),
            ])
        }
        stage.workers.files["drives"] = file
        stage.engine.pluginFileChanged("drives")
        stage.settle()
        let past = stage.past(of: subscription, metric: 1)
        // Both versions have answered in the same second.
        #expect(past.first == 50 && past.last == 50.5)
        // The new metric does not want a history.
        #expect(stage.past(of: subscription, metric: 0) == [])
    }

    @Test func aPluginThatIsGoneIsNamedAndComesBack() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        let file = stage.workers.files.removeValue(forKey: "drives")
        stage.engine.pluginFileChanged("drives")
        stage.settle()
        #expect(words(stage) == "drives.so is gone from /plugins: copy it back to go on")
        #expect(subscription.collector.entry.hasSnapshot)
        stage.workers.files["drives"] = file
        stage.engine.pluginFileChanged("drives")
        stage.settle()
        #expect(subscription.collector.entry.failure == nil)
    }

    @Test func aPluginThatWasNeverThereIsAMistakeOfTheLayout() {
        let stage = Stage()
        _ = stage.subscribe("drivs")
        stage.start()
        #expect(
            words(stage)?.contains(
                "test.layout: error: widget \"drivs\" needs plugin \"drivs\", which is not installed")
                == true)
        #expect(words(stage)?.contains("did you mean \"drives\"?") == true)
        #expect(stage.sink.failures[0].failure.code == .invalid)
    }

    @Test func oneHostsDocumentIsLeftOutAndTheOthersGoOn() {
        let stage = Stage()
        let (good, bad) = (HandSource(), HandSource())
        stage.sources.sources = ["good": good, "bad": bad]
        let collect = stage.workers.files["drives"]!.collect
        stage.workers.files["drives"]!.collect = { message in
            if case .ingest(_, _, _, "bad", _) = message { return nil }
            return collect(message)
        }
        let subscriptions = [stage.subscribe(on: "good"), stage.subscribe(on: "bad")]
        stage.start()
        for delay in [1, 0] {
            bad.deliver(Stage.document(1, at: stage.clock.wall))
            stage.settle()
            stage.workers.launched.last!.kill(crash)
            stage.settle()
            if delay > 0 { stage.pass(delay) }
        }
        let failure = subscriptions[1].collector.entry.failure
        #expect(
            failure?.words(wording)
                == "collect crashed: SIGSEGV (Segmentation fault) 2 times on what bad serves; left out for 10m"
        )
        stage.pass(2)
        good.deliver(Stage.document(30, at: stage.clock.wall))
        stage.settle()
        #expect(subscriptions[0].collector.entry.failure == nil)
        // The exclusion ends after ten minutes.
        stage.pass(601)
        bad.deliver(Stage.document(1, at: stage.clock.wall))
        stage.settle()
        #expect(
            stage.workers.launched.last!.received.contains { message in
                if case .ingest(_, _, _, "bad", _) = message { true } else { false }
            })
    }
}
