import ArgumentParser
import Contract
import Core
import History
import Platform

/// `history show`: the values of one series.
struct HistoryShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the values of one series.",
        discussion: """
            Each line is a stretch of time: the mean, smallest and largest value, and how many values it stands for.
            Of a text, each line is a change. `cm-dashboard history list --series` prints the names.

            EXAMPLES
              cm-dashboard history show srv01/memory/used_percent
              cm-dashboard history show srv01/nvme/nvme0n1/wear --since -30d --step 1d
              cm-dashboard history show srv01/cpu/load --since "yesterday 04:00" --until "yesterday 05:00" --step 10s
            """)

    @Argument(help: ArgumentHelp("HOST/PLUGIN/INSTANCE/METRIC or HOST/PLUGIN/METRIC.", valueName: "series"))
    var series: String

    @OptionGroup var times: HistoryTimes

    @Option(help: ArgumentHelp("The length of a stretch: 10s, 5m, 1h, 1d.", valueName: "duration"))
    var step: String?

    private static let day: Int64 = 86_400_000_000_000
    /// Stretches of a span for which no step is given.
    private static let usualCount: Int64 = 48
    private static let mostCount: Int64 = 65_536

    mutating func run() throws {
        let span = times.span(usual: Self.day)
        let step = try step(of: span)
        let place = HistoryCommand.place
        guard place.exists else {
            Program.fail("nothing is recorded yet: there is no \(place.database)")
        }
        HistoryCommand.attempt { () throws(HistoryError) in
            let reader = try HistoryReader(place)
            let (name, metric) = try Self.find(series, reader)
            Program.write("\(name.text)  \(Self.heading(metric))\n")
            let lines =
                metric.isNumeric
                ? try Self.numbers(of: name, metric, span, step: step, reader)
                : try Self.texts(of: name, span, reader)
            if lines.isEmpty {
                Program.write(
                    "nothing is recorded of it from \(HistoryCommand.text(span.lowerBound, seconds: true)) to "
                        + "\(HistoryCommand.text(span.upperBound, seconds: true))\n")
            }
            Program.write(lines)
        }
    }

    private func step(of span: Range<Int64>) throws -> Int64 {
        let length = span.upperBound.subtractingReportingOverflow(span.lowerBound)
        let whole = length.overflow ? Int64.max : length.partialValue
        guard let step else {
            let second: Int64 = 1_000_000_000
            let steps = [10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400].map {
                Int64($0) * second
            }
            if let step = steps.first(where: { whole / $0 <= Self.usualCount }) { return step }
            return max((whole / Self.usualCount / Self.day + 1) * Self.day, Self.day)
        }
        guard let seconds = DurationText.seconds(step), let length = DurationText.nanoseconds(seconds),
            length >= 1_000_000_000
        else {
            throw ValidationError(
                "--step \(Problem.quoted(step)) is no duration of a second or more; expected like \(DurationText.example)"
            )
        }
        let count = whole / Int64(clamping: length)
        guard count <= Self.mostCount else {
            throw ValidationError(
                "a step of \(step) makes \(count) lines of the span; expected \(Self.mostCount) at most: a longer --step"
            )
        }
        return Int64(clamping: length)
    }

    private static func heading(_ metric: MetricDeclaration) -> String {
        let label = metric.label.isEmpty ? metric.id : metric.label
        return Problem.printable(metric.unit.isEmpty ? label : "\(label) (\(metric.unit))")
    }

    // MARK: Names

    private static func find(_ text: String, _ reader: HistoryReader) throws(HistoryError) -> (
        SeriesName, MetricDeclaration
    ) {
        let keys = try reader.keys()
        guard let name = SeriesName(text) else {
            Program.fail(
                "\(Problem.quoted(text)) is no name of a series; expected HOST/PLUGIN/INSTANCE/METRIC or "
                    + "HOST/PLUGIN/METRIC, as cm-dashboard history list --series prints them"
                    + hint(text, try names(keys, reader)))
        }
        if let found = try reader.series(of: name.key).first(where: {
            $0.instance == name.instance && $0.metric.id == name.metric
        }) {
            return (name, found.metric)
        }
        Program.fail("nothing is recorded of \(Problem.quoted(text))" + hint(text, try names(keys, reader)))
    }

    private static func names(_ keys: [SeriesKey], _ reader: HistoryReader) throws(HistoryError) -> [String] {
        var names: [String] = []
        for key in keys {
            names += try reader.series(of: key).map { SeriesName(key, $0.instance, $0.metric.id).text }
        }
        return names
    }

    /// Up to three names that are near, or that have the same beginning.
    private static func hint(_ text: String, _ names: [String]) -> String {
        if let near = Spelling.nearest(to: text, in: names) { return "; did you mean \(near)?" }
        let parts = text.split(separator: "/")
        for count in stride(from: parts.count, through: 1, by: -1) {
            let beginning = parts.prefix(count).joined(separator: "/")
            let near = names.filter { $0.hasPrefix(beginning) }
            if !near.isEmpty {
                return "; there is \(near.prefix(3).joined(separator: ", "))\(near.count > 3 ? ", …" : "")"
            }
        }
        return ""
    }

    // MARK: Values

    private static func numbers(
        of name: SeriesName, _ metric: MetricDeclaration, _ span: Range<Int64>, step: Int64,
        _ reader: HistoryReader
    ) throws(HistoryError) -> String {
        // Stretches begin at multiples of their length in local time, as a clock shows them.
        let start = aligned(span.lowerBound, step)
        let curve = try reader.curve(
            of: name.key, name.instance, name.metric, from: start, to: span.upperBound, step: step,
            holds: false)
        // Between two values there is no gap while the first one holds.
        let held = try reader.curve(
            of: name.key, name.instance, name.metric, from: start, to: span.upperBound, step: step)
        var rows = [["TIME", "MEAN", "MIN", "MAX", "VALUES"]]
        var gap: Int64?
        for (index, bucket) in curve.buckets.enumerated() {
            let time = curve.start + Int64(index) * step
            guard bucket.count > 0 else {
                if held.buckets[index].count == 0 { gap = gap ?? time }
                continue
            }
            if let begin = gap, rows.count > 1 {
                rows.append(["\(HistoryCommand.text(begin, seconds: true))", "–", "–", "–", "0"])
            }
            gap = nil
            rows.append([
                HistoryCommand.text(time, seconds: true), number(bucket.mean), number(bucket.minimum),
                number(bucket.maximum), "\(bucket.count)",
            ])
        }
        guard rows.count > 1 else { return "" }
        return HistoryCommand.table(rows, numbers: [1, 2, 3, 4])
    }

    private static func aligned(_ time: Int64, _ step: Int64) -> Int64 {
        let offset = Int64(LocalTime.zone.offset(at: time / 1_000_000_000)) * 1_000_000_000
        let (local, overflow) = time.addingReportingOverflow(offset)
        guard !overflow else { return time }
        return time - ((local % step) + step) % step
    }

    /// Six digits, which is more than is kept of most.
    private static func number(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return "\(value)".replacing(".0", with: "") }
        var scale = 1.0
        var magnitude = value.magnitude
        while magnitude < 100_000, scale < 1e9 {
            magnitude *= 10
            scale *= 10
        }
        let rounded = (value * scale).rounded() / scale
        let text = "\(rounded)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func texts(of name: SeriesName, _ span: Range<Int64>, _ reader: HistoryReader)
        throws(HistoryError) -> String
    {
        let changes = try reader.texts(of: name, from: span.lowerBound, to: span.upperBound)
        guard !changes.isEmpty else { return "" }
        var rows = [["TIME", "TEXT"]]
        for change in changes {
            rows.append([
                HistoryCommand.text(max(change.time, span.lowerBound), seconds: true),
                change.value.map(Problem.printable) ?? "–",
            ])
        }
        return HistoryCommand.table(rows)
    }
}
