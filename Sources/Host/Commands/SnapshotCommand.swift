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
              cm-dashboard snapshot --at "2026-03-01 04:10" --host srv01
              cm-dashboard snapshot --format json --ticks 3 | jq '.widgets[].status'
              cm-dashboard snapshot --graph nvme.temperature --span 7d
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

    @Option(
        help: ArgumentHelp(
            "Draw the graph of a number: nvme.temperature, or nvme.temperature/nvme0n1 of one instance.",
            valueName: "number"))
    var graph: String?

    mutating func run() throws {
        if let graph, GraphName(graph) == nil {
            throw ValidationError("--graph expects PLUGIN.METRIC or PLUGIN.METRIC/INSTANCE, not '\(graph)'")
        }
        let (width, height) = try parsedSize()
        guard (1...100_000).contains(ticks) else { throw ValidationError("--ticks must be from 1 to 100000") }
        guard let patience = DurationText.seconds(timeout).flatMap(DurationText.nanoseconds) else {
            throw ValidationError("--timeout expects a duration like \(DurationText.example)")
        }
        if !root.isEmpty && !Files.exists(root) {
            Program.fail("the folder \(root) given as --root does not exist")
        }
        let fixed = try time.map(Self.nanoseconds)
        try checkMoment()
        let request = self
        MainActor.assumeIsolated {
            OneShot(request, size: Size(width, height), fixed: fixed, patience: patience).run()
        }
    }

    /// Throws where `--at` goes with an option that has no meaning in the past.
    private func checkMoment() throws {
        guard setup.at != nil else { return }
        if !root.isEmpty {
            throw ValidationError(
                "--at shows what was recorded, and --root a captured machine; leave one out")
        }
        if time != nil {
            throw ValidationError("--at and --time both set the time on display; leave one out")
        }
        if ticks != 1 { throw ValidationError("--at shows one moment; leave out --ticks") }
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
    /// What is to be said about the moment of the past.
    private var remark: String?
    private var state = ViewState()

    init(_ request: SnapshotCommand, size: Size, fixed: Int64?, patience: UInt64) {
        self.request = request
        self.size = size
        self.patience = patience
        let configuration = request.setup.readConfiguration()
        let layout = request.setup.readLayout(
            request.setup.layoutSource(configuration), configuration.settings)
        let clock = SystemClock(loop, fixed: fixed)
        if let time = request.setup.moment(now: clock.wall) {
            dashboard = Self.past(request.setup, at: time, layout, configuration, loop, clock)
        } else {
            dashboard = request.setup.dashboard(
                layout, configuration, loop: loop, clock: clock,
                folder: request.setup.folder(configuration.settings), root: request.root)
            if request.root.isEmpty {
                request.setup.remember(dashboard.engine, loop)
            }
        }
        state.span = dashboard.engine.span
        if request.zoom { (state.focus, state.isZoomed) = (0, true) }
    }

    private static func past(
        _ setup: Setup, at time: Int64, _ layout: Layout, _ configuration: Configuration, _ loop: EventLoop,
        _ clock: SystemClock
    ) -> Dashboard {
        let mailbox = LoopMailbox(loop)
        if let fleet = setup.fleet {
            let past = SimulatedPast(fleet, clock: clock, mailbox: mailbox)
            return setup.pastDashboard(
                at: time, layout, configuration, loop: loop, present: clock, moments: nil, past: past)
        }
        do throws(PastError) {
            let place = try setup.historyPlace()
            return setup.pastDashboard(
                at: time, layout, configuration, loop: loop, present: clock,
                moments: StoredMoments(place, mailbox), past: StoredPast(place, mailbox))
        } catch { Program.fail(error.sentence) }
    }

    func run() {
        dashboard.onChange = { [weak self] in self?.changed() }
        dashboard.onNotice = { Program.say("\(Program.name): \(Problem.printable($0))") }
        // Sources answer one after another: what is to be said is known with the last one.
        dashboard.replay?.onRemark = { [weak self] in self?.remark = PastWords.sentence($0) }
        let patienceOwner = self
        loop.setTimer(patienceOwner, at: loop.now + patience) { [weak self] in
            self?.isLate = true
            self?.loop.stop()
        }
        if dashboard.replay == nil { readMaintenance() }
        dashboard.engine.start()
        prepare()
        proceed()
        loop.run()
        prepare()
        if let remark { dashboard.notify(remark) }
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

    private func readMaintenance() {
        do throws(MaintenanceError) { try dashboard.readMaintenance() } catch {
            dashboard.notify(error.sentence)
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
        dashboard.panels.allSatisfy(\.isSettled) && !dashboard.engine.isRecalling
            && dashboard.engine.forecaster?.isIdle ?? true
            && (request.graph == nil || state.graph?.isSettled == true)
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

    private var arrangement: Arrangement {
        Arrangement(
            dashboard.layout, panels: dashboard.panels, size: size, zoomed: request.zoom ? 0 : nil)
    }

    private func prepare() {
        dashboard.prepare(arrangement, state: state, appearance)
        if state.graph == nil, dashboard.panels.allSatisfy(\.isSettled) { openGraph() }
        state.graph?.prepare(in: arrangement.body)
    }

    /// Opens the graph that is asked for. Exits the program where no panel has its number.
    private func openGraph() {
        guard let name = request.graph.flatMap(GraphName.init) else { return }
        let choices = dashboard.panels.flatMap { GraphSubjects.choices(of: $0) }
        let choice = choices.first { $0.plugin == name.plugin && $0.metric == name.metric }
        let names = Set(choices.map { "\($0.plugin).\($0.metric)" }).sorted()
        guard let choice else {
            Program.fail(
                "no widget has the number \(Problem.quoted(name.text)); there are: "
                    + (names.isEmpty ? "none" : names.joined(separator: ", ")))
        }
        if let instance = name.instance, !choice.lines.contains(where: { $0.name == instance }) {
            Program.fail(
                "\(name.text) has no instance \(Problem.quoted(instance)); there are: "
                    + choice.lines.map(\.name).joined(separator: ", "))
        }
        let graph = GraphState([choice], chosen: name.instance.map { [$0] } ?? [], span: state.span)
        state.graph = graph.map { GraphView($0, dashboard.engine) }
    }

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
