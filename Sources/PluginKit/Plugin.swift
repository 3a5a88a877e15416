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
    let documents: [String]
    let keepsNoDocuments: Bool
    let make: Make
    private var exported: UnsafeMutablePointer<cm_plugin>?

    /// - Parameters:
    ///   - documents: kinds of documents that a widget can ``Widget/ingest(_:_:into:)``.
    ///   - keepsNoDocuments: what it makes of a document depends on nothing but that document and the options. One
    ///     widget then reads those of many hosts; ``ServedDocument/host`` says whose each is, and ``Machine/name`` is
    ///     empty.
    public init(
        id: String, name: String, icon: String = "", version: String, summary: String,
        metrics: [Metric], options: [Option] = [], documents: [String] = [], keepsNoDocuments: Bool = false,
        make: @escaping Make
    ) {
        self.id = id
        self.name = name
        self.icon = icon
        self.version = version
        self.summary = summary
        self.metrics = metrics
        self.options = options
        self.documents = documents
        self.keepsNoDocuments = keepsNoDocuments
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

    /// Metrics and options learn their places.
    func number() {
        for (index, metric) in metrics.enumerated() { metric.index = UInt32(index) }
        for (index, option) in options.enumerated() { option.index = index }
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
