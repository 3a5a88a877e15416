import Contract

extension HistoryCursor {
    /// Reads a failure's code and cause; its attempt is 1, its next try the usual one.
    mutating func cause() throws(ChunkDamage) -> Failure {
        guard let code = Outcome(rawValue: try u8()) else { throw .unknownTag }
        return Failure(code, try causeAlone())
    }

    private mutating func causeAlone() throws(ChunkDamage) -> Failure.Cause {
        switch try u8() {
        case 0: .plugin(try text())
        case 1: .option(try problem())
        case 2: .unknownPlugin(try problem(), folders: try texts())
        case 3: .missingFile(plugin: try text(), folder: try text())
        case 4: .untrustedFile(try text())
        case 5: .refusedFile(path: try text(), reason: try text())
        case 6: .workerNotStarted(program: try text(), error: try text())
        case 7: try workerEnded()
        case 8: .quarantined(try quarantine())
        case 9: .late(call: try text(), nanoseconds: try unsigned())
        case 10: .document(place: try text(), try fault())
        case 11: .transport(try transport())
        case 12: .notServed(plugin: try text(), host: try text())
        case 13: .unknownHost(try text(), file: try text(), wasThere: try flag())
        case 14: .unusableTransport(try text())
        default: throw .unknownTag
        }
    }

    mutating func flag() throws(ChunkDamage) -> Bool {
        switch try u8() {
        case 0: return false
        case 1: return true
        default: throw .outOfRange
        }
    }

    mutating func optional() throws(ChunkDamage) -> String? { try flag() ? try text() : nil }

    mutating func texts() throws(ChunkDamage) -> [String] {
        var texts: [String] = []
        for _ in 0..<(try elements(atMost: HistoryFormat.mostListed)) { texts.append(try text()) }
        return texts
    }

    private mutating func workerEnded() throws(ChunkDamage) -> Failure.Cause {
        let lastLine = try text()
        return .workerEnded(call: try optional(), try end(), lastLine: lastLine)
    }

    private mutating func problem() throws(ChunkDamage) -> Problem {
        let severity: Problem.Severity = try flag() ? .error : .warning
        let source = try text()
        let position = Position(line: try int(), column: try int())
        return Problem(
            severity, source: source, position: position, message: try text(), expected: try optional(),
            suggestion: try optional())
    }

    mutating func int() throws(ChunkDamage) -> Int { Int(try signed()) }

    private mutating func end() throws(ChunkDamage) -> Failure.WorkerEnd {
        switch try u8() {
        case 0: .ended(try text())
        case 1: .outOfMemory(try text(), used: try unsigned(), limit: try unsigned())
        case 2: .deadline(try unsigned())
        case 3: .processorTime(try unsigned())
        case 4: .wrongAnswer
        case 5: .brokenFrame(try text())
        case 6: .tooManyLogLines(try int())
        case 7: .closedConnection
        default: throw .unknownTag
        }
    }

    private mutating func quarantine() throws(ChunkDamage) -> Failure.Quarantine {
        Failure.Quarantine(
            call: try optional(), end: try end(), times: try int(), host: try optional(),
            nanoseconds: try unsigned())
    }

    private mutating func fault() throws(ChunkDamage) -> Failure.DocumentFault {
        switch try u8() {
        case 0: .unreadable(try text())
        case 1: .swapped(serves: try text(), expected: try text(), host: try text())
        case 2: .future(document: try text(), nanoseconds: try signed())
        case 3: .milliseconds(document: try text())
        case 4: .still(document: try text(), nanoseconds: try signed())
        default: throw .unknownTag
        }
    }
}
