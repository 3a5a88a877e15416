import Contract
import Core
import Engine

/// The panel of a widget. Its plugin draws a new picture when the values or the size have changed.
@MainActor
final class WidgetPanel: Panel, Drawer {
    let subscription: Subscription
    private unowned let dashboard: Dashboard
    private var operations: [DrawOperation] = []
    /// The target of the current picture, and that of the requested one.
    private var drawn = Target()
    private var asked = Target()
    private var isDrawing = false
    private var wanted = Drawing()
    var table = TableState()
    let isDrawnByPlugin = true

    private struct Target: Equatable {
        var drawing = Drawing()
        var generation: UInt32?
        /// The minute for which ages were drawn; they grow also without new values.
        var minute: Int64 = 0
        var limits: [Limits] = []
    }

    init(_ subscription: Subscription, dashboard: Dashboard) {
        self.subscription = subscription
        self.dashboard = dashboard
        subscription.drawer = self
    }

    var collector: Collector { subscription.collector }
    var configuration: WidgetConfiguration { subscription.widget }
    var host: String? { collector.key.host }
    var icon: String { collector.description?.icon ?? "" }
    var title: String {
        if let title = configuration.title { return title }
        let name = collector.description?.name ?? configuration.name
        // The host is named if the screen shows widgets of other hosts as well.
        return collector.key.host == dashboard.hostName ? name : "\(name) · \(collector.key.host)"
    }
    var status: Status {
        if subscription.failure != nil { return .unknown }
        guard isJudgedOtherwise, let snapshot else { return entry.status(at: dashboard.wall) }
        let isUncertain = entry.failure != nil || entry.isStale(at: dashboard.wall)
        return Status.worse(snapshot.status, isUncertain ? .unknown : .auto)
    }
    var staleness: Int64? { entry.isStale(at: dashboard.wall) ? entry.age(at: dashboard.wall) : nil }
    var picture: [DrawOperation]? { !entry.hasSnapshot ? nil : operations }
    var isEmpty: Bool { entry.snapshot?.instances.isEmpty ?? true }

    var hasBadValue: Bool {
        snapshot?.instances.contains { $0.cells.contains { $0.status.trouble > 1 } } ?? false
    }
    var isAbsent: Bool { failure?.isUnavailable == true && isEmpty && collector.notice == nil }

    private var entry: SnapshotStore.Entry { collector.entry }

    /// The latest snapshot, with statuses computed from this layout's limits.
    var snapshot: Snapshot? {
        isJudgedOtherwise ? entry.snapshot?.judged(by: subscription.limits) : entry.snapshot
    }

    /// The limits that the values are judged by, one for each metric; may be empty.
    var limits: [Limits] { subscription.limits.isEmpty ? collector.limits : subscription.limits }

    /// Why there are no new values; nil: there is no failure.
    var failure: Failure? { subscription.failure ?? entry.failure }

    /// Whether this layout has other limits than the collector.
    private var isJudgedOtherwise: Bool {
        !subscription.limits.isEmpty && subscription.limits != collector.limits
    }

    /// Whether all requests have been answered and the latest values are drawn.
    var isSettled: Bool {
        guard collector.isSettled else { return false }
        return collector.phase != .ready || collector.collects == 0 || !isDrawable
            || (!isDrawing && drawn == target)
    }

    /// Whether a picture can be drawn. A panel behind a zoomed one, or without a line of content, has no room.
    private var isDrawable: Bool { entry.hasSnapshot && wanted.size.width > 0 && wanted.size.height > 0 }

    // MARK: Remarks

    /// Why there are no new values, the plugin's note, or that the first values are awaited.
    var remarks: [Remark] {
        var remarks: [Remark] = []
        let entry = entry
        if let notice = collector.notice { remarks.append(Remark(sentence: notice, role: .warning)) }
        if let failure {
            if speaksForHost || !missesHost {
                let role: Role = failure.isUnavailable ? .label : .warning
                remarks.append(Remark(sentence: failure.words(dashboard.wording), role: role))
            } else if !entry.hasSnapshot {
                remarks.append(Remark(sentence: "\(collector.key.host) does not answer.", role: .muted))
            }
        } else if !entry.hasSnapshot {
            remarks.append(Remark(sentence: "Waiting for the first values.", role: .muted))
        }
        if let note = entry.snapshot?.remark(at: dashboard.wall) {
            remarks.append(Remark(sentence: note.sentence, role: Role(note: note.status)))
        }
        return remarks
    }

