import CPluginTable
import ContractEmbedded
import PluginAPI

/// One instance of a plugin. One call is made at a time, on one thread.
public final class Instance {
    private let library: Library
    private let state: UnsafeMutableRawPointer
    private let host: HostTable

    /// Why the plugin's `create` made no instance.
    public struct CreateError: Error {
        /// The code that the plugin gave to `fail`.
        public let outcome: Outcome
        /// The plugin's reason.
        public let sentence: String
    }

    /// Calls the plugin's `create`. `log` takes the level and text of each line that the instance logs. Throws
    /// where the plugin returns NULL.
    public init(
        of library: Library, _ request: CreateRequest, log: @escaping (UInt8, String) -> Void
    ) throws(CreateError) {
        self.library = library
        host = HostTable(request, log: log)
        let lending = Lending()
        var config = Self.config(request, options: library.description.options, lending: lending)
        guard let state = library.table.create(host.pointer, &config) else {
            throw CreateError(
                outcome: host.outcome,
                sentence: host.sentence.isEmpty ? "create returned NULL and gave no reason" : host.sentence)
        }
        self.state = state
    }

    /// Calls the plugin's `destroy`, once. Not done in `deinit`, since it may hang and the host limits its time.
    public func destroy() { library.table.destroy(state) }

    /// Calls the plugin's `collect` and returns its samples or its reason for failing.
    public func collect(_ tick: Tick) -> Collected {
        var moment = cm_tick(tick)
        return gather("collect", readsDocument: false) { library.table.collect(state, &moment, library.sink) }
    }

    /// Calls the plugin's `ingest` with a document, which it may use during the call only.
    public func ingest(_ tick: Tick, kind: String, host: String, document: [UInt8]) -> Collected {
        guard let ingest = library.ingest else {
            return Collected(
                outcome: .unavailable, sentence: "the plugin takes no documents (no cm.ingest/1)")
        }
        var moment = cm_tick(tick)
        let lending = Lending()
        return document.withUnsafeBytes { bytes in
            var lent = cm_document()
            lent.size = UInt32(MemoryLayout<cm_document>.size)
            lent.kind = lending.string(kind)
            lent.data = bytes.count > 0 ? bytes.baseAddress : nil
            lent.length = UInt64(bytes.count)
            lent.host = lending.string(host)
            return gather("ingest", readsDocument: true) {
                ingest.ingest(state, &moment, &lent, library.sink)
            }
        }
    }

    /// Runs a call of the plugin and gathers what it emits. `readsDocument`: the call is an ingest.
    private func gather(_ call: String, readsDocument: Bool, _ body: () -> UInt32) -> Collected {
        let gathered = SampleSink(metrics: library.description.metrics, readsDocument: readsDocument)
        let code = gathered.during(body)
        if let sentence = Self.misuse() { return Collected(outcome: .invalid, sentence: sentence) }
        return gathered.result(of: call, code: code)
    }

    /// Calls the plugin's `draw` and returns the recorded operations; empty for a plugin without `draw`.
    public func draw(_ request: DrawRequest) -> [DrawOperation] {
        guard let draw = library.table.draw else { return [] }
        let lending = Lending()
        var view = ViewTable.view(request.view, lending: lending)
        let recorder = CanvasRecorder(width: request.width, height: request.height)
        recorder.during(library.canvas) { draw(state, &view, library.canvas) }
        return recorder.operations
    }

    /// A sentence where the plugin used a sink or canvas outside of the call that it was lent for; nil: it did not.
    private static func misuse() -> String? {
        switch Int(cplugintable_misuse()) {
        case CPLUGINTABLE_AFTER_RETURN:
            "the plugin used a sink or canvas after the call that it was lent for had returned (THREADS in cm_plugin.h)"
        case CPLUGINTABLE_OTHER_THREAD:
            "the plugin used a sink or canvas on another thread than the one that called it (THREADS in cm_plugin.h)"
        default: nil
        }
    }

    private static func config(
        _ request: CreateRequest, options: [OptionDeclaration], lending: Lending
    ) -> cm_config {
        let count = min(options.count, request.values.count, request.isSet.count)
        let values = lending.array(count, of: cm_option_value.self)
        for index in 0..<count {
            var value = cm_option_value()
            value.type = UInt32(options[index].kind.rawValue)
            value.is_set = request.isSet[index] ? 1 : 0
            switch request.values[index] {
            case .number(let number): value.number = number
            case .text(let text): value.text = lending.string(text)
            case .list(let items):
                let strings = lending.array(items.count, of: cm_string.self)
                for (place, item) in items.enumerated() { strings[place] = lending.string(item) }
                value.items = UnsafePointer(strings)
                value.item_count = UInt64(items.count)
            }
            (values + index).initialize(to: value)
        }
        return cm_config(
            size: UInt32(MemoryLayout<cm_config>.size),
            value_stride: UInt32(MemoryLayout<cm_option_value>.stride), values: UnsafePointer(values),
            value_count: UInt64(count), widget: lending.string(request.widget))
    }
}

/// The `cm_host` of one instance, valid as long as the instance.
private final class HostTable {
    let pointer: UnsafeMutablePointer<cm_host>
    private let lending = Lending()
    private let log: (UInt8, String) -> Void
    private(set) var outcome = Outcome.failed
    private(set) var sentence = ""

    init(_ request: CreateRequest, log: @escaping (UInt8, String) -> Void) {
        self.log = log
        pointer = lending.array(1, of: cm_host.self)
        var table = cm_host()
        table.size = UInt32(MemoryLayout<cm_host>.size)
        table.abi = CM_ABI_MAJOR << 16 | CM_ABI_MINOR
        table.context = Unmanaged.passUnretained(self).toOpaque()
        table.name = lending.string(request.host)
        table.root = lending.string(request.root)
        table.fail = { host, code, sentence in
            guard let context = host?.pointee.context else { return }
            let table = Unmanaged<HostTable>.fromOpaque(context).takeUnretainedValue()
            table.outcome = Outcome(rawValue: UInt8(clamping: code)) ?? .failed
            table.sentence = String(lent: sentence, atMost: WireLimits.text)
        }
        table.log = { host, level, line in
            guard let context = host?.pointee.context else { return }
            Unmanaged<HostTable>.fromOpaque(context).takeUnretainedValue()
                .log(UInt8(clamping: level), String(lent: line, atMost: WireLimits.text))
        }
        table.get_extension = { _, _ in nil }
        pointer.initialize(to: table)
    }
}

extension cm_tick {
    fileprivate init(_ tick: Tick) {
        self.init()
        size = UInt32(MemoryLayout<cm_tick>.size)
        flags = (tick.isFirst ? 1 : 0) | (tick.isRefresh ? 2 : 0)
        number = tick.number
        monotonic_ns = tick.monotonic
        unix_ns = tick.wall
        interval_ns = tick.interval
    }
}
