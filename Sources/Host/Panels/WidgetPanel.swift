import Contract
import Core
import Engine

/// A widget of the layout: its plugin draws it anew when there is something new, or another room for it.
@MainActor
final class WidgetPanel: Panel, Drawer {
    let subscription: Subscription
    private unowned let dashboard: Dashboard
    private var operations: [DrawOperation] = []
    /// What the picture was drawn for, and what one has been asked for.
    private var drawn = Target()
    private var asked = Target()
    private var isDrawing = false
    private var wanted = Drawing()
    var table = TableState()

    private struct Target: Equatable {
        var drawing = Drawing()
        var generation = -1
        /// Ages are told to the minute, and grow where no new values come.
        var minute: Int64 = 0
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
        // Beside widgets of other hosts nobody could tell whose it is.
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

    private var entry: SnapshotStore.Entry { collector.entry }

    /// The latest snapshot, judged by the limits of this layout.
    var snapshot: Snapshot? {
        isJudgedOtherwise ? entry.snapshot?.judged(by: subscription.limits) : entry.snapshot
    }

    /// Why there is nothing new; nil: nothing is wrong.
    var failure: Failure? { subscription.failure ?? entry.failure }

    /// This layout has other limits than the one that the host is watched by.
    private var isJudgedOtherwise: Bool {
        !subscription.limits.isEmpty && subscription.limits != collector.limits
    }

    /// All that was asked for has been answered and drawn.
    var isSettled: Bool {
        guard collector.isSettled else { return false }
        return collector.phase != .ready || collector.collects == 0 || !isDrawable
            || (!isDrawing && drawn == target)
    }

    /// Behind a zoomed widget, or in a panel without a line of content, nothing is ever drawn.
    private var isDrawable: Bool { entry.hasSnapshot && wanted.size.width > 0 && wanted.size.height > 0 }

    // MARK: What the host says

    /// Why there is nothing new, what the plugin noted, that values are still awaited.
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
        if let note = entry.snapshot?.note {
            remarks.append(Remark(sentence: note.sentence, role: Role(note: note.status)))
        }
        return remarks
    }

    /// A host that is down is one event: one of its panels that are seen tells it for all.
    var speaksForHost = true

    var missesHost: Bool {
        guard collector.source.link?.isUnreachable == true, let failure = entry.failure else { return false }
        return !failure.isUnavailable
    }

    // MARK: The picture

    private var target: Target {
        Target(drawing: wanted, generation: entry.generation, minute: dashboard.wall / 60_000_000_000)
    }

    func prepare(_ drawing: Drawing) {
        wanted = drawing
        let target = target
        guard collector.phase == .ready, !isDrawing, drawn != target, isDrawable,
            let description = collector.description, let schema = collector.schema,
            var view = dashboard.engine.store.view(
                collector.key, schema: schema, limits: subscription.limits, now: dashboard.wall)
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
        // A plugin that is gone leaves its picture; one that has come draws its own.
        if collector.phase != .waiting { drawn = Target() }
    }

    func lostPicture() {
        isDrawing = false
        operations = []
        drawn = Target()
    }
}

extension View {
    /// Takes the statuses that other limits give.
    fileprivate mutating func judge(by limits: [Limits], _ schema: Schema, _ entry: SnapshotStore.Entry) {
        guard let judged = entry.snapshot?.shaped(by: schema).judged(by: limits) else { return }
        for (row, instance) in judged.instances.enumerated() where row < instances.count {
            for (index, cell) in instance.cells.enumerated() where index < instances[row].cells.count {
                instances[row].cells[index].status = cell.status
            }
        }
    }
}

extension Role {
    /// For a sentence that a plugin has noted.
    fileprivate init(note status: Status) {
        switch status {
        case .critical: self = .critical
        case .warning: self = .warning
        case .auto, .ok, .unknown: self = .label
        }
    }
}
