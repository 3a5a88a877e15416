import Contract
import Core
import Engine
import Testing

private let second: Int64 = 1_000_000_000

/// What was recorded, in memory: for each source moments, the oldest first. Answers come when the test delivers them.
@MainActor
private final class MemoryMoments: MomentSource {
    var records: [SeriesKey: [RecordedMoment]] = [:]
    var event: EventAnswer.Event?
    var trouble: String?
    private(set) var questions: [MomentQuestion] = []
    private var waiting: [@MainActor () -> Void] = []

    func ask(_ question: MomentQuestion, _ answer: @escaping @MainActor (MomentAnswer) -> Void) {
        questions.append(question)
        waiting.append { [self] in
            var found: [SeriesKey: RecordedMoment] = [:]
            for key in question.keys {
                found[key] = records[key]?.last { $0.known.time <= question.time }
            }
            let begin = records.values.compactMap { $0.first?.known.time }.min()
            answer(MomentAnswer(moments: found, begin: begin, trouble: trouble))
        }
    }

    func find(_ question: EventQuestion, _ answer: @escaping @MainActor (EventAnswer) -> Void) {
        waiting.append { [self] in answer(EventAnswer(event: event)) }
    }

    func deliver() {
        let answers = waiting
        waiting = []
        for answer in answers { answer() }
    }
}

/// A live engine and one of the past beside it, both on one clock that the test turns.
@MainActor
private final class Past {
    let live = Stage()
    let moments = MemoryMoments()
    let clock: ReplayClock
    let sources: ReplaySources
    let engine: Engine
    let replay: Replay
    let sink = Recorder()
    var remarks: [RecordedRemark] = []
    let key = SeriesKey(host: "srv01", plugin: "drives")
    /// A second before it everything is well.
    let noon: Int64

    init(hosts: [HostConfiguration] = []) {
        noon = live.clock.wall - 3600 * second
        clock = ReplayClock(noon, present: live.clock)
        sources = ReplaySources(Configuration(hosts: hosts), clock: clock, moments: moments) { _ in false }
        engine = Engine(
            clock: clock, catalog: live.workers, sources: sources, configuration: Configuration(hosts: hosts),
            refresh: 2_000_000_000)
        replay = Replay(sources)
        engine.add(sink)
        sources.onRemark = { [unowned self] in remarks.append($0) }
    }

    func subscribe(on host: String = "srv01") -> Subscription {
        engine.subscribe(
            WidgetConfiguration(name: "drives", plugin: "drives"), on: host, layout: "t", isDrawn: true)
    }

    func settle() {
        for _ in 0..<3 {
            live.settle()
            moments.deliver()
        }
        live.settle()
    }

    func go(to time: Int64) {
        replay.move(to: time)
        settle()
    }

    func snapshot(_ number: Double, at time: Int64, _ status: Status = .ok) -> Snapshot {
        Snapshot(
            key: key, schema: Schema(Stage.drives.description), taken: time,
            instances: [.init(name: "sda", cells: [.init(value: .number(number), status: status)])])
    }

    func record(
        _ number: Double?, at time: Int64, _ status: Status = .ok, failure: Failure? = nil,
        host: HostState? = .online, step: Int64 = 0
    ) {
        let known = HistoryMoment(
            time: time, snapshot: number.map { snapshot($0, at: time, status) }, failure: failure, host: host)
        moments.records[key, default: []].append(RecordedMoment(known, step: step))
    }

    var shown: Double? { engine.store[key].snapshot?.instances.first?.cells.first?.value.number }
    func state(of host: String = "srv01") -> HostState? { engine.monitor.state(of: host, at: engine.wall) }
}

@MainActor
@Suite struct ReplayTests {
    private let refused = Failure(.failed, .transport(TransportFailure(.refused, at: "srv01:6127")))

    @Test func aMomentIsShownAsItWasKnownAndJudgedThen() {
        let past = Past()
        // The limit of the plugin is 80 today.
        past.record(50, at: past.noon - 10 * second, .critical)
        past.record(60, at: past.noon + 10 * second)
        let subscription = past.subscribe()
        past.engine.start()
        past.settle()
        #expect(past.shown == 50)
        #expect(past.engine.store[past.key].status(at: past.engine.wall) == .critical)
        #expect(subscription.collector.isSettled && past.state() == .online)
        past.go(to: past.noon + 10 * second)
        #expect(past.shown == 60 && past.engine.wall == past.noon + 10 * second)
        // Going back shows nothing of what came later.
        past.go(to: past.noon)
        #expect(past.shown == 50)
        #expect(past.engine.store[past.key].age(at: past.engine.wall) == 10 * second)
        let curve = past.engine.store[past.key].history?.values(
            instance: "sda", metric: 0, until: past.engine.wall, every: UInt64(10 * second))
        #expect(curve?.means.contains(50) == true && curve?.means.contains(60) == false)
    }

