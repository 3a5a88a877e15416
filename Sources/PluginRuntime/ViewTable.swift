import ContractEmbedded
import PluginAPI

/// Converts a view to the structs of the header.
enum ViewTable {
    static func view(_ view: View, lending: Lending) -> cm_view {
        let limits = lending.array(view.limits.count, of: cm_limits.self)
        for (index, limit) in view.limits.enumerated() {
            limits[index] = cm_limits(warning: limit.warning, critical: limit.critical)
        }
        let instances = lending.array(view.instances.count, of: cm_instance.self)
        let values = lending.array(view.instances.count * view.limits.count, of: cm_value.self)
        var next = values
        for (index, instance) in view.instances.enumerated() {
            (instances + index).initialize(
                to: cm_instance(name: lending.string(instance.name), values: UnsafePointer(next)))
            for cell in instance.cells {
                next.initialize(to: value(cell, lending: lending))
                next += 1
            }
        }
        var table = cm_view()
        table.size = UInt32(MemoryLayout<cm_view>.size)
        table.flags = (view.isStale ? 1 : 0) | (view.isFocused ? 2 : 0) | (view.isZoomed ? 4 : 0)
        table.taken_unix_ns = view.taken
        table.now_unix_ns = view.now
        table.interval_ns = view.interval
        table.instances = UnsafePointer(instances)
        table.instance_count = UInt64(view.instances.count)
        table.instance_stride = UInt32(MemoryLayout<cm_instance>.stride)
        table.value_stride = UInt32(MemoryLayout<cm_value>.stride)
        table.limits = UnsafePointer(limits)
        table.metric_count = UInt64(view.limits.count)
        table.note = lending.string(view.note)
        table.host = lending.string(view.host)
        return table
    }

    private static func value(_ cell: View.Cell, lending: Lending) -> cm_value {
        var value = cm_value()
        value.status = UInt32(cell.status.rawValue)
        value.number = .nan
        switch cell.value {
        case .absent: break
        case .number(let number):
            value.kind = 1
            value.number = number
        case .text(let text):
            value.kind = 2
            value.text = lending.string(text)
        }
        if !cell.history.isEmpty {
            value.history = lent(cell.history, lending)
            value.history_count = UInt64(cell.history.count)
            if !cell.highs.isEmpty { value.history_high = lent(cell.highs, lending) }
        }
        (value.usual_low, value.usual_high) = (.nan, .nan)
        if let foretold = cell.foretold { add(foretold, to: &value, lending: lending) }
        return value
    }

    private static func lent(_ values: [Float], _ lending: Lending) -> UnsafePointer<Float> {
        let memory = lending.array(values.count, of: Float.self)
        memory.initialize(from: values, count: values.count)
        return UnsafePointer(memory)
    }

    private static func add(_ foretold: View.Foretold, to value: inout cm_value, lending: Lending) {
        if !foretold.words.isEmpty {
            let words = lending.array(foretold.words.count, of: cm_string.self)
            for (index, form) in foretold.words.enumerated() {
                (words + index).initialize(to: lending.string(form))
            }
            value.forecast = UnsafePointer(words)
            value.forecast_count = UInt64(foretold.words.count)
        }
        value.forecast_status = UInt32(foretold.status.rawValue)
        (value.usual_low, value.usual_high) = (foretold.usual.low, foretold.usual.high)
        value.unusual = UInt32(foretold.unusual.rawValue)
    }
}
