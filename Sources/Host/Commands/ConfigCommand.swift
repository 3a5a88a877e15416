import ArgumentParser
import CPosix
import Core
import LayoutFile
import Platform

/// `config`: commands for hosts.toml and dashboard.toml.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check, show and migrate hosts.toml and dashboard.toml.",
        discussion: """
            Each file is looked for in $XDG_CONFIG_HOME/cm-dashboard (~/.config/cm-dashboard), then in
            /etc/cm-dashboard. Without any, this machine alone is watched.
            """,
        subcommands: [Check.self, Show.self, Migrate.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Name every mistake in configuration files.",
            discussion: """
                Checks also what the files speak of: layouts, folders, plugins and their metrics.
                Exit status 0: no errors; 1: errors were found; 2: a file cannot be read.

                EXAMPLES
                  cm-dashboard config check
                  cm-dashboard config check ./hosts.toml
                """)

        @OptionGroup var files: ConfigFiles

        @Option(help: ArgumentHelp("A folder of plugins that is looked in first.", valueName: "folder"))
        var plugins: [String] = []

        @Argument(help: ArgumentHelp("Files or folders; none: those in force.", valueName: "file"))
        var paths: [String] = []

        mutating func run() throws {
            if !paths.isEmpty && !files.config.isEmpty {
                throw ValidationError("give the files either by --config or without it, not both ways")
            }
            let read = paths.isEmpty ? [files.read()] : paths.map(Self.read)
            var setup = try Setup.parse([])
            setup.plugins = plugins
            let folder = setup.folder
            let isClean = MainActor.assumeIsolated { read.map { Self.check($0, folder) }.allSatisfy { $0 } }
            if !isClean { throw ExitCode(1) }
        }

        /// Reads one file for checking, without the other.
        private static func read(_ path: String) -> ReadConfiguration {
            if !ConfigFiles.isFolder(path), Files.exists(path), let file = ConfigurationFile(path: path) {
                return ConfigFiles.orFail { () throws(SystemError) in
                    try ReadConfiguration([file: path])
                }
            }
            var files = ConfigFiles()
            files.config = [path]
            return files.read()
        }

        @MainActor
        private static func check(_ read: ReadConfiguration, _ folder: PluginFolder) -> Bool {
            if read.paths.isEmpty {
                let folders = ConfigFiles.folders.joined(separator: " or ")
                Program.write(
                    "no hosts.toml and no dashboard.toml in \(folders): this machine alone is watched\n")
                return true
            }
            var own = folder
            own.folders =
                read.configuration.settings.pluginFolders.map(\.value).filter(Files.exists) + folder.folders
            let check = ConfigurationCheck(read: read, folder: own, loader: DescriptionLoader(own))
            let problems = read.problems + check.problems()
            read.print(problems)
            var isClean = true
            for file in ConfigurationFile.allCases {
                guard let path = read.paths[file] else { continue }
                if problems.contains(where: { $0.source == path && $0.severity == .error }) {
                    isClean = false
                } else {
                    Program.write("\(path): ok\n")
                }
            }
            return isClean
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print what is in force, and from which file it comes.")

        @OptionGroup var files: ConfigFiles

        mutating func run() throws {
            let read = files.read()
            read.print(read.problems)
            if read.problems.contains(where: { $0.severity == .error }) { throw ExitCode(1) }
            Program.write(Self.head(.dashboard, read))
            Program.write(read.configuration.settings.toml(source: read.paths[.dashboard]))
            Program.write("\n" + Self.head(.hosts, read))
            Program.write(read.configuration.hostsToml)
        }

        private static func head(_ file: ConfigurationFile, _ read: ReadConfiguration) -> String {
            let place = read.paths[file].map(Problem.printable)
            return
                "# \(file.rawValue): \(place ?? "none in \(ConfigFiles.folders.joined(separator: " or ")); defaults")\n"
        }
    }

    struct Migrate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "migrate", abstract: "Bring a hosts.toml of an older version up to date.",
            discussion: """
                The old file is kept beside the new one, as hosts.toml.v0 for one of version 0; a file of that
                name is never overwritten. Comments stay in the old file.
                Exit status 0: the files are of today's version; 1: a file has errors; 2: it cannot be done.
                """)

        @OptionGroup var files: ConfigFiles

        @Argument(help: ArgumentHelp("hosts.toml; none: the one in force.", valueName: "file"))
        var paths: [String] = []

        mutating func run() throws {
            let found = paths.isEmpty ? files.read().paths[.hosts].map { [$0] } ?? [] : paths
            if found.isEmpty {
                Program.fail("there is no hosts.toml in \(ConfigFiles.folders.joined(separator: " or "))")
            }
            // All files are migrated, even if the first one fails.
            let isDone = found.map(Self.migrate).allSatisfy { $0 }
            if !isDone { throw ExitCode(1) }
        }

        private static func migrate(_ path: String) -> Bool {
            let bytes = ConfigFiles.orFail { () throws(SystemError) in try ConfigFiles.bytes(of: path)
            }
            switch ConfigurationMigration.hosts(bytes, source: path, in: ConfigFiles.surroundings) {
            case .current:
                Program.write("\(path): is of version \(ConfigurationKeys.version) already\n")
            case .wrong(let problems):
                Program.print(problems, text: String(decoding: bytes, as: UTF8.self))
                return false
            case .migrated(let text, let version, let hosts):
                // The target of a link is replaced, not the link.
                let target = Files.real(path) ?? path
                let kept = "\(target).v\(version)"
                do throws(SystemError) {
                    try keep(bytes, as: kept, like: target)
                    try WholeFile.replace(target, with: Array(text.utf8))
                } catch {
                    Program.fail(error.sentence)
                }
                let count = hosts == 1 ? "1 host" : "\(hosts) hosts"
                Program.write(
                    "\(path): \(count), from version \(version) to \(ConfigurationKeys.version); the old file is \(kept)\n"
                )
            }
            return true
        }

        private static func keep(_ old: [UInt8], as kept: String, like path: String) throws(SystemError) {
            guard Files.exists(kept) else { return try WholeFile.create(kept, holding: old, like: path) }
            // A complete backup of an interrupted run is kept.
            guard (try? Files.read(kept)) == old else {
                throw SystemError(
                    "\(kept) is there already and is kept; move it away, and try again")
            }
        }
    }
}
