import Contract
import Core
import Engine
import HostJSON

/// The snapshots as a JSON document; docs/SNAPSHOT-JSON.md describes it. Absent values are written as null, so
/// that a reader finds every key.
@MainActor
struct SnapshotDocument {
    private let document: JSONValue

    /// What is shown of a key, as the limits of a layout judge it.
    private struct Seen {
        let snapshot: Snapshot?
        let failure: Failure?
        let status: Status
    }

    init(_ dashboard: Dashboard) {
        let now = dashboard.wall
        let wording = dashboard.wording
        let panels = dashboard.widgets
        let shown = Set(panels.map(\.collector.id))
        let seen = panels.map {
            Self.widget(
                $0.collector, Seen(snapshot: $0.snapshot, failure: $0.failure, status: $0.status),
                $0.configuration.name, title: $0.title, wording)
        }
        let unseen = dashboard.engine.collectors.filter { !shown.contains($0.id) }.map {
            let entry = $0.entry
            return Self.widget(
                $0,
                Seen(
                    snapshot: entry.snapshot, failure: entry.failure, status: entry.status(at: wording.now)),
                $0.widgetName, title: $0.description?.name ?? $0.key.plugin, wording)
        }
        var members: [String: JSONValue] = [
            "version": .whole(1),
            // Unix seconds.
            "taken": .number(Double(now) / 1e9),
            "hosts": .list(dashboard.fleet?.table.rows.map { Self.host($0, wording) } ?? []),
            "widgets": .list(seen + unseen),
        ]
        if let replay = dashboard.replay { members["past"] = Self.past(replay) }
        document = .object(members)
    }

    /// What a document of the past says of the moment that it shows.
    private static func past(_ replay: Replay) -> JSONValue {
        .object([
            "at": .number(Double(replay.time) / 1e9), "made": .number(Double(replay.today) / 1e9),
            "step": .number(Double(replay.step) / 1e9),
        ])
    }

    func json() -> String { document.page }

    /// A row of the overview.
    private static func host(_ row: FleetTable.Row, _ wording: Wording) -> JSONValue {
        .object([
            "host": .text(row.host),
            "role": .text(orNull: row.role.isEmpty ? nil : row.role),
            "address": .text(orNull: row.address.isEmpty ? nil : row.address),
            "state": .text(row.state.word),
            "reason": .text(orNull: row.state.reason(wording)),
            "status": .text(row.status.name),
            "age": .number(orNull: row.age.map(Double.init)),
        ])
    }

    private static func widget(
        _ collector: Collector, _ seen: Seen, _ name: String, title: String, _ wording: Wording
    ) -> JSONValue {
        let snapshot = seen.snapshot
        let error = seen.failure.map { failure in
            JSONValue.object(["code": .text(failure.code.name), "message": .text(failure.words(wording))])
        }
        let note = snapshot?.remark(at: wording.now).map { note in
            JSONValue.object(["status": .text(note.status.name), "message": .text(note.sentence)])
        }
        return .object([
            "widget": .text(name),
            "plugin": .text(collector.key.plugin),
            "host": .text(collector.key.host),
            "title": .text(title),
            "status": .text(seen.status.name),
            "age": .number(orNull: collector.entry.age(at: wording.now).map { Double($0) / 1e9 }),
            "error": error ?? .null,
            "note": note ?? .null,
            "instances": .list(
                (snapshot?.instances ?? []).map { instance($0, snapshot?.schema.metrics ?? []) }),
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
                "value": value, "unit": .text(metric.unit), "status": .text(cell.status.name),
            ])
        }
        return .object(["instance": .text(instance.name), "metrics": .object(values)])
    }
}
