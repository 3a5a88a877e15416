import Core
import Platform

/// Applies changes of files to the running dashboard: saved layouts and configurations, and plugins that are added,
/// changed or removed. Mistakes in a new file are reported, and the old version stays in force.
@MainActor
final class LiveFiles {
    private let dashboard: Dashboard
    private var source: LayoutSource
    /// The configuration files; nil: the hosts are simulated.
    private let configuration: ConfigFiles?
    /// The files that were read. A file that is missing may be in the middle of being saved by an editor.
    private var known: Set<ConfigurationFile> = []
    /// Whether files are applied even where one is missing or no hosts are left, because the user asked for it with
    /// R.
    private var isTaken = false
    /// Returns the layout to begin with under a configuration; nil: the command line has chosen one.
    private let usual: ((Configuration) -> LayoutSource?)?
    private let watch: FileWatch
    /// Files whose folders are watched already, since a host may be opened many times.
    private var followed: Set<String> = []
    private var layoutProblem: String?
    private var configurationProblem: String?
    private var maintenanceProblem: String?

    /// Called with the current problem of the files; nil: none, the files are in force.
    var onProblem: (String?) -> Void = { _ in }
    /// Called when another configuration is in force.
    var onSettings: (DashboardSettings) -> Void = { _ in }
    /// Called when another layout is in force.
    var onLayout: () -> Void = {}

    init(
        _ dashboard: Dashboard, source: LayoutSource, configuration: ConfigFiles?, plugins: PluginFolder,
        loop: EventLoop, usual: ((Configuration) -> LayoutSource?)? = nil
    ) {
        self.usual = usual
        self.dashboard = dashboard
        self.source = source
        self.configuration = configuration
        watch = FileWatch(loop) { [weak dashboard] in dashboard?.notify($0) }
        for folder in plugins.folders {
            watch.watch(folder, .ending(".so")) { [weak dashboard] in dashboard?.pluginFileChanged($0) }
        }
        follow()
        if let paths = try? configuration?.find() { known = Set(paths.keys) }
        for place in configuration?.places ?? [] {
            watch.watch(place.folder, .these(place.names)) { [weak self] name in
                if name.isEmpty || place.names.contains(name) { self?.readConfiguration() }
            }
        }
        if let path = MaintenanceFile.path { followMaintenance(path) }
        for folder in Setup.layoutFolders {
            watch.watch(folder, .ending(".layout")) { [weak self] in
                if $0.isEmpty || $0.hasSuffix(".layout") { self?.hostLayoutChanged() }
            }
        }
        dashboard.engine.onTick = { [weak watch] in watch?.revive() }
    }

    /// Switches to another layout. If that has mistakes, the current one is still watched.
    func open(_ source: LayoutSource) {
        let old = self.source
        self.source = source
        follow()
        readLayout()
        if layoutProblem != nil { self.source = old }
    }

    /// Reads all files again, and restarts plugins that have failed.
    func readAll() {
        // The user asked for it, so missing files count as removed.
        known = []
        isTaken = true
        readConfiguration()
        isTaken = false
        readLayout()
        dashboard.engine.retry()
    }

    private func follow() {
        let path = source.path
        guard followed.insert(path).inserted else { return }
        for place in LayoutSource.places(of: path) {
            watch.watch(place.folder, .these([place.name])) { [weak self] name in
                guard let self, path == source.path else { return }
                if name.isEmpty || name == place.name { readLayout() }
            }
        }
    }

    // MARK: Layout

    /// Handles a change of a layout by which hosts are monitored.
    private func hostLayoutChanged() { dashboard.layoutsChanged() }

    private func readLayout() {
        layoutProblem = nil
        if let layout = read(dashboard.configuration) {
            dashboard.apply(layout)
            onLayout()
        }
        // The file of maintenance is needed only for layouts with the overview.
        readMaintenance()
    }

