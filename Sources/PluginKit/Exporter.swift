import PluginAPI

/// Translates a ``Plugin`` into the C tables of the header. The tables are never freed: the host may use them as
/// long as the process lives.
enum Exporter {
    /// The plugin of this shared object. It is global because the C entry and callbacks have no context argument.
    nonisolated(unsafe) static var plugin: Plugin?
    nonisolated(unsafe) static var extensionTable: UnsafeMutablePointer<cm_ingest>?

    static func descriptor(of plugin: Plugin) -> UnsafeMutablePointer<cm_plugin> {
        plugin.number()
        let table = UnsafeMutablePointer<cm_plugin>.allocate(capacity: 1)
        var entry = cm_plugin()
        entry.size = UInt32(MemoryLayout<cm_plugin>.size)
        entry.abi = CM_ABI_MAJOR << 16 | CM_ABI_MINOR
        entry.id = permanent(plugin.id)
        entry.name = permanent(plugin.name)
        entry.icon = permanent(plugin.icon)
        entry.version = permanent(plugin.version)
        entry.summary = permanent(plugin.summary)
        entry.metrics = UnsafePointer(metrics(of: plugin))
        entry.metric_count = UInt64(plugin.metrics.count)
        entry.metric_stride = UInt32(MemoryLayout<cm_metric>.stride)
        entry.options = UnsafePointer(options(of: plugin))
        entry.option_count = UInt64(plugin.options.count)
        entry.option_stride = UInt32(MemoryLayout<cm_option>.stride)
        entry.create = { host, config in Exporter.create(host, config) }
        entry.destroy = { instance in
            if let instance { Unmanaged<Widget>.fromOpaque(instance).release() }
        }
        entry.collect = { instance, tick, sink in Exporter.collect(instance, tick, sink) }
        entry.draw = { instance, view, canvas in Exporter.draw(instance, view, canvas) }
        if !plugin.documents.isEmpty {
            extensionTable = ingestTable(of: plugin)
            entry.get_extension = { id in
                String(id) == CM_INGEST_1 ? UnsafeRawPointer(Exporter.extensionTable) : nil
            }
        }
        table.initialize(to: entry)
        return table
    }

    static func create(
        _ host: UnsafePointer<cm_host>?, _ config: UnsafePointer<cm_config>?
    ) -> UnsafeMutableRawPointer? {
        guard let plugin, let host, let config else { return nil }
        var (table, settings) = (cm_host(), cm_config())
        copy(host, to: &table)
        copy(config, to: &settings)
        let machine = Machine(root: String(table.root), name: String(table.name))
        do throws(PluginError) {
            guard settings.value_count >= UInt64(plugin.options.count) else {
                throw .invalid(
                    "the host gives \(settings.value_count) of \(plugin.options.count) options; take a newer"
                        + " host")
            }
            let options = Options(settings, for: plugin.options)
            return Unmanaged.passRetained(try plugin.make(machine, options)).toOpaque()
        } catch {
            withCString(error.sentence) { table.fail?(host, UInt32(error.outcome.rawValue), $0) }
            return nil
        }
    }

    static func collect(
        _ instance: UnsafeMutableRawPointer?, _ tick: UnsafePointer<cm_tick>?, _ sink: UnsafePointer<cm_sink>?
    ) -> UInt32 {
        guard let instance, let tick, let sink, let destination = Sink(sink) else {
            return UInt32(Outcome.invalid.rawValue)
        }
        var moment = cm_tick()
        copy(tick, to: &moment)
        do throws(PluginError) {
            try Unmanaged<Widget>.fromOpaque(instance).takeUnretainedValue()
                .collect(Tick(moment), into: destination)
            return UInt32(Outcome.ok.rawValue)
        } catch {
            destination.fail(error)
            return UInt32(error.outcome.rawValue)
        }
    }

    static func ingest(
        _ instance: UnsafeMutableRawPointer?, _ tick: UnsafePointer<cm_tick>?,
        _ document: UnsafePointer<cm_document>?, _ sink: UnsafePointer<cm_sink>?
    ) -> UInt32 {
        guard let plugin, let instance, let tick, let document, let sink, let destination = Sink(sink) else {
            return UInt32(Outcome.invalid.rawValue)
        }
        var moment = cm_tick()
        copy(tick, to: &moment)
        let served = HostDocument(document, destination)
        do throws(PluginError) {
            guard plugin.documents.contains(served.kind) else {
                throw .invalid("\(plugin.id) takes no documents of the kind \"\(served.kind)\"")
            }
            try Unmanaged<Widget>.fromOpaque(instance).takeUnretainedValue()
                .ingest(served, Tick(moment), into: destination)
            return UInt32(Outcome.ok.rawValue)
        } catch {
            destination.fail(error)
            return UInt32(error.outcome.rawValue)
        }
    }

