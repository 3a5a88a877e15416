import Contract
import Testing

@Suite struct WireTests {
    private static let view = View(
        taken: 1, now: 2, interval: 3, host: "srv01", note: "n", isStale: true, isFocused: false,
        isZoomed: true,
        limits: [Limits(warning: 80), .none],
        instances: [
            .init(
                name: "sda",
                cells: [
                    .init(value: .number(4), status: .ok, history: [1, 2, .infinity]),
                    .init(
                        value: .text("é"), status: .critical,
                        foretold: .init(
                            words: ["worn out 2029", "2029"], status: .warning,
                            usual: .init(low: 1, high: 2), unusual: .low)),
                ]),
            .init(name: "", cells: [.init(value: .absent), .init(value: .absent)]),
        ])

    private static let table = Table(
        columns: [.init(title: "A", alignment: .right, width: 3, grow: 1, priority: 2), .init(title: "B")],
        cells: [
            .init(kind: .text, text: "x"), .init(kind: .empty),
            .init(kind: .gauge, number: 0.5, limits: Limits(warning: 1)), .init(kind: .spark, history: [1]),
        ])

    private static let hostMessages: [HostMessage] = [
        .create(
            id: 7,
            CreateRequest(
                widget: "w", host: "h", root: "/r", values: [.number(1.5), .text("t"), .list(["a", ""])],
                isSet: [true, false, true], readsDocuments: true)),
        .collect(id: 1, Tick(number: 1, monotonic: 2, wall: -3, interval: 4, isFirst: true, isRefresh: true)),
        .draw(id: 2, DrawRequest(view: view, width: 80, height: 24)),
        .destroy(id: .max),
        .ingest(
            id: 9, tick: Tick(number: 1, monotonic: 2, wall: -3, interval: 4, isRefresh: true),
            kind: "drives", host: "srv01",
            document: [0x7b, 0xff, 0, 0x7d]),
        .ingest(
            id: 0, tick: Tick(number: 0, monotonic: 0, wall: 0, interval: 0), kind: "", host: "", document: []
        ),
    ]

    private static let workerMessages: [WorkerMessage] = [
        .hello(
            PluginDescription(
                id: "x", name: "X", icon: "💾", version: "1", summary: "s", abi: 65536, hasDraw: true,
                metrics: [
                    MetricDeclaration(id: "m", label: "M", limits: Limits(critical: 2), isHeadline: true),
                    MetricDeclaration(
                        id: "w", label: "W",
                        forecast: ForecastDeclaration(
                            .wear, written: "m", powered: "m", identity: "t", full: 3), minimumEffect: 0.5),
                ],
                options: [OptionDeclaration(key: "k", kind: .list, defaultValue: "a,b", minimum: 1)],
                documents: ["drives", "services"])),
        .refused("why"), .created(id: 1), .createFailed(id: 2, .invalid, "why"),
        .collected(
            id: 3,
            Collected(
                outcome: .ok, noteStatus: .warning, note: "note",
                samples: [
                    Sample(instance: "a", metric: 0, value: .number(1)),
                    Sample(instance: "a", metric: 1, value: .text("t"), status: .warning),
                    Sample(instance: "b", metric: 0, value: .absent),
                ], documentTime: 1_772_366_399.5)),
        .collected(id: 6, Collected(outcome: .failed, sentence: "why", documentTime: -1e300)),
        .drawn(
            id: 4,
            [
                .text(x: -1, y: 2, width: 3, alignment: .center, role: .accent, text: "hé"),
                .number(x: 0, y: 0, width: 9, alignment: .right, role: .value, number: 1e30, unit: "bytes"),
                .status(x: 1, y: 1, status: .unknown),
                .gauge(x: 1, y: 1, width: 5, fraction: 0.5, limits: Limits(warning: 0.8)),
                .spark(
                    x: 0, y: 0, width: 4, height: 2, role: .graph, values: [1, 2], minimum: 0, maximum: 3),
                .fill(x: 0, y: 0, width: 2, height: 2, role: .muted, character: 0x2500),
                .table(x: 0, y: 0, width: 20, height: 5, table: table),
            ]),
        .destroyed(id: 5), .log(level: 2, "line"),
    ]

