import Contract
import Core
import FoundationEssentials

/// The snapshots as a JSON document; docs/SNAPSHOT-JSON.md describes it.
struct SnapshotDocument: Encodable {
    struct Remark: Encodable {
        let code: String?
        let status: String?
        let message: String
    }

    struct Metric: Encodable {
        let value: Scalar
        let unit: String
        let status: String
    }

    enum Scalar: Encodable {
        case number(Double)
        case text(String)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }

    struct Instance: Encodable {
        let instance: String
        let metrics: [String: Metric]
    }

    struct Widget: Encodable {
        let widget: String
        let plugin: String
        let host: String
        let title: String
        let status: String
        let age: Double?
        let error: Remark?
        let note: Remark?
        let instances: [Instance]

        private enum CodingKeys: CodingKey {
            case widget, plugin, host, title, status, age, error, note, instances
        }

        /// Encodes absent values as null, so that a reader finds every key.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(widget, forKey: .widget)
            try container.encode(plugin, forKey: .plugin)
            try container.encode(host, forKey: .host)
            try container.encode(title, forKey: .title)
            try container.encode(status, forKey: .status)
            try container.encode(age, forKey: .age)
            try container.encode(error, forKey: .error)
            try container.encode(note, forKey: .note)
            try container.encode(instances, forKey: .instances)
        }
    }

    /// A row of the overview.
    struct Host: Encodable {
        let host: String
        let role: String?
        let address: String?
        let state: String
        let reason: String?
        let status: String
        let age: Double?

        private enum CodingKeys: CodingKey {
            case host, role, address, state, reason, status, age
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(host, forKey: .host)
            try container.encode(role, forKey: .role)
            try container.encode(address, forKey: .address)
            try container.encode(state, forKey: .state)
            try container.encode(reason, forKey: .reason)
            try container.encode(status, forKey: .status)
            try container.encode(age, forKey: .age)
        }
    }

    let version = 1
    /// Unix seconds.
    let taken: Double
    let hosts: [Host]
    let widgets: [Widget]

    @MainActor
    init(_ dashboard: Dashboard) {
        let now = dashboard.wall
        taken = Double(now) / 1e9
        hosts = dashboard.fleet?.table.rows.map(Self.host) ?? []
        let titles = dashboard.panels.compactMap { panel in
            (panel as? WidgetPanel).map { ($0.collector.id, panel.title) }
        }
        let panels = Dictionary(uniqueKeysWithValues: titles)
        widgets = dashboard.collectors.map {
            Self.widget($0, title: panels[$0.id] ?? $0.description?.name ?? $0.configuration.plugin, now: now)
        }
    }

    func json() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else {
            Program.fail("the snapshots cannot be written as JSON")
        }
        return Self.harmless(String(decoding: data, as: UTF8.self)) + "\n"
    }

    /// Replaces DEL and the C1 controls, which JSON allows unescaped, but which a terminal would interpret.
    private static func harmless(_ text: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { (0x7f...0x9f).contains(scalar.value) }
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isControl(scalar) {
                result += "\\u00" + String(scalar.value, radix: 16)
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func host(_ row: FleetTable.Row) -> Host {
        Host(
            host: row.host, role: row.role.isEmpty ? nil : row.role,
            address: row.address.isEmpty ? nil : row.address, state: row.state.word, reason: row.state.reason,
            status: word(row.status), age: row.age.map(Double.init))
    }

    @MainActor
    private static func widget(_ widget: Collector, title: String, now: Int64) -> Widget {
        let entry = widget.entry
        let metrics = widget.description?.metrics ?? []
        return Widget(
            widget: widget.key.widget, plugin: widget.configuration.plugin, host: widget.key.host,
            title: title, status: word(entry.status(at: now)),
            age: entry.age(at: now).map { Double($0) / 1e9 },
            error: entry.failure.map { Remark(code: "\($0.outcome)", status: nil, message: $0.sentence) },
            note: entry.snapshot?.note.map {
                Remark(code: nil, status: word($0.status), message: $0.sentence)
            },
            instances: (entry.snapshot?.instances ?? []).map { instance($0, metrics) })
    }

    private static func instance(_ instance: Snapshot.Instance, _ metrics: [MetricDeclaration]) -> Instance {
        var values: [String: Metric] = [:]
        for (metric, cell) in zip(metrics, instance.cells) {
            let value: Scalar
            switch cell.value {
            case .absent: continue
            case .number(let number): value = .number(number)
            case .text(let text): value = .text(text)
            }
            values[metric.id] = Metric(value: value, unit: metric.unit, status: word(cell.status))
        }
        return Instance(instance: instance.name, metrics: values)
    }

    private static func word(_ status: Status) -> String { status == .auto ? "none" : "\(status)" }
}
