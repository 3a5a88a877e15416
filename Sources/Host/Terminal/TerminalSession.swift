import CPosix
import Contract
import Core
import Engine
import Platform

/// The dashboard on a terminal. It draws after a change, at most 60 times a second, and after a key, at most 120
/// times.
@MainActor
final class TerminalSession {
    private let scenes: Scenes
    private let loop: EventLoop
    private let screen: Screen
    private var isDirty = false
    private var isPreparing = false
    private var lastDrawn: UInt64 = 0
    /// The processor time of the last frame in nanoseconds.
    private var cost: UInt64 = 0
    /// The signal that ends the program. The program raises it again at its end, as shells expect.
    private var deadlySignal: Int32?
    private let started: UInt64
    /// The time until which the first frame of a scene waits for its first values.
    private var firstFrame: UInt64

    private static let frame: UInt64 = 1_000_000_000 / 60
    private static let patience: UInt64 = 60_000_000
    /// Nanoseconds for which a scene that is entered waits for its first values at most.
    private static let turnLasts: UInt64 = 300_000_000

    /// The divisor of the time for frames of new values, which take at most a tenth of it. Keys are drawn without
    /// this limit.
    private static let share: UInt64 = 10
    /// Nanoseconds for which a frame is delayed, so that changes that arrive together, and the pictures that plugins
    /// draw for them, appear in one frame.
    private static let gathering: UInt64 = 4_000_000
    /// Nanoseconds for which an event stays in the footer.
    private static let eventStays: UInt64 = 15_000_000_000

    private let eventTimer = TimerOwner()
    private let memoryTimer = TimerOwner()
    private let repairTimer = TimerOwner()
    private let signalTimer = TimerOwner()
    private var input: TerminalInput?
    /// Whether the next frame begins with a look at the terminal's size.
    private var isResized = false
    /// Nanoseconds after the start at which memory used only by the start is released.
    private static let startLasts: UInt64 = 5_000_000_000
    /// Nanoseconds between two looks at what other programs have made of the terminal.
    private static let repairs: UInt64 = 1_000_000_000
    /// Nanoseconds for which frequent signals are held back after one of them.
    private static let signalPause: UInt64 = frame
    /// Nanoseconds without a reader after which the terminal may have lost some of what was written.
    private static let longBlock: UInt64 = 1_000_000_000

    init(_ scenes: Scenes, screen: Screen, loop: EventLoop) {
        self.scenes = scenes
        self.screen = screen
        self.loop = loop
        started = loop.now
        firstFrame = started + Self.patience
    }

    private var dashboard: Dashboard { scenes.current.dashboard }
    private var controls: Controls { scenes.current.controls }

    /// Runs until the user quits or a signal ends the program.
    ///
    /// - Parameter atEnd: Called once the terminal is as it was, before a signal takes effect.
    func run(atEnd: () -> Void) {
        let input = TerminalInput(loop, isUTF8: screen.isUTF8) { [weak self] in
            self?.press($0)
        } onEnd: { [weak self] in
            self?.loop.stop()
        }
        input.isTyping = { [weak self] in self?.controls.state.isTyping == true }
        self.input = input
        screen.output.onClear = { [weak self] in self?.outputCleared(after: $0) }
        watchSignals()
        repairSoon()
        enter(scenes.current)
        if let remark = screen.remark { controls.state.message = remark }
        changed()
        loop.setTimer(memoryTimer, at: loop.now + Self.startLasts) { cposix_release_startup_pages() }
        loop.run()
        // A terminal that is gone is told of by its input before its signal.
        takeSignals()
        screen.close()
        scenes.stop()
        atEnd()
        Orphans.finish()
        if let deadlySignal { cposix_die_of(deadlySignal) }
    }

    // MARK: Scenes

    /// Goes from the present into the past, or back.
    private func turn() {
        let before = scenes.current
        do throws(PastError) { try scenes.turn() } catch {
            let sentence = error.sentence
            controls.state.message = "\(sentence.prefix(1).uppercased())\(sentence.dropFirst())."
            return changed(isUrgent: true)
        }
        if before !== scenes.current {
            enter(scenes.current)
            // What was on the screen stays until there is something else to show.
            (lastDrawn, firstFrame) = (0, loop.now + Self.turnLasts)
        }
        changed(isUrgent: true)
    }

    /// Connects a scene with the terminal. What happens in one that is not on the screen waits until it is shown again.
    private func enter(_ scene: Scene) {
        let controls = scene.controls
        let changed = { [weak self, weak scene] in
            if let self, scene === scenes.current { self.changed() }
        }
        controls.arrange(screen.size)
        scene.dashboard.onChange = changed
        scene.dashboard.onNotice = { [weak controls] in
            controls?.state.message = $0
            changed()
        }
        scene.dashboard.onEvent = { [weak self, weak scene] in
            if let scene { self?.show(event: $0, on: scene) }
        }
        controls.files.onProblem = { [weak controls] in
            controls?.state.problem = $0
            changed()
        }
        controls.files.onLayout = { [weak controls] in
            controls?.layoutChanged()
            changed()
        }
        controls.onQuit = { [weak self] in self?.loop.stop() }
        controls.onSuspend = { [weak self] in self?.suspend() }
        controls.onRedraw = { [weak self] in self?.screen.redraw() }
        controls.onTurn = { [weak self] in self?.turn() }
        scene.dashboard.replay?.onRemark = { [weak controls] in
            controls?.state.problem = PastWords.sentence($0)
            changed()
        }
        scene.dashboard.replay?.onPresent = { [weak controls] in
            controls?.state.message = "The past has come up with the present; p goes on with it."
            changed()
        }
        (controls.files as? LiveFiles)?.readMaintenance()
    }

