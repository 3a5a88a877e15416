import Contract
import Core
import Engine
import Testing

@MainActor
@Suite struct EngineNeedTests {
    private func limits(_ warning: Int, of plugin: String = "drives") -> Configuration {
        var settings = DashboardSettings()
        settings.thresholds = [
            PluginThresholds(
                plugin: plugin, settings: [Stage.setting("wear_warning", .integer(warning))],
                source: "/etc/dashboard.toml", position: Position())
        ]
        return Configuration(hosts: [], settings: settings)
    }

    @Test func theSameQuestionHasOneCollectorWhateverTheWidgetIsCalled() {
        let stage = Stage()
        let first = stage.subscribe()
        var widget = WidgetConfiguration(name: "other", plugin: "drives")
        widget.title = "Another title"
        widget.options = [Stage.setting("wear_warning", .integer(40))]
        let second = stage.engine.subscribe(widget, on: "here", layout: "b.layout", isDrawn: true)
        #expect(first.collector === second.collector)
        let third = stage.subscribe(options: [Stage.setting("only", .text("sda"))])
        #expect(third.collector !== first.collector)
        #expect(stage.subscribe(on: "there").collector !== first.collector)
        stage.start()
        #expect(stage.sink.snapshots.count == 3)
    }

    @Test func aCollectorEndsWithItsLastNeed() {
        let stage = Stage()
        let (first, second) = (stage.subscribe(), stage.subscribe())
        stage.start()
        stage.engine.end(first)
        #expect(stage.engine.collectors.count == 1 && stage.sink.ended.isEmpty)
        stage.engine.end(second)
        stage.engine.settleNeeds()
        #expect(stage.engine.collectors.isEmpty && stage.sink.ended.count == 1)
        #expect(stage.engine.supervisors.isEmpty && stage.workers.launched[0].isEnded)
        #expect(!stage.engine.store[second.collector.key].hasSnapshot)
    }

    @Test func otherLimitsOfTheConfigurationJudgeWhatIsThere() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        #expect(subscription.collector.entry.judged == .ok)
        stage.engine.adopt(limits(40))
        #expect(subscription.collector.entry.judged == .warning)
        #expect(stage.sink.rejudged.count == 1 && stage.sink.snapshots.count == 1)
        // New statuses add no value to the history.
        #expect(stage.past(of: subscription, metric: 0) == [50])
        stage.engine.adopt(limits(60))
        #expect(subscription.collector.entry.judged == .ok)
        stage.pass(2)
        #expect(subscription.collector.entry.judged == .ok)
    }

    @Test func aStatusThatThePluginGaveIsNotJudgedAnew() {
        let stage = Stage()
        stage.workers.files["drives"]!.collect = { _ in
            Collected(samples: [Sample(instance: "sda", metric: 0, value: .number(50), status: .ok)])
        }
        let subscription = stage.subscribe()
        stage.start()
        stage.engine.adopt(limits(40))
        #expect(subscription.collector.entry.judged == .ok)
    }

    @Test func aWrongLimitOfTheConfigurationIsToldWithItsFileAndMended() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        stage.engine.adopt(limits(99))
        stage.settle()
        #expect(subscription.collector.phase == .refused)
        let failure = subscription.collector.entry.failure
        #expect(failure?.code == .invalid)
        #expect(failure?.words(Wording(now: 0)).hasPrefix("dashboard.toml") == true)
        stage.engine.adopt(limits(70))
        stage.settle()
        #expect(subscription.collector.entry.failure == nil)
    }

    @Test func aWrongLimitThatComesWhileAnAnswerIsDueIsNoCrash() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        stage.engine.refresh()
        // The answer is on its way.
        stage.engine.adopt(limits(99))
        stage.settle()
        #expect(subscription.collector.phase == .refused)
        stage.engine.adopt(limits(70))
        stage.settle()
        stage.pass(2)
        #expect(subscription.collector.entry.failure == nil)
        let made = stage.workers.launched[0].received.reduce(into: 0) { count, message in
            if case .create = message { count += 1 }
            if case .destroy = message { count -= 1 }
        }
        #expect(made == 1)
    }

    @Test func aMistakeOfOneWidgetDoesNotCostAnotherItsValues() {
        let stage = Stage()
        let good = stage.subscribe()
        let bad = stage.subscribe(options: [Stage.setting("wear_warning", .text("much"))])
        stage.start()
        #expect(bad.collector === good.collector)
        #expect(bad.failure?.words(Wording(now: 0)).contains("wear_warning") == true)
        #expect(good.failure == nil && good.collector.entry.hasSnapshot)
    }

    @Test func thePlaceOfAHostsOwnLayoutGoesBeforeThatOfAnother() {
        let stage = Stage()
        let shown = stage.subscribe(options: [Stage.setting("wear_warning", .integer(20))])
        let watched = stage.subscribe(
            options: [Stage.setting("wear_warning", .integer(70))], isDrawn: false)
        stage.start()
        #expect(shown.collector === watched.collector)
        #expect(watched.collector.entry.judged == .ok)
        #expect(shown.limits[0].warning == 20)
        stage.engine.end(watched)
        #expect(shown.collector.entry.judged == .warning)
    }

    @Test func theDigestOfOptionsIsStableAndKnowsNoOrder() {
        let (a, b) = (Stage.setting("a", .text("x")), Stage.setting("b", .list([.integer(1), .text("1")])))
        #expect(OptionsDigest([a, b]) == OptionsDigest([b, a]))
        #expect(OptionsDigest([a]) != OptionsDigest([Stage.setting("a", .text("y"))]))
        #expect(
            OptionsDigest([Stage.setting("a", .text("1"))])
                != OptionsDigest([Stage.setting("a", .integer(1))]))
        #expect(OptionsDigest([Stage.setting("wear_critical", .integer(9))]) == .none)
        // Stored series are identified by these digests, which must not change.
        #expect(OptionsDigest.none.value == 0xcbf2_9ce4_8422_2325)
        #expect(OptionsDigest([a]).value == 14_463_991_086_291_173_881)
    }

    @Test func aProbeLearnsWhatAPluginIsWithoutAnInstance() {
        let stage = Stage()
        var learned: [String] = []
        let probe = stage.engine.probe("drives") { learned.append($0.description?.name ?? "?") }
        stage.start()
        #expect(learned == ["Drives"] && probe.isSettled && !probe.isBlind)
        stage.engine.release(probe)
        stage.settle()
        #expect(stage.engine.supervisors.isEmpty)
    }
}
