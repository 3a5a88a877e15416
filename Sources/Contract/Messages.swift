/// Bounds of the messages between host and worker. A frame beyond them is refused, and the worker that sent it is
/// ended.
public enum WireLimits {
    /// Bytes of a frame from a worker, small enough that decoding it causes no visible delay.
    public static let frame = 8 << 20
    /// Bytes of a frame from the host, which may contain the contents of a worker's frame and histories.
    public static let request = 32 << 20
    /// Bytes of a text or a sentence.
    public static let text = 4096
    /// Bytes of the name of an instance, widget, host or unit.
    public static let name = 256
    /// Metrics of a plugin.
    public static let metrics = 256
    /// Options of a plugin.
    public static let options = 128
    /// Kinds of documents that a plugin reads.
    public static let documentKinds = 16
    /// Bytes of a kind's name.
    public static let documentKind = 32
    /// Bytes of a document of a host.
    public static let document = 4 << 20
    /// Samples of one collect.
    public static let samples = 50_000
    /// Instances of one snapshot.
    public static let instances = 20_000
    /// Instances times metrics: a few samples must not become a table of millions.
    public static let snapshotCells = 100_000
    /// Values in the history of one number.
    public static let history = 300
    /// Numbers of a view that have a history.
    public static let histories = 6_000
    /// Lengths in which one forecast is worded.
    public static let forecastForms = 16
    /// Draw operations of one picture of any size.
    public static let operations = 20_000

    /// Draw operations of a picture of `width` times `height` cells; more could not be visible.
    public static func operations(width: Int, height: Int) -> Int {
        min(256 + 4 * min(max(width, 0), 4096) * min(max(height, 0), 4096), operations)
    }

    /// Rows of one table.
    public static let tableRows = 10_000
    /// Columns of one table.
    public static let tableColumns = 64
    /// Tables of one picture.
    public static let tables = 64
    /// Cells of all tables of one picture, headings included.
    public static let tableCells = 100_000
    /// Values of one curve.
    public static let sparkValues = 4096
    /// Lines that a worker may log between two answers.
    public static let logLines = 200
}

/// A request from the host to a worker. `id` identifies one widget's instance of the plugin.
public enum HostMessage: Sendable, Equatable {
    case create(id: UInt32, CreateRequest)
    case collect(id: UInt32, Tick)
    /// Turns a document of a host into a snapshot; answered like `collect`.
    case ingest(id: UInt32, tick: Tick, kind: String, host: String, document: [UInt8])
    case draw(id: UInt32, DrawRequest)
    case destroy(id: UInt32)
}

/// The arguments of `create`.
public struct CreateRequest: Sendable, Equatable {
    /// The widget's name in its layout.
    public var widget: String
    /// The name of the host whose values the widget shows.
    public var host: String
    /// The root directory of a captured machine; empty for this machine.
    public var root: String
    /// One value for each option of the plugin: the layout's or the default.
    public var values: [OptionValue]
    /// For each option whether the layout sets it.
    public var isSet: [Bool]
    /// Whether the instance is given documents only and never asked to collect, so that one may serve many hosts.
    public var readsDocuments: Bool

    public init(
        widget: String, host: String, root: String, values: [OptionValue], isSet: [Bool],
        readsDocuments: Bool = false
    ) {
        self.widget = widget
        self.host = host
        self.root = root
        self.values = values
        self.isSet = isSet
        self.readsDocuments = readsDocuments
    }
}

/// The arguments of `draw`.
public struct DrawRequest: Sendable, Equatable {
    /// The snapshot to draw.
    public var view: View
    /// Width of the canvas in cells.
    public var width: Int
    /// Height of the canvas in cells.
    public var height: Int

    public init(view: View, width: Int, height: Int) {
        self.view = view
        self.width = width
        self.height = height
    }
}

/// A message from a worker to the host: an answer, or a line of its log.
public enum WorkerMessage: Sendable, Equatable {
    /// The first message: the plugin is loaded and its descriptor is valid.
    case hello(PluginDescription)
    /// Sent instead of hello: why the file is not a plugin, as a clause about it. The worker ends.
    case refused(String)
    case created(id: UInt32)
    case createFailed(id: UInt32, Outcome, String)
    case collected(id: UInt32, Collected)
    case drawn(id: UInt32, [DrawOperation])
    case destroyed(id: UInt32)
    case log(level: UInt8, String)
}

/// The result of one collect or ingest.
public struct Collected: Sendable, Equatable {
    /// Whether the call succeeded.
    public var outcome: Outcome
    /// Why the call failed; empty where it succeeded.
    public var sentence: String
    /// The status of the note.
    public var noteStatus: Status
    /// The plugin's sentence on the whole snapshot, or empty.
    public var note: String
    /// The emitted samples in the plugin's order; empty where the call failed.
    public var samples: [Sample]
    /// The ingested document's own time in Unix seconds, as the document states it: any finite number. Nil for a
    /// collect, and where the document states none. Can be set even if the ingest failed.
    public var documentTime: Double?

    public init(
        outcome: Outcome = .ok, sentence: String = "", noteStatus: Status = .auto, note: String = "",
        samples: [Sample] = [], documentTime: Double? = nil
    ) {
        self.outcome = outcome
        self.sentence = sentence
        self.noteStatus = noteStatus
        self.note = note
        self.samples = samples
        self.documentTime = documentTime
    }
}

