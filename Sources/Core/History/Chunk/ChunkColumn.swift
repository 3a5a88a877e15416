import Contract

/// The cells of one instance and metric while a chunk is written: one for each snapshot that has the instance.
struct ChunkColumn: Sendable {
    private var states = ChangeList()
    private var state = CellState.nothing
    private var texts: ChangeList?
    private var text = -1
    private var textCount = 0
    private var numbers: NumberStream

    init(_ metric: MetricDeclaration) { numbers = NumberStream(QuantumChoice(metric)) }

    /// The approximate number of bytes of it.
    var size: Int { states.size + (texts?.size ?? 0) + numbers.size + 4 }

    /// Appends a cell. `place` is the number of snapshots with the instance so far.
    mutating func append(_ cell: Snapshot.Cell, at place: Int, _ table: inout TextTable) {
        let state = CellState(cell)
        if state != self.state {
            self.state = state
            states.change(at: place) { $0.u8(state.byte) }
        }
        switch cell.value {
        case .number(let number) where number.isFinite: numbers.append(number)
        case .text(let text): append(text, &table)
        default: break
        }
    }

    private mutating func append(_ text: String, _ table: inout TextTable) {
        let number = table.place(text)
        if number != self.text {
            self.text = number
            if texts == nil { texts = ChangeList() }
            texts!.change(at: textCount) { $0.count(number) }
        }
        textCount += 1
    }

    /// Appends the column's bytes; nothing where all cells are absent and nothing judges them.
    func write(to bytes: inout HistoryBytes) {
        guard states.count > 0 else { return }
        states.write(to: &bytes)
        bytes.flag(texts != nil)
        texts?.write(to: &bytes)
        bytes.bytes += numbers.encoded
    }
}

/// Reads the cells of a ``ChunkColumn`` one after another.
struct ColumnReader: Sendable {
    private var states: ChangeReader?
    private var texts: ChangeReader?
    private var numbers: NumberReader?
    private(set) var state = CellState.nothing
    private var place = 0
    private var textPlace = 0
    private var text = -1
    private let isRollup: Bool

    /// Reads a column of `count` cells at most. A rollup has several streams of numbers, which are read by itself.
    init(_ cursor: HistoryCursor, count: Int, rollup: Bool = false) throws(ChunkDamage) {
        isRollup = rollup
        guard cursor.remaining > 0 else { return }
        states = try ChangeReader(cursor)
        var ahead = states!
        var numberCount = 0
        try Self.count(&ahead, count, rollup, &numberCount)
        var rest = ahead.cursor
        if try rest.flag() {
            texts = try ChangeReader(rest)
            var ahead = texts!
            while ahead.place != nil {
                _ = try ahead.cursor.unsigned()
                try ahead.step()
            }
            rest = ahead.cursor
        }
        if rollup {
            numberRest = (rest, numberCount)
        } else {
            numbers = NumberReader(rest, count: numberCount)
        }
    }

    /// How many numbers there are in a column of `count` cells; moves behind the states.
    private static func count(
        _ states: inout ChangeReader, _ count: Int, _ rollup: Bool, _ numbers: inout Int
    ) throws(ChunkDamage) {
        var (state, start) = (CellState.nothing, 0)
        while let place = states.place {
            guard place < count else { throw .outOfRange }
            if state.isNumber { numbers += place - start }
            start = place
            state = try CellState(byte: states.cursor.u8()).checked(rollup: rollup)
            try states.step()
        }
        if state.isNumber { numbers += count - start }
    }

    /// What is left of a rollup's column behind states and texts, and the number of cells that have numbers.
    private(set) var numberRest: (cursor: HistoryCursor, count: Int)?
    /// The number of cells with numbers that have been passed.
    private(set) var numbersPassed = 0

    /// Moves to the next cell: its state, the number of its text, its number.
    mutating func next() throws(ChunkDamage) -> (state: CellState, text: Int, number: Double) {
        try advance()
        var number = Double.nan
        if state.isNumber {
            numbersPassed += 1
            if !isRollup { number = try numbers!.next() }
        }
        return (state, text, number)
    }

    /// Moves past cells.
    mutating func skip(_ count: Int) throws(ChunkDamage) {
        let end = place + count
        while place < end {
            try advance()
            // All cells until the next change are alike.
            let more = min(states?.place ?? end, end) - place
            if state.isNumber {
                numbersPassed += 1 + more
                if !isRollup { try numbers!.skip(1 + more) }
            }
            if state.isText {
                for _ in 0..<more { try advanceText() }
            }
            place += more
        }
    }

    private mutating func advance() throws(ChunkDamage) {
        if states?.place == place {
            state = try CellState(byte: states!.cursor.u8()).checked(rollup: isRollup)
            try states!.step()
        }
        place += 1
        if state.isText { try advanceText() }
    }

    private mutating func advanceText() throws(ChunkDamage) {
        if texts?.place == textPlace {
            text = try texts!.cursor.count(atMost: HistoryFormat.mostBytes)
            try texts!.step()
        }
        textPlace += 1
    }
}
