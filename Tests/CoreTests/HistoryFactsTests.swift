import Contract
import Testing

@testable import Core

/// Every kind of failure and host state comes back with all its facts.
@Suite struct HistoryFactsTests {
    private static let problem = Problem(
        .warning, source: "srv01.layout", position: Position(line: 14, column: 3), message: "unknown key",
        expected: "a number", suggestion: nil)

    private static let ends: [Failure.WorkerEnd] = [
        .ended("crashed"), .outOfMemory("killed", used: 600, limit: 512), .deadline(5), .processorTime(6),
        .wrongAnswer, .brokenFrame("it ends"), .tooManyLogLines(201), .closedConnection,
    ]

    private static let faults: [Failure.DocumentFault] = [
        .unreadable("no JSON"), .swapped(serves: "a", expected: "b", host: "c"),
        .future(document: "d", nanoseconds: -7), .milliseconds(document: "e"),
        .still(document: "f", nanoseconds: .max),
    ]

    private static let progress = TransportFailure.Progress(received: 312, promised: 2413)

    private static let kinds: [TransportFailure.Kind] = [
        .nameNotFound(name: "a", reason: "b"), .nameTimeout(name: "a", 5), .badAddress("x"), .refused,
        .unreachable(nil), .unreachable("why"), .noConnection(1), .noNetwork, .noInterface("eth9"),
        .silent(2),
        .slow(progress, 3), .late(4), .closed(isReset: true), .closed(isReset: false), .brokenOff(progress),
        .tooManyHeaders, .unpacksTooLarge(received: .max, limit: 9), .tooLarge(limit: -1),
        .redirectLoop(limit: 5, target: "t"), .redirectElsewhere(target: "u"),
        .status(404, reason: "Not Found", path: "/x"), .busy(503, reason: "Later"), .notHTTP, .badEncoding,
        .badCertificate("old"), .tooManyFiles, .notAsked("é"),
    ]

    private static var causes: [Failure.Cause] {
        let plain: [Failure.Cause] = [
            .plugin("why"), .option(problem), .unknownPlugin(problem, folders: ["/a", "", "/b"]),
            .missingFile(plugin: "p", folder: ""), .untrustedFile("u"), .refusedFile(path: "p", reason: "r"),
            .workerNotStarted(program: "w", error: "e"), .late(call: "collect", nanoseconds: .max),
            .notServed(plugin: "p", host: "h"), .unknownHost("h", file: "f", wasThere: true),
            .unusableTransport("t"),
        ]
        return plain
            + ends.map { .workerEnded(call: $0 == .wrongAnswer ? nil : "draw", $0, lastLine: "last") }
            + ends.map {
                .quarantined(
                    .init(call: nil, end: $0, times: 3, host: $0 == .wrongAnswer ? "h" : nil, nanoseconds: 8))
            }
            + faults.map { .document(place: "srv01:6127", $0) }
            + kinds.map { .transport(TransportFailure($0, at: "srv01:6127")) } + [
                .transport(TransportFailure(.refused, at: "srv01:6127", redirectedTo: "http://x/"))
            ]
    }

    private static var failures: [Failure] {
        let nexts: [Failure.Next] = [.usual, .retry(at: -5), .onRequest, .givenUp, .onFile]
        let codes: [Outcome] = [.failed, .unavailable, .denied, .timeout, .invalid, .limit]
        return causes.enumerated().map { index, cause in
            Failure(codes[index % codes.count], cause, attempt: index, next: nexts[index % nexts.count])
        }
    }

    private static var states: [HostState] {
        let failures = failures
        let kinds: [HostLink.Trouble.Kind] = [.unreachable, .wrong, .busy, .unresolved]
        return [
            .waiting, .online, .slow(1_400_000_000), .skewed(-90, isOurs: true), .skewed(90, isOurs: false),
            .stale(5, saysSo: true), .unreachable(nil, failures[0]), .unreachable(.max, failures[1]),
            .wrong(failures[2]), .busy(failures[3]), .unresolved(failures[4]),
            .partly(.plugins(4, first: "nvme", failures[5])), .maintenance(until: nil, isUnreachable: true),
            .maintenance(until: 99, isUnreachable: false),
        ] + kinds.map { .partly(.documents(["drives", "services"], .init($0, failures[6]))) }
    }

    @Test func everyFailureComesBack() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        for (index, failure) in Self.failures.enumerated() {
            #expect(writer.fail(failure, at: Int64(index) * HistoryExample.second) == .taken)
        }
        let read = try ChunkReader(writer.encoded()).failures()
        // Of the same event the facts of the first stand; here that is only what follows another measurement of it.
        let expected = Self.failures
        #expect(read.count == expected.count)
        for (change, failure) in zip(read, expected) {
            let why = try #require(change.value)
            #expect(
                why.isSameEvent(as: failure) && why.attempt == failure.attempt && why.next == failure.next)
        }
    }

    @Test func everyCauseComesBackWithAllThatItNames() throws {
        for failure in Self.failures {
            var writer = ChunkWriter(key: HistoryExample.key)
            #expect(writer.fail(failure, at: 0) == .taken)
            #expect(try ChunkReader(writer.encoded()).moment(at: 0)?.failure == failure)
        }
    }

    @Test func everyHostStateComesBack() throws {
        var writer = ChunkWriter(key: HistoryExample.key)
        for (index, state) in Self.states.enumerated() {
            #expect(writer.host(state, at: Int64(index) * HistoryExample.second) == .taken)
        }
        let read = try ChunkReader(writer.encoded()).hostStates()
        var expected: [HostState] = []
        for state in Self.states where expected.last.map({ !$0.isSameEvent(as: state) }) ?? true {
            expected.append(state)
        }
        #expect(read.map(\.value) == expected)
    }

    @Test func aLongListIsCut() throws {
        let names = (0..<1000).map { "document \($0)" }
        let trouble = HostLink.Trouble(.wrong, Failure(.failed, .plugin("why")))
        var writer = ChunkWriter(key: HistoryExample.key)
        #expect(writer.host(.partly(.documents(names, trouble)), at: 0) == .taken)
        let kept = Array(names.prefix(HistoryFormat.mostListed))
        #expect(try ChunkReader(writer.encoded()).moment(at: 0)?.host == .partly(.documents(kept, trouble)))
    }
}
