import Contract
import Core
import LayoutFile
import Platform

/// Checks of a configuration that need the disk and the plugins: whether layouts, folders, plugins and metrics
/// exist.
@MainActor
struct ConfigurationCheck {
    let read: ReadConfiguration
    let folder: PluginFolder
    let loader: DescriptionLoader

    func problems() -> [Problem] {
        var problems = layouts() + folders() + columns() + history()
        var seen: Set<String> = []
        for limits in read.configuration.settings.thresholds + read.configuration.hosts.flatMap(\.thresholds)
        {
            // Limits of [defaults] are in every host, and reported once.
            let place = "\(limits.source):\(limits.position.line):\(limits.position.column)"
            if seen.insert(place).inserted { problems += check(limits) }
        }
        return problems
    }

    private func layouts() -> [Problem] {
        guard let source = read.paths[.hosts] else { return [] }
        let search = LayoutSearch(
            hostName: Files.hostName, directories: Setup.layoutFolders, fileExists: Files.exists,
            list: Files.names(in:))
        var seen: Set<String> = []
        return read.configuration.hosts.compactMap { host in
            guard let layout = host.layout, seen.insert("\(layout.position) \(layout.value)").inserted,
                case .missing(let sentence) = search.find(layout.value)
            else { return nil }
            return Problem(source: source, position: layout.position, message: sentence)
        }
    }

    private func folders() -> [Problem] {
        guard let source = read.paths[.dashboard] else { return [] }
        return read.configuration.settings.pluginFolders.filter { !ConfigFiles.isFolder($0.value) }.map {
            Problem(
                source: source, position: $0.position,
                message: "there is no folder \(Problem.quoted($0.value))")
        }
    }

    private func columns() -> [Problem] {
        guard let source = read.paths[.dashboard] else { return [] }
        let overview = read.configuration.settings.overview
        var columns = overview.columns ?? []
        let position = read.configuration.settings.positions["sort"] ?? Position()
        if let sort = overview.sort { columns.append(Placed(sort.key, at: position)) }
        let check = ColumnCheck(folder: folder, loader: loader)
        return columns.compactMap { check.problem(with: $0.value, source: source, position: $0.position) }
    }

    /// Reports plugins of `[history]` that this machine does not have.
    private func history() -> [Problem] {
        guard let source = read.paths[.dashboard] else { return [] }
        return read.configuration.settings.history.plugins.compactMap { plugin in
            guard case .failure(let reason) = loader.description(of: plugin.id) else { return nil }
            return ColumnCheck(folder: folder, loader: loader).problem(
                reason, plugin: plugin.id, source: source, position: plugin.position)
        }
    }

    private func check(_ limits: PluginThresholds) -> [Problem] {
        switch loader.description(of: limits.plugin) {
        case .failure(let reason):
            return [
                ColumnCheck(folder: folder, loader: loader).problem(
                    reason, plugin: limits.plugin, source: limits.source, position: limits.position)
            ]
        case .success(let plugin):
            let widget = WidgetConfiguration(
                name: limits.plugin, plugin: limits.plugin, options: limits.settings,
                position: limits.position)
            return OptionChecker.check(widget, against: plugin, source: limits.source).problems
        }
    }
}
