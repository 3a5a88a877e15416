import ArgumentParser
import Contract
import Core
import History
import HostJSON
import Platform

/// `history list`: what is kept.
struct HistoryList: ParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Print the hosts, plugins and series that are kept, since when, and how large.",
        discussion: """
            A series is HOST/PLUGIN/INSTANCE/METRIC, or HOST/PLUGIN/METRIC where the plugin has no instances. In a
            part, slashes, %, @, quotes, blanks, and other characters that a shell or a terminal would interpret stand
            as % and two hexadecimal digits for each byte: /home is %2Fhome.

            EXAMPLES
              cm-dashboard history list
              cm-dashboard history list --series --host srv01
              cm-dashboard history list --format json
            """)

    @Flag(help: "Print the names of all series.")
    var series = false

    @Option(help: ArgumentHelp("text or json.", valueName: "format"))
    var format = Output.text

    @OptionGroup var choice: HistoryChoice

    mutating func run() throws {
        let place = HistoryCommand.place
        guard place.exists else {
            if format == .json { return Self.print([], place, size: 0) }
            return Program.write(
                "nothing is recorded yet: there is no \(Problem.printable(place.database))\n")
        }
        let found = HistoryCommand.attempt { () throws(HistoryError) -> [Found] in
            let reader = try HistoryReader(place)
            let summaries = try reader.summaries()
            let chosen = Set(choice.sources(of: summaries.map(\.key)))
            var found: [Found] = []
            for summary in summaries where chosen.contains(summary.key) {
                found.append(Found(summary: summary, series: try reader.series(of: summary.key)))
            }
            return found
        }
        switch format {
        case .json: Self.print(found, place, size: place.size)
        case .text where series:
            for one in found { for name in one.names { Program.write(name.text + "\n") } }
        case .text: Self.show(found, place)
        }
    }

    /// A source and its series.
    private struct Found {
        let summary: SourceSummary
        let series: [SeriesDescription]

        var names: [SeriesName] { series.map { SeriesName(summary.key, $0.instance, $0.metric.id) } }
    }

    private static func show(_ found: [Found], _ place: HistoryPlace) {
        var rows = [["SOURCE", "SERIES", "SINCE", "UNTIL", "SIZE"]]
        for one in found {
            rows.append([
                SeriesName.text(one.summary.key), "\(one.series.count)",
                HistoryCommand.text(one.summary.since), HistoryCommand.text(one.summary.until),
                size(Int64(one.summary.allBytes)),
            ])
        }
        let series = found.reduce(0) { $0 + $1.series.count }
        Program.write(
            HistoryCommand.table(rows, numbers: [1, 4])
                + "\(found.count) sources, \(series) series; \(size(place.size)) in "
                + "\(Problem.printable(place.database))\n")
    }

    static func size(_ bytes: Int64) -> String { Format.number(Double(bytes), unit: "bytes") }

    private static func print(_ found: [Found], _ place: HistoryPlace, size: Int64) {
        func seconds(_ time: Int64?) -> JSONValue {
            .number(orNull: time.map { Double($0 / 1_000_000) / 1000 })
        }
        let sources = found.map { one in
            JSONValue.object([
                "host": .text(one.summary.key.host), "plugin": .text(one.summary.key.plugin),
                "options": .text(SeriesName.hexadecimal(one.summary.key.options)),
                "since": seconds(one.summary.since), "until": seconds(one.summary.until),
                "bytes": .whole(Int64(one.summary.allBytes)),
                "series": .list(
                    one.series.map { series in
                        .object([
                            "name": .text(
                                SeriesName(one.summary.key, series.instance, series.metric.id).text),
                            "instance": .text(series.instance), "metric": .text(series.metric.id),
                            "unit": .text(series.metric.unit), "kind": .text(series.metric.kind.name),
                        ])
                    }),
            ])
        }
        let document = JSONValue.object([
            "version": .whole(1), "path": .text(place.database), "bytes": .whole(size),
            "sources": .list(sources),
        ])
        Program.write(document.page)
    }
}
