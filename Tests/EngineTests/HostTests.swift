import Contract
import Core
import Engine
import Testing

@MainActor
@Suite struct EngineHostTests {
    private func stage() -> (Stage, HandSource, Subscription) {
        let stage = Stage()
        let source = HandSource()
        stage.sources.sources["srv01"] = source
        stage.engine.watch("srv01")
        let subscription = stage.subscribe(on: "srv01", isDrawn: false)
        stage.start()
        return (stage, source, subscription)
    }

    private func come(_ number: Int, _ stage: Stage, _ source: HandSource) {
        source.answer(at: stage.clock.wall)
        source.deliver(Stage.document(number, at: stage.clock.wall))
        stage.settle()
    }

    @Test func aHostThatGoesAndComesBackIsTwoNewsAndNotMore() {
        let (stage, source, subscription) = stage()
        var news: [HostNews] = []
        stage.engine.monitor.onNews = { news += $0 }
        come(50, stage, source)
        stage.pass(2)
        #expect(stage.engine.monitor.state(of: "srv01", at: stage.clock.wall) == .online)
        for _ in 0..<5 {
            source.fail()
            stage.pass(2)
        }
        #expect(news.count == 1)
        #expect(stage.sink.failures.count { $0.isNew } == 1)
        #expect(subscription.collector.entry.status(at: stage.clock.wall) == .unknown)
        guard case .unreachable = stage.engine.monitor.state(of: "srv01", at: stage.clock.wall) else {
            Issue.record("the host is not unreachable")
            return
        }
        come(50, stage, source)
        stage.pass(2)
        #expect(news.count == 2)
        if case .back(let after) = news[1].event { #expect(after > 9_000_000_000) }
        #expect(stage.sink.states.map(\.state.word) == ["waiting", "online", "unreachable", "online"])
        #expect(stage.engine.monitor.host("srv01")?.alert?.words.hasPrefix("back after") == true)
    }

    @Test func whatStillHoldsIsToldToSinksAlsoWhereNobodyDraws() {
        let (stage, source, _) = stage()
        come(50, stage, source)
        for _ in 0..<3 {
            stage.pass(5)
            source.deliver(.unchanged)
        }
        #expect(stage.sink.repeats == 3 && stage.sink.snapshots.count == 1)
        source.fail()
        source.deliver(.unchanged)
        #expect(stage.sink.repeats == 3)
    }

    @Test func inMaintenanceNothingIsNews() {
        let (stage, source, _) = stage()
        var news: [HostNews] = []
        stage.engine.monitor.onNews = { news += $0 }
        come(50, stage, source)
        var marks = Maintenance()
        marks.set(["srv01"], isOn: true, at: stage.clock.wall / 1_000_000_000)
        stage.engine.monitor.setMaintenance(marks)
        source.fail()
        stage.pass(4)
        #expect(news.isEmpty)
        #expect(stage.sink.states.last?.state == .maintenance(until: nil, isUnreachable: true))
        // Maintenance ends while the host is still unreachable.
        stage.engine.monitor.setMaintenance(Maintenance())
        stage.pass(2)
        #expect(news.count == 1)
    }

    @Test func aHostThatNoPluginReadsIsKnownAllTheSame() {
        let stage = Stage()
        let source = HandSource()
        stage.sources.sources["srv01"] = source
        var news: [HostNews] = []
        stage.engine.monitor.onNews = { news += $0 }
        stage.engine.watch("srv01")
        stage.start()
        source.fail()
        stage.pass(2)
        #expect(news.map(\.host) == ["srv01"])
        #expect(stage.engine.monitor.state(of: "srv01", at: stage.clock.wall)?.word == "unreachable")
        stage.engine.unwatch("srv01")
        #expect(stage.engine.monitor.host("srv01") == nil)
    }

    @Test func answersToAnInstanceThatWasMadeAnewAreDropped() {
        let (stage, source, subscription) = stage()
        come(50, stage, source)
        // A document of the old address is being read when the host gets another one.
        source.deliver(Stage.document(11, at: stage.clock.wall))
        let other = HandSource()
        stage.sources.sources["srv01"] = other
        stage.engine.adopt(Configuration(hosts: []))
        stage.settle()
        #expect(subscription.collector.entry.snapshot?.instances[0].cells[0].value == .number(50))
        come(60, stage, other)
        #expect(subscription.collector.entry.snapshot?.instances[0].cells[0].value == .number(60))
    }

    @Test func maintenanceEndsByItself() {
        let (stage, source, _) = stage()
        come(50, stage, source)
        var marks = Maintenance()
        let now = stage.clock.wall / 1_000_000_000
        marks.set(["srv01"], isOn: true, at: now, until: now + 60)
        stage.engine.monitor.setMaintenance(marks)
        #expect(stage.engine.monitor.isInMaintenance("srv01"))
        stage.pass(61)
        #expect(!stage.engine.monitor.isInMaintenance("srv01"))
    }

    @Test func aFailureThatComesWhileAnOlderDocumentIsReadOutlastsIt() {
        let (stage, source, subscription) = stage()
        source.answer(at: stage.clock.wall)
        source.deliver(Stage.document(50, at: stage.clock.wall))
        source.fail()
        stage.settle()
        #expect(subscription.collector.entry.hasSnapshot)
        #expect(subscription.collector.entry.failure != nil)
    }

    @Test func ofDocumentsThatPileUpTheNewestIsRead() {
        let (stage, source, subscription) = stage()
        for number in [10, 20, 30] { source.deliver(Stage.document(number, at: stage.clock.wall)) }
        stage.settle()
        #expect(stage.sink.snapshots.map { $0.instances[0].cells[0].value } == [.number(10), .number(30)])
        #expect(subscription.collector.entry.failure == nil)
    }

    @Test func aDocumentIsFromWhenItSaysAndOneThatCannotBeIsRefused() {
        let (stage, source, subscription) = stage()
        let file = Stage.drives
        _ = file
        let fault = Failure(
            .invalid,
            .document(place: "srv01:6127", .future(document: "drives", nanoseconds: 7_200_000_000_000)))
        func document(_ result: Result<Int64, Failure>) -> Delivery {
            .document(
                Document(
                    kind: "drives", bytes: { Array("5".utf8) }, received: stage.clock.wall,
                    judge: { _ in result }))
        }
        source.deliver(document(.success(42)))
        stage.settle()
        #expect(subscription.collector.entry.taken == 42)
        source.deliver(document(.failure(fault)))
        stage.settle()
        #expect(subscription.collector.entry.taken == 42)
        #expect(
            subscription.collector.entry.failure?.words(Wording(now: 0))
                == "srv01:6127: the drives document is from 2h in the future: set its clock, or this one's")
    }

