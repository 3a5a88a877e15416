import PluginAPI

/// One metric of a plugin: a column of its snapshots. Declare each as a global constant, list it in the ``Plugin``,
/// and use it to emit and to read values. Immutable once the plugin is exported.
public final class Metric: @unchecked Sendable {
    let declaration: MetricDeclaration
    /// Index in the plugin's list, set once when the plugin is exported.
    fileprivate(set) var index: UInt32 = .max

    /// - Parameters:
    ///   - id: `[a-z][a-z0-9_]*`; a layout overrides its limits with `<id>_warning` and `<id>_critical`.
    ///   - label: a short heading.
    ///   - unit: "bytes", "seconds", "celsius", "percent", "hertz", "watts", "count", "bytes/s", "ratio" or "".
    ///   - worse: which values are worse; limits need a direction.
    ///   - warning: default limit in `unit`; NaN: none.
    ///   - critical: default limit in `unit`; NaN: none.
    ///   - history: whether `draw` is given the recent values.
    ///   - headline: whether the overview of hosts shows the metric for the plugin.
    ///   - lasting: whether an instance with a value of the metric is a thing that lasts, as a drive is and a process is
    ///     not; the host says of one that is missing that it is gone.
    ///   - age: whether the value is the time since something at the tick; the host adds the time since then.
    ///   - rememberDays: days for which the host should keep values; 0: the host's default.
    ///   - forecast: how the host foretells the metric; ``Row/forecast(_:)`` has the words.
    ///   - minimumEffect: a value is marked as unusual for its hour of the week only where it is this far, in `unit`, from
    ///     what is usual; 0: never.
    ///   - help: one sentence: the meaning and where the value comes from.
    public init(
        _ id: String, _ label: String, unit: String = "", kind: MetricDeclaration.Kind = .gauge,
        worse: MetricDeclaration.Direction = .none, warning: Double = .nan, critical: Double = .nan,
        history: Bool = false, headline: Bool = false, lasting: Bool = false, age: Bool = false,
        rememberDays: UInt32 = 0, forecast: ForecastDeclaration = .none, minimumEffect: Double = 0,
        help: String
    ) {
        declaration = MetricDeclaration(
            id: id, label: label, unit: unit, help: help, kind: kind, direction: worse,
            limits: Limits(warning: warning, critical: critical), wantsHistory: history,
            isHeadline: headline, isLasting: lasting, isAge: age, rememberDays: rememberDays,
            forecast: forecast, minimumEffect: minimumEffect)
    }

    /// The id.
    public var id: String { declaration.id }
}

extension ForecastDeclaration {
    /// The metric is percent of a rated life that is used up: the host says when it is worn out.
    ///
    /// - Parameters:
    ///   - written: what was written over the whole life.
    ///   - powered: seconds powered on over the whole life.
    ///   - identity: the text that tells one thing from another of the same name.
    public static func wear(written: Metric?, powered: Metric?, identity: Metric?) -> ForecastDeclaration {
        ForecastDeclaration(
            .wear, written: written?.id ?? "", powered: powered?.id ?? "", identity: identity?.id ?? "")
    }

    /// The metric is what is used of something: the host says when it is as much as `size`.
    public static func fills(_ size: Metric) -> ForecastDeclaration {
        ForecastDeclaration(.fill, size: size.id)
    }

    /// The metric is what is used of something: the host says when it is `full`, such as 100 percent.
    public static func fills(to full: Double) -> ForecastDeclaration {
        ForecastDeclaration(.fill, full: full)
    }
}

/// One key that a layout may set. Declare each as a global constant, list it in the ``Plugin``, and read it from
/// ``Options``. Immutable once the plugin is exported.
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

/// The values of a widget's options: the layout's, or else the defaults. A copy that may be kept. Asking with an
/// option that the plugin does not list, or as the wrong type, gives 0, "" or an empty list.
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

    /// The value of a bool.
    public func flag(_ option: Option) -> Bool { number(option) != 0 }

    /// The value of an integer, float, duration (in seconds) or size (in bytes), within the declared range.
    public func number(_ option: Option) -> Double {
        if option.index < values.count, case .number(let number) = values[option.index] { number } else { 0 }
    }

    /// The value of a text.
    public func text(_ option: Option) -> String {
        if option.index < values.count, case .text(let text) = values[option.index] { text } else { "" }
    }

    /// The value of a list.
    public func list(_ option: Option) -> [String] {
        if option.index < values.count, case .list(let items) = values[option.index] { items } else { [] }
    }

    /// Whether the layout sets the option; otherwise the value is the default.
    public func isSet(_ option: Option) -> Bool { option.index < set.count && set[option.index] }
}

/// The result of the plugin's entry function: the descriptor, or nil.
public typealias PluginEntry = UnsafePointer<cm_plugin>?

/// A plugin: its declarations, and the function that makes a widget of it.
///
///     let plugin = Plugin(id: "hello", name: "Hello", version: "1.0.0", summary: "Says hello.",
///                         metrics: [greeting]) { machine, options in HelloWidget() }
///
///     @_cdecl("cm_plugin_entry_v1")
///     public func entry(hostABI: UInt32) -> PluginEntry { plugin.export(to: hostABI) }
///
/// Keep it in a global constant: the exported tables are used as long as the process lives. There is one in each
/// shared object.
public final class Plugin: @unchecked Sendable {
    /// Makes a widget. A thrown error is shown in the widget's frame, and creating it is not tried again.
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
    ///   - id: `[a-z][a-z0-9_-]*`, at most 32 bytes; also the name of the shared object.
    ///   - icon: an emoji for the title, or empty.
    ///   - documents: kinds of documents that a widget can ``Widget/ingest(_:_:into:)``.
    ///   - keepsNoDocuments: whether the samples of a document depend on that document and the options alone. The host
    ///     may then give the documents of many hosts to one widget, whose ``Machine/name`` is empty;
    ///     ``HostDocument/host`` names the host of each document.
    ///   - make: makes a widget.
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

    /// Returns the descriptor for a host with the ABI version `hostABI` (major << 16 | minor), or nil where the
    /// major version is another. To be called from `cm_plugin_entry_v1` only.
    public func export(to hostABI: UInt32) -> PluginEntry {
        guard hostABI >> 16 == CM_ABI_MAJOR else { return nil }
        if exported == nil {
            exported = Exporter.descriptor(of: self)
            Exporter.plugin = self
        }
        return UnsafePointer(exported)
    }

    /// Assigns metrics and options their indices.
    func number() {
        for (index, metric) in metrics.enumerated() { metric.index = UInt32(index) }
        for (index, option) in options.enumerated() { option.index = index }
    }
}

/// Copies a struct of the host. Fields beyond its `size`, which an older host does not know, stay zero.
func copy<Table>(_ source: UnsafePointer<Table>, to table: inout Table) {
    let size = UnsafeRawPointer(source).load(as: UInt32.self)
    withUnsafeMutableBytes(of: &table) { bytes in
        bytes.copyMemory(
            from: UnsafeRawBufferPointer(start: source, count: min(Int(size), MemoryLayout<Table>.size)))
    }
}

extension OptionDeclaration {
    /// Clamps a number to the declared range. Plugins convert these numbers to integers, which must not trap when a
    /// host passes one outside the range.
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
