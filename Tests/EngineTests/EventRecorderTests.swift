import Core
import Engine
import Testing

@MainActor
struct EventRecorderTests {
    private let recorder: EventRecorder
    private let clock = ManualClock()

    init() {
        let fleet = DemoFleet()
        let engine = Engine(
            clock: clock, catalog: MemoryWorkers(), sources: DemoDirectory(fleet, clock: clock),
            configuration: fleet.configuration, refresh: 30_000_000_000)
        recorder = EventRecorder(engine) { $0.word }
    }

    /// "skewed" for an entry that is open, "skewed over" for one that is not; the latest first.
    private func entries(after states: HostState...) -> [String] {
        for state in states { recorder.hostChanged("srv01", to: state) }
        return recorder.log.entries.map { $0.words + ($0.cleared == nil ? "" : " over") }
    }

    private let ahead = HostState.skewed(7_200_000_000_000, isOurs: false)

    @Test func whatIsNotSeenWellIsNotOver() {
        #expect(entries(after: ahead, .waiting) == ["skewed"])
        #expect(entries(after: .maintenance(until: nil, isUnreachable: false)) == ["skewed"])
        #expect(entries(after: .online) == ["skewed over"])
    }

    @Test func anotherTroubleEndsTheOneBefore() {
        #expect(entries(after: ahead, .stale(1, saysSo: true)) == ["stale", "skewed over"])
    }

    @Test func valuesThatAgeWhileThisMachineSleepsAreNoEvent() {
        #expect(entries(after: .online, .stale(1, saysSo: false), .online) == [])
    }
}
