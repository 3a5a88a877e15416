/// Takes numbers in one after another and holds them compressed, but for the last block: half a byte to a byte for
/// each, as a rule.
struct NumberStream: Sendable {
    /// How the numbers may be rounded.
    let choice: QuantumChoice
    private var sealed: [UInt8] = []
    /// The block in progress.
    private var open: [Double] = []
    /// nil: nothing has been sealed.
    private var recent: NumberBlock.Recent?
    /// The last byte sealed stands for a run that can grow.
    private var endsInRun = false
    /// The number of values.
    private(set) var count = 0

    init(_ choice: QuantumChoice) { self.choice = choice }

    /// The approximate number of bytes of ``encoded``.
    var size: Int { sealed.count + open.count }

    /// Appends a finite number.
    mutating func append(_ value: Double) {
        open.append(value)
        count += 1
        guard open.count == NumberBlock.capacity else { return }
        let (bytes, recent) = encodeOpen()
        self.recent = recent
        open.removeAll(keepingCapacity: true)
        if let bytes {
            sealed += bytes
            endsInRun = false
        } else if endsInRun, sealed[sealed.count - 1] < 0xf0 {
            sealed[sealed.count - 1] += 0x10
        } else {
            sealed.append(NumberBlock.run)
            endsInRun = true
        }
    }

    /// The bytes of all numbers.
    var encoded: [UInt8] {
        guard !open.isEmpty else { return sealed }
        // A part of a block is no run: its reader would take it for a full one.
        return sealed + (encodeOpen().bytes ?? [NumberBlock.Predictor.last.rawValue])
    }

    /// The first block of a stream begins with its quantum and its first number.
    private func encodeOpen() -> (bytes: [UInt8]?, recent: NumberBlock.Recent) {
        if let recent { return NumberBlock.encode(open[...], after: recent, by: choice) }
        let quantum = choice.candidates(for: open[...])[0]
        var head = HistoryBytes()
        head.u8(quantum.rawValue)
        head.signed(quantum.code(open[0]))
        let start = NumberBlock.Recent(quantum.code(open[0]), quantum)
        let (bytes, recent) = NumberBlock.encode(open[...], after: start, by: choice)
        return (head.bytes + (bytes ?? [NumberBlock.Predictor.last.rawValue]), recent)
    }
}

/// Reads the numbers of a ``NumberStream`` one after another.
struct NumberReader: Sendable {
    private var cursor: HistoryCursor
    private var recent: NumberBlock.Recent?
    /// Numbers that have been decoded and not yet read, the latest first.
    private var decoded: [Double] = []
    /// Numbers of a run that are still to come.
    private var inRun = 0
    /// Numbers that are still to come.
    private(set) var remaining: Int

    /// Reads `count` numbers from where a cursor stands.
    init(_ cursor: HistoryCursor, count: Int) {
        self.cursor = cursor
        remaining = count
    }

    /// Reads the next number, which is finite.
    mutating func next() throws(ChunkDamage) -> Double {
        guard remaining > 0 else { throw .truncated }
        if inRun == 0, decoded.isEmpty { try refill() }
        remaining -= 1
        if inRun > 0, let recent {
            inRun -= 1
            return try Self.finite(recent.quantum.value(recent.last))
        }
        return decoded.removeLast()
    }

    /// Moves past numbers.
    mutating func skip(_ count: Int) throws(ChunkDamage) {
        guard count <= remaining else { throw .truncated }
        var left = count
        while left > 0 {
            if inRun == 0, decoded.isEmpty { try refill() }
            let step = min(left, inRun > 0 ? inRun : decoded.count)
            if inRun > 0 { inRun -= step } else { decoded.removeLast(step) }
            remaining -= step
            left -= step
        }
    }

    private mutating func refill() throws(ChunkDamage) {
        if recent == nil {
            let quantum = try Self.quantum(&cursor)
            recent = NumberBlock.Recent(try cursor.signed(), quantum)
        }
        let head = try cursor.u8()
        if head & 3 == NumberBlock.run {
            inRun = (Int(head >> 4) + 1) * NumberBlock.capacity
            guard head & 0xc == 0, inRun <= remaining else { throw .outOfRange }
            for _ in 0..<4 { recent!.append(recent!.last) }
            return
        }
        try decode(head)
    }

    private mutating func decode(_ head: UInt8) throws(ChunkDamage) {
        var state = recent!
        if head & NumberBlock.otherQuantum != 0 { state = state.converted(to: try Self.quantum(&cursor)) }
        guard let predictor = NumberBlock.Predictor(rawValue: head & 3) else { throw .unknownTag }
        let isRice = head & NumberBlock.rice != 0
        var parameter = Int(head >> 4)
        if !isRice, parameter == NumberBlock.widest {
            parameter = Int(try cursor.u8())
            guard (NumberBlock.widest...64).contains(parameter) else { throw .outOfRange }
        }
        var bits = BitReader(cursor)
        let count = min(remaining, NumberBlock.capacity)
        var values: [Double] = []
        values.reserveCapacity(NumberBlock.capacity)
        for _ in 0..<count {
            let rest = isRice ? try Self.rice(&bits, parameter) : try bits.get(parameter)
            let code = state.predicted(predictor) &+ unzigzag(rest)
            state.append(code)
            values.append(try Self.finite(state.quantum.value(code)))
        }
        recent = state
        cursor = bits.rest
        decoded = values.reversed()
    }

    private static func rice(_ bits: inout BitReader, _ parameter: Int) throws(ChunkDamage) -> UInt64 {
        let quotient = try bits.ones(atMost: NumberBlock.escape)
        if quotient < NumberBlock.escape {
            return UInt64(quotient) << UInt64(parameter) | (try bits.get(parameter))
        }
        return try bits.get(Int(try bits.get(6)) + 1)
    }

    private static func quantum(_ cursor: inout HistoryCursor) throws(ChunkDamage) -> Quantum {
        guard let quantum = Quantum(rawValue: try cursor.u8()) else { throw .unknownTag }
        return quantum
    }

    private static func finite(_ value: Double) throws(ChunkDamage) -> Double {
        guard value.isFinite else { throw .outOfRange }
        return value
    }
}