    static func draw(
        _ instance: UnsafeMutableRawPointer?, _ view: UnsafePointer<cm_view>?,
        _ canvas: UnsafePointer<cm_canvas>?
    ) {
        guard let instance, let view, let canvas, let snapshot = WidgetView(view) else { return }
        Unmanaged<Widget>.fromOpaque(instance).takeUnretainedValue()
            .draw(snapshot, on: Canvas(canvas))
    }

    private static func ingestTable(of plugin: Plugin) -> UnsafeMutablePointer<cm_ingest> {
        let kinds = UnsafeMutablePointer<cm_string>.allocate(capacity: plugin.documents.count)
        for (index, kind) in plugin.documents.enumerated() {
            (kinds + index).initialize(to: permanent(kind))
        }
        var entry = cm_ingest()
        entry.size = UInt32(MemoryLayout<cm_ingest>.size)
        entry.flags = plugin.keepsNoDocuments ? UInt32(CM_INGEST_STATELESS) : 0
        entry.kinds = UnsafePointer(kinds)
        entry.kind_count = UInt64(plugin.documents.count)
        entry.ingest = { instance, tick, document, sink in Exporter.ingest(instance, tick, document, sink) }
        let table = UnsafeMutablePointer<cm_ingest>.allocate(capacity: 1)
        table.initialize(to: entry)
        return table
    }

    private static func metrics(of plugin: Plugin) -> UnsafeMutablePointer<cm_metric>? {
        guard !plugin.metrics.isEmpty else { return nil }
        let table = UnsafeMutablePointer<cm_metric>.allocate(capacity: plugin.metrics.count)
        for (index, metric) in plugin.metrics.enumerated() {
            let declaration = metric.declaration
            var entry = cm_metric()
            entry.id = permanent(declaration.id)
            entry.label = permanent(declaration.label)
            entry.unit = permanent(declaration.unit)
            entry.help = permanent(declaration.help)
            entry.kind = UInt32(declaration.kind.rawValue)
            entry.direction = UInt32(declaration.direction.rawValue)
            entry.warning = declaration.limits.warning
            entry.critical = declaration.limits.critical
            entry.flags =
                (declaration.wantsHistory ? 1 : 0) | (declaration.isHeadline ? 2 : 0)
                | (declaration.isLasting ? 4 : 0) | (declaration.isAge ? 8 : 0)
            entry.remember_days = declaration.rememberDays
            let forecast = declaration.forecast
            entry.forecast = UInt32(forecast.kind.rawValue)
            entry.size = permanent(forecast.size)
            entry.written = permanent(forecast.written)
            entry.powered = permanent(forecast.powered)
            entry.identity = permanent(forecast.identity)
            entry.full = forecast.full
            entry.minimum_effect = declaration.minimumEffect
            (table + index).initialize(to: entry)
        }
        return table
    }

    private static func options(of plugin: Plugin) -> UnsafeMutablePointer<cm_option>? {
        guard !plugin.options.isEmpty else { return nil }
        let table = UnsafeMutablePointer<cm_option>.allocate(capacity: plugin.options.count)
        for (index, option) in plugin.options.enumerated() {
            let declaration = option.declaration
            var entry = cm_option()
            entry.key = permanent(declaration.key)
            entry.type = UInt32(declaration.kind.rawValue)
            entry.default_value = permanent(declaration.defaultValue)
            entry.minimum = declaration.minimum
            entry.maximum = declaration.maximum
            entry.help = permanent(declaration.help)
            (table + index).initialize(to: entry)
        }
        return table
    }

    private static func permanent(_ string: String) -> cm_string {
        let bytes = Array(string.utf8)
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: max(bytes.count, 1))
        for (index, byte) in bytes.enumerated() { memory[index] = CChar(bitPattern: byte) }
        return cm_string(data: memory, length: UInt64(bytes.count))
    }
}
