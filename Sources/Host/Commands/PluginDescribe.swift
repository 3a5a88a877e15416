import ArgumentParser
import Contract
import Core
import Platform

extension PluginCommand {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the plugins that there are, and what is wrong with those that cannot be used.",
            discussion: "Exit status 0: all can be used; 1: one cannot.")

        @OptionGroup var place: Place

        mutating func run() throws {
            let folder = try place.folder
            let isSound = MainActor.assumeIsolated { Self.list(folder) }
            if !isSound { throw ExitCode(1) }
        }

        @MainActor
        private static func list(_ folder: PluginFolder) -> Bool {
            let loader = DescriptionLoader(folder)
            var rows: [[String]] = [["ID", "VERSION", "NAME", "FILE"]]
            var failures: [String] = []
            for id in folder.available {
                switch loader.description(of: id) {
                case .success(let plugin):
                    rows.append([id, plugin.version, plugin.name, folder.path(of: id) ?? ""])
                case .failure(.missing): break
                case .failure(.broken(let sentence)): failures.append("\(id): \(sentence)")
                }
            }
            Program.write(Columns.text(rows))
            for failure in failures { Program.say("\(Program.name): \(Problem.printable(failure))") }
            if folder.available.isEmpty {
                Program.say("no plugin in \(folder.folders.joined(separator: ", "))")
            }
            return failures.isEmpty
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "describe", abstract: "Show what a plugin measures and which options it has.",
            discussion: """
                EXAMPLES
                  cm-dashboard plugin describe nvme
                  cm-dashboard plugin describe ./my-widget.so
                """)

        @OptionGroup var place: Place

        @Argument(help: ArgumentHelp("An id, or a file.", valueName: "plugin"))
        var plugin: String

        mutating func run() throws {
            let folder = try place.folder
            let file = place.file(plugin, in: folder)
            let result = MainActor.assumeIsolated { DescriptionLoader(folder).description(file: file) }
            switch result {
            case .success(let description): Program.write(Self.text(of: description, file: file))
            case .failure(.missing): Program.fail("\(file) does not exist")
            case .failure(.broken(let sentence)):
                Program.say("\(Program.name): \(Problem.printable(sentence))")
                throw ExitCode(1)
            }
        }

        private static func text(of plugin: PluginDescription, file: String) -> String {
            var text = "\(plugin.id) \(plugin.version)  \(plugin.name)\n\(plugin.summary)\n"
            text += "ABI \(plugin.abi >> 16).\(plugin.abi & 0xffff), \(file)\n"
            text += "Drawn by \(plugin.hasDraw ? "the plugin" : "the dashboard, as a table")\n"
            if !plugin.documents.isEmpty {
                text += "Reads documents that hosts serve: \(plugin.documents.joined(separator: ", "))\n"
            }
            text += "\nMETRICS\n" + Columns.text(plugin.metrics.map(row), indent: 2)
            text += "\nOPTIONS in [widget.NAME]\n"
            text += plugin.options.isEmpty ? "  none\n" : Columns.text(plugin.options.map(row), indent: 2)
            return text
        }

        private static func row(_ metric: MetricDeclaration) -> [String] {
            func limit(_ value: Double) -> String {
                value.isNaN ? "–" : Format.number(value, unit: metric.unit)
            }
            let sign = metric.direction == .higherIsWorse ? "≥" : "≤"
            let limits =
                metric.canHaveLimits
                ? "warning \(sign) \(limit(metric.limits.warning)), critical \(sign) \(limit(metric.limits.critical))"
                : ""
            return [metric.id, "\(metric.kind)", metric.unit, limits, metric.help]
        }

        private static func row(_ option: OptionDeclaration) -> [String] {
            var range = ""
            if option.minimum.isFinite { range += "from \(Format.significant(option.minimum))" }
            if option.maximum.isFinite {
                range += (range.isEmpty ? "" : " ") + "to \(Format.significant(option.maximum))"
            }
            let value = option.defaultValue.isEmpty ? "" : "default \(option.defaultValue)"
            return [option.key, "\(option.kind)", value, range, option.help]
        }
    }
}

/// Formats rows in aligned columns.
private enum Columns {
    static func text(_ rows: [[String]], indent: Int = 0) -> String {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { $0.count > column ? CharacterWidth.of(Problem.printable($0[column])) : 0 }.max() ?? 0
        }
        var text = ""
        for row in rows {
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() where widths[column] > 0 {
                let cell = Problem.printable(cell)
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - CharacterWidth.of(cell) + 2)
                }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            text += line + "\n"
        }
        return text
    }
}
