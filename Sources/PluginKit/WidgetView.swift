import PluginAPI

/// A snapshot as `draw` sees it; valid during that call only.
public struct WidgetView {
    private let view: cm_view

    /// Nil where the host is too old to have what every view needs.
    init?(_ view: UnsafePointer<cm_view>) {
        var table = cm_view()
        copy(view, to: &table)
        let isWhole =
            table.instances != nil && table.instance_stride >= UInt32(MemoryLayout<cm_instance>.size)
            && table.value_stride >= UInt32(MemoryLayout<cm_value>.size)
        guard isWhole || table.instance_count == 0 else { return nil }
        self.view = table
    }

    public var instanceCount: Int { Int(view.instance_count) }

    public var instances: [Row] { (0..<instanceCount).map { self[$0] } }

    public subscript(index: Int) -> Row {
        let instance = UnsafeRawPointer(view.instances)!
            .advanced(by: index * Int(view.instance_stride))
            .assumingMemoryBound(to: cm_instance.self)
        return Row(instance: instance, stride: Int(view.value_stride))
    }

    /// The only instance of a plugin that has just one.
    public var only: Row? { instanceCount > 0 ? self[0] : nil }

    /// When the snapshot was taken, in Unix seconds.
    public var taken: Double { Double(view.taken_unix_ns) / 1e9 }
    /// The moment that is drawn, in Unix seconds: ages relate to it.
    public var now: Double { Double(view.now_unix_ns) / 1e9 }
    /// Seconds between two entries of a history.
    public var interval: Double { Double(view.interval_ns) / 1e9 }

    public var isStale: Bool { view.flags & 1 != 0 }
    public var isFocused: Bool { view.flags & 2 != 0 }
    /// The widget has the whole screen: show all.
    public var isZoomed: Bool { view.flags & 4 != 0 }

    public var note: String { String(view.note) }
    public var host: String { String(view.host) }

    /// The limits in force for a metric.
    public func limits(of metric: Metric) -> Limits {
        guard metric.index < view.metric_count else { return .none }
        let limits = view.limits[Int(metric.index)]
        return Limits(warning: limits.warning, critical: limits.critical)
    }
}

/// One instance of a view: a drive, a service, a repository.
public struct Row {
    let instance: UnsafePointer<cm_instance>
    let stride: Int

    public var name: String { String(instance.pointee.name) }

    /// Never NaN or infinite.
    public func number(_ metric: Metric) -> Double? {
        let value = value(metric)
        // Plugins turn what they get into integers.
        return value.kind == UInt32(1) && value.number.isFinite ? value.number : nil
    }

    public func text(_ metric: Metric) -> String? {
        let value = value(metric)
        return value.kind == UInt32(2) ? String(value.text) : nil
    }

    /// As judged by the plugin or by the limits in force; `auto` where nothing judged.
    public func status(_ metric: Metric) -> Status {
        Status(rawValue: UInt8(truncatingIfNeeded: value(metric).status)) ?? .auto
    }

    /// The recent past of a metric that was declared with `history`, oldest first, NaN for gaps.
    public func history(_ metric: Metric) -> [Float] {
        let value = value(metric)
        guard let history = value.history else { return [] }
        return [Float](UnsafeBufferPointer(start: history, count: Int(value.history_count)))
    }

    private func value(_ metric: Metric) -> cm_value {
        UnsafeRawPointer(instance.pointee.values)!
            .advanced(by: Int(metric.index) * stride)
            .assumingMemoryBound(to: cm_value.self).pointee
    }
}

extension Status {
    /// The role that shows a status; what is not judged looks like any value.
    public var role: Role {
        switch self {
        case .auto, .ok: .value
        case .warning: .warning
        case .critical: .critical
        case .unknown: .unknown
        }
    }
}
