import ArgumentParser
import CPosix
import Core
import Engine
import History
import Platform

/// `run`: the dashboard in the terminal.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Show the dashboard in the terminal (what happens without a command).")

    @OptionGroup var setup: Setup

    mutating func run() throws {
        let setup = setup
        MainActor.assumeIsolated { Self.show(setup) }
    }

    @MainActor
    private static func show(_ setup: Setup) {
        if setup.verbose && isatty(2) != 0 {
            Program.fail(
                "--verbose would write across the picture; send the log elsewhere: 2>cm-dashboard.log")
        }
        let configuration = setup.readConfiguration()
        let source = setup.layoutSource(configuration)
        let layout = setup.readLayout(source, configuration.settings)
        let isOverview = layout.widgets.contains { $0.plugin == OverviewPanel.plugin }
        let folder = setup.folder(configuration.settings)
        let loop = EventLoop()
        let dashboard = setup.dashboard(
            layout, configuration, loop: loop, clock: SystemClock(loop), folder: folder, root: "")
        let screen: Screen
        dashboard.offersKeys = true
        let recorder = setup.fleet == nil ? recorder(dashboard, loop) : nil
        if let fleet = setup.fleet {
            dashboard.engine.past = SimulatedPast(
                fleet, until: dashboard.wall / 1_000_000_000, mailbox: LoopMailbox(loop))
        }
        if let past = dashboard.engine.past {
            dashboard.engine.forecaster = Forecaster(
                past, work: ThreadWork(LoopMailbox(loop)), zone: LocalTime.zone(around: dashboard.wall))
        }
        // The plugins load while the terminal is made ready.
        dashboard.engine.start()
        do throws(SystemError) { screen = try Screen(loop: loop) } catch {
            dashboard.engine.stop()
            Orphans.finish()
            Program.fail(error.sentence)
        }
        let files = LiveFiles(
            dashboard, source: source, configuration: setup.fleet == nil ? setup.files : nil, plugins: folder,
            loop: loop, usual: setup.isUsual ? { setup.layoutSource($0) } : nil)
        TerminalSession(dashboard, screen: screen, files: files, loop: loop) { host in
            // A user who started with a layout of the hosts returns to that layout.
            host == nil && isOverview ? source : setup.layoutSource(of: host, dashboard.configuration)
        }
        .run { recorder?.stop() }
    }

    /// Records what the dashboard sees; nil: there is no place to keep it.
    @MainActor
    private static func recorder(_ dashboard: Dashboard, _ loop: EventLoop) -> HistoryRecorder? {
        guard let folder = StateFolder.path else { return nil }
        let recorder = HistoryRecorder(
            HistoryPlace(folder: folder), Retention(), clock: dashboard.engine.clock)
        recorder.onTrouble = { [weak dashboard] error in
            dashboard?.notify(
                error.map { "Nothing is recorded: \($0.sentence)." } ?? "The history is recorded again.")
        }
        dashboard.engine.add(recorder)
        dashboard.engine.past = recorder.past(LoopMailbox(loop))
        return recorder
    }
}
