import ArgumentParser
import Contract
import Core
import LayoutFile
import Platform

/// `layout`: commands for layout files.
struct LayoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "layout", abstract: "Check layout files.", subcommands: [Check.self])

    /// `layout check`: reports all mistakes of each file, including options of its plugins.
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Name every mistake in layout files.",
            discussion: """
                Exit status 0: no errors; 1: errors were found; 2: a file cannot be read.

                EXAMPLES
                  cm-dashboard layout check layouts/*.layout
                """)

        @Option(help: ArgumentHelp("A folder of plugins that is looked in first.", valueName: "folder"))
        var plugins: [String] = []

        @Argument(help: ArgumentHelp("Layout files.", valueName: "file"))
        var files: [String]

        mutating func run() throws {
            var setup = try Setup.parse([])
            setup.plugins = plugins
            let folder = setup.folder
            let files = files
            let isClean = MainActor.assumeIsolated {
                let loader = DescriptionLoader(folder)
                return files.map { Self.check($0, folder, loader) }.allSatisfy { $0 }
            }
            if !isClean { throw ExitCode(1) }
        }

        @MainActor
        private static func check(_ path: String, _ folder: PluginFolder, _ loader: DescriptionLoader) -> Bool
        {
            let bytes: [UInt8]
            do throws(FileError) { bytes = try Files.read(path) } catch {
                Program.fail("\(path) cannot be read: \(error.reason)")
            }
            let result = LayoutReader.read(bytes: bytes, source: path, themes: Theme.all.map(\.name))
            var problems = result.problems
            for widget in result.widgets {
                if widget.plugin == OverviewPanel.plugin {
                    problems += ColumnCheck(folder: folder, loader: loader).problems(in: widget, source: path)
                    continue
                }
                switch loader.description(of: widget.plugin) {
                case .success(let description):
                    problems += OptionChecker.check(widget, against: description, source: path).problems
                case .failure(.missing):
                    problems.append(.unknownPlugin(widget, available: folder.available, source: path))
                case .failure(.broken(let sentence)):
                    problems.append(Problem(source: path, position: widget.position, message: sentence))
                }
            }
            problems.sort { $0.position < $1.position }
            Program.print(problems, text: String(decoding: bytes, as: UTF8.self))
            let errors = problems.count { $0.severity == .error }
            if errors == 0 { Program.write("\(path): ok\n") }
            return errors == 0
        }
    }
}
