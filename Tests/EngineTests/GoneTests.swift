import Contract
import Core
import Engine
import Testing

/// What a host's document listed and lists no longer.
@MainActor
@Suite struct GoneTests {
    private let stage = Stage()
    private let source = HandSource()
    private let subscription: Subscription

    init() {
        var file = Stage.drives
        file.collect = { message in
            guard case .ingest(_, _, _, _, let document) = message else { return Collected() }
            let names = String(decoding: document, as: UTF8.self).split(separator: " ").map(String.init)
            var collected = Collected(
                samples: names.map { Sample(instance: $0, metric: 0, value: .number(50)) })
            if names.contains("odd") { (collected.note, collected.noteStatus) = ("odd", .warning) }
            return collected
        }
        stage.workers.files["drives"] = file
        stage.sources.sources["srv01"] = source
        stage.engine.watch("srv01")
        subscription = stage.subscribe(on: "srv01", isDrawn: false)
        stage.start()
    }

    private func come(_ names: String) {
        let wall = stage.clock.wall
        source.answer(at: wall)
        source.deliver(.document(Document(kind: "drives", bytes: { Array(names.utf8) }, received: wall)))
        stage.settle()
    }

    private var entry: SnapshotStore.Entry { subscription.collector.entry }
    private var remark: String? { entry.snapshot?.remark(at: stage.clock.wall)?.sentence }

    @Test func aDriveThatIsMissingIsToldOfForAMinute() {
        come("sda sdb")
        #expect(entry.judged == .ok && remark == nil)
        stage.pass(5)
        come("sda")
        #expect(entry.judged == .unknown)
        #expect(remark == "sdb is gone (last seen 5s ago)")
        stage.pass(20)
        come("sda")
        #expect(remark == "sdb is gone (last seen 25s ago)")
        stage.pass(41)
        come("sda")
        #expect(entry.judged == .ok && remark == nil)
    }

    @Test func theAgeGrowsAndTheMinuteEndsWithoutANewDocument() {
        come("sda sdb")
        come("sda")
        stage.pass(30)
        source.deliver(.unchanged)
        #expect(remark == "sdb is gone (last seen 30s ago)")
        stage.pass(31)
        source.deliver(.unchanged)
        #expect(entry.judged == .ok && remark == nil)
    }

    @Test func aDriveThatComesBackIsNotGone() {
        come("sda sdb")
        come("sda")
        come("sda sdb")
        #expect(entry.judged == .ok && remark == nil)
    }

    @Test func severalAreOneSentenceBehindWhatIsWorse() {
        come("sda sdb sdc sdd sde")
        come("odd")
        #expect(entry.judged == .warning)
        #expect(remark == "odd; sda, sdb, sdc and 2 more are gone (last seen 0s ago)")
    }

    @Test func theFirstThatComeAreNotMissed() {
        come("sda")
        come("sda sdb")
        #expect(remark == nil)
    }

    @Test func ofAnotherAddressNothingIsMissed() {
        come("sda sdb")
        let other = HandSource()
        stage.sources.sources["srv01"] = other
        stage.engine.adopt(Configuration(hosts: []))
        stage.settle()
        let wall = stage.clock.wall
        other.deliver(.document(Document(kind: "drives", bytes: { Array("sda".utf8) }, received: wall)))
        stage.settle()
        #expect(entry.judged == .ok && remark == nil)
    }

    @Test func thatADriveIsGoneIsNewsOfTheHost() {
        come("sda sdb")
        stage.pass(5)
        come("sda")
        #expect(stage.engine.monitor.host("srv01")?.alert?.words == "Drives sdb is gone")
        #expect(stage.engine.monitor.host("srv01")?.alert?.status == .unknown)
    }

    @Test func aPackedSnapshotKeepsWhatIsGone() {
        come("sda sdb")
        stage.pass(5)
        come("sda")
        #expect(entry.history == nil)
        #expect(entry.snapshot?.gone.map(\.name) == ["sdb"])
        #expect(entry.cells(of: 0).map(\.value) == [.number(50)])
    }

    @Test(arguments: [false, true])
    func ofThisMachineThatIsMissedWhichLasts(isLasting: Bool) {
        let stage = Stage()
        let names = Names()
        var file = Stage.drives
        file.description.metrics[0].isLasting = isLasting
        file.collect = { _ in
            Collected(samples: names.all.map { Sample(instance: $0, metric: 0, value: .number(50)) })
        }
        stage.workers.files["drives"] = file
        let subscription = stage.subscribe()
        stage.start()
        stage.pass(4)
        names.all = ["sda"]
        stage.pass(4)
        let gone = subscription.collector.entry.snapshot?.gone.map(\.name)
        #expect(gone == (isLasting ? ["sdb"] : []))
    }

    @Test func aGoodSumOfTheWholeIsUnknownMeanwhile() {
        var file = Stage.drives
        file.collect = { message in
            guard case .ingest(_, _, _, _, let document) = message else { return Collected() }
            let names = String(decoding: document, as: UTF8.self).split(separator: " ").map(String.init)
            return Collected(
                samples: ([""] + names).map {
                    Sample(instance: $0, metric: 0, value: .number(50), status: .ok)
                })
        }
        let stage = Stage()
        let source = HandSource()
        stage.workers.files["drives"] = file
        stage.sources.sources["srv01"] = source
        let subscription = stage.subscribe(on: "srv01", isDrawn: false)
        stage.start()
        func sum(_ names: String) -> Status? {
            source.deliver(
                .document(
                    Document(kind: "drives", bytes: { Array(names.utf8) }, received: stage.clock.wall)))
            stage.settle()
            return subscription.collector.entry.snapshot?.instances[0].cells[0].status
        }
        #expect(sum("sda sdb") == .ok)
        #expect(sum("sda") == .unknown)
        stage.pass(61)
        source.deliver(.unchanged)
        #expect(subscription.collector.entry.snapshot?.instances[0].cells[0].status == .ok)
        #expect(subscription.collector.entry.judged == .ok)
    }

    /// What the plugin finds.
    @MainActor
    private final class Names {
        var all = ["sda", "sdb"]
    }
}