    @Test(arguments: hostMessages) func hostMessagesSurviveThePipe(_ message: HostMessage) throws {
        let read = try message.frame().dropFirst(4).withContiguousBytes { try HostMessage($0) }
        #expect(read == message)
    }

    @Test(arguments: hostMessages) func aRequestCutShortAnywhereIsAnError(_ message: HostMessage) {
        let body = Array(message.frame().dropFirst(4))
        for length in 0..<body.count {
            #expect(throws: WireError.self) {
                try body.prefix(length).withContiguousBytes { _ = try HostMessage($0) }
            }
        }
    }

    @Test func aDocumentBeyondItsBoundIsRefused() {
        let tick = Tick(number: 0, monotonic: 0, wall: 0, interval: 0)
        func read(_ kind: String, _ size: Int) throws {
            let document = [UInt8](repeating: 0x20, count: size)
            let message = HostMessage.ingest(id: 1, tick: tick, kind: kind, host: "h", document: document)
            _ = try message.frame().dropFirst(4).withContiguousBytes { try HostMessage($0) }
        }
        #expect(throws: Never.self) { try read("drives", WireLimits.document) }
        #expect(throws: WireError.outOfRange) { try read("drives", WireLimits.document + 1) }
        #expect(throws: WireError.outOfRange) { try read(String(repeating: "k", count: 33), 1) }
    }

    @Test(arguments: workerMessages) func workerMessagesSurviveThePipe(_ message: WorkerMessage) throws {
        let read = try message.frame().dropFirst(4).withContiguousBytes { try WorkerMessage($0) }
        #expect(read == message)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func aDocumentsTimeThatIsNoMomentIsRefused(_ time: Double) throws {
        let frame = WorkerMessage.collected(id: 1, Collected(documentTime: time)).frame()
        #expect(throws: WireError.outOfRange) {
            try frame.dropFirst(4).withContiguousBytes { _ = try WorkerMessage($0) }
        }
    }

    @Test(arguments: workerMessages) func aFrameCutShortAnywhereIsAnError(_ message: WorkerMessage) {
        let body = Array(message.frame().dropFirst(4))
        for length in 0..<body.count {
            #expect(throws: WireError.self) {
                try body.prefix(length).withContiguousBytes { _ = try WorkerMessage($0) }
            }
        }
        #expect(throws: WireError.trailing) {
            try (body + [0]).withContiguousBytes { _ = try WorkerMessage($0) }
        }
    }

    /// Whatever a worker sends, reading it ends in a message or an error: never in a trap, never in memory beyond
    /// a small multiple of the frame.
    @Test func randomlyChangedFramesNeverTrap() {
        var random = SplitMix(state: 20_261_124)
        for message in Self.workerMessages {
            let body = Array(message.frame().dropFirst(4))
            for _ in 0..<3000 {
                var changed = body
                for _ in 0...(random.next() % 4) {
                    changed[Int(random.next() % UInt64(changed.count))] = UInt8(
                        truncatingIfNeeded: random.next())
                }
                _ = try? changed.withContiguousBytes { try WorkerMessage($0) }
            }
        }
    }

    @Test func aCountBeyondTheFrameIsRefusedBeforeAllocating() {
        let drawn: [UInt8] = [106, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
        #expect(throws: WireError.outOfRange) { try drawn.withContiguousBytes { _ = try WorkerMessage($0) } }
    }

    @Test func framesArriveInPieces() throws {
        let stream = Self.workerMessages.flatMap { $0.frame() }
        var buffer = FrameBuffer()
        var read: [WorkerMessage] = []
        for byte in stream {
            [byte].withUnsafeBytes { buffer.append($0) }
            while let message = try buffer.next({ (body) throws(WireError) in try WorkerMessage(body) }) {
                read.append(message)
            }
        }
        #expect(read == Self.workerMessages)
    }

    @Test func anEndlessFrameIsRefused() {
        var buffer = FrameBuffer()
        [UInt8]([0xff, 0xff, 0xff, 0x7f, 1]).withUnsafeBytes { buffer.append($0) }
        #expect(throws: WireError.outOfRange) {
            _ = try buffer.next { (body) throws(WireError) in try WorkerMessage(body) }
        }
    }
}

extension Collection<UInt8> {
    fileprivate func withContiguousBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        try Array(self).withUnsafeBytes(body)
    }
}

/// A small generator with a seed, so that a failure can be repeated.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
