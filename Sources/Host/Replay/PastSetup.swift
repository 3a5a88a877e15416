import Core
import Engine
import History
import Platform

/// Why the past cannot be shown, as a sentence.
struct PastError: Error {
    let sentence: String
}

extension Setup {
    /// Returns the moment that `--at` names, in Unix nanoseconds; nil: it was not given. Exits the program where it is none,
    /// or in the future.
    @MainActor
    func moment(now: Int64) -> Int64? {
        guard let at else { return nil }
        switch Self.moment(at, now: now) {
        case .success(let time): return time
        case .failure(let error): Program.fail("--at: \(error.sentence)")
        }
    }

    /// Returns the Unix nanoseconds of a moment of the past as a user writes it.
    static func moment(_ text: String, now: Int64) -> Result<Int64, PastError> {
        switch MomentText.parse(text, now: now, zone: LocalTime.zone) {
        case .failure(let mistake): return .failure(PastError(sentence: mistake.sentence))
        case .success(let time) where time > now:
            return .failure(
                PastError(sentence: "\(Problem.quoted(text)) is in the future; only the past was recorded"))
        case .success(let time): return .success(time)
        }
    }

    /// Where this user's history is; throws where there is none.
    @MainActor
    func historyPlace() throws(PastError) -> HistoryPlace {
        guard let folder = StateFolder.path else {
            throw PastError(sentence: "there is no past to show: neither XDG_STATE_HOME nor HOME is set")
        }
        let place = HistoryPlace(folder: folder)
        guard place.exists else {
            throw PastError(
                sentence: "there is no past to show: nothing has been recorded in \(folder) yet; a running "
                    + "cm-dashboard records what it shows")
        }
        return place
    }

    /// Gives the engine of a program that does not record the past, where there is one.
    @MainActor
    func remember(_ engine: Engine, _ loop: EventLoop) {
        let mailbox = LoopMailbox(loop)
        if let fleet {
            engine.past = SimulatedPast(fleet, clock: engine.clock, mailbox: mailbox)
        } else {
            engine.past = (try? historyPlace()).map { StoredPast($0, mailbox) }
        }
        foretell(engine, mailbox)
    }

    /// Has an engine that has a past forecast from it.
    @MainActor
    func foretell(_ engine: Engine, _ mailbox: LoopMailbox) {
        guard let past = engine.past else { return }
        engine.forecaster = Forecaster(
            past, work: ThreadWork(mailbox), zone: LocalTime.zone(around: engine.wall), clock: engine.clock)
    }

    /// Makes the dashboard of a moment of the past. Its engine has a clock and workers of its own, and nobody listens to
    /// it: nothing of the present is changed.
    ///
    /// - Parameters:
    ///   - time: Unix nanoseconds.
    ///   - moments: What was recorded; nil: the hosts are simulated.
    ///   - past: Where curves come from.
    @MainActor
    func pastDashboard(
        at time: Int64, _ layout: Layout, _ configuration: Configuration, loop: EventLoop, present: any Clock,
        moments: (any MomentSource)?, past: (any PastSource)?
    ) -> Dashboard {
        let clock = ReplayClock(time, present: present)
        let hosts: any SourceDirectory & ReplayTarget
        if let fleet {
            let incidents = DemoPast(fleet, until: present.wall / 1_000_000_000)
            hosts = DemoReplay(fleet, past: incidents, clock: clock)
        } else {
            let own = Files.hostName
            hosts = ReplaySources(configuration, clock: clock, moments: moments!) {
                configuration.isThisMachine($0, named: own)
            }
        }
        let log = Log(isVerbose: verbose)
        let engine = Engine(
            clock: clock, catalog: PluginLauncher(folder(configuration.settings), loop: loop), sources: hosts,
            configuration: configuration, refresh: layout.refresh, log: log.engineLog)
        engine.past = past
        engine.span = span ?? .fiveMinutes
        let layouts = HostLayouts(self)
        return Dashboard(
            layout: layout, engine: engine, hostName: Files.hostName, log: log, replay: Replay(hosts),
            sharesMaintenance: false
        ) { layouts.layout(of: $0, configuration.settings) }
    }
}
