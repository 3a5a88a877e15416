import Contract
import Core
import HostJSON

/// The snapshots as a JSON document; docs/SNAPSHOT-JSON.md describes it. Absent values are written as null, so
/// that a reader finds every key.
@MainActor
struct SnapshotDocument {
    private let document: JSONValue

    init(_ dashboard: Dashboard) {
        let now = dashboard.wall
        let titles = dashboard.panels.compactMap { panel in
            (panel as? WidgetPanel).map { ($0.collector.id, panel.title) }
        }
        let panels = Dictionary(uniqueKeysWithValues: titles)
        let widgets = dashboard.collectors.map {
            Self.widget($0, title: panels[$0.id] ?? $0.description?.name ?? $0.configuration.plugin, now: now)
        }
        document = .object([
            "version": .whole(1),
            // Unix seconds.
            "taken": .number(Double(now) / 1e9),
            "hosts": .list(dashboard.fleet?.table.rows.map(Self.host) ?? []),
            "widgets": .list(widgets),
        ])
    }

    func json() -> String { document.page }

    /// A row of the overview.
    private static func host(_ row: FleetTable.Row) -> JSONValue {
        .object([
            "host": .text(row.host),
            "role": .text(orNull: row.role.isEmpty ? nil : row.role),
            "address": .text(orNull: row.address.isEmpty ? nil : row.address),
            "state": .text(row.state.word),
            "reason": .text(orNull: row.state.reason),
            "status": .text(row.status.jsonName),
            "age": .number(orNull: row.age.map(Double.init)),
        ])
    }

    private static func widget(_ widget: Collector, title: String, now: Int64) -> JSONValue {
        let entry = widget.entry
        let metrics = widget.description?.metrics ?? []
        let error = entry.failure.map { failure in
            JSONValue.object(["code": .text(failure.outcome.jsonName), "message": .text(failure.sentence)])
        }
        let note = entry.snapshot?.note.map { note in
            JSONValue.object(["status": .text(note.status.jsonName), "message": .text(note.sentence)])
        }
        return .object([
            "widget": .text(widget.key.widget),
            "plugin": .text(widget.configuration.plugin),
            "host": .text(widget.key.host),
            "title": .text(title),
            "status": .text(entry.status(at: now).jsonName),
            "age": .number(orNull: entry.age(at: now).map { Double($0) / 1e9 }),
            "error": error ?? .null,
            "note": note ?? .null,
            "instances": .list((entry.snapshot?.instances ?? []).map { instance($0, metrics) }),
        ])
    }

    private static func instance(_ instance: Snapshot.Instance, _ metrics: [MetricDeclaration]) -> JSONValue {
        var values: [String: JSONValue] = [:]
        for (metric, cell) in zip(metrics, instance.cells) {
            let value: JSONValue
            switch cell.value {
            case .absent: continue
            case .number(let number): value = .number(number)
            case .text(let text): value = .text(text)
            }
            values[metric.id] = .object([
                "value": value, "unit": .text(metric.unit), "status": .text(cell.status.jsonName),
            ])
        }
        return .object(["instance": .text(instance.name), "metrics": .object(values)])
    }
}
