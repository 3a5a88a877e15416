import ArgumentParser
import CPosix
import Contract
import Core
import LayoutFile
import Platform

/// The option `--config` and the two files that it selects.
struct ConfigFiles: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "hosts.toml or dashboard.toml, or the folder of both; may be repeated.", valueName: "file|dir"))
    var config: [String] = []

    static var surroundings: ConfigurationReader.Surroundings {
        ConfigurationReader.Surroundings(
            hostName: Files.hostName, home: Files.home, themes: Theme.all.map(\.name))
    }

    static var folders: [String] {
        ConfigurationSearch.directories(
            configHome: Files.environment("XDG_CONFIG_HOME"), home: Files.home)
    }

    /// The files that count, read. Leaves the program when the command line or the disk is not as it should be.
    func read() -> ReadConfiguration {
        Self.orFail(reread)
    }

    /// The same while the program runs; others may count by now.
    func reread() throws(SystemError) -> ReadConfiguration {
        try ReadConfiguration(try find())
    }

    /// Where the files that count are.
    func find() throws(SystemError) -> [ConfigurationFile: String] {
        let search = ConfigurationSearch(
            directories: Self.folders, fileExists: Files.isNamed, isFolder: Self.isFolder)
        for path in config where Files.danglingTarget(of: path) != nil { _ = try Self.bytes(of: path) }
        do throws(ConfigurationSearch.Mistake) { return try search.find(config) } catch {
            throw SystemError(error.sentence)
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
                for name in usual where Files.isNamed("\(folder)/\(name)") { add("\(folder)/\(name)") }
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

    /// For commands: leaves the program where something cannot be read.
    static func orFail<Result>(_ body: () throws(SystemError) -> Result) -> Result {
        do throws(SystemError) { return try body() } catch { Program.fail(error.sentence) }
    }

    static func bytes(of path: String) throws(SystemError) -> [UInt8] {
        do throws(FileError) { return try Files.read(path) } catch {
            throw SystemError("\(path) cannot be read: \(Files.reason(error))")
        }
    }
}

/// The texts of both files and the configuration in them.
struct ReadConfiguration {
    let paths: [ConfigurationFile: String]
    let configuration: Configuration
    let problems: [Problem]
    private let texts: [String: [UInt8]]

    init(_ paths: [ConfigurationFile: String]) throws(SystemError) {
        self.paths = paths
        var read: [ConfigurationFile: [UInt8]] = [:]
        for file in ConfigurationFile.allCases {
            if let path = paths[file] { read[file] = try ConfigFiles.bytes(of: path) }
        }
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
