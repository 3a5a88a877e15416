import Contract
import Core

/// The past of a simulated fleet: its hosts have documents of any moment, which plugins read as they read those of the
/// present. Used on the main thread only.
@MainActor
public final class DemoReplay: SourceDirectory, ReplayTarget {
    public let clock: ReplayClock
    public let step: Int64 = 0
    public var onRemark: (RecordedRemark) -> Void = { _ in }
    private let fleet: DemoFleet
    private let past: DemoPast
    private let made = DemoDocuments()
    private var sources: [String: any SnapshotSource] = [:]
    private weak var engine: Engine?

    /// Seconds between two moments that are looked at for an event, and how far is looked.
    private static let (stride, farthest): (Int64, Int64) = (10, 31 * 86_400)

    /// Creates the past of a fleet.
    public init(_ fleet: DemoFleet, past: DemoPast, clock: ReplayClock) {
        self.fleet = fleet
        self.past = past
        self.clock = clock
    }

    // MARK: Hosts

    public func source(of host: String, in engine: Engine) -> any SnapshotSource {
        self.engine = engine
        if let source = sources[host] { return source }
        let source: any SnapshotSource
        if let number = fleet.number(of: host) {
            source = DemoSource(
                fleet.configuration.hosts[number], number: number, of: fleet, made: made, clock: clock,
                past: past)
        } else {
            source = AbsentSource(
                HostAPI.allCases.map(\.rawValue),
                Failure(.failed, .plugin("a simulated fleet has no past of this machine")))
        }
        sources[host] = source
        return source
    }

    public func configuration(of host: String) -> HostConfiguration? {
        fleet.number(of: host).map { fleet.configuration.hosts[$0] }
    }

    public func adopt(_ configuration: Configuration) {}
    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() { for source in sources.values { source.stop() } }

    // MARK: Moments

    public func show(_ time: Int64, _ done: @escaping @MainActor () -> Void) {
        clock.wall = time
        engine?.timeHasJumped()
        engine?.refresh()
        done()
    }

    public func find(
        from time: Int64, isForward: Bool, _ answer: @escaping @MainActor (EventAnswer) -> Void
    ) {
        let start = time / 1_000_000_000 / Self.stride * Self.stride
        let end = isForward ? clock.today / 1_000_000_000 : start - Self.farthest
        var event: EventAnswer.Event?
        var seconds = start
        while event == nil, abs(seconds - start) < Self.farthest, isForward ? seconds < end : seconds > end {
            seconds += isForward ? Self.stride : -Self.stride
            let gone = fleet.configuration.hosts.indices.first {
                isAway($0, seconds) && !isAway($0, seconds - Self.stride)
            }
            guard let gone, seconds * 1_000_000_000 != time, seconds <= clock.today / 1_000_000_000 else {
                continue
            }
            event = EventAnswer.Event(
                time: seconds * 1_000_000_000, host: fleet.configuration.hosts[gone].name,
                words: "unreachable")
        }
        clock.whenIdle { [event] in answer(EventAnswer(event: event)) }
    }

    private func isAway(_ number: Int, _ seconds: Int64) -> Bool {
        past.absence(.drives, of: number, at: seconds) != nil
    }
}
