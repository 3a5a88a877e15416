import Core

/// Keeps the running dashboard in step with its files: a layout that is saved, plugins that come, change and go.
/// What is wrong in a new layout is told, and the old one goes on.
@MainActor
final class LiveFiles {
    private let dashboard: Dashboard
    private var source: LayoutSource
    private let watch: FileWatch
    /// Files whose folders are watched already: a host may be opened many times.
    private var followed: Set<String> = []

    /// What is wrong with the layout file now; nil: it is what is shown.
    var onProblem: (String?) -> Void = { _ in }
    /// Another layout is in force.
    var onLayout: () -> Void = {}

    init(_ dashboard: Dashboard, source: LayoutSource, plugins: PluginFolder, loop: EventLoop) {
        self.dashboard = dashboard
        self.source = source
        watch = FileWatch(loop)
        for folder in plugins.folders {
            watch.watch(folder) { [weak dashboard] in dashboard?.pluginFileChanged($0) }
        }
        follow()
        dashboard.onTick = { [weak watch] in watch?.revive() }
    }

    /// Goes over to another file.
    func open(_ source: LayoutSource) {
        self.source = source
        follow()
        readLayout()
    }

    private func follow() {
        let path = source.path
        guard followed.insert(path).inserted else { return }
        for place in source.places {
            watch.watch(place.folder) { [weak self] name in
                guard let self, path == source.path else { return }
                if name.isEmpty || name == place.name { readLayout() }
            }
        }
    }

    func readLayout() {
        switch source.read() {
        case .unreadable(let sentence): onProblem("\(sentence). What was read goes on.")
        case .wrong(let problems, _):
            let errors = problems.filter { $0.severity == .error }
            guard let first = errors.first else { return }
            reject(first, more: errors.count - 1)
        case .layout(let layout):
            if let problem = dashboard.problem(in: layout) { return reject(problem, more: 0) }
            onProblem(nil)
            dashboard.apply(layout)
            onLayout()
        }
    }

    private func reject(_ problem: Problem, more: Int) {
        var problem = problem
        // The line is short, and whoever saves the file knows where it is.
        problem.source = problem.source.split(separator: "/").last.map(String.init) ?? problem.source
        onProblem("\(problem)\(more > 0 ? " (and \(more) more)" : ""). The old layout goes on.")
    }
}
