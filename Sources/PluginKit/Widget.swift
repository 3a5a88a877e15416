@_exported import ContractEmbedded
import PluginAPI

/// One widget of a layout, as a plugin author writes it.
///
/// Subclass it, override `collect` and `draw`, and name the subclass in a ``Plugin``. Calls are serialised;
/// they may come on different threads.
open class Widget {
    public init() {}

    /// Reads the machine and emits samples. Runs once per tick and should take a few milliseconds: what is
    /// slow is started as a ``Command`` and its last answer emitted.
    ///
    /// A thrown error drops this collect's samples; the widget keeps its last snapshot and shows the sentence.
    open func collect(_ tick: Tick, into sink: Sink) throws(PluginError) {}

    /// Turns a document that a host has served into the samples that `collect` would emit there; only called
    /// with the kinds that the ``Plugin`` names in `documents`. Nothing is read from this machine.
    ///
    /// What the document does not tell is not emitted. A thrown error names the field.
    open func ingest(_ document: ServedDocument, _ tick: Tick, into sink: Sink) throws(PluginError) {
        throw .unavailable("this plugin makes nothing of \(document.kind) documents")
    }

    /// Draws a view. Must be a function of the view and the widget's options alone: the view may be from
    /// another machine or from last week.
    open func draw(_ view: WidgetView, on canvas: Canvas) {}
}

/// What a watched host has served, as it came: nothing in it is checked. Valid during `ingest` only.
public struct ServedDocument {
    /// "drives", "services", "backups", ….
    public let kind: String
    public let bytes: UnsafeRawBufferPointer
    /// The host that has served it, for sentences; "this host" where the dashboard is too old to say.
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
    public let outcome: Outcome
    public let sentence: String

    public init(_ outcome: Outcome, _ sentence: String) {
        self.outcome = outcome
        self.sentence = sentence
    }

    /// Anything that has no code of its own.
    public static func failed(_ sentence: String) -> PluginError { PluginError(.failed, sentence) }
    /// This machine has no such thing; not a fault.
    public static func unavailable(_ sentence: String) -> PluginError { PluginError(.unavailable, sentence) }
    /// Permission is missing.
    public static func denied(_ sentence: String) -> PluginError { PluginError(.denied, sentence) }
    /// A source did not answer in time.
    public static func timeout(_ sentence: String) -> PluginError { PluginError(.timeout, sentence) }
    /// An option or argument is wrong.
    public static func invalid(_ sentence: String) -> PluginError { PluginError(.invalid, sentence) }
}

/// Where `collect` puts its samples; valid during that call only.
public struct Sink {
    private let sink: UnsafePointer<cm_sink>
    private let table: cm_sink

    /// Nil where the host is too old to have what every collect needs.
    init?(_ sink: UnsafePointer<cm_sink>) {
        var table = cm_sink()
        copy(sink, to: &table)
        guard table.emit != nil, table.fail != nil else { return nil }
        self.sink = sink
        self.table = table
    }

    /// A number of a gauge or counter. NaN is an absent value. Without a status the metric's limits judge it.
    public func emit(_ metric: Metric, _ number: Double, of instance: String = "", status: Status = .auto) {
        send(metric, instance: instance, number: number, text: "", status: status)
    }

    /// An absent number emits nothing.
    public func emit(_ metric: Metric, _ number: Double?, of instance: String = "", status: Status = .auto) {
        if let number { emit(metric, number, of: instance, status: status) }
    }

    /// A text or state.
    public func emit(_ metric: Metric, _ text: String, of instance: String = "", status: Status = .auto) {
        send(metric, instance: instance, number: .nan, text: text, status: status)
    }

    /// One sentence on the whole snapshot, shown with it.
    public func note(_ status: Status, _ sentence: String) {
        withCString(sentence) { text in _ = table.note?(sink, UInt32(status.rawValue), text) }
    }

    /// The host no longer waits for this collect.
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

/// Lends a Swift string to C for the length of a call.
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
