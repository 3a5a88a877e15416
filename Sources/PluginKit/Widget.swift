@_exported import ContractEmbedded
import PluginAPI

/// One widget of a layout, as a plugin author writes it.
///
/// Subclass it, override `collect` and `draw`, and return the subclass from the ``Plugin``'s `make`. The host makes
/// one call at a time; calls may come on different threads. The object is released when the layout drops the
/// widget.
open class Widget {
    public init() {}

    /// Reads the machine and emits samples. Called once per tick and should take a few milliseconds: start slow
    /// programs as a ``Command`` and emit the last answer.
    ///
    /// A thrown error drops the samples of this call; the widget keeps its last snapshot and shows the sentence.
    open func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {}

    /// Turns a document of a host into the samples that `collect` would emit there. Called with the kinds that the
    /// ``Plugin`` lists in `documents` only. Must not read this machine.
    ///
    /// Emit nothing for a value that the document does not have. A thrown error should name the field.
    open func ingest(_ document: HostDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        throw .unavailable("this plugin makes nothing of \(document.kind) documents")
    }

    /// Draws a view. The picture must depend on the view and the widget's options alone: the view may come from
    /// another machine or be a week old.
    open func draw(_ view: WidgetView, on canvas: Canvas) {}
}

/// A document of a watched host, unchecked. Valid during `ingest` only.
public struct HostDocument {
    /// The kind: "drives", "services", "backups", ….
    public let kind: String
    /// The body as the host served it, owned by the caller of `ingest`.
    public let bytes: UnsafeRawBufferPointer
    /// The name of the host, for sentences; "this host" where the dashboard is too old to give it.
    public let host: String
    private let sink: Sink

    /// What an older host does not give is empty. `sink` is the one that comes with the document.
    init(_ document: UnsafePointer<cm_document>, _ sink: Sink) {
        self.sink = sink
        var table = cm_document()
        copy(document, to: &table)
        kind = String(table.kind)
        let name = String(table.host)
        host = name.isEmpty ? "this host" : name
        bytes = UnsafeRawBufferPointer(
            start: table.data, count: table.data == nil ? 0 : Int(clamping: table.length))
    }

    /// Passes the document's own time to the host: Unix seconds, as the document states them; the host judges them.
    /// Call it before anything that can throw, since it counts even if `ingest` fails; the last call counts.
    /// `DocumentObject` of PluginJSON calls it. Without a call the values count as of the moment the document came.
    /// Has no effect for a number that is not finite, and in a host older than ABI 1.3.
    public func isTaken(at unixSeconds: Double) { sink.taken(unixSeconds) }
}

/// Why a call failed: a code and one sentence that says what went wrong, where, and what to do.
public struct PluginError: Error {
    /// The code of the reason.
    public let outcome: Outcome
    /// What went wrong, where, and what to do; shown in the widget.
    public let sentence: String

    public init(_ outcome: Outcome, _ sentence: String) {
        self.outcome = outcome
        self.sentence = sentence
    }

    /// A reason without a code of its own.
    public static func failed(_ sentence: String) -> PluginError { PluginError(.failed, sentence) }
    /// The machine does not have what is asked for, which is no fault.
    public static func unavailable(_ sentence: String) -> PluginError { PluginError(.unavailable, sentence) }
    /// Permission is missing.
    public static func denied(_ sentence: String) -> PluginError { PluginError(.denied, sentence) }
    /// A source did not answer in time.
    public static func timeout(_ sentence: String) -> PluginError { PluginError(.timeout, sentence) }
    /// An option or argument is wrong.
    public static func invalid(_ sentence: String) -> PluginError { PluginError(.invalid, sentence) }
}

/// Takes the samples of one `collect` or `ingest`. Valid during that call only, on the thread that called it. The
/// host drops samples beyond 50,000 in one call.
public struct Sink {
    private let sink: UnsafePointer<cm_sink>
    private let table: cm_sink

    /// Nil where the host's table lacks a function that every collect needs.
    init?(_ sink: UnsafePointer<cm_sink>) {
        var table = cm_sink()
        copy(sink, to: &table)
        guard table.emit != nil, table.fail != nil else { return nil }
        self.sink = sink
        self.table = table
    }

    /// Emits a number of a gauge or counter in the metric's unit. NaN is an absent value. With the status `auto`
    /// the metric's limits judge it.
    public func emit(_ metric: Metric, _ number: Double, of instance: String = "", status: Status = .auto) {
        send(metric, instance: instance, number: number, text: "", status: status)
    }

    /// Emits a number, or nothing where it is nil.
    public func emit(_ metric: Metric, _ number: Double?, of instance: String = "", status: Status = .auto) {
        if let number { emit(metric, number, of: instance, status: status) }
    }

    /// Emits a text or state of at most 4096 bytes.
    public func emit(_ metric: Metric, _ text: String, of instance: String = "", status: Status = .auto) {
        send(metric, instance: instance, number: .nan, text: text, status: status)
    }

    /// Sets the sentence on the whole snapshot and its status; the last call of a collect counts.
    public func note(_ status: Status, _ sentence: String) {
        withCString(sentence) { text in _ = table.note?(sink, UInt32(status.rawValue), text) }
    }

    /// Whether the host has given up waiting for this collect.
    public var isCancelled: Bool { (table.cancelled?(sink) ?? 0) != 0 }

    func taken(_ unixSeconds: Double) { _ = table.taken?(sink, unixSeconds) }

    func fail(_ error: PluginError) {
        withCString(error.sentence) { text in
            _ = table.fail(sink, UInt32(error.outcome.rawValue), text)
        }
    }

    private func send(_ metric: Metric, instance: String, number: Double, text: String, status: Status) {
        withCString(instance) { instance in
            withCString(text) { text in
                var sample = cm_sample()
                sample.size = UInt32(MemoryLayout<cm_sample>.size)
                sample.metric = metric.index
                sample.instance = instance
                sample.number = number
                sample.text = text
                sample.status = UInt32(status.rawValue)
                _ = table.emit(sink, &sample)
            }
        }
    }
}

/// Calls `body` with a string as a C struct that is valid during the call only.
func withCString(_ string: String, _ body: (cm_string) -> Void) {
    var copy = string
    copy.withUTF8 { bytes in
        body(
            cm_string(
                data: UnsafeRawPointer(bytes.baseAddress)?.assumingMemoryBound(to: CChar.self),
                length: UInt64(bytes.count)))
    }
}

extension String {
    init(_ text: cm_string) {
        guard let data = text.data, text.length > 0 else {
            self = ""
            return
        }
        let bytes = UnsafeRawBufferPointer(start: data, count: Int(text.length))
        self = String(decoding: bytes, as: UTF8.self)
    }
}
