import Contract

/// Gives each failure that occurs in a record a number; its attempt and its next try stand where it occurs.
struct FailureTable: Sendable {
    private var places: [[UInt8]: Int] = [:]
    private(set) var encoded = HistoryBytes()
    /// The latest one, whose measured values stand for those of the same event.
    private var latest: (failure: Failure, place: Int)?

    /// The number of failures.
    var count: Int { places.count }

    /// Returns the number of a failure, which becomes part of the table.
    mutating func place(_ failure: Failure) -> Int {
        if let latest, failure.isSameEvent(as: latest.failure) { return latest.place }
        var bytes = HistoryBytes()
        bytes.cause(failure)
        let place = places[bytes.bytes] ?? places.count
        if place == places.count {
            places[bytes.bytes] = place
            encoded.bytes += bytes.bytes
        }
        latest = (failure, place)
        return place
    }

    /// Writes where a failure occurs: its number, the attempt and the next try.
    mutating func write(_ failure: Failure, to bytes: inout HistoryBytes) {
        bytes.count(place(failure))
        bytes.signed(Int64(failure.attempt))
        switch failure.next {
        case .usual: bytes.u8(0)
        case .retry(let time):
            bytes.u8(1)
            bytes.signed(time)
        case .onRequest: bytes.u8(2)
        case .givenUp: bytes.u8(3)
        case .onFile: bytes.u8(4)
        }
    }

    /// Reads all failures of a table.
    static func read(_ cursor: inout HistoryCursor) throws(ChunkDamage) -> [Failure] {
        var failures: [Failure] = []
        for _ in 0..<(try cursor.elements(atMost: HistoryFormat.mostFailures)) {
            failures.append(try cursor.cause())
        }
        return failures
    }
}

extension HistoryCursor {
    /// Reads where a failure of a table occurs.
    mutating func failure(of table: [Failure]) throws(ChunkDamage) -> Failure {
        guard !table.isEmpty else { throw .outOfRange }
        var failure = table[try count(atMost: table.count - 1)]
        failure.attempt = try int()
        switch try u8() {
        case 0: failure.next = .usual
        case 1: failure.next = .retry(at: try signed())
        case 2: failure.next = .onRequest
        case 3: failure.next = .givenUp
        case 4: failure.next = .onFile
        default: throw .unknownTag
        }
        return failure
    }
}
