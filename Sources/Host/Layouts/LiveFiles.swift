import Core
import Platform

/// Keeps the running dashboard in step with its files: a layout or a configuration that is saved, plugins that come,
/// change and go. What is wrong in a new file is told, and the old one goes on.
@MainActor
final class LiveFiles {
    private let dashboard: Dashboard
    private var source: LayoutSource
    /// nil: the hosts are simulated.
    private let configuration: ConfigFiles?
    /// The files that have been read; one that is gone may be in an editor's hands.
    private var known: Set<ConfigurationFile> = []
    /// Files are taken as they are, whatever they leave out.
    private var isTaken = false
    private let watch: FileWatch
    /// Files whose folders are watched already: a host may be opened many times.
    private var followed: Set<String> = []
    private var layoutProblem: String?
    private var configurationProblem: String?
    private var maintenanceProblem: String?

    /// What is wrong with the files now; nil: they are what is shown.
    var onProblem: (String?) -> Void = { _ in }
    /// Another layout is in force.
    var onLayout: () -> Void = {}

    init(
        _ dashboard: Dashboard, source: LayoutSource, configuration: ConfigFiles?, plugins: PluginFolder,
        loop: EventLoop
    ) {
        self.dashboard = dashboard
        self.source = source
        self.configuration = configuration
        watch = FileWatch(loop)
        for folder in plugins.folders {
            watch.watch(folder) { [weak dashboard] in dashboard?.pluginFileChanged($0) }
        }
        follow()
        if let paths = try? configuration?.find() { known = Set(paths.keys) }
        for place in configuration?.places ?? [] {
            watch.watch(place.folder) { [weak self] name in
                if name.isEmpty || place.names.contains(name) { self?.readConfiguration() }
            }
        }
        if let path = MaintenanceFile.path { followMaintenance(path) }
        dashboard.engine.onTick = { [weak watch] in watch?.revive() }
    }

    /// Goes over to another layout; where that is wrong, what is shown is still followed.
    func open(_ source: LayoutSource) {
        let old = self.source
        self.source = source
        follow()
        readLayout()
        if layoutProblem != nil { self.source = old }
    }

    /// Reads all anew, and starts what has failed.
    func readAll() {
        // Who has taken a file away and says so means it.
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
            watch.watch(place.folder) { [weak self] name in
                guard let self, path == source.path else { return }
                if name.isEmpty || name == place.name { readLayout() }
            }
        }
    }

    // MARK: Layout

    private func readLayout() {
        layoutProblem = nil
        if let layout = read(dashboard.configuration) {
            dashboard.apply(layout)
            onLayout()
        }
        // The first layout with all hosts brings the need for it.
        readMaintenance()
    }

    /// The layout, with what the configuration says of it; nil, and a problem: it is not used.
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
                dashboard.apply(new, self.read(new) ?? dashboard.layout)
                onLayout()
            } else {
                configurationProblem = Self.words(errors, "The old configuration goes on.")
            }
        } catch {
            configurationProblem = "\(error.sentence). What was read goes on."
        }
        report()
    }

    /// What a file said that is there no more: an editor may have it in its hands.
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
            watch.watch(place.folder) { [weak self] in
                if $0.isEmpty || $0 == place.name { self?.readMaintenance() }
            }
        }
    }

    /// Also at the start, when there is somebody to hear what is wrong.
    func readMaintenance() {
        maintenanceProblem = nil
        do throws(MaintenanceFile.Failure) { try dashboard.readMaintenance() } catch {
            maintenanceProblem = error.sentence
        }
        report()
    }

    // MARK: -

    private func report() { onProblem(configurationProblem ?? layoutProblem ?? maintenanceProblem) }

    private static func words(_ problems: [Problem], _ consequence: String) -> String? {
        guard var first = problems.first else { return nil }
        // The line is short, and whoever saves the file knows where it is.
        first.source = Files.name(of: first.source)
        let words = "\(first)\(problems.count > 1 ? " (and \(problems.count - 1) more)" : "")"
        return words + (words.hasSuffix("?") ? " " : ". ") + consequence
    }
}
