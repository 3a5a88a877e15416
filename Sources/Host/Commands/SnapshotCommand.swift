import ArgumentParser
import CPosix
import Contract
import Core
import Engine
import History
import Platform

/// `snapshot`: prints the picture of the dashboard without a terminal, or the snapshots themselves.
struct SnapshotCommand: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, ansi, svg, json
    }

    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Print one picture, or the values themselves, without a terminal.",
        discussion: """
            EXAMPLES
              cm-dashboard snapshot --layout srv01 --size 160x50
              cm-dashboard snapshot --format svg > dashboard.svg
              cm-dashboard snapshot --format json --ticks 3 | jq '.widgets[].status'
            """)

    @OptionGroup var setup: Setup

    @Option(help: ArgumentHelp("Columns and rows.", valueName: "WxH"))
    var size = "160x50"

    @Option(help: "text, ansi, svg or json.")
    var format = Format.text

    @Option(help: ArgumentHelp("How often to collect before the picture is taken.", valueName: "n"))
    var ticks = 1

    @Option(
        help: ArgumentHelp(
            "Read a captured machine: a folder with its proc, sys and commands.", valueName: "dir"))
    var root = ""

    @Option(
        help: ArgumentHelp("The time to go by, as 2026-03-01T12:00:00Z; it stands still.", valueName: "time"))
    var time: String?

    @Option(help: ArgumentHelp("Give up waiting after so long.", valueName: "duration"))
    var timeout = "60s"

    @Flag(help: "Zoom: the one widget fills the picture.")
    var zoom = false

    mutating func run() throws {
        let (width, height) = try parsedSize()
        guard (1...100_000).contains(ticks) else { throw ValidationError("--ticks must be from 1 to 100000") }
        guard let patience = DurationText.seconds(timeout).flatMap(DurationText.nanoseconds) else {
            throw ValidationError("--timeout expects a duration like \(DurationText.example)")
        }
        if !root.isEmpty && !Files.exists(root) {
            Program.fail("the folder \(root) given as --root does not exist")
        }
        let fixed = try time.map(Self.nanoseconds)
        let request = self
        MainActor.assumeIsolated {
            OneShot(request, size: Size(width, height), fixed: fixed, patience: patience).run()
        }
    }

    private func parsedSize() throws -> (Int, Int) {
        let parts = size.split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, (1...1000).contains(parts[0]), (1...1000).contains(parts[1]) else {
            throw ValidationError(
                "--size expects columns and rows from 1 to 1000, like 160x50; not '\(size)'")
        }
        return (parts[0], parts[1])
    }

    private static func nanoseconds(_ text: String) throws -> Int64 {
        guard let moment = InternetTime.parse(text) else {
            throw ValidationError("--time expects a time like 2026-03-01T12:00:00Z, not '\(text)'")
        }
        guard abs(moment.seconds) < 9_000_000_000 else {
            throw ValidationError("--time expects a year from 1700 to 2250")
        }
        return moment.seconds * 1_000_000_000 + moment.nanoseconds
    }
}

/// Runs a dashboard until every widget has collected and drawn as often as requested, and prints it.
@MainActor
private final class OneShot {
    private let request: SnapshotCommand
    private let size: Size
    private let loop = EventLoop()
    private let dashboard: Dashboard
    private let patience: UInt64
    private let pauseOwner = TimerOwner()
    private var turns = 1
    private var isAdvancing = false
    private var isWaiting = false
    private var isLate = false

    init(_ request: SnapshotCommand, size: Size, fixed: Int64?, patience: UInt64) {
        self.request = request
        self.size = size
        self.patience = patience
        let configuration = request.setup.readConfiguration()
        dashboard = request.setup.dashboard(
            request.setup.readLayout(
                request.setup.layoutSource(configuration), configuration.settings),
            configuration, loop: loop, clock: SystemClock(loop, fixed: fixed),
            folder: request.setup.folder(configuration.settings), root: request.root)
        remember()
    }

