import ArgumentParser
import CPosix
import Core
import Engine
import Platform

/// The arguments that all commands with a layout share, and the objects that they select.
struct Setup: ParsableArguments {
    @Option(help: ArgumentHelp("The layout: a file, or a name like srv01.", valueName: "file"))
    var layout: String?

    @Option(
        help: ArgumentHelp(
            "The host to show, one of hosts.toml; all of them if not given, or this machine where there are none.",
            valueName: "name"))
    var host: String?

    @OptionGroup var files: ConfigFiles

    @Flag(help: "Show a simulated fleet, in the place of the hosts of hosts.toml.")
    var demo = false

    @Option(help: ArgumentHelp("Simulate so many hosts; implies --demo.", valueName: "n"))
    var demoHosts: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Show what was recorded at a time of the past: \"2026-03-01 04:10\", -2h.", valueName: "time"))
    var at: String?

    @Option(help: ArgumentHelp("Time between two ticks: 500ms, 2s, 1m.", valueName: "duration"))
    var refresh: String?

    @Option(help: ArgumentHelp("A theme's name; t walks through them.", valueName: "name"))
    var theme: String?

    @Option(
        help: ArgumentHelp(
            "How much of the past curves show: 5min, 1h, 6h, 24h, 7d, 30d or 1y.", valueName: "span"),
        transform: {
            guard let span = HistorySpan($0) else {
                throw ValidationError("expected 5min, 1h, 6h, 24h, 7d, 30d or 1y")
            }
            return span
        })
    var span: HistorySpan?

    @Option(
        help: ArgumentHelp(
            "A folder of plugins that is looked in first; may be repeated.", valueName: "folder"))
    var plugins: [String] = []

    @Option(help: ArgumentHelp("Signs: emoji, unicode or ascii.", valueName: "set"))
    var icons: String?

    @Flag(help: "Load also plugins that others than root and you may write.")
    var unsafePlugins = false

    @Flag(help: "Log to standard error.")
    var verbose = false

    static var layoutFolders: [String] {
        LayoutSearch.directories(
            configHome: Files.environment("XDG_CONFIG_HOME"), home: Files.home,
            prefix: Files.prefix)
    }

    /// The simulated hosts with `--demo`, else nil.
    var fleet: DemoFleet? {
        guard demo || demoHosts != nil else { return nil }
        let count = demoHosts ?? DemoFleet.usualCount
        guard (1...DemoFleet.mostHosts).contains(count) else {
            Program.fail("--demo-hosts \(count) is out of range; expected 1 to \(DemoFleet.mostHosts)")
        }
        guard files.config.isEmpty else {
            Program.fail("--demo has hosts and settings of its own; leave out --config")
        }
        return DemoFleet(count: count)
    }

    /// Returns the configuration, or that of the simulated hosts. Exits the program where there are errors.
    func readConfiguration() -> Configuration {
        if let fleet { return fleet.configuration }
        let read = files.read()
        guard read.problems.allSatisfy({ $0.severity != .error }) else {
            read.print(read.problems)
            CPosix.exit(2)
        }
        return read.configuration
    }

    /// Finds the layout file: the one given with `--layout`, else that of the host given with `--host`, else the
    /// overview where there are several hosts, else that of the only host, or the one with the name of this machine.
    func layoutSource(_ configuration: Configuration) -> LayoutSource {
        let isOverview = isUsual && configuration.hosts.count > 1
        let host = host ?? (isUsual ? configuration.onlyRemoteHost : nil)
        let wanted =
            layout ?? chosen(host, in: configuration)?.layout?.value ?? (isOverview ? Self.overview : nil)
        switch search(host).find(wanted) {
        case .found(let path): return source(path, host: host)
        case .missing(let sentence): Program.fail(sentence)
        }
    }

    /// Whether what is shown follows from the configuration alone.
    var isUsual: Bool { layout == nil && host == nil }

    /// The layout of a host that is opened from the overview; with nil, the overview itself.
    func layoutSource(of name: String?, _ configuration: Configuration) -> LayoutSource? {
        let wanted = name.map { configuration.host($0)?.layout?.value } ?? Self.overview
        guard case .found(let path) = search(name).find(wanted) else { return nil }
        return source(path, host: name)
    }

    private static let overview = "overview"

    func search(_ host: String?) -> LayoutSearch {
        LayoutSearch(
            hostName: host ?? Files.hostName, directories: Self.layoutFolders, fileExists: Files.isNamed,
            list: Files.names(in:))
    }

    func source(_ path: String, host: String?) -> LayoutSource {
        let setup = self
        return LayoutSource(path: path) { layout, settings in
            layout.host = host ?? layout.host
            setup.apply(to: &layout, settings)
        }
    }

    /// The configured host of a name, which may be that of this machine.
    private func chosen(_ host: String?, in configuration: Configuration) -> HostConfiguration? {
        guard let host else { return nil }
        if let known = configuration.host(host) { return known }
        if host == Files.hostName { return nil }
        let names = configuration.hosts.map(\.name)
        Program.fail(
            "there is no host \(Problem.quoted(host)) in \(fleet == nil ? "hosts.toml" : "the demo"); expected one of "
                + names.prefix(20).joined(separator: ", ") + Spelling.hint(for: host, in: names))
    }

    /// Reads and checks the layout. Exits the program with all problems where there are errors.
    func readLayout(_ source: LayoutSource, _ settings: DashboardSettings) -> Layout {
        switch source.read(settings) {
        case .layout(let layout): return layout
        case .wrong(let problems, let text): Program.fail(problems, text: text)
        case .unreadable(let sentence): Program.fail(sentence)
        }
    }

    /// Makes the engine and what belongs to a screen.
    ///
    /// - Parameter root: Root directory of a captured machine, or empty.
    @MainActor
    func dashboard(
        _ layout: Layout, _ configuration: Configuration, loop: EventLoop, clock: any Clock,
        folder: PluginFolder, root: String
    ) -> Dashboard {
        cposix_ignore_broken_pipes()
        cposix_adopt_orphans()
        let log = Log(isVerbose: verbose)
        let sources = HostSources(configuration, demo: fleet, loop: loop)
        let engine = Engine(
            clock: clock, catalog: PluginLauncher(folder, loop: loop), sources: sources,
            configuration: configuration, refresh: layout.refresh, root: root, log: log.engineLog)
        engine.span = span ?? .fiveMinutes
        engine.monitor.maintenanceClock = { Dashboard.seconds }
        let layouts = HostLayouts(self)
        let dashboard = Dashboard(
            layout: layout, engine: engine, hostName: Files.hostName, log: log,
            sharesMaintenance: fleet == nil
        ) { [weak engine] host in
            layouts.layout(of: host, (engine?.configuration ?? configuration).settings)
        }
        sources.onNotice = { [weak dashboard] in dashboard?.notify($0) }
        return dashboard
    }

    /// The user's own plugins.
    private static var userFolder: [String] {
        let data =
            Files.environment("XDG_DATA_HOME") ?? Files.home.map { "\($0)/.local/share" }
        return data.map { ["\($0)/cm-dashboard/plugins"] } ?? []
    }

    var folder: PluginFolder { folder(DashboardSettings()) }

    func folder(_ settings: DashboardSettings) -> PluginFolder {
        for folder in plugins where !Files.exists(folder) {
            Program.fail("the plugin folder \(Problem.quoted(folder)) does not exist")
        }
        let prefix = Files.prefix
        let own = "\(prefix)/lib/cm-dashboard"
        return PluginFolder(
            folders: plugins + settings.pluginFolders.map(\.value) + Self.userFolder + ["\(own)/plugins"],
            programs: own,
            trusted: prefix, isUnsafe: unsafePlugins)
    }

    private func setRefresh(_ nanoseconds: UInt64, of layout: inout Layout) {
        layout.refresh = nanoseconds
        for index in layout.widgets.indices {
            let ticks = layout.widgets[index].ticks(refresh: nanoseconds)
            layout.widgets[index].every = UInt64(ticks) * nanoseconds
        }
    }

    private func apply(to layout: inout Layout, _ settings: DashboardSettings) {
        layout.theme = layout.theme ?? settings.theme
        layout.icons = layout.icons ?? settings.icons
        if !layout.setsRefresh, let refresh = settings.refresh { setRefresh(refresh, of: &layout) }
        if let refresh {
            guard let seconds = DurationText.seconds(refresh),
                let nanoseconds = DurationText.nanoseconds(seconds),
                seconds >= 0.1
            else {
                Program.fail(
                    "--refresh \(Problem.quoted(refresh)) is no duration of 100ms or more; expected like \(DurationText.example)"
                )
            }
            setRefresh(nanoseconds, of: &layout)
        }
        if let theme {
            guard Theme.named(theme) != nil else {
                Program.fail(
                    "there is no theme \(Problem.quoted(theme)); expected one of \(Theme.all.map(\.name).joined(separator: ", "))"
                )
            }
            layout.theme = theme
        }
        if let icons {
            guard let set = IconSet(rawValue: icons) else {
                Program.fail("--icons \(Problem.quoted(icons)); expected emoji, unicode or ascii")
            }
            layout.icons = set
        }
    }
}

