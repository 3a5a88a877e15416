import Contract
import Core
import History

/// Writes a line for each value, as RFC 4180 has it.
struct CSVExport {
    private let reader: HistoryReader
    private let output: ExportOutput

    init(_ reader: HistoryReader, _ output: ExportOutput) {
        self.reader = reader
        self.output = output
    }

    func write(_ keys: [SeriesKey], _ span: Range<Int64>) throws(HistoryError) {
        output.write(
            "time,seconds,host,plugin,instance,metric,unit,value,minimum,maximum,count,status\r\n")
        for key in keys {
            try reader.forEachRecord(of: key, from: span.lowerBound, to: span.upperBound) { record in
                switch record {
                case .chunk(let chunk): write(chunk, span)
                case .rollup(let rollup, let end):
                    write(rollup, span.clamped(to: .min..<max(end, span.lowerBound)))
                }
            }
        }
    }

    private func write(_ chunk: ChunkReader, _ span: Range<Int64>) {
        try? chunk.forEachRow { time, row in
            guard span.contains(time), case .snapshot(let snapshot) = row else { return }
            output.tell("\(SeriesName.text(snapshot.key)) \(HistoryCommand.text(time))")
            for instance in snapshot.instances {
                for (metric, cell) in zip(snapshot.schema.metrics, instance.cells) {
                    let value: String
                    switch cell.value {
                    case .absent: continue
                    case .number(let number): value = Self.number(number)
                    case .text(let text): value = Self.quoted(text)
                    }
                    line(
                        time, nil, snapshot.key, instance.name, metric,
                        [value, "", "", "1", cell.status == .auto ? "" : cell.status.name])
                }
            }
        }
    }

    private func write(_ rollup: RollupReader, _ span: Range<Int64>) {
        for instance in rollup.instances {
            for metric in rollup.schema?.metrics ?? [] {
                output.tell("\(SeriesName.text(rollup.key)) \(HistoryCommand.text(rollup.starts.first))")
                let stretches = (try? rollup.stretches(instance: instance, metric: metric.id)) ?? []
                for (time, stretch) in zip(rollup.starts, stretches) where span.contains(time) {
                    let bucket = stretch.bucket
                    let values: [String]
                    if bucket.count > 0 {
                        values = [
                            Self.number(bucket.mean), Self.number(bucket.minimum),
                            Self.number(bucket.maximum),
                            "\(bucket.count)",
                        ]
                    } else if let text = stretch.text {
                        values = [Self.quoted(text), "", "", "1"]
                    } else {
                        continue
                    }
                    let status = stretch.status == .auto ? "" : stretch.status.name
                    line(time, rollup.tier.step, rollup.key, instance, metric, values + [status])
                }
            }
        }
    }

    private func line(
        _ time: Int64, _ length: Int64?, _ key: SeriesKey, _ instance: String, _ metric: MetricDeclaration,
        _ values: [String]
    ) {
        let names = [key.host, key.plugin, instance, metric.id, metric.unit].map(Self.quoted)
        let seconds = length.map { "\($0 / 1_000_000_000)" } ?? ""
        output.write(
            ([HistoryCommand.utc(time), seconds] + names + values).joined(separator: ",") + "\r\n")
    }

    static func number(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 != 34 && $0 != 44 && $0 != 10 && $0 != 13 }
        return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
