import CPosix
import Core
import Engine
import History
import Platform

/// Makes the scenes of `run`.
@MainActor
final class RunScenes: SceneMaker {
    private let setup: Setup
    private let configuration: Configuration
    private let source: LayoutSource
    private let layout: Layout
    private let isOverview: Bool
    private let loop: EventLoop
    private let clock: SystemClock
    private lazy var mailbox = LoopMailbox(loop)
    private var recorder: HistoryRecorder?
    /// What answers questions of the past while the present has not been shown.
    private var stored: StoredPast?
    private var moments: StoredMoments?

    /// Creates the maker of the scenes of a layout.
    init(_ setup: Setup, _ configuration: Configuration, _ source: LayoutSource, loop: EventLoop) {
        self.setup = setup
        self.configuration = configuration
        self.source = source
        self.loop = loop
        layout = setup.readLayout(source, configuration.settings)
        isOverview = layout.widgets.contains { $0.plugin == OverviewPanel.plugin }
        clock = SystemClock(loop)
    }

    /// The time of the present, in Unix nanoseconds.
    var now: Int64 { clock.wall }

    func present() -> Scene {
        let folder = setup.folder(configuration.settings)
        let dashboard = setup.dashboard(
            layout, configuration, loop: loop, clock: clock, folder: folder, root: "")
        dashboard.offersKeys = true
        if setup.fleet == nil {
            recorder = Run.recorder(dashboard, mailbox)
        } else {
            dashboard.engine.past = curves
        }
        setup.foretell(dashboard.engine, mailbox)
        dashboard.engine.start()
        let files = LiveFiles(
            dashboard, source: source, configuration: setup.fleet == nil ? setup.files : nil, plugins: folder,
            loop: loop, usual: setup.isUsual ? { [setup] in setup.layoutSource($0) } : nil)
        files.onSettings = { [weak recorder] in recorder?.apply(Retention($0.history)) }
        return scene(dashboard, files)
    }

    func past(beside present: Scene) throws(PastError) -> Scene {
        let dashboard = try pastDashboard(
            at: now, present.dashboard.layout, present.dashboard.configuration,
            past: present.dashboard.engine.past)
        let scene = scene(dashboard, PastLayouts(dashboard))
        scene.controls.take(over: present.controls)
        dashboard.engine.span = present.dashboard.engine.span
        return scene
    }

    /// The past at a moment without a present.
    func past(at time: Int64) throws(PastError) -> Scene {
        let dashboard = try pastDashboard(at: time, layout, configuration, past: curves)
        return scene(dashboard, PastLayouts(dashboard))
    }

    /// Ends what records and reads.
    func stop() {
        recorder?.stop()
        moments?.stop()
        stored?.stop()
    }

    private func scene(_ dashboard: Dashboard, _ files: any LayoutChoice) -> Scene {
        let (setup, source, isOverview) = (setup, source, isOverview)
        return Scene(dashboard, files: files) { [unowned dashboard] host in
            // A user who started with a layout of the hosts returns to that layout.
            host == nil && isOverview ? source : setup.layoutSource(of: host, dashboard.configuration)
        }
    }

    private func pastDashboard(
        at time: Int64, _ layout: Layout, _ configuration: Configuration, past: (any PastSource)?
    ) throws(PastError) -> Dashboard {
        let dashboard = setup.pastDashboard(
            at: time, layout, configuration, loop: loop, present: clock, moments: try storedMoments(),
            past: past)
        dashboard.offersKeys = true
        dashboard.engine.start()
        return dashboard
    }

    /// What was recorded; nil: the hosts are simulated.
    private func storedMoments() throws(PastError) -> StoredMoments? {
        if setup.fleet != nil { return nil }
        let place = try setup.historyPlace()
        if let moments { return moments }
        let new = StoredMoments(place, mailbox) { [weak self] time, then in
            if let recorder = self?.recorder { recorder.flush(forReaderAt: time, then: then) } else { then() }
        }
        moments = new
        return new
    }

    /// Where curves come from while nothing is recorded here.
    private var curves: (any PastSource)? {
        if let fleet = setup.fleet {
            return SimulatedPast(fleet, clock: clock, mailbox: mailbox)
        }
        if stored == nil, let place = try? setup.historyPlace() { stored = StoredPast(place, mailbox) }
        return stored
    }
}
