import ArgumentParser
import CPosix
import Contract
import Core
import LayoutFile

/// `--config`, and the two files that it comes to.
struct ConfigFiles: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "hosts.toml or dashboard.toml, or the folder of both; may be repeated.", valueName: "file|dir"))
    var config: [String] = []

    static var surroundings: ConfigurationReader.Surroundings {
        ConfigurationReader.Surroundings(
            hostName: Files.hostName, home: Files.environment("HOME"), themes: Theme.all.map(\.name))
    }

    static var folders: [String] {
        ConfigurationSearch.directories(
            configHome: Files.environment("XDG_CONFIG_HOME"), home: Files.environment("HOME"))
    }

    struct Failure: Error {
        let sentence: String
    }

    /// The files that count, read. Leaves the program when the command line or the disk is not as it should be.
    func read() -> ReadConfiguration {
        Self.orFail(reread)
    }

    /// The same while the program runs; others may count by now.
    func reread() throws(Failure) -> ReadConfiguration {
        try ReadConfiguration(try find())
    }

    /// Where the files that count are.
    func find() throws(Failure) -> [ConfigurationFile: String] {
        let search = ConfigurationSearch(
            directories: Self.folders, fileExists: Files.exists, isFolder: Self.isFolder)
        do throws(ConfigurationSearch.Failure) { return try search.find(config) } catch {
            throw Failure(sentence: error.sentence)
        }
    }

    /// The folders whose changes can change what is read, and the names that count in them.
    var places: [(folder: String, names: Set<String>)] {
        let usual = Set(ConfigurationFile.allCases.map(\.rawValue))
        var places: [String: Set<String>] = [:]
        for path in config {
            if Self.isFolder(path) { places[path, default: []].formUnion(usual) } else { add(path) }
        }
        if !config.contains(where: Self.isFolder) {
            for folder in Self.folders {
                places[folder, default: []].formUnion(usual)
                for name in usual where Files.exists("\(folder)/\(name)") { add("\(folder)/\(name)") }
            }
        }
        func add(_ path: String) {
            for place in LayoutSource.places(of: path) { places[place.folder, default: []].insert(place.name) }
        }
        return places.map { ($0.key, $0.value) }
    }

    static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && Int32(info.st_mode) & S_IFMT == S_IFDIR
    }

    /// For commands: leaves the program where something cannot be read.
    static func orFail<Result>(_ body: () throws(Failure) -> Result) -> Result {
        do throws(Failure) { return try body() } catch { Program.fail(error.sentence) }
    }

    static func bytes(of path: String) throws(Failure) -> [UInt8] {
        do throws(Files.Failure) { return try Files.read(path) } catch {
            throw Failure(sentence: "\(path) cannot be read: \(error.reason)")
        }
    }
}

/// Both files as they are on the disk, and what they say.
struct ReadConfiguration {
    let paths: [ConfigurationFile: String]
    let configuration: Configuration
    let problems: [Problem]
    private let texts: [String: [UInt8]]

    init(_ paths: [ConfigurationFile: String]) throws(ConfigFiles.Failure) {
        self.paths = paths
        var read: [ConfigurationFile: [UInt8]] = [:]
        for (file, path) in paths { read[file] = try ConfigFiles.bytes(of: path) }
        let (hosts, dashboard) = (read[.hosts], read[.dashboard])
        (configuration, problems) = ConfigurationReader.read(
            hosts: hosts, source: paths[.hosts] ?? ConfigurationFile.hosts.rawValue,
            dashboard: dashboard, source: paths[.dashboard] ?? ConfigurationFile.dashboard.rawValue,
            in: ConfigFiles.surroundings)
        var texts: [String: [UInt8]] = [:]
        if let path = paths[.hosts] { texts[path] = hosts }
        if let path = paths[.dashboard] { texts[path] = dashboard }
        self.texts = texts
    }

    /// To standard error, each with its line.
    func print(_ problems: [Problem]) {
        for file in ConfigurationFile.allCases {
            guard let path = paths[file] else { continue }
            let own = problems.filter { $0.source == path }.sorted { $0.position < $1.position }
            Program.print(own, text: String(decoding: texts[path] ?? [], as: UTF8.self))
        }
    }
}

/// What only the disk and the plugins know: whether layouts, folders, plugins and metrics are there.
@MainActor
struct ConfigurationCheck {
    let read: ReadConfiguration
    let folder: PluginFolder
    let loader: DescriptionLoader

    func problems() -> [Problem] {
        var problems = layouts() + folders() + columns()
        var seen: Set<String> = []
        for limits in read.configuration.settings.thresholds + read.configuration.hosts.flatMap(\.thresholds)
        {
            // Those of [defaults] stand in every host.
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
        return columns.compactMap { column in
            guard case .metric(let id, let metric) = column.value else { return nil }
            switch loader.description(of: id) {
            case .failure(let reason):
                return problem(reason, plugin: id, source: source, position: column.position)
            case .success(let plugin):
                let metrics = plugin.metrics.map(\.id)
                guard !metrics.contains(metric) else { return nil }
                return Problem(
                    source: source, position: column.position,
                    message: "plugin \(Problem.quoted(id)) has no metric \(Problem.quoted(metric))",
                    expected: "one of \(metrics.joined(separator: ", "))",
                    suggestion: Spelling.nearest(to: metric, in: metrics).map { "\(id).\($0)" })
            }
        }
    }

    private func check(_ limits: PluginThresholds) -> [Problem] {
        switch loader.description(of: limits.plugin) {
        case .failure(let reason):
            return [problem(reason, plugin: limits.plugin, source: limits.source, position: limits.position)]
        case .success(let plugin):
            let widget = WidgetConfiguration(
                name: limits.plugin, plugin: limits.plugin, options: limits.settings,
                position: limits.position)
            return OptionChecker.check(widget, against: plugin, source: limits.source).problems
        }
    }

    /// Another machine with the same files may have the plugin.
    private func problem(
        _ reason: DescriptionLoader.Reason, plugin: String, source: String, position: Position
    ) -> Problem {
        switch reason {
        case .missing:
            Problem(
                .warning, source: source, position: position,
                message: "there is no plugin \(Problem.quoted(plugin)) on this machine",
                suggestion: Spelling.nearest(to: plugin, in: folder.available))
        case .broken(let sentence):
            Problem(source: source, position: position, message: Problem.printable(sentence))
        }
    }
}