    @Test func aSnapshotThatIsMadeAlreadyIsJudgedByTheLimitsThatHoldHere() {
        let (stage, source, subscription) = stage()
        let schema = Schema(Stage.drives.description)
        let made = Snapshot(
            key: SeriesKey(host: "elsewhere", plugin: "drives"), schema: schema, taken: 7,
            instances: [.init(name: "sda", cells: [.init(value: .number(90), status: .ok)])])
        source.deliver(.snapshot(made))
        stage.settle()
        #expect(subscription.collector.entry.snapshot?.key == subscription.collector.key)
        #expect(subscription.collector.entry.judged == .warning)
    }

    @Test func anotherSourceOfAHostKeepsItsValues() {
        var host = HostConfiguration(name: "srv01", address: try! HostAddress("srv01"))
        host.source = .http
        let (stage, source, subscription) = stage()
        come(50, stage, source)
        let other = HandSource()
        stage.sources.sources["srv01"] = other
        stage.engine.adopt(Configuration(hosts: [host]))
        stage.settle()
        #expect(source.attached.isEmpty && other.attached.count == 1)
        #expect(subscription.collector.entry.hasSnapshot)
        come(60, stage, other)
        #expect(subscription.collector.entry.snapshot?.instances[0].cells[0].value == .number(60))
    }

    @Test func thisMachineBecomesAHostThatServesDocuments() {
        let stage = Stage()
        let subscription = stage.subscribe(on: "srv01")
        stage.start()
        let source = HandSource()
        stage.sources.sources["srv01"] = source
        stage.engine.adopt(Configuration(hosts: []))
        stage.settle()
        let requests = stage.workers.launched[0].received
        let readsDocuments = requests.compactMap { message -> Bool? in
            if case .create(_, let request) = message { request.readsDocuments } else { nil }
        }
        #expect(readsDocuments == [false, true])
        come(20, stage, source)
        #expect(subscription.collector.entry.snapshot?.instances[0].cells[0].value == .number(20))
    }
}