    /// The layout with the settings of the configuration applied; nil where it has mistakes, which are then
    /// reported.
    private func read(_ configuration: Configuration) -> Layout? {
        switch source.read(configuration.settings) {
        case .unreadable(let sentence): layoutProblem = "\(sentence). What was read goes on."
        case .wrong(let problems, _):
            let errors = problems.filter { $0.severity == .error }
            layoutProblem = Self.words(errors, "The old layout goes on.")
        case .layout(let layout):
            guard let problem = dashboard.problem(in: layout) else { return layout }
            layoutProblem = Self.words([problem], "The old layout goes on.")
        }
        return nil
    }

    // MARK: Configuration

    private func readConfiguration() {
        guard let configuration else { return }
        configurationProblem = nil
        do throws(SystemError) {
            let read = try configuration.reread()
            let errors = read.problems.filter { $0.severity == .error }
            if errors.isEmpty {
                let new = keepingWhatIsGone(read)
                turnToOnlyHost(of: new)
                let isOther = new.settings.history != dashboard.configuration.settings.history
                dashboard.apply(new, self.read(new) ?? dashboard.layout)
                if isOther { onSettings(new.settings) }
                onLayout()
            } else {
                configurationProblem = Self.words(errors, "The old configuration goes on.")
            }
        } catch {
            configurationProblem = "\(error.sentence). What was read goes on."
        }
        report()
    }

    /// Changes to the layout of the only host of a configuration, if this machine or a host that is gone is shown for
    /// want of it.
    private func turnToOnlyHost(of new: Configuration) {
        let shown = dashboard.layout.host
        guard let only = new.onlyRemoteHost, shown != only, shown.map({ new.host($0) == nil }) ?? true,
            !dashboard.panels.contains(where: { $0 is OverviewPanel }), let source = usual?(new)
        else { return }
        self.source = source
        follow()
    }

    /// The configuration with the settings of files that are missing at the moment kept, since an editor may be
    /// saving them.
    private func keepingWhatIsGone(_ read: ReadConfiguration) -> Configuration {
        let gone = known.subtracting(read.paths.keys)
        known.formUnion(read.paths.keys)
        var new = read.configuration
        if gone.contains(.hosts) { new.hosts = dashboard.configuration.hosts }
        if gone.contains(.dashboard) { new.settings = dashboard.configuration.settings }
        if !isTaken, read.paths[.hosts] != nil, new.watchesOthers == false,
            dashboard.configuration.watchesOthers
        {
            new.hosts = dashboard.configuration.hosts
            configurationProblem =
                "hosts.toml names no host any more. What was read goes on; R takes it as it is."
        }
        if !gone.isEmpty {
            let names = gone.map(\.rawValue).sorted().joined(separator: " and ")
            configurationProblem =
                "\(names) \(gone.count == 1 ? "is" : "are") gone. What was read goes on; R does without."
        }
        return new
    }

    private func followMaintenance(_ path: String) {
        for place in LayoutSource.places(of: path) {
            watch.watch(place.folder, .these([place.name])) { [weak self] in
                if $0.isEmpty || $0 == place.name { self?.readMaintenance() }
            }
        }
    }

    /// Reads the file of maintenance. Also called at the start, once problems can be shown.
    func readMaintenance() {
        maintenanceProblem = nil
        do throws(MaintenanceError) { try dashboard.readMaintenance() } catch {
            maintenanceProblem = error.sentence
        }
        report()
    }

    // MARK: -

    private func report() { onProblem(configurationProblem ?? layoutProblem ?? maintenanceProblem) }

    private static func words(_ problems: [Problem], _ consequence: String) -> String? {
        guard var first = problems.first else { return nil }
        // The line is short, so that only the file's name is shown without its folder.
        first.source = Files.name(of: first.source)
        let words = "\(first)\(problems.count > 1 ? " (and \(problems.count - 1) more)" : "")"
        return words + (words.hasSuffix("?") ? " " : ". ") + consequence
    }
}
