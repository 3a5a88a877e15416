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
        let loop = EventLoop()
        let maker = RunScenes(setup, configuration, setup.layoutSource(configuration), loop: loop)
        // The plugins load while the terminal is made ready.
        let first = first(maker, setup)
        let scenes = Scenes(first, maker: maker)
        let screen: Screen
        do throws(SystemError) { screen = try Screen(loop: loop) } catch {
            scenes.stop()
            Orphans.finish()
            Program.fail(error.sentence)
        }
        TerminalSession(scenes, screen: screen, loop: loop).run { maker.stop() }
    }

    /// The scene that is shown first: the present, or the moment of `--at`.
    @MainActor
    private static func first(_ maker: RunScenes, _ setup: Setup) -> Scene {
        guard let time = setup.moment(now: maker.now) else { return maker.present() }
        do throws(PastError) { return try maker.past(at: time) } catch { Program.fail(error.sentence) }
    }

    /// Records what the dashboard sees; nil: there is no place to keep it.
    @MainActor
    static func recorder(_ dashboard: Dashboard, _ mailbox: LoopMailbox) -> HistoryRecorder? {
        guard let folder = StateFolder.path else { return nil }
        let recorder = HistoryRecorder(
            HistoryPlace(folder: folder), Retention(dashboard.configuration.settings.history),
            clock: dashboard.engine.clock)
        recorder.onTrouble = { [weak dashboard] error in
            let words = error.map { $0.kind == .held ? $0.sentence : "nothing is recorded: \($0.sentence)" }
            dashboard?.notify(sentence(words ?? "the history is recorded again"))
        }
        recorder.onNews = { [weak dashboard] in dashboard?.notify(sentence($0)) }
        dashboard.engine.add(recorder)
        dashboard.engine.past = recorder.past(mailbox)
        return recorder
    }

    private static func sentence(_ words: String) -> String {
        "\(words.prefix(1).uppercased())\(words.dropFirst())."
    }
}
