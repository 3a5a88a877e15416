import PluginAPI

/// A snapshot as `draw` gets it. Valid during that call only.
public struct WidgetView {
    private let view: cm_view

    /// Nil where the host's structs lack a field that every view needs.
    init?(_ view: UnsafePointer<cm_view>) {
        var table = cm_view()
        copy(view, to: &table)
        let isWhole =
            table.instances != nil && table.instance_stride >= UInt32(MemoryLayout<cm_instance>.size)
            && table.value_stride >= Self.leastValue
        guard isWhole || table.instance_count == 0 else { return nil }
        self.view = table
    }

    /// The size of a `cm_value` of ABI 1.0 to 1.3.
    private static let leastValue: UInt32 = 48

    /// Number of instances.
    public var instanceCount: Int { Int(view.instance_count) }

    /// All instances, in the order of the snapshot.
    public var instances: [Row] { (0..<instanceCount).map { self[$0] } }

    /// The instance at an index below ``instanceCount``.
    public subscript(index: Int) -> Row {
        let instance = UnsafeRawPointer(view.instances)!
            .advanced(by: index * Int(view.instance_stride))
            .assumingMemoryBound(to: cm_instance.self)
        return Row(instance: instance, stride: Int(view.value_stride))
    }

    /// The first instance, for a plugin that has only one; nil where there is none.
    public var only: Row? { instanceCount > 0 ? self[0] : nil }

    /// When the snapshot was taken, in Unix seconds.
    public var taken: Double { Double(view.taken_unix_ns) / 1e9 }
    /// The moment that is drawn, in Unix seconds; ages relate to it.
    public var now: Double { Double(view.now_unix_ns) / 1e9 }
    /// Seconds that one entry of a history stands for.
    public var interval: Double { Double(view.interval_ns) / 1e9 }

    /// Whether the snapshot is too old to be trusted. The host greys the widget out by itself.
    public var isStale: Bool { view.flags & 1 != 0 }
    /// Never set: the host draws the focus, and a change of it draws nothing anew.
    public var isFocused: Bool { view.flags & 2 != 0 }
    /// Whether the widget fills the screen, so that it should show all it has.
    public var isZoomed: Bool { view.flags & 4 != 0 }

    /// The plugin's sentence on the snapshot, or empty.
    public var note: String { String(view.note) }
    /// Name of the host that the values belong to.
    public var host: String { String(view.host) }

    /// The figure of a metric in at most `width` cells, rounded to its own side of the limits in force, so that figure
    /// and status agree; nil where the metric has no number. A number that is unusual has its mark before it.
    public func figure(_ metric: Metric, of row: Row, width: Int = .max) -> String? {
        let mark = row.unusual(metric)?.mark ?? ""
        let room = mark.isEmpty ? width : width - 1
        return row.number(metric).map {
            mark + Format.number($0, unit: metric.declaration.unit, width: room, limits: limits(of: metric))
        }
    }

    /// A table's cell with the number of a metric, styled by its status, and `judged` by another metric's as well.
    public func cell(_ metric: Metric, of row: Row, judged: Metric? = nil, role: Role? = nil) -> Table.Cell {
        let status = Status.worse(row.status(metric), judged.map { row.status($0) } ?? .auto)
        if row.unusual(metric) != nil, let figure = figure(metric, of: row), let number = row.number(metric) {
            return .text(figure, role: role ?? status.role, key: number)
        }
        return .number(
            row.number(metric), unit: metric.declaration.unit, role: role ?? status.role,
            limits: limits(of: metric))
    }

    /// The limits in force for a metric, in its unit: those of the layout or configuration, else the declared ones.
    public func limits(of metric: Metric) -> Limits {
        guard metric.index < view.metric_count else { return .none }
        let limits = view.limits[Int(metric.index)]
        return Limits(warning: limits.warning, critical: limits.critical)
    }
}

/// One instance of a view: a drive, a service, a repository. Valid as long as the view.
public struct Row {
    let instance: UnsafePointer<cm_instance>
    let stride: Int

    /// Name of the instance; empty for a plugin that has only one.
    public var name: String { String(instance.pointee.name) }

    /// The number of a metric, never NaN or infinite; nil where it is absent or a text.
    public func number(_ metric: Metric) -> Double? {
        let value = value(metric)
        // Plugins convert these numbers to integers, which traps for NaN and infinities.
        return value.kind == UInt32(1) && value.number.isFinite ? value.number : nil
    }

    /// The text of a metric; nil where it is absent or a number.
    public func text(_ metric: Metric) -> String? {
        let value = value(metric)
        return value.kind == UInt32(2) ? String(value.text) : nil
    }

    /// The status that the plugin set or the limits in force gave; `auto`: not judged.
    public func status(_ metric: Metric) -> Status {
        Status(rawValue: UInt8(truncatingIfNeeded: value(metric).status)) ?? .auto
    }

    /// The past of a metric declared with `history`, over the span that the user has chosen; empty for others.
    public func history(_ metric: Metric) -> Past {
        let value = value(metric)
        guard let history = value.history else { return Past() }
        let count = Int(value.history_count)
        let highs = value.history_high.map { [Float](UnsafeBufferPointer(start: $0, count: count)) }
        return Past(
            values: [Float](UnsafeBufferPointer(start: history, count: count)), highs: highs ?? [])
    }

    /// Copies a value. Fields that an older host does not know are zero.
    func value(_ metric: Metric) -> cm_value {
        var value = cm_value()
        let place = UnsafeRawPointer(instance.pointee.values)!.advanced(by: Int(metric.index) * stride)
        withUnsafeMutableBytes(of: &value) {
            $0.copyMemory(
                from: UnsafeRawBufferPointer(start: place, count: min(stride, MemoryLayout<cm_value>.size)))
        }
        return value
    }
}

/// What a number was, in stretches of ``WidgetView/interval`` that end at the moment that is drawn.
public struct Past {
    /// The mean of each stretch, oldest first, NaN for gaps.
    public var values: [Float] = []
    /// The largest value of each stretch; empty where they are the means.
    public var highs: [Float] = []

    public init(values: [Float] = [], highs: [Float] = []) {
        self.values = values
        self.highs = highs
    }

    /// Whether nothing is known.
    public var isEmpty: Bool { values.isEmpty }
    /// Whether there are two values or more, and so a curve.
    public var isCurve: Bool {
        var count = 0
        for value in values where !value.isNaN {
            count += 1
            if count > 1 { return true }
        }
        return false
    }
}

extension Status {
    /// The role for a value with this status; `auto` and `ok` have that of an ordinary value.
    public var role: Role {
        switch self {
        case .auto, .ok: .value
        case .warning: .warning
        case .critical: .critical
        case .unknown: .unknown
        }
    }
}