    private func show(event sentence: String, on scene: Scene) {
        scene.controls.state.event = sentence
        changed()
        loop.setTimer(eventTimer, at: loop.now + Self.eventStays) { [weak self, weak scene] in
            scene?.controls.state.event = nil
            self?.changed()
        }
    }

    // MARK: Drawing

    /// Schedules a frame after a change.
    ///
    /// - Parameter isUrgent: Whether the user waits for it.
    private func changed(isUrgent: Bool = false) {
        prepareSoon()
        guard lastDrawn > 0 else { return drawFirst() }
        guard !isDirty || isUrgent else { return }
        isDirty = true
        // A held key arrives 60 times a second at uneven intervals; each press gets a frame of its own.
        let pause = isUrgent ? Self.frame / 2 : max(Self.frame, cost * Self.share)
        let soonest = loop.now + (isUrgent ? 0 : Self.gathering)
        loop.setTimer(self, at: max(soonest, lastDrawn + pause)) { [weak self] in self?.draw() }
    }

    /// Delays the first frame briefly for the first values, which avoids a flicker. Values that take longer are
    /// announced.
    private func drawFirst() {
        controls.arrange()
        let isComplete = dashboard.panels.allSatisfy(\.isSettled) && !dashboard.engine.isRecalling
        loop.setTimer(self, at: isComplete ? loop.now : firstFrame) { [weak self] in self?.draw()
        }
    }

    private func draw() {
        // A terminal that is not read gets no further frames: the next one is of the moment when it is read again.
        guard screen.output.isClear else { return isDirty = true }
        isDirty = false
        if isResized { fit() }
        lastDrawn = loop.now
        let before = cposix_thread_time()
        controls.rememberFocus()
        // Widgets fold and unfold with their values.
        controls.arrange()
        if let graph = controls.state.graph {
            dashboard.fleet?.update()
            graph.prepare(in: controls.arrangement.body)
        } else {
            dashboard.prepare(controls.arrangement, state: controls.state, appearance)
        }
        screen.show(composer.compose(controls.arrangement, state: controls.state), theme: controls.theme)
        cost = cposix_thread_time() - before
    }

    /// Has plugins asked for new pictures once for all that has changed in this turn of the loop.
    private func prepareSoon() {
        guard !isPreparing, screen.output.isClear, controls.state.graph == nil,
            dashboard.panels.contains(where: \.isDrawnByPlugin)
        else { return }
        isPreparing = true
        loop.whenIdle { [weak self] in
            guard let self else { return }
            isPreparing = false
            controls.arrange()
            dashboard.prepare(controls.arrangement, state: controls.state, appearance, onlyPlugins: true)
        }
    }

    private var appearance: Appearance {
        Appearance(
            theme: controls.theme, depth: screen.depth,
            icons: dashboard.layout.icons ?? (screen.hasPlainFont ? .ascii : .emoji), isUTF8: screen.isUTF8)
    }

    private var composer: ScreenComposer {
        ScreenComposer(
            dashboard: dashboard, appearance: appearance, time: LocalTime.clock(dashboard.wall),
            place: controls.isTouring ? controls.tour.words : nil)
    }

    private func outputCleared(after waited: UInt64) {
        if waited > Self.longBlock { screen.redraw() }
        guard isDirty || waited > Self.longBlock else { return }
        // Plugins were not asked for pictures meanwhile, and are now, before the frame.
        isDirty = false
        changed()
    }

    private func fit() {
        isResized = false
        screen.fitToTerminal()
        controls.arrange(screen.size)
        if let remark = screen.remark { controls.state.message = remark }
    }

    /// Puts right, each second, what another program has done to the terminal.
    private func repairSoon() {
        loop.setTimer(repairTimer, at: loop.now + Self.repairs) { [weak self] in
            self?.repair()
            self?.repairSoon()
        }
    }

    private func repair() {
        let wasChanged = screen.repair()
        if screen.isResized { isResized = true }
        if wasChanged || isResized { changed() }
    }

    // MARK: Signals

    private func watchSignals() {
        loop.watch(cposix_signal_pipe()) { [weak self] in
            while let self, case let number = cposix_next_signal(), number != 0 { handle(signal: number) }
        }
    }

    /// Looks, at the end, for a signal that is a reason to end.
    private func takeSignals() {
        while case let number = cposix_next_signal(), number != 0 {
            if ![SIGWINCH, SIGCONT, SIGCHLD, SIGTSTP].contains(number) {
                deadlySignal = deadlySignal ?? number
            }
        }
    }

    private func handle(signal: Int32) {
        switch signal {
        case SIGWINCH, SIGCONT:
            if signal == SIGCONT { _ = screen.repair() }
            // Once for all that come until the next frame, whose share of the processor is limited.
            isResized = true
            changed()
            holdSignals()
        case SIGCHLD:
            Orphans.sweep()
            holdSignals()
        case SIGTSTP: suspend()
        default:
            deadlySignal = signal
            loop.stop()
        }
    }

    private func holdSignals() {
        cposix_hold_signals(1)
        loop.setTimer(signalTimer, at: loop.now + Self.signalPause) { cposix_hold_signals(0) }
    }

    private func suspend() {
        screen.suspend()
        controls.arrange(screen.size)
        changed(isUrgent: true)
    }

    // MARK: Keys

    private func press(_ keys: [Key]) {
        for key in keys { controls.press(key) }
        controls.arrange()
        changed(isUrgent: true)
    }
}
