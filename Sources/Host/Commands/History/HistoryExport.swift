import ArgumentParser
import CPosix
import Core
import History
import Platform

/// `history export`: writes what is kept to standard output.
struct HistoryExport: ParsableCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable { case csv, json, openmetrics }

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write what is kept to standard output, for other programs or for import.",
        discussion: """
            json is a document for each line, which `history import` reads again; docs/HISTORY-JSON.md describes it.
            csv has a line for each value. openmetrics is for Prometheus and what reads its text; it has numbers alone.
            Of times whose values as they came are over, stretches of five minutes, an hour or a day are written.

            EXAMPLES
              cm-dashboard history export --format json > history.jsonl
              cm-dashboard history export --format csv --host srv01 --plugin nvme --since -30d
            """)

    @Option(help: ArgumentHelp("csv, json or openmetrics.", valueName: "format"))
    var format: Format

    @OptionGroup var choice: HistoryChoice
    @OptionGroup var times: HistoryTimes

    mutating func run() throws {
        cposix_ignore_broken_pipes()
        let span = times.span(usual: nil)
        let place = HistoryCommand.place
        guard place.exists else {
            Program.fail("nothing is recorded yet: there is no \(place.database)")
        }
        HistoryCommand.attempt { () throws(HistoryError) in
            let reader = try HistoryReader(place)
            let keys = choice.sources(of: try reader.keys()).sorted {
                ($0.plugin, $0.host, $0.options.value) < ($1.plugin, $1.host, $1.options.value)
            }
            let output = ExportOutput()
            switch format {
            case .csv: try CSVExport(reader, output).write(keys, span)
            case .json: try JSONExport(reader, output).write(keys, span)
            case .openmetrics: try OpenMetricsExport(reader, output).write(keys, span)
            }
            output.end()
        }
    }
}

/// Collects text and writes it in large pieces. It exits the program where nobody reads any more.
final class ExportOutput {
    private var text = ""
    private var progress = Progress()
    private static let size = 1 << 16

    func write(_ more: String) {
        text += more
        if text.utf8.count >= Self.size { flush() }
    }

    /// Tells on a terminal of what is written.
    func tell(_ line: @autoclosure () -> String) { progress.show(line()) }

    func end() {
        progress.end()
        flush()
    }

    private func flush() {
        Program.write(text)
        text = ""
    }
}