extension HostMessage {
    /// Encodes the message as a frame: the length of the body in 4 bytes, then the body.
    public func frame() -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(0)
        switch self {
        case .create(let id, let request):
            writer.head(1, id)
            writer.create(request)
        case .collect(let id, let tick):
            writer.head(2, id)
            writer.tick(tick)
        case .draw(let id, let request):
            writer.head(3, id)
            writer.int(request.width)
            writer.int(request.height)
            writer.view(request.view)
        case .destroy(let id):
            writer.head(4, id)
        case .ingest(let id, let tick, let kind, let host, let document):
            writer.head(5, id)
            writer.tick(tick)
            writer.text(kind)
            writer.text(host)
            writer.data(document)
        }
        writer.sealFrame()
        return writer.bytes
    }

    /// Decodes the body of a frame, without its length. Throws where it is not exactly one valid message.
    public init(_ body: UnsafeRawBufferPointer) throws(WireError) {
        var reader = ByteReader(body)
        let tag = try reader.u8()
        let id = try reader.u32()
        switch tag {
        case 1: self = .create(id: id, try reader.create())
        case 2: self = .collect(id: id, try reader.tick())
        case 3:
            let width = try reader.int()
            let height = try reader.int()
            self = .draw(id: id, DrawRequest(view: try reader.view(), width: width, height: height))
        case 4: self = .destroy(id: id)
        case 5:
            let tick = try reader.tick()
            let kind = try reader.text(atMost: WireLimits.documentKind)
            let host = try reader.text(atMost: WireLimits.name)
            let document = try reader.data(atMost: WireLimits.document)
            self = .ingest(id: id, tick: tick, kind: kind, host: host, document: document)
        default: throw .unknownTag
        }
        try reader.finish()
    }
}

extension WorkerMessage {
    /// Encodes the message as a frame: the length of the body in 4 bytes, then the body.
    public func frame() -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(0)
        switch self {
        case .hello(let description):
            writer.head(101, 0)
            writer.description(description)
        case .refused(let sentence):
            writer.head(102, 0)
            writer.text(sentence)
        case .created(let id):
            writer.head(103, id)
        case .createFailed(let id, let outcome, let sentence):
            writer.head(104, id)
            writer.u8(outcome.rawValue)
            writer.text(sentence)
        case .collected(let id, let collected):
            writer.head(105, id)
            writer.collected(collected)
        case .drawn(let id, let operations):
            writer.head(106, id)
            writer.count(operations.count)
            for operation in operations { writer.operation(operation) }
        case .destroyed(let id):
            writer.head(107, id)
        case .log(let level, let line):
            writer.head(108, 0)
            writer.u8(level)
            writer.text(line)
        }
        writer.sealFrame()
        return writer.bytes
    }

    /// Decodes the body of a frame, without its length. Throws where it is not exactly one valid message.
    public init(_ body: UnsafeRawBufferPointer) throws(WireError) {
        guard body.count <= WireLimits.frame else { throw .outOfRange }
        var reader = ByteReader(body)
        let tag = try reader.u8()
        let id = try reader.u32()
        switch tag {
        case 101: self = .hello(try reader.description())
        case 102: self = .refused(try reader.text(atMost: WireLimits.text))
        case 103: self = .created(id: id)
        case 104:
            let outcome = try reader.outcome()
            self = .createFailed(id: id, outcome, try reader.text(atMost: WireLimits.text))
        case 105: self = .collected(id: id, try reader.collected())
        case 106:
            let count = try reader.count(ofSize: 1, atMost: WireLimits.operations)
            var operations: [DrawOperation] = []
            operations.reserveCapacity(count)
            for _ in 0..<count { operations.append(try reader.operation()) }
            self = .drawn(id: id, operations)
        case 107: self = .destroyed(id: id)
        case 108:
            let level = try reader.u8()
            self = .log(level: level, try reader.text(atMost: WireLimits.text))
        default: throw .unknownTag
        }
        try reader.finish()
    }
}

extension ByteWriter {
    mutating func head(_ tag: UInt8, _ id: UInt32) {
        u8(tag)
        u32(id)
    }
}

/// Splits a stream of bytes into frames. Used on one thread at a time.
public struct FrameBuffer {
    private var bytes: [UInt8] = []
    private var start = 0
    private let limit: Int
    /// Capacity of the buffer that is kept from one read to the next.
    private static let usualSize = 1 << 17

    /// An empty buffer. `limit` is the largest body in bytes, ``WireLimits/frame`` or ``WireLimits/request``.
    public init(limit: Int = WireLimits.request) { self.limit = limit }

    /// Appends received bytes, which are copied.
    public mutating func append(_ more: UnsafeRawBufferPointer) {
        if start == bytes.count {
            // Memory that one long frame needed is released.
            bytes.removeAll(keepingCapacity: bytes.capacity <= Self.usualSize)
            start = 0
        } else if start > 1 << 20 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// Calls `body` with the body of the next complete frame, which is valid during the call only; nil where the
    /// frame is incomplete. Throws ``WireError/outOfRange`` for a length beyond the limit, and what `body` throws.
    public mutating func next<Result>(
        _ body: (UnsafeRawBufferPointer) throws(WireError) -> Result
    ) throws(WireError) -> Result? {
        let available = bytes.count - start
        guard available >= 4 else { return nil }
        var length = 0
        for index in 0..<4 { length |= Int(bytes[start + index]) << (8 * index) }
        guard length <= limit else { throw .outOfRange }
        guard available >= 4 + length else { return nil }
        let from = start + 4
        start += 4 + length
        var result: Swift.Result<Result, WireError> = .failure(.truncated)
        bytes.withUnsafeBytes { buffer in
            let frame = UnsafeRawBufferPointer(rebasing: buffer[from..<from + length])
            do throws(WireError) { result = .success(try body(frame)) } catch { result = .failure(error) }
        }
        return try result.get()
    }
}
