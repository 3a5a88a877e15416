import Testing

@testable import Contract
@testable import Core

/// What a worker may send at most, so that none makes the host late or large.
@Suite struct BoundsTests {
    private static func read(_ message: WorkerMessage) throws -> WorkerMessage {
        try Array(message.frame().dropFirst(4)).withUnsafeBytes { try WorkerMessage($0) }
    }

    private static func metrics(_ count: Int) -> [MetricDeclaration] {
        (0..<count).map { MetricDeclaration(id: "m\($0)", label: "", wantsHistory: true) }
    }

    private static let key = SeriesKey(host: "h", plugin: "p")

    private static func schema(_ count: Int) -> Schema {
        Schema(PluginDescription(id: "p", name: "P", metrics: metrics(count)))
    }

    private static func snapshot(_ names: [String], metrics count: Int) -> Snapshot {
        let builder = SnapshotBuilder(
            key: key, schema: schema(count),
            limits: [Limits](repeating: .none, count: count))
        let samples = names.flatMap { name in
            (0..<count).map { Sample(instance: name, metric: $0, value: .number(1)) }
        }
        return builder.snapshot(of: Collected(samples: samples), taken: 1)
    }

    // MARK: The wire

    @Test func aTextThatIsNotUTF8IsRefused() {
        let log: [UInt8] = [108, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0x61, 0xff]
        #expect(throws: WireError.encoding) { try log.withUnsafeBytes { _ = try WorkerMessage($0) } }
    }

    @Test func aFrameLongerThanAWorkersIsRefused() {
        let body = [UInt8](repeating: 0, count: WireLimits.frame + 1)
        #expect(throws: WireError.outOfRange) { try body.withUnsafeBytes { _ = try WorkerMessage($0) } }
        var buffer = FrameBuffer(limit: WireLimits.frame)
        withUnsafeBytes(of: UInt32(WireLimits.frame + 1).littleEndian) { buffer.append($0) }
        #expect(throws: WireError.outOfRange) { _ = try buffer.next { (_) throws(WireError) in } }
    }

    @Test(arguments: [
        (1, 64, 1561, true), (1, 64, 1562, false), (64, 1, 1, true), (65, 1, 1, false), (10, 1, 9999, true),
        (10, 1, 10_000, false),
    ])
    func tablesAreBoundedForTheWholePicture(tables: Int, columns: Int, rows: Int, isTaken: Bool) {
        let table = Table(
            columns: (0..<columns).map { _ in Table.Column(title: "") },
            cells: (0..<rows * columns).map { _ in Table.Cell(kind: .empty) })
        let operation = DrawOperation.table(x: 0, y: 0, width: 1, height: 1, table: table)
        let message = WorkerMessage.drawn(id: 1, [DrawOperation](repeating: operation, count: tables))
        #expect((try? Self.read(message)) == (isTaken ? message : nil))
    }

    @Test func anOperationTakesNoMoreThanItSays() {
        let table = Table(
            columns: [.init(title: "title"), .init(title: "é")],
            cells: [
                .init(kind: .text, text: "text"), .init(kind: .gauge, text: "g"),
                .init(kind: .spark, text: "s", history: [1, 2, 3]), .init(kind: .empty),
            ])
        let operations: [DrawOperation] = [
            .text(x: 1, y: 2, width: 3, alignment: .left, role: .value, text: "tëxt"),
            .number(x: 1, y: 2, width: 3, alignment: .left, role: .value, number: 1, unit: "bytes"),
            .status(x: 1, y: 2, status: .ok), .gauge(x: 1, y: 2, width: 3, fraction: 1, limits: .none),
            .spark(
                x: 1, y: 2, width: 3, height: 4, role: .graph, values: [1, 2], minimum: 0, maximum: 1),
            .fill(x: 1, y: 2, width: 3, height: 4, role: .value, character: 65),
            .table(x: 1, y: 2, width: 3, height: 4, table: table),
        ]
        for operation in operations {
            var writer = ByteWriter()
            writer.operation(operation)
            #expect(writer.bytes.count <= operation.wireSize)
        }
    }

    // MARK: Snapshots

    @Test func fewSamplesOfManyMetricsBecomeNoHugeTable() {
        let names = (0..<2000).map { "i\($0)" }
        let builder = SnapshotBuilder(
            key: Self.key, schema: Self.schema(256),
            limits: [Limits](repeating: .none, count: 256))
        let samples = names.map { Sample(instance: $0, metric: 0, value: .number(1)) }
        let snapshot = builder.snapshot(of: Collected(samples: samples), taken: 1)
        #expect(snapshot.instances.count == 390)
        #expect(snapshot.note?.sentence == "only the first 390 instances are shown: more are not kept")
        #expect(snapshot.status == .unknown)
        let noted = builder.snapshot(of: Collected(note: "mine", samples: samples), taken: 1)
        #expect(noted.note?.sentence == "mine")
    }

