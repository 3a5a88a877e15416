import Contract
import Core
import Foundation

/// Writes valid messages as inputs to start from: `seeds FOLDER`, with a folder for each target.
@main
enum Seeds {
    static func main() throws {
        let folder = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? ".")
        for (target, inputs) in [("frames", frames), ("requests", requests), ("history", history)] {
            let place = folder.appendingPathComponent(target)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (index, input) in inputs.enumerated() {
                try Data(input).write(to: place.appendingPathComponent("seed-\(index)"))
            }
        }
    }

    /// Each message as one frame's body, and all together as a stream in pieces.
    static var frames: [[UInt8]] {
        let single = messages.enumerated().map { index, message -> [UInt8] in
            [80, 24, UInt8(truncatingIfNeeded: index << 1 | 1), 0] + message.frame().dropFirst(4)
        }
        let stream = messages.flatMap { $0.frame() }
        return single + [[120, 40, 0, 3, 1, 7, 100] + stream, [60, 12, 0x1e, 0] + stream + stream]
    }

    static var requests: [[UInt8]] {
        let requests: [HostMessage] = [
            .create(
                id: 7,
                CreateRequest(
                    widget: "w", host: "h", root: "/r",
                    values: [.number(1.5), .text("t"), .list(["a", ""])],
                    isSet: [true, false, true], readsDocuments: true)),
            .collect(id: 1, Tick(number: 1, monotonic: 2, wall: -3, interval: 4, isFirst: true)),
            .draw(id: 2, DrawRequest(view: view, width: 80, height: 24)), .destroy(id: 3),
            .ingest(
                id: 4, tick: Tick(number: 1, monotonic: 2, wall: 3, interval: 4), kind: "drives", host: "h",
                document: Array("{\"drives\": []}".utf8)),
        ]
        return requests.map { Array($0.frame().dropFirst(4)) }
    }

    /// A chunk and a rollup without what every record begins and ends with.
    static var history: [[UInt8]] {
        var chunk = ChunkWriter(key: Example.key)
        var rollup = RollupWriter(key: Example.key, tier: .fiveMinutes)
        let failure = Failure(
            .failed, .transport(TransportFailure(.silent(2), at: "h:1")), next: .retry(at: 7))
        let states: [HostState] = [
            .online, .unreachable(1, failure), .partly(.documents(["drives"], .init(.wrong, failure))),
        ]
        var records: [[UInt8]] = []
        for tick in 0..<70 {
            let time = Int64(tick) * 20_000_000_000
            var collected = Collected(samples: samples)
            for index in collected.samples.indices where collected.samples[index].metric == 0 {
                collected.samples[index].value = .number(Double(tick * tick * (index + 1) % 997) / 7)
            }
            if tick % 9 == 8 { collected.samples.removeFirst(tick % 5) }
            let snapshot = Example.builder.snapshot(of: collected, taken: time)
            _ = (chunk.append(snapshot), rollup.append(snapshot))
            if tick % 7 == 6 { _ = (chunk.fail(failure, at: time), rollup.fail(failure, at: time)) }
            if tick % 11 == 10 {
                let state = states[tick / 11 % 3]
                _ = (chunk.host(state, at: time), rollup.host(state, at: time))
                _ = (chunk.hold(at: time), rollup.hold(at: time))
            }
            if [0, 3, 20, 69].contains(tick) {
                records += [[0] + body(chunk.encoded()), [1] + body(rollup.encoded())]
            }
        }
        return records + [[0] + body(chunk.next(at: .max).encoded())]
    }

    private static func body(_ record: [UInt8]) -> [UInt8] { Array(record.dropFirst(5).dropLast(4)) }

    private static let view = View(
        taken: 1, now: 2, interval: 3, host: "srv01", note: "n", isStale: true,
        limits: [Limits(warning: 80), .none],
        instances: [
            .init(
                name: "sda",
                cells: [
                    .init(value: .number(4), status: .ok, history: [1, 2, .infinity]),
                    .init(value: .text("é"), status: .critical),
                ]),
            .init(name: "", cells: [.init(value: .absent), .init(value: .absent)]),
        ])

    private static let texts = [
        "", "plain", "東京サーバ", "cafe\u{301}", "🐏 ram", "👩‍👧 family", "🇩🇪🇫",
        "z\u{300}\u{301}\u{302}\u{303}\u{304}",
        "a\u{200b}b\u{202e}c", "\u{1b}[31mred\u{7}", "กำนำ", "⚠\u{fe0f}",
    ]

    private static let samples =
        texts.map { Sample(instance: $0, metric: 0, value: .number(71), status: .auto) }
        + texts.map { Sample(instance: $0, metric: 1, value: .text($0), status: .ok) } + [
            Sample(instance: "plain", metric: 2, value: .number(1e30)),
            Sample(instance: "plain", metric: 3, value: .number(-1e-300), status: .unknown),
            Sample(instance: "late", metric: 4, value: .text("failed"), status: .critical),
            Sample(instance: "late", metric: 255, value: .absent),
        ]

    private static let table = Table(
        columns: [
            .init(title: "Name", grow: 1), .init(title: "東京", alignment: .right, width: 5, priority: 2),
            .init(title: "", alignment: .center, width: 0, priority: 1),
            .init(title: "Past", width: 9, grow: 3),
        ],
        cells: texts.enumerated().flatMap { index, text -> [Table.Cell] in
            [
                .init(kind: .status, status: Status(rawValue: UInt8(index % 5)) ?? .auto, text: text),
                .init(kind: .number, role: .accent, text: "bytes", number: Double(index) * 1e7),
                .init(kind: index % 2 == 0 ? .text : .empty, role: .label, text: text),
                index % 3 == 0
                    ? .init(kind: .gauge, number: 0.7, limits: Limits(warning: 0.6, critical: 0.9))
                    : .init(kind: .spark, history: [1, .nan, 3, .infinity]),
            ]
        })

    private static let operations: [DrawOperation] =
        texts.enumerated().map { index, text in
            .text(
                x: index - 2, y: index, width: 4 + index,
                alignment: .init(rawValue: UInt8(index % 3)) ?? .left,
                role: .accent, text: text)
        } + [
            .number(x: 0, y: 0, width: 9, alignment: .right, role: .value, number: 1e30, unit: "bytes"),
            .status(x: 1, y: 1, status: .unknown),
            .gauge(x: 1, y: 1, width: 5, fraction: 0.5, limits: Limits(warning: 0.8, critical: 0.9)),
            .gauge(x: -3, y: 2, width: 50, fraction: .infinity, limits: Limits(warning: 0.8, critical: 0.2)),
            .spark(
                x: 0, y: 3, width: 9, height: 3, role: .graph, values: [1, 2, 9], minimum: .nan, maximum: 3),
            .fill(x: 3, y: 5, width: 2, height: 2, role: .muted, character: 0x2500),
            .table(x: 0, y: 1, width: 50, height: 15, table: table),
            .table(x: 3, y: 4, width: 6, height: 3, table: table),
        ]

    private static let messages: [WorkerMessage] = [
        .hello(Example.description),
        .hello(
            PluginDescription(
                id: "x", name: "X", metrics: [MetricDeclaration(id: "m", label: "M")],
                options: [
                    OptionDeclaration(key: "flag", kind: .bool, defaultValue: "true"),
                    OptionDeclaration(key: "size", kind: .size, defaultValue: "8G", maximum: 1e12),
                    OptionDeclaration(key: "level", kind: .float, defaultValue: "-1e308"),
                    OptionDeclaration(key: "wait", kind: .integer, defaultValue: "9223372036854775808"),
                    OptionDeclaration(key: "paths", kind: .text),
                ])),
        .refused("why"), .created(id: 1), .createFailed(id: 2, .invalid, "why"),
        .collected(id: 3, Collected(noteStatus: .warning, note: "note", samples: samples)),
        .collected(id: 3, Collected(samples: [Sample(instance: "", metric: 0, value: .number(1))])),
        .collected(id: 3, Collected(outcome: .denied, sentence: "run as root")),
        .collected(id: 3, Collected(samples: samples, documentTime: 1_772_366_399.5)),
        .collected(id: 3, Collected(outcome: .failed, sentence: "why", documentTime: 1e300)),
        .drawn(id: 4, operations), .destroyed(id: 5), .log(level: 2, "line"),
    ]
}
