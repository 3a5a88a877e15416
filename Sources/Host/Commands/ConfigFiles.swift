import ArgumentParser
import CPosix
import Contract
import Core
import LayoutFile

/// The option `--config` and the two files that it selects.
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

    /// Finds and reads the files. Exits the program where the command line is wrong or a file cannot be read.
    func read() -> ReadConfiguration {
        Self.orFail(reread)
    }

    /// Finds and reads the files again while the program runs; other files may be found now.
    func reread() throws(Failure) -> ReadConfiguration {
        try ReadConfiguration(try find())
    }

    /// The paths of the files that were found.
    func find() throws(Failure) -> [ConfigurationFile: String] {
        let search = ConfigurationSearch(
            directories: Self.folders, fileExists: Files.exists, isFolder: Self.isFolder)
        do throws(ConfigurationSearch.Failure) { return try search.find(config) } catch {
            throw Failure(sentence: error.sentence)
        }
    }

    /// The folders to watch for changes of the files, and the names in them that matter.
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
            for place in LayoutSource.places(of: path) {
                places[place.folder, default: []].insert(place.name)
            }
        }
        return places.map { ($0.key, $0.value) }
    }

    static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && Int32(info.st_mode) & S_IFMT == S_IFDIR
    }

    /// Runs `body` and exits the program where it throws.
    static func orFail<Result>(_ body: () throws(Failure) -> Result) -> Result {
        do throws(Failure) { return try body() } catch { Program.fail(error.sentence) }
    }

    static func bytes(of path: String) throws(Failure) -> [UInt8] {
        do throws(Files.Failure) { return try Files.read(path) } catch {
            throw Failure(sentence: "\(path) cannot be read: \(error.reason)")
        }
    }
}

/// The texts of both files and the configuration in them.
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

    /// Prints the problems to standard error, each with its line of the file.
    func print(_ problems: [Problem]) {
        for file in ConfigurationFile.allCases {
            guard let path = paths[file] else { continue }
            let own = problems.filter { $0.source == path }.sorted { $0.position < $1.position }
            Program.print(own, text: String(decoding: texts[path] ?? [], as: UTF8.self))
        }
    }
}
