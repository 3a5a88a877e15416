import Contract
import Core

/// The recorded hosts at the moment that a ``ReplayClock`` shows. It asks for everything on the screen with one question,
/// and moves the clock only when the answer is there, so that a picture never mixes two moments.
@MainActor
public final class ReplaySources: SourceDirectory, ReplayTarget {
    public let clock: ReplayClock
    /// Nanoseconds of the longest stretch that a value on display stands for; 0: all are values as they came.
    public var step: Int64 { known.values.map(\.step).max() ?? 0 }
    /// Called when something else is to be said about the moment on display.
    public var onRemark: (RecordedRemark) -> Void = { _ in }

    private let moments: any MomentSource
    private var configuration: Configuration
    private let isLocal: (String) -> Bool
    private var sources: [String: ReplaySource] = [:]
    /// Collectors that have nothing to show yet.
    private var new: [Collector] = []
    private var told: RecordedRemark?
    /// What could not be read of the moment with this Unix time in nanoseconds.
    private var trouble: (time: Int64, sentence: String)?
    /// All that is known of the moment on display.
    private var known: [SeriesKey: RecordedMoment] = [:]

    /// Nanoseconds without any record after which the dashboard did not run.
    private static let silence: Int64 = 120_000_000_000

    /// Creates the recorded hosts of a configuration.
    ///
    /// - Parameter isLocal: Returns whether a host is this machine, whose widgets have intervals of their own.
    public init(
        _ configuration: Configuration, clock: ReplayClock, moments: any MomentSource,
        isLocal: @escaping (String) -> Bool
    ) {
        self.configuration = configuration
        self.clock = clock
        self.moments = moments
        self.isLocal = isLocal
    }

    // MARK: Hosts

    public func source(of host: String, in engine: Engine) -> any SnapshotSource {
        if let source = sources[host] { return source }
        let isLocal = isLocal(host)
        let source = ReplaySource(
            interval: isLocal ? nil : configuration(of: host)?.refresh, servesDocuments: !isLocal
        ) { [weak self] in self?.attached($0) }
        sources[host] = source
        return source
    }

    public func configuration(of host: String) -> HostConfiguration? {
        configuration.hosts.first { $0.name == host }
    }

    public func adopt(_ configuration: Configuration) { self.configuration = configuration }
    public func refresh() {}
    public func pause(_ isPaused: Bool) {}
    public func stop() { for source in sources.values { source.stop() } }

    // MARK: Moments

    /// Asks once for all collectors that have come in this turn of the loop.
    private func attached(_ collector: Collector) {
        if new.isEmpty {
            clock.whenIdle { [weak self] in
                guard let self else { return }
                let collectors = new
                new = []
                begin(collectors)
            }
        }
        new.append(collector)
    }

    /// Has new collectors show the moment on display. Where that has changed until the answer, the question is asked
    /// again.
    private func begin(_ collectors: [Collector]) {
        let time = clock.wall
        moments.ask(Self.question(collectors, time)) { [weak self] answer in
            guard let self else { return }
            guard time == clock.wall else { return begin(collectors) }
            known.merge(answer.moments) { $1 }
            take(answer, for: collectors, at: time)
        }
    }

    public func show(_ time: Int64, _ done: @escaping @MainActor () -> Void) {
        let collectors = all
        moments.ask(Self.question(collectors, time)) { [weak self] answer in
            guard let self else { return }
            clock.wall = time
            known = answer.moments
            take(answer, for: collectors, at: time)
            done()
        }
    }

    private var all: [Collector] { sources.values.flatMap(\.collectors) }

    private static func question(_ collectors: [Collector], _ time: Int64) -> MomentQuestion {
        MomentQuestion(Array(Set(collectors.map(\.key))), at: time)
    }

    private func take(_ answer: MomentAnswer, for asked: [Collector], at time: Int64) {
        let collectors = asked.filter { collector in
            sources[collector.key.host]?.collectors.contains { $0 === collector } == true
        }
        let newest = known.values.map(\.end).max()
        let patience = collectors.map { 3 * Int64(clamping: $0.interval) }.min() ?? 0
        let isSilent = newest.map { time - $0 > max(Self.silence, patience) } ?? true
        tellStates(of: Set(collectors.map(\.key.host)), at: time, isSilent: isSilent)
        for collector in collectors {
            guard let source = sources[collector.key.host] else { continue }
            let moment = answer.moments[collector.key]
            source.spacing = max(ReplaySource.nativeSpacing, UInt64(clamping: moment?.step ?? 0))
            var failure = isSilent ? Self.silent : moment?.known.failure
            if moment == nil { failure = answer.trouble.map(Self.unreadable) ?? Self.unknown }
            source.show(moment?.known.snapshot, failure, on: collector)
        }
        remark(answer, at: time, newest: newest, isSilent: isSilent)
    }

    /// The state of a host is recorded with each of its sources; the latest record tells.
    private func tellStates(of hosts: Set<String>, at time: Int64, isSilent: Bool) {
        for host in hosts {
            let known = known.filter { $0.key.host == host }.values
            guard let latest = known.max(by: { $0.end < $1.end }) else {
                sources[host]?.tell(.unresolved(Self.unknown), at: time)
                continue
            }
            if isSilent {
                sources[host]?.tell(.stale(max(0, time - latest.end), saysSo: false), at: time)
            } else {
                let state = known.filter { $0.known.host != nil }.max { $0.end < $1.end }?.known.host
                sources[host]?.tell(state ?? .waiting, at: time)
            }
        }
    }

    private static func unreadable(_ reason: String) -> Failure { Failure(.failed, .plugin(reason)) }
    private static let unknown = Failure(.failed, .plugin("nothing was recorded until this moment"))
    private static let silent = Failure(.failed, .plugin("nothing was recorded at this moment"))

    /// Tells what is to be said about a moment. Its sources are answered for in several answers: what one of them could not
    /// read stays said.
    private func remark(_ answer: MomentAnswer, at time: Int64, newest: Int64?, isSilent: Bool) {
        if trouble?.time != time || answer.trouble != nil { trouble = answer.trouble.map { (time, $0) } }
        let remark: RecordedRemark =
            if let trouble {
                .unreadable(trouble.sentence)
            } else if isSilent, let newest {
                .silent(since: newest)
            } else if isSilent {
                .before(begin: answer.begin)
            } else {
                .none
            }
        guard remark != told else { return }
        told = remark
        onRemark(remark)
    }

    // MARK: Events

    public func find(
        from time: Int64, isForward: Bool, _ answer: @escaping @MainActor (EventAnswer) -> Void
    ) {
        let keys = Array(Set(all.map(\.key)))
        moments.find(EventQuestion(keys, from: time, isForward: isForward), answer)
    }
}

/// What is to be said about the moment on display.
public enum RecordedRemark: Sendable, Equatable {
    /// Everything was recorded.
    case none
    /// Nothing was recorded then; the last record before has this Unix time in nanoseconds.
    case silent(since: Int64)
    /// Nothing was recorded until then; the first record has this Unix time in nanoseconds, nil: there is none.
    case before(begin: Int64?)
    /// Something cannot be read; the reason as a sentence.
    case unreadable(String)
}
