import Contract
import Core
import Engine
import Testing

@MainActor
@Suite struct EngineClockTests {
    @Test func dueTicksCollectWithOneMomentAndOthersDoNot() {
        let stage = Stage()
        stage.workers.files["slow"] = Stage.drives
        stage.workers.files["slow"]!.description.id = "slow"
        let fast = stage.subscribe()
        let slow = stage.subscribe("slow", every: 6)
        stage.start()
        #expect(stage.sink.snapshots.count == 2)
        stage.pass(12)
        let taken = { (key: SeriesKey) in stage.sink.snapshots.filter { $0.key == key }.map(\.taken) }
        #expect(taken(fast.collector.key).count == 7)
        #expect(taken(slow.collector.key).count == 3)
        #expect(Set(taken(slow.collector.key)).isSubset(of: Set(taken(fast.collector.key))))
    }

    @Test func missedTicksAreSkippedAndNotMadeUpFor() {
        let stage = Stage()
        _ = stage.subscribe()
        stage.start()
        // The process was stopped for a minute: one tick follows, and later ticks stay on the grid.
        stage.clock.jump(by: 60_500_000_000)
        stage.settle()
        #expect(stage.sink.snapshots.count == 2)
        #expect(stage.engine.tickNumber == 30)
        stage.clock.advance(by: 1_500_000_000)
        stage.settle()
        #expect(stage.sink.snapshots.count == 3)
        #expect(stage.engine.tickNumber == 31)
    }

    @Test func aValueThatDoesNotComeGrowsStale() {
        let stage = Stage()
        let subscription = stage.subscribe()
        stage.start()
        final class Switch { var isOn = true }
        let answers = Switch()
        let collect = stage.workers.files["drives"]!.collect
        stage.workers.files["drives"]!.collect = { answers.isOn ? collect($0) : nil }
        // Another file replaces the plugin, and the test can withhold its answers.
        stage.workers.files["drives"]!.identity = 2
        stage.engine.pluginFileChanged("drives")
        stage.settle()
        stage.pass(2)
        #expect(subscription.collector.entry.status(at: stage.clock.wall) == .ok)
        answers.isOn = false
        // Within three intervals of the last answer the value is not stale.
        stage.pass(4)
        #expect(subscription.collector.entry.status(at: stage.clock.wall) == .ok)
        stage.pass(5)
        #expect(subscription.collector.entry.isStale(at: stage.clock.wall))
        #expect(subscription.collector.entry.status(at: stage.clock.wall) == .unknown)
    }

    @Test func whilePausedNothingIsCollectedAndThenItGoesOn() {
        let stage = Stage()
        _ = stage.subscribe()
        stage.start()
        stage.engine.pause(true)
        #expect(stage.sources.isPaused)
        stage.pass(20)
        #expect(stage.sink.snapshots.count == 1)
        // A request of the user is answered also while the engine is paused.
        stage.engine.refresh()
        stage.settle()
        #expect(stage.sink.snapshots.count == 2)
        stage.engine.pause(false)
        stage.pass(2)
        #expect(stage.sink.snapshots.count == 3)
    }

    @Test func anotherRefreshCountsTicksAnew() {
        let stage = Stage()
        _ = stage.subscribe()
        stage.start()
        stage.engine.setRefresh(10_000_000_000)
        stage.pass(20)
        #expect(stage.sink.snapshots.count == 3)
    }

    @Test func theShortestIntervalThatSomebodyNeedsCounts() {
        let stage = Stage()
        let watched = stage.subscribe(every: 30, isDrawn: false)
        stage.start()
        stage.pass(20)
        #expect(stage.sink.snapshots.count == 1)
        #expect(watched.collector.entry.history == nil)
        let shown = stage.subscribe(every: 2)
        #expect(shown.collector === watched.collector && stage.engine.collectors.count == 1)
        stage.pass(10)
        #expect(stage.sink.snapshots.count > 4)
        #expect(watched.collector.entry.history != nil)
        stage.engine.end(shown)
        #expect(watched.collector.entry.history == nil && watched.collector.entry.hasSnapshot)
    }
}