/// Messages on standard error, and the exit statuses: 0 success, 1 a check found problems, 2 the program could not
/// start.
enum Program {
    static let name = "cm-dashboard"

    static func say(_ line: String) { fputs(line + "\n", cposix_stderr()) }

    static func fail(_ sentence: String) -> Never {
        say("\(name): \(Problem.printable(sentence))")
        exit(2)
    }

    static func fail(_ problems: [Problem], text: String) -> Never {
        print(problems, text: text)
        exit(2)
    }

    /// Prints problems, each with its line of the file.
    static func print(_ problems: [Problem], text: String) {
        for problem in problems {
            say(problem.description)
            if let excerpt = problem.excerpt(of: text) { say(excerpt) }
        }
    }

    /// Writes to standard output. Exits the program with status 1 where that fails, with a sentence unless the reader
    /// has had enough.
    static func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = CPosix.write(1, bytes.baseAddress! + sent, bytes.count - sent)
                let code = cposix_errno()
                if count > 0 {
                    sent += count
                } else if count < 0, code == EAGAIN || code == EINTR {
                    var output = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&output, 1, -1)
                } else {
                    if code != EPIPE {
                        say("\(name): standard output cannot be written: \(String(cString: strerror(code)))")
                    }
                    exit(1)
                }
            }
        }
    }
}