    @Test func samplesOfAnInstanceThatComesAgainLaterFindItsRow() {
        let builder = SnapshotBuilder(
            key: Self.key, schema: Self.schema(2), limits: [.none, .none])
        let samples = [("", 0), ("b", 0), ("", 1), ("b", 1)].map {
            Sample(instance: $0.0, metric: $0.1, value: .number(1))
        }
        let snapshot = builder.snapshot(of: Collected(samples: samples), taken: 1)
        #expect(snapshot.instances.map(\.name) == ["", "b"])
        #expect(snapshot.instances.allSatisfy { $0.cells.allSatisfy { $0.value == .number(1) } })
    }

    @Test func namesAreComparedByteByByte() {
        #expect(InstanceName("é") == InstanceName("é"))
        #expect(InstanceName("é") != InstanceName("e\u{301}"))
        #expect(InstanceName("a") != InstanceName("ab"))
    }

    @Test func thePastIsBoundedAndNewNamesGetTheirs() {
        var history = History()
        for round in 0..<8 {
            history.append(
                Self.snapshot((0..<1500).map { "\(round) \($0)" }, metrics: 4), at: Int64(round), every: 1)
            #expect(history.ringCount <= 20_000)
        }
        history.append(Self.snapshot(["last"], metrics: 1), at: 9, every: 1)
        #expect(history.values(instance: "last", metric: 0, until: 9, every: 1).means.last == 1)
    }

    @Test func aViewHasNoMorePastThanAFrameHolds() throws {
        var store = SnapshotStore()
        let names = (0..<5000).map { "i\($0)" }
        for _ in 0..<2 { store.put(Self.snapshot(names, metrics: 4)) }
        let view = try #require(
            store.view(
                Self.key, schema: Self.schema(4),
                limits: [Limits](repeating: .none, count: 4), now: 2))
        let histories = view.instances.reduce(0) { $0 + $1.cells.count { !$0.history.isEmpty } }
        #expect(histories == WireLimits.histories)
        #expect(view.instances[0].cells[0].history.last == 1)
    }

    // MARK: Pictures

    private static func drawn(_ operations: [DrawOperation], _ size: Size = Size(200, 60)) -> Surface {
        var surface = Surface(size)
        var table = TableState()
        OperationRenderer.render(
            operations, into: &surface, at: surface.bounds, appearance: Appearance(), tableState: &table)
        return surface
    }

    private static func fill(_ character: UInt32) -> DrawOperation {
        .fill(x: 0, y: 0, width: .max, height: .max, role: .value, character: character)
    }

    @Test func whatIsDrawnOverAndOverIsLeftOut() {
        let many = [DrawOperation](repeating: Self.fill(0x61), count: WireLimits.operations - 1)
        #expect(Self.drawn(many + [Self.fill(0x62)]).line(0).first == "a")
        let few = [DrawOperation](repeating: Self.fill(0x61), count: 100)
        #expect(Self.drawn(few + [Self.fill(0x62)]).line(0).first == "b")
    }

    @Test func aPictureOfManySmallPartsIsDrawnWhole() {
        let parts = (0..<WireLimits.operations).map {
            DrawOperation.text(
                x: $0 % 200, y: $0 / 200 % 60, width: 1, alignment: .left, role: .value, text: "x")
        }
        #expect(Self.drawn(parts).line(59).count == 200)
    }

    @Test func aTableIsDrawnWhateverCameBefore() {
        let many = [DrawOperation](repeating: Self.fill(0x61), count: 10_000)
        let table = Table(columns: [.init(title: "Name")], cells: [.init(kind: .text, text: "row")])
        let all = many + [.table(x: 0, y: 0, width: 20, height: 3, table: table)]
        #expect(Self.drawn(all).line(1).hasPrefix("row"))
    }

    /// However wide the columns want to be, the room is found in a few steps.
    @Test func theWidestColumnsAreCutToTheRoom() {
        var layout = TableLayout()
        let columns = (0..<64).map { _ in Table.Column(title: "", width: 1 << 16) }
        layout.update(Table(columns: columns), natural: columns.map(\.width), claims: [], available: 400)
        #expect(layout.columns.prefix(60).allSatisfy { $0.width >= 3 && $0.width <= 5 })
    }

    @Test(arguments: [
        (40, [16, 16, 4]), (39, [15, 16, 4]), (38, [15, 15, 4]), (20, [6, 6, 4]), (12, [3, 3, 2]),
    ])
    func columnsShrinkInTurnsAndNumbersLast(available: Int, widths: [Int]) {
        var layout = TableLayout()
        let table = Table(columns: [
            .init(title: "", width: 30), .init(title: "", width: 20),
            .init(title: "", alignment: .right, width: 4),
        ])
        layout.update(table, natural: [30, 20, 4], claims: [], available: available)
        #expect(layout.columns.map(\.width) == widths)
    }
}
