import PluginAPI

/// One metric of a plugin: a column of its snapshots. Declare each as a global constant, list it in the
/// ``Plugin``, and use it to emit and to read values.
public final class Metric: @unchecked Sendable {
    let declaration: MetricDeclaration
    /// Its place in the plugin's list, set once when the plugin is exported.
    fileprivate(set) var index: UInt32 = .max

    /// - Parameters:
    ///   - id: `[a-z][a-z0-9_]*`; a layout overrides its limits with `<id>_warning` and `<id>_critical`.
    ///   - label: a short heading.
    ///   - unit: "bytes", "seconds", "celsius", "percent", "hertz", "watts", "count", "bytes/s", "ratio" or "".
    ///   - help: one sentence: what it is and where the figure comes from.
    ///   - worse: which way is worse; without it limits have no meaning.
    ///   - history: `draw` wants the recent past of this number.
    ///   - headline: it stands for the plugin in an overview of hosts.
    public init(
        _ id: String, _ label: String, unit: String = "", kind: MetricDeclaration.Kind = .gauge,
        worse: MetricDeclaration.Direction = .none, warning: Double = .nan, critical: Double = .nan,
        history: Bool = false, headline: Bool = false, rememberDays: UInt32 = 0, help: String
    ) {
        declaration = MetricDeclaration(
            id: id, label: label, unit: unit, help: help, kind: kind, direction: worse,
            limits: Limits(warning: warning, critical: critical), wantsHistory: history,
            isHeadline: headline, rememberDays: rememberDays)
    }
}

/// One key that a layout may set. Declare each as a global constant, list it in the ``Plugin``, and read it
/// from ``Options``.
public final class Option: @unchecked Sendable {
    let declaration: OptionDeclaration
    fileprivate(set) var index = Int.max

    /// - Parameters:
    ///   - value: the default as written in a layout: "true", "26h", "8G"; a list: comma-separated.
    ///   - range: bounds in base units, for the number kinds.
    public init(
        _ key: String, _ kind: OptionDeclaration.Kind, default value: String,
        range: ClosedRange<Double>? = nil, help: String
    ) {
        declaration = OptionDeclaration(
            key: key, kind: kind, defaultValue: value, minimum: range?.lowerBound ?? .nan,
            maximum: range?.upperBound ?? .nan, help: help)
    }
}

/// The values of a widget's options, the layout's or the defaults.
public struct Options {
    /// The widget's name in its layout.
    public let widget: String
    private let values: [OptionValue]
    private let set: [Bool]

    init(_ config: cm_config, for options: [Option]) {
        var (values, set): ([OptionValue], [Bool]) = ([], [])
        for (index, option) in options.enumerated() {
            let value = UnsafeRawPointer(config.values)!
                .advanced(by: index * Int(config.value_stride))
                .assumingMemoryBound(to: cm_option_value.self).pointee
            set.append(value.is_set != 0)
            switch option.declaration.kind {
            case .text: values.append(.text(String(value.text)))
            case .list: values.append(.list((0..<Int(value.item_count)).map { String(value.items[$0]) }))
            default: values.append(.number(option.declaration.nearest(to: value.number)))
            }
        }
        self.values = values
        self.set = set
        widget = String(config.widget)
    }

    public func flag(_ option: Option) -> Bool { number(option) != 0 }

    /// Integer, float, duration in seconds, size in bytes.
    public func number(_ option: Option) -> Double {
        if option.index < values.count, case .number(let number) = values[option.index] { number } else { 0 }
    }

    public func text(_ option: Option) -> String {
        if option.index < values.count, case .text(let text) = values[option.index] { text } else { "" }
    }

    public func list(_ option: Option) -> [String] {
        if option.index < values.count, case .list(let items) = values[option.index] { items } else { [] }
    }

    /// Whether the layout set it.
    public func isSet(_ option: Option) -> Bool { option.index < set.count && set[option.index] }
}

/// What the entry of a plugin returns.
public typealias PluginEntry = UnsafePointer<cm_plugin>?

/// A plugin: what it declares, and how a widget of it is made.
///
///     let plugin = Plugin(id: "hello", name: "Hello", version: "1.0.0", summary: "Says hello.",
///                         metrics: [greeting]) { machine, options in HelloWidget() }
///
///     @_cdecl("cm_plugin_entry_v1")
///     public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }
public final class Plugin: @unchecked Sendable {
    public typealias Make = (Machine, Options) throws(PluginError) -> Widget

    let id: String
    let name: String
    let icon: String
    let version: String
    let summary: String
    let metrics: [Metric]
    let options: [Option]
    let make: Make
    private var exported: UnsafeMutablePointer<cm_plugin>?

    public init(
        id: String, name: String, icon: String = "", version: String, summary: String,
        metrics: [Metric], options: [Option] = [], make: @escaping Make
    ) {
        self.id = id
        self.name = name
        self.icon = icon
        self.version = version
        self.summary = summary
        self.metrics = metrics
        self.options = options
        self.make = make
    }

    /// The descriptor for a host of that version, or nil when it cannot be served.
    public func export(to hostABI: UInt32) -> PluginEntry {
        guard hostABI >> 16 == CM_ABI_MAJOR else { return nil }
        if exported == nil {
            exported = Exporter.descriptor(of: self)
            Exporter.plugin = self
        }
        return UnsafePointer(exported)
    }

    fileprivate func number() {
        for (index, metric) in metrics.enumerated() { metric.index = UInt32(index) }
        for (index, option) in options.enumerated() { option.index = index }
    }
}

/// Turns a ``Plugin`` into the C tables of the header. What it allocates lives as long as the process.
private enum Exporter {
    /// The one plugin of this shared object: C callbacks carry no context of their own.
    nonisolated(unsafe) static var plugin: Plugin?

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

    static func draw(
        _ instance: UnsafeMutableRawPointer?, _ view: UnsafePointer<cm_view>?,
        _ canvas: UnsafePointer<cm_canvas>?
    ) {
        guard let instance, let view, let canvas, let snapshot = WidgetView(view) else { return }
        Unmanaged<Widget>.fromOpaque(instance).takeUnretainedValue()
            .draw(snapshot, on: Canvas(canvas))
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
            entry.flags = (declaration.wantsHistory ? 1 : 0) | (declaration.isHeadline ? 2 : 0)
            entry.remember_days = declaration.rememberDays
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

/// Copies what a host's struct holds: fields outside its size, which an older host does not know, stay zero.
func copy<Table>(_ source: UnsafePointer<Table>, to table: inout Table) {
    let size = UnsafeRawPointer(source).load(as: UInt32.self)
    withUnsafeMutableBytes(of: &table) { bytes in
        bytes.copyMemory(
            from: UnsafeRawBufferPointer(start: source, count: min(Int(size), MemoryLayout<Table>.size)))
    }
}

extension OptionDeclaration {
    /// The declared range holds even where a host does not see to it: plugins make integers of these numbers.
    fileprivate func nearest(to number: Double) -> Double {
        if number.isNaN { return minimum.isNaN ? 0 : minimum }
        if number < minimum { return minimum }
        return number > maximum ? maximum : number
    }
}

extension Tick {
    init(_ tick: cm_tick) {
        self.init(
            number: tick.number, monotonic: tick.monotonic_ns, wall: tick.unix_ns,
            interval: tick.interval_ns, isFirst: tick.flags & 1 != 0, isRefresh: tick.flags & 2 != 0)
    }

    /// Unix time in seconds.
    public var unixSeconds: Double { Double(wall) / 1e9 }
    /// Monotonic time in seconds, for rates and intervals.
    public var seconds: Double { Double(monotonic) / 1e9 }
}
