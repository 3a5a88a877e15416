extension HistoryBytes {
    /// Writes a host's state; failures in it are numbers of the table.
    mutating func host(_ state: HostState, _ failures: inout FailureTable) {
        switch state {
        case .waiting: u8(0)
        case .online: u8(1)
        case .slow(let time):
            u8(2)
            unsigned(time)
        case .skewed(let skew, let isOurs):
            u8(3)
            signed(skew)
            flag(isOurs)
        case .stale(let age, let saysSo):
            u8(4)
            signed(age)
            flag(saysSo)
        case .unreachable(let age, let why):
            u8(5)
            optional(age)
            failures.write(why, to: &self)
        case .wrong(let why): failed(6, why, &failures)
        case .busy(let why): failed(7, why, &failures)
        case .unresolved(let why): failed(8, why, &failures)
        case .partly(.documents(let names, let trouble)):
            u8(9)
            texts(names)
            u8(trouble.kind.code)
            failures.write(trouble.failure, to: &self)
        case .partly(.plugins(let count, let first, let why)):
            tagged(10, [first])
            signed(Int64(count))
            failures.write(why, to: &self)
        case .maintenance(let end, let isUnreachable):
            u8(11)
            optional(end)
            flag(isUnreachable)
        }
    }

    private mutating func failed(_ tag: UInt8, _ why: Failure, _ failures: inout FailureTable) {
        u8(tag)
        failures.write(why, to: &self)
    }

    private mutating func optional(_ number: Int64?) {
        flag(number != nil)
        if let number { signed(number) }
    }
}

extension HistoryCursor {
    /// Reads a host's state.
    mutating func host(_ failures: [Failure]) throws(ChunkDamage) -> HostState {
        switch try u8() {
        case 0: return .waiting
        case 1: return .online
        case 2: return .slow(try unsigned())
        case 3: return .skewed(try signed(), isOurs: try flag())
        case 4: return .stale(try signed(), saysSo: try flag())
        case 5: return .unreachable(try optionalNumber(), try failure(of: failures))
        case 6: return .wrong(try failure(of: failures))
        case 7: return .busy(try failure(of: failures))
        case 8: return .unresolved(try failure(of: failures))
        case 9:
            let names = try texts()
            guard let kind = HostLink.Trouble.Kind(code: try u8()) else { throw .unknownTag }
            return .partly(.documents(names, HostLink.Trouble(kind, try failure(of: failures))))
        case 10:
            let first = try text()
            return .partly(.plugins(try int(), first: first, try failure(of: failures)))
        case 11: return .maintenance(until: try optionalNumber(), isUnreachable: try flag())
        default: throw .unknownTag
        }
    }

    private mutating func optionalNumber() throws(ChunkDamage) -> Int64? { try flag() ? try signed() : nil }
}

extension HostLink.Trouble.Kind {
    private static let all: [Self] = [.unreachable, .wrong, .busy, .unresolved]

    /// The number that is stored.
    fileprivate var code: UInt8 {
        switch self {
        case .unreachable: 0
        case .wrong: 1
        case .busy: 2
        case .unresolved: 3
        }
    }

    fileprivate init?(code: UInt8) {
        guard code < Self.all.count else { return nil }
        self = Self.all[Int(code)]
    }
}

extension HostState {
    /// The same state some time later: what is an age has grown.
    public func aged(by nanoseconds: Int64) -> HostState {
        func later(_ age: Int64) -> Int64 {
            let (sum, overflow) = age.addingReportingOverflow(nanoseconds)
            return overflow ? .max : sum
        }
        return switch self {
        case .stale(let age, let saysSo): .stale(later(age), saysSo: saysSo)
        case .unreachable(let age?, let why): .unreachable(later(age), why)
        default: self
        }
    }
}