    /// A host that does not answer is a single event, which one of its visible panels reports for all.
    var speaksForHost = true

    var missesHost: Bool {
        guard collector.source.isUnreachable, let failure = entry.failure else { return false }
        return !failure.isUnavailable
    }

    // MARK: Picture

    private var target: Target {
        Target(
            drawing: wanted, generation: entry.generation, minute: dashboard.wall / 60_000_000_000,
            limits: subscription.limits)
    }

    func prepare(_ drawing: Drawing) {
        wanted = drawing
        let target = target
        guard collector.phase == .ready, !isDrawing, drawn != target, isDrawable else { return }
        if let schema = foreignSchema { return drawForeign(schema) }
        guard let description = collector.description, let schema = collector.schema,
            var view = dashboard.engine.store.view(
                collector.key, schema: schema, limits: subscription.limits, now: dashboard.wall,
                // Two values in each cell.
                columns: 2 * wanted.size.width)
        else { return }
        if isJudgedOtherwise { view.judge(by: subscription.limits, schema, entry) }
        asked = target
        view.isZoomed = wanted.isZoomed
        guard description.hasDraw else {
            operations = DefaultDrawing.operations(for: view, description: description, size: wanted.size)
            drawn = target
            dashboard.changed()
            return
        }
        isDrawing = true
        subscription.draw(DrawRequest(view: view, width: wanted.size.width, height: wanted.size.height))
    }

    /// The schema of the snapshot where it has metrics that the plugin does not declare, as an older version of it did; nil:
    /// the plugin can draw all of it.
    private var foreignSchema: Schema? {
        guard let own = collector.schema, let schema = entry.schema, !own.declaresAll(of: schema) else {
            return nil
        }
        return schema
    }

    /// Draws the default table of a snapshot that the plugin would draw only in part.
    private func drawForeign(_ schema: Schema) {
        guard
            let view = dashboard.engine.store.view(
                collector.key, schema: schema, limits: [], now: dashboard.wall)
        else { return }
        let description = PluginDescription(id: schema.plugin, name: schema.name, metrics: schema.metrics)
        operations = DefaultDrawing.operations(for: view, description: description, size: wanted.size)
        drawn = target
        dashboard.changed()
    }

    func drew(_ operations: [DrawOperation]) {
        isDrawing = false
        drawn = asked
        let size = asked.drawing.size
        let quota = WireLimits.operations(width: size.width, height: size.height)
        self.operations = operations.count > quota ? Array(operations.prefix(quota)) : operations
        dashboard.changed()
    }

    func lostWorker() {
        isDrawing = false
        // The picture of a plugin without a worker stays until a new worker draws one.
        if collector.phase != .waiting { drawn = Target() }
    }

    func lostPicture() {
        isDrawing = false
        operations = []
        drawn = Target()
    }
}

extension View {
    /// Applies the statuses that result from other limits.
    fileprivate mutating func judge(by limits: [Limits], _ schema: Schema, _ entry: SnapshotStore.Entry) {
        guard let judged = entry.snapshot?.shaped(by: schema).judged(by: limits) else { return }
        for (row, instance) in judged.instances.enumerated() where row < instances.count {
            for (index, cell) in instance.cells.enumerated() where index < instances[row].cells.count {
                instances[row].cells[index].status = cell.status
            }
            for (metric, foretold) in judged.foretold(instance) where metric < instances[row].cells.count {
                instances[row].cells[metric].foretold = foretold
            }
        }
    }
}

extension Role {
    /// The role of a sentence with this status in a plugin's note.
    fileprivate init(note status: Status) {
        switch status {
        case .critical: self = .critical
        case .warning: self = .warning
        case .auto, .ok, .unknown: self = .label
        }
    }
}
