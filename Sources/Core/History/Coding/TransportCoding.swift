extension HistoryBytes {
    mutating func transport(_ failure: TransportFailure) {
        text(failure.place)
        optional(failure.target)
        switch failure.kind {
        case .nameNotFound(let name, let reason): tagged(0, [name, reason])
        case .nameTimeout(let name, let time):
            tagged(1, [name])
            unsigned(time)
        case .badAddress(let address): tagged(2, [address])
        case .refused: u8(3)
        case .unreachable(let reason):
            u8(4)
            optional(reason)
        case .noConnection(let time): timed(5, time)
        case .noNetwork: u8(6)
        case .noInterface(let name): tagged(7, [name])
        case .silent(let time): timed(8, time)
        case .slow(let progress, let time):
            timed(9, time)
            self.progress(progress)
        case .late(let time): timed(10, time)
        case .closed(let isReset):
            u8(11)
            flag(isReset)
        case .brokenOff(let progress):
            u8(12)
            self.progress(progress)
        default: answer(failure.kind)
        }
    }

    /// What is wrong with an answer that came, and what is wrong here.
    private mutating func answer(_ kind: TransportFailure.Kind) {
        switch kind {
        case .unpacksTooLarge(let received, let limit):
            timed(14, received)
            signed(Int64(limit))
        case .tooLarge(let limit):
            u8(15)
            signed(Int64(limit))
        case .redirectLoop(let limit, let target):
            tagged(16, [target])
            signed(Int64(limit))
        case .redirectElsewhere(let target): tagged(17, [target])
        case .status(let status, let reason, let path):
            tagged(18, [reason, path])
            signed(Int64(status))
        case .busy(let status, let reason):
            tagged(19, [reason])
            signed(Int64(status))
        case .notHTTP: u8(20)
        case .badEncoding: u8(21)
        case .badCertificate(let why): tagged(22, [why])
        case .tooManyFiles: u8(23)
        case .notAsked(let why): tagged(24, [why])
        default: u8(13)
        }
    }

    /// A tag and a number: of nanoseconds, or of bytes.
    private mutating func timed(_ tag: UInt8, _ number: UInt64) {
        u8(tag)
        unsigned(number)
    }

    private mutating func progress(_ progress: TransportFailure.Progress) {
        unsigned(progress.received)
        unsigned(progress.promised)
    }
}

extension HistoryCursor {
    mutating func transport() throws(ChunkDamage) -> TransportFailure {
        let place = try text()
        let target = try optional()
        return TransportFailure(try kind(), at: place, redirectedTo: target)
    }

    private mutating func kind() throws(ChunkDamage) -> TransportFailure.Kind {
        let tag = try u8()
        switch tag {
        case 0: return .nameNotFound(name: try text(), reason: try text())
        case 1: return .nameTimeout(name: try text(), try unsigned())
        case 2: return .badAddress(try text())
        case 3: return .refused
        case 4: return .unreachable(try optional())
        case 5: return .noConnection(try unsigned())
        case 6: return .noNetwork
        case 7: return .noInterface(try text())
        case 8: return .silent(try unsigned())
        case 9:
            let time = try unsigned()
            return .slow(try progress(), time)
        case 10: return .late(try unsigned())
        case 11: return .closed(isReset: try flag())
        case 12: return .brokenOff(try progress())
        default: return try answer(tag)
        }
    }

    private mutating func answer(_ tag: UInt8) throws(ChunkDamage) -> TransportFailure.Kind {
        switch tag {
        case 13: return .tooManyHeaders
        case 14: return .unpacksTooLarge(received: try unsigned(), limit: try int())
        case 15: return .tooLarge(limit: try int())
        case 16:
            let target = try text()
            return .redirectLoop(limit: try int(), target: target)
        case 17: return .redirectElsewhere(target: try text())
        case 18:
            let (reason, path) = (try text(), try text())
            return .status(try int(), reason: reason, path: path)
        case 19:
            let reason = try text()
            return .busy(try int(), reason: reason)
        case 20: return .notHTTP
        case 21: return .badEncoding
        case 22: return .badCertificate(try text())
        case 23: return .tooManyFiles
        case 24: return .notAsked(try text())
        default: throw .unknownTag
        }
    }

    private mutating func progress() throws(ChunkDamage) -> TransportFailure.Progress {
        TransportFailure.Progress(received: try unsigned(), promised: try unsigned())
    }
}