    /// Takes the past from the history, if there is one, or from the demo. A captured machine has none.
    private func remember() {
        guard dashboard.engine.past == nil, request.root.isEmpty else { return }
        let mailbox = LoopMailbox(loop)
        if let fleet = request.setup.fleet {
            dashboard.engine.past = SimulatedPast(
                fleet, until: dashboard.wall / 1_000_000_000, mailbox: mailbox)
        } else if let folder = StateFolder.path {
            let place = HistoryPlace(folder: folder)
            if place.exists { dashboard.engine.past = StoredPast(place, mailbox) }
        }
        guard let past = dashboard.engine.past else { return }
        dashboard.engine.forecaster = Forecaster(
            past, work: ThreadWork(mailbox), zone: LocalTime.zone(around: dashboard.wall))
    }

    func run() {
        dashboard.onChange = { [weak self] in self?.changed() }
        dashboard.onNotice = { Program.say("\(Program.name): \(Problem.printable($0))") }
        let patienceOwner = self
        loop.setTimer(patienceOwner, at: loop.now + patience) { [weak self] in
            self?.isLate = true
            self?.loop.stop()
        }
        do throws(MaintenanceError) { try dashboard.readMaintenance() } catch {
            dashboard.notify(error.sentence)
        }
        dashboard.engine.start()
        prepare()
        proceed()
        loop.run()
        prepare()
        Program.write(output())
        dashboard.engine.stop()
        Orphans.finish()
        if isLate {
            let late = dashboard.panels.filter { !$0.isSettled }.map(\.configuration.name)
            Program.say(
                "\(Program.name): no answer within \(request.timeout) from \(late.joined(separator: ", "))")
            exit(1)
        }
    }

    /// With hundreds of hosts, checking all of them after each answer would take longer than the answers.
    private func changed() {
        guard dashboard.configuration.hosts.count > 50 else { return proceed() }
        guard !isWaiting else { return }
        isWaiting = true
        loop.setTimer(pauseOwner, at: loop.now + 20_000_000) { [weak self] in
            self?.isWaiting = false
            self?.proceed()
        }
    }

    /// On a captured machine no time passes, so its ticks follow at once.
    private func proceed() {
        guard !isAdvancing else { return }
        prepare()
        isAdvancing = true
        while isSettled && !request.root.isEmpty && turns < request.ticks {
            turns += 1
            dashboard.engine.advance()
        }
        isAdvancing = false
        let ticks = request.root.isEmpty ? Int(clamping: dashboard.engine.tickNumber) + 1 : turns
        if isSettled && ticks >= request.ticks { loop.stop() }
    }

    private var isSettled: Bool {
        dashboard.panels.allSatisfy(\.isSettled) && dashboard.engine.forecaster?.isIdle ?? true
    }

    private var appearance: Appearance {
        Appearance(
            theme: dashboard.layout.theme.flatMap(Theme.named) ?? .standard,
            depth: request.format == .text || isColorUnwanted ? .none : .direct,
            icons: dashboard.layout.icons ?? .emoji)
    }

    /// NO_COLOR concerns output for terminals; a picture in a file keeps its colours.
    private var isColorUnwanted: Bool { request.format == .ansi && Files.environment("NO_COLOR") != nil }

    private var composer: ScreenComposer {
        ScreenComposer(dashboard: dashboard, appearance: appearance, time: LocalTime.clock(dashboard.wall))
    }

    private var state: ViewState {
        var state = ViewState()
        if request.zoom {
            state.focus = 0
            state.isZoomed = true
        }
        return state
    }

    private var arrangement: Arrangement {
        Arrangement(
            dashboard.layout, panels: dashboard.panels, size: size, zoomed: request.zoom ? 0 : nil)
    }

    private func prepare() { dashboard.prepare(arrangement, state: state, appearance) }

    private func output() -> String {
        if request.format == .json { return SnapshotDocument(dashboard).json() }
        let surface = composer.compose(arrangement, state: state)
        switch request.format {
        case .ansi: return AnsiExport.ansi(surface, appearance)
        case .svg: return SvgExport.svg(surface, appearance, title: dashboard.layout.title)
        default: return TextExport.text(surface)
        }
    }
}