    @Test func allSourcesAreAskedForWithOneQuestionAndTheClockMovesWithTheAnswer() {
        let past = Past()
        past.record(50, at: past.noon)
        _ = (past.subscribe(), past.subscribe(on: "srv02"))
        past.engine.start()
        past.settle()
        #expect(past.moments.questions.map(\.keys.count) == [2])
        past.replay.move(to: past.noon + 60 * second)
        past.replay.move(to: past.noon + 90 * second)
        past.replay.move(to: past.noon + 120 * second)
        #expect(past.engine.wall == past.noon)
        past.settle()
        #expect(past.engine.wall == past.noon + 120 * second)
        // Of those that were asked for meanwhile the last one counts.
        #expect(
            past.moments.questions.map(\.time).suffix(2) == [
                past.noon + 60 * second, past.noon + 120 * second,
            ])
    }

    @Test func anOutageIsAnOutage() {
        let past = Past()
        past.record(50, at: past.noon - 20 * second)
        past.record(50, at: past.noon, failure: refused, host: .unreachable(20 * second, refused))
        past.record(51, at: past.noon + 600 * second)
        let subscription = past.subscribe()
        past.engine.start()
        past.settle()
        past.go(to: past.noon + 30 * second)
        #expect(past.engine.store[past.key].failure?.cause == refused.cause && past.shown == 50)
        #expect(past.state() == .unreachable(20 * second, refused))
        #expect(subscription.collector.source.isUnreachable)
        #expect(past.engine.store[past.key].status(at: past.engine.wall) == .unknown)
        past.go(to: past.noon + 600 * second)
        #expect(past.state() == .online && past.engine.store[past.key].failure == nil)
    }

    @Test func nothingIsAnEventInThePast() {
        let past = Past()
        past.record(50, at: past.noon - 20 * second)
        past.record(99, at: past.noon, .critical, host: .unreachable(20 * second, refused))
        var news = 0
        past.engine.monitor.onNews = { news += $0.count }
        let live = past.live.subscribe(on: "srv01", isDrawn: false)
        past.live.start()
        let before = past.live.sink.snapshots.count
        past.engine.watch("srv01")
        _ = past.subscribe()
        past.engine.start()
        past.settle()
        for time in [past.noon + second, past.noon - 5 * second, past.noon + 2 * second] { past.go(to: time) }
        past.engine.monitor.restored(past.key)
        past.live.settle()
        #expect(news == 0 && past.engine.monitor.host("srv01")?.alert == nil)
        #expect(past.sink.snapshots.isEmpty && past.sink.failures.isEmpty)
        // The present goes on, and knows nothing of it.
        #expect(past.live.sink.snapshots.count == before && past.live.engine.wall == past.live.clock.wall)
        past.live.pass(4)
        #expect(past.live.sink.snapshots.count > before && live.collector.entry.snapshot != nil)
        #expect(past.engine.wall == past.noon + 2 * second)
    }

    @Test func whatWasNotRecordedIsSaid() {
        let past = Past()
        past.record(50, at: past.noon)
        _ = past.subscribe()
        past.engine.start()
        past.settle()
        past.go(to: past.noon - second)
        #expect(past.shown == nil)
        #expect(
            past.engine.store[past.key].failure?.words(Wording(now: 0))
                == "nothing was recorded until this moment")
        #expect(past.remarks.last == .before(begin: past.noon))
        // The dashboard did not run.
        past.go(to: past.noon + 1800 * second)
        #expect(past.shown == 50 && past.state() == .stale(1800 * second, saysSo: false))
        #expect(
            past.engine.store[past.key].failure?.words(Wording(now: 0))
                == "nothing was recorded at this moment")
        #expect(past.remarks.last == .silent(since: past.noon))
        past.go(to: past.noon + second)
        #expect(past.remarks.last == RecordedRemark.none && past.state() == .online)
        past.moments.trouble = "the disk is gone"
        past.moments.records = [:]
        past.go(to: past.noon + 2 * second)
        #expect(past.remarks.last == .unreadable("the disk is gone"))
    }

    @Test func whatIsKeptCoarselyHasLongerStepsAndIsNotStale() {
        let past = Past()
        past.record(50, at: past.noon, step: 300 * second)
        _ = past.subscribe()
        past.engine.start()
        past.settle()
        past.go(to: past.noon + 299 * second)
        #expect(past.replay.step == 300 * second)
        #expect(!past.engine.store[past.key].isStale(at: past.engine.wall))
        past.replay.step(by: -1)
        past.settle()
        #expect(past.engine.wall == past.noon - second)
    }

    @Test func playingGoesOnUntilThePresent() {
        let past = Past()
        past.record(50, at: past.noon)
        _ = past.subscribe()
        past.engine.start()
        past.settle()
        var isOver = false
        past.replay.onPresent = { isOver = true }
        func pass(_ tenths: Int) {
            for _ in 0..<tenths {
                past.live.clock.advance(by: 100_000_000)
                past.settle()
            }
        }
        past.replay.play(true)
        pass(31)
        #expect(past.engine.wall == past.noon + 3 * second)
        past.replay.changeSpeed(2)
        #expect(past.replay.speed == 60)
        pass(10)
        #expect(past.engine.wall == past.noon + 63 * second)
        past.replay.play(false)
        pass(20)
        #expect(past.engine.wall == past.noon + 63 * second)
        for _ in 0..<9 { past.replay.changeSpeed(1) }
        #expect(past.replay.speed == 1000)
        past.replay.play(true)
        pass(50)
        #expect(isOver && !past.replay.isPlaying && past.engine.wall <= past.live.clock.wall)
        past.replay.move(to: .max)
        past.settle()
        #expect(past.engine.wall == past.live.clock.wall)
    }

    @Test func anEventIsWhereItLeads() {
        let past = Past()
        past.record(50, at: past.noon)
        _ = past.subscribe()
        past.engine.start()
        past.settle()
        past.moments.event = .init(time: past.noon + 40 * second, host: "srv01", words: "worn")
        var found: EventAnswer?
        past.replay.goToEvent(isForward: true) { found = $0 }
        past.settle()
        #expect(found?.event?.words == "worn" && past.engine.wall == past.noon + 40 * second)
        past.moments.event = nil
        past.replay.goToEvent(isForward: true) { found = $0 }
        past.settle()
        #expect(found?.event == nil && past.engine.wall == past.noon + 40 * second)
    }

    @Test func aMetricThatThePluginNoLongerHasStaysInTheSnapshot() {
        let past = Past()
        let gone = MetricDeclaration(id: "spin_ups", label: "")
        let old = Schema(PluginDescription(id: "drives", name: "Drives", metrics: [gone]))
        let snapshot = Snapshot(
            key: past.key, schema: old, taken: past.noon,
            instances: [.init(name: "sda", cells: [.init(value: .number(7))])])
        past.moments.records[past.key] = [
            RecordedMoment(HistoryMoment(time: past.noon, snapshot: snapshot, failure: nil, host: .online))
        ]
        _ = past.subscribe()
        past.engine.start()
        past.settle()
        let shown = past.engine.store[past.key].snapshot
        #expect(shown?.schema.metrics.map(\.id) == ["spin_ups"] && past.shown == 7)
    }

    @Test func aSimulatedFleetHasItsOwnPast() {
        let live = Stage()
        let fleet = DemoFleet()
        let clock = ReplayClock(live.clock.wall - 86_400 * second, present: live.clock)
        let past = DemoPast(fleet, until: live.clock.wall / second)
        let replay = DemoReplay(fleet, past: past, clock: clock)
        var file = Stage.drives
        file.collect = { if case .ingest = $0 { Stage.wears(1) } else { nil } }
        live.workers.files["drives"] = file
        let engine = Engine(
            clock: clock, catalog: live.workers, sources: replay, configuration: fleet.configuration,
            refresh: 2_000_000_000)
        let subscription = engine.subscribe(
            WidgetConfiguration(name: "drives", plugin: "drives"), on: "labbox", layout: "t", isDrawn: true)
        engine.start()
        live.settle()
        #expect(
            subscription.collector.entry.taken == clock.wall / second * second
                || subscription.collector.entry.failure != nil)
        var event: EventAnswer.Event?
        let player = Replay(replay)
        player.goToEvent(isForward: false) { event = $0.event }
        live.settle()
        #expect(event?.words == "unreachable" && clock.wall == event?.time)
        #expect(
            past.absence(.drives, of: fleet.number(of: event?.host ?? "") ?? 0, at: clock.wall / second)
                != nil)
    }
}
