import ArgumentParser
import CPosix
import Contract
import Core
import Platform

/// `plugin`: commands for plugins.
struct PluginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin", abstract: "List, describe and check plugins, and begin new ones.",
        subcommands: [List.self, Describe.self, Check.self, New.self])

    /// The arguments that select the plugin folders, shared by all subcommands.
    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp(
                "A folder of plugins that is looked in first; may be repeated.", valueName: "folder"))
        var plugins: [String] = []

        @Flag(help: "Load also plugins that others than root and you may write.")
        var unsafePlugins = false

        var folder: PluginFolder {
            get throws {
                var setup = try Setup.parse([])
                setup.plugins = plugins
                setup.unsafePlugins = unsafePlugins
                return setup.folder
            }
        }

        /// The file for an id or a path.
        func file(_ word: String, in folder: PluginFolder) -> String {
            if word.utf8.contains(UInt8(ascii: "/")) || word.hasSuffix(".so") { return word }
            guard let path = folder.path(of: word) else {
                Program.fail(
                    PluginFolder.missing(word, available: folder.available, folders: folder.folders))
            }
            return path
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Run the conformance suite against plugins.",
            discussion: """
                Each check runs in a process of its own and says which rule of cm_plugin.h is broken.
                Exit status 0: all passed; 1: a check failed; 2: it could not be begun.

                EXAMPLES
                  cm-dashboard plugin check ./my-widget.so
                  cm-dashboard plugin check nvme --only draw
                """)

        @OptionGroup var place: Place

        @Option(help: ArgumentHelp("Only checks whose name has this in it.", valueName: "word"))
        var only: String?

        @Option(help: ArgumentHelp("Collect from a captured machine.", valueName: "dir"))
        var root: String?

        @Argument(help: ArgumentHelp("Plugin files, or ids.", valueName: "plugin"))
        var files: [String]

        mutating func run() throws {
            let folder = try place.folder
            var worst: Int32 = 0
            for word in files {
                let file = place.file(word, in: folder)
                if files.count > 1 { Program.write("\(file)\n") }
                worst = max(worst, check(file, folder))
            }
            if worst != 0 { throw ExitCode(worst) }
        }

        private func check(_ file: String, _ folder: PluginFolder) -> Int32 {
            if let doubt = folder.doubt(about: file) {
                Program.say("\(Program.name): \(doubt)")
                return 2
            }
            let program = folder.checker
            var arguments = [program]
            if let only { arguments += ["--only", only] }
            if let root { arguments += ["--root", root] }
            let copies = (arguments + [file]).map { strdup($0) }
            defer { for copy in copies { free(copy) } }
            let status = cposix_run(copies.map { UnsafePointer($0) } + [nil])
            if status < 0 {
                Program.say(
                    "\(Program.name): \(program) cannot be started: \(String(cString: strerror(-status)))")
                return 2
            }
            return status
        }
    }
}
