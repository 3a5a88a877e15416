import Contract
import Core
import History

/// Writes numbers as OpenMetrics text: a family for each metric, its series one after another, each in the order of time.
struct OpenMetricsExport {
    private let reader: HistoryReader
    private let output: ExportOutput

    init(_ reader: HistoryReader, _ output: ExportOutput) {
        self.reader = reader
        self.output = output
    }

    /// A metric of the export.
    private struct Family {
        let name: String
        let metric: MetricDeclaration
        var series: [SeriesName] = []
    }

    func write(_ keys: [SeriesKey], _ span: Range<Int64>) throws(HistoryError) {
        for family in try families(keys) {
            output.write(Self.head(family))
            for name in family.series { try write(name, family, span) }
        }
        output.write("# EOF\n")
    }

    private func families(_ keys: [SeriesKey]) throws(HistoryError) -> [Family] {
        var (families, places): ([Family], [String: Int]) = ([], [:])
        for key in keys {
            for series in try reader.series(of: key) where series.metric.isNumeric {
                let name = Self.familyName(key.plugin, series.metric)
                let place = places[name] ?? families.count
                if place == families.count {
                    places[name] = place
                    families.append(Family(name: name, metric: series.metric))
                }
                families[place].series.append(SeriesName(key, series.instance, series.metric.id))
            }
        }
        return families
    }

    private static func familyName(_ plugin: String, _ metric: MetricDeclaration) -> String {
        var name = cleaned("cm_\(plugin)_\(metric.id)")
        // The suffix is that of a counter's samples.
        if metric.kind == .counter, name.hasSuffix("_total") { name.removeLast(6) }
        let unit = cleaned(metric.unit)
        return unit.isEmpty || name.hasSuffix("_\(unit)") ? name : "\(name)_\(unit)"
    }

    private static func cleaned(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                let isAllowed =
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                return isAllowed ? byte : UInt8(ascii: "_")
            }, as: UTF8.self)
    }

    private static func head(_ family: Family) -> String {
        let metric = family.metric
        let type = metric.kind == .counter ? "counter" : "gauge"
        let unit = cleaned(metric.unit)
        let label = metric.label.isEmpty ? metric.id : metric.label
        return "# TYPE \(family.name) \(type)\n" + (unit.isEmpty ? "" : "# UNIT \(family.name) \(unit)\n")
            + "# HELP \(family.name) \(escaped(label))\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\"", with: "\\\"")
    }

    private func write(_ name: SeriesName, _ family: Family, _ span: Range<Int64>) throws(HistoryError) {
        let isCounter = family.metric.kind == .counter
        var labels = "host=\"\(Self.escaped(name.key.host))\""
        if !name.instance.isEmpty { labels += ",instance=\"\(Self.escaped(name.instance))\"" }
        if name.key.options != .none { labels += ",options=\"\(SeriesName.hexadecimal(name.key.options))\"" }
        let start = "\(family.name)\(isCounter ? "_total" : ""){\(labels)} "
        var latest = Int64.min
        func sample(_ value: Double, _ time: Int64) {
            // Two samples of a series must not have the same time, and a counter is never negative.
            guard span.contains(time), time > latest, !value.isNaN, !isCounter || value >= 0 else { return }
            latest = time
            output.write(start + CSVExport.number(value) + " " + Self.seconds(time) + "\n")
        }
        try reader.forEachRecord(of: name.key, from: span.lowerBound, to: span.upperBound) { record in
            switch record {
            case .chunk(let chunk):
                output.tell("\(name.text) \(HistoryCommand.text(chunk.span?.lowerBound))")
                guard let values = try? chunk.values(instance: name.instance, metric: name.metric) else {
                    return
                }
                for (time, value) in zip(values.times, values.values) { sample(value, time) }
            case .rollup(let rollup, let end):
                let stretches =
                    (try? rollup.stretches(instance: name.instance, metric: name.metric)) ?? []
                for (time, stretch) in zip(rollup.starts, stretches)
                where time < end && stretch.bucket.count > 0 {
                    sample(isCounter ? stretch.bucket.last : stretch.bucket.mean, time)
                }
            }
        }
    }

    private static func seconds(_ time: Int64) -> String {
        let milliseconds = time / 1_000_000
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }
}
