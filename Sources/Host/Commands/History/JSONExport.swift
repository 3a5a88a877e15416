import Contract
import Core
import History
import HostJSON

/// Writes a JSON document for each line; docs/HISTORY-JSON.md describes them.
final class JSONExport {
    /// The version of the documents.
    static let version = 1

    private let reader: HistoryReader
    private let output: ExportOutput
    /// The source and schema of the lines that follow.
    private var current: (key: SeriesKey, schema: Schema)?

    init(_ reader: HistoryReader, _ output: ExportOutput) {
        self.reader = reader
        self.output = output
    }

    func write(_ keys: [SeriesKey], _ span: Range<Int64>) throws(HistoryError) {
        line(["cm_dashboard_history": .whole(Int64(Self.version))])
        for key in keys {
            try reader.forEachRecord(of: key, from: span.lowerBound, to: span.upperBound) { record in
                switch record {
                case .chunk(let chunk): write(chunk, span)
                case .rollup(let rollup, let end): write(rollup, span, before: end)
                }
            }
        }
    }

    private func line(_ members: [String: JSONValue]) { output.write(JSONValue.object(members).line + "\n") }

    private func begin(_ key: SeriesKey, _ schema: Schema) {
        if let current, current.key == key, current.schema == schema { return }
        current = (key, schema)
        line([
            "host": .text(key.host), "plugin": .text(key.plugin),
            "options": .text(SeriesName.hexadecimal(key.options)), "name": .text(schema.name),
            "version": .text(schema.version), "metrics": .list(schema.metrics.map(Self.metric)),
        ])
    }

    private static func metric(_ metric: MetricDeclaration) -> JSONValue {
        var members: [String: JSONValue] = [
            "id": .text(metric.id), "label": .text(metric.label), "unit": .text(metric.unit),
            "kind": .text(metric.kind.name),
        ]
        switch metric.direction {
        case .none: break
        case .higherIsWorse: members["worse"] = .text("higher")
        case .lowerIsWorse: members["worse"] = .text("lower")
        }
        if !metric.limits.warning.isNaN { members["warning"] = .number(metric.limits.warning) }
        if !metric.limits.critical.isNaN { members["critical"] = .number(metric.limits.critical) }
        let flags = [
            ("history", metric.wantsHistory), ("headline", metric.isHeadline), ("lasting", metric.isLasting),
            ("age", metric.isAge),
        ]
        for (name, isSet) in flags where isSet { members[name] = .flag(true) }
        if metric.rememberDays > 0 { members["remember_days"] = .whole(Int64(metric.rememberDays)) }
        return .object(members)
    }

    private static func milliseconds(_ time: Int64) -> JSONValue { .whole(time / 1_000_000) }

    // MARK: Values as they came

    private func write(_ chunk: ChunkReader, _ span: Range<Int64>) {
        if let schema = chunk.schema {
            begin(chunk.key, schema)
        } else {
            begin(chunk.key, Schema(PluginDescription(id: chunk.key.plugin, name: "")))
        }
        try? chunk.forEachRow { time, row in
            guard span.contains(time) else { return }
            output.tell("\(SeriesName.text(chunk.key)) \(HistoryCommand.text(time))")
            var members = ["time": Self.milliseconds(time)]
            switch row {
            case .snapshot(let snapshot): Self.add(snapshot, to: &members)
            case .hold: members["hold"] = .flag(true)
            case .failure(let failure):
                members["failure"] = .object([
                    "code": .text(failure.code.name), "message": .text(failure.words(Wording(now: time))),
                ])
            case .host(let state): members["host"] = .object(["state": .text(state.word)])
            }
            line(members)
        }
    }

    private static func add(_ snapshot: Snapshot, to members: inout [String: JSONValue]) {
        if snapshot.taken / 1_000_000 != snapshot.made / 1_000_000 {
            members["taken"] = milliseconds(snapshot.taken)
        }
        if let note = snapshot.note {
            members["note"] = .object(["status": .text(note.status.name), "message": .text(note.sentence)])
        }
        members["instances"] = .list(
            snapshot.instances.map { instance in
                var row: [String: JSONValue] = [
                    "name": .text(instance.name), "values": .list(instance.cells.map { value($0.value) }),
                ]
                if instance.cells.contains(where: { $0.status != .auto }) {
                    row["statuses"] = .list(
                        instance.cells.map { .text(orNull: $0.status == .auto ? nil : $0.status.name) })
                }
                return .object(row)
            })
    }

    private static func value(_ value: Value) -> JSONValue {
        switch value {
        case .absent: .null
        case .number(let number): .number(number)
        case .text(let text): .text(text)
        }
    }

    // MARK: Stretches

    private func write(_ rollup: RollupReader, _ span: Range<Int64>, before end: Int64) {
        guard let schema = rollup.schema, let outages = try? rollup.outages() else { return }
        begin(rollup.key, schema)
        let columns = rollup.instances.map { instance in
            schema.metrics.map { metric in
                (try? rollup.stretches(instance: instance, metric: metric.id)) ?? []
            }
        }
        for (row, time) in rollup.starts.enumerated() where span.contains(time) && time < end {
            output.tell("\(SeriesName.text(rollup.key)) \(HistoryCommand.text(time))")
            var instances: [JSONValue] = []
            for (name, columns) in zip(rollup.instances, columns) {
                let cells = columns.map { row < $0.count ? $0[row] : nil }
                guard cells.contains(where: { $0?.isPresent ?? false }) else { continue }
                instances.append(
                    .object(["name": .text(name), "stretches": .list(cells.map(Self.stretch))]))
            }
            line([
                "time": Self.milliseconds(time), "length": Self.milliseconds(rollup.tier.step),
                "samples": .whole(Int64(outages[row].samples)),
                "failures": .whole(Int64(outages[row].failures)), "instances": .list(instances),
            ])
        }
    }

    private static func stretch(_ stretch: RollupStretch?) -> JSONValue {
        guard let stretch, stretch.isPresent else { return .null }
        var members: [String: JSONValue] = [:]
        let bucket = stretch.bucket
        if bucket.count > 0 {
            members = [
                "count": .whole(Int64(bucket.count)), "minimum": .number(bucket.minimum),
                "mean": .number(bucket.mean), "maximum": .number(bucket.maximum),
                "last": .number(bucket.last),
            ]
            if !stretch.increase.isNaN { members["increase"] = .number(stretch.increase) }
        }
        if let text = stretch.text { members["text"] = .text(text) }
        if stretch.status != .auto { members["status"] = .text(stretch.status.name) }
        return .object(members)
    }
}
