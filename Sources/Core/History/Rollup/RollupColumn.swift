import Contract

/// The stretches of one instance and metric while a rollup is written.
struct RollupColumn: Sendable {
    private var states = ChangeList()
    private var state = CellState.nothing
    private var texts: ChangeList?
    private var text = -1
    private var textCount = 0
    private var numbers: RollupNumbers
    private let isCounter: Bool

    private var sum = RollupSum()
    /// The latest value, for what counts it again and for the rise of a counter.
    private var latest: Snapshot.Cell?
    /// The latest number of a counter, also where it was absent since; NaN: there was none.
    private var counted = Double.nan
    /// The latest text, also where it was absent since.
    private var latestText: InstanceName?

    init(_ metric: MetricDeclaration) {
        isCounter = metric.kind == .counter
        numbers = RollupNumbers(metric)
    }

    /// The approximate number of bytes of it.
    var size: Int { states.size + numbers.size + 16 }

    /// Whether the instance is in the latest snapshot.
    var isThere: Bool { latest != nil }

    /// The values that another rollup goes on from.
    func emptied(_ metric: MetricDeclaration) -> RollupColumn {
        var column = RollupColumn(metric)
        (column.latest, column.counted, column.latestText) = (latest, counted, latestText)
        return column
    }

    /// Takes in a cell; nil: the instance is not in the snapshot.
    mutating func add(_ cell: Snapshot.Cell?) {
        latest = cell
        addLatest()
    }

    /// Takes in the latest cell, once more where there is no new one.
    mutating func addLatest() {
        guard let cell = latest else { return }
        sum.see(cell.status)
        switch cell.value {
        case .number(let number) where number.isFinite:
            sum.add(number, rise: rise(to: number))
        case .text(let text):
            sum.addText(changed: isOther(InstanceName(text)))
        default: break
        }
    }

    /// Whether a text is not the latest one, which it then is.
    private mutating func isOther(_ text: InstanceName) -> Bool {
        defer { latestText = text }
        return latestText.map { $0 != text } ?? false
    }

    private mutating func rise(to number: Double) -> Double {
        guard isCounter else { return 0 }
        defer { counted = number }
        guard !counted.isNaN else { return 0 }
        return max(number >= counted ? number - counted : number, 0)
    }

    /// Takes in a stretch of another rollup, to be followed by ``seal(at:_:)``.
    mutating func add(_ stretch: RollupStretch) {
        sum.add(stretch, textDiffers: stretch.text.map { isOther(InstanceName($0)) } ?? false)
    }

    /// Ends the stretch in progress, which is the one at `place`.
    mutating func seal(at place: Int, _ table: inout TextTable) {
        let state = sum.state
        if state != self.state {
            self.state = state
            states.change(at: place) { $0.u8(state.byte) }
        }
        if state.isText {
            let latest = latestText.map { table.place($0.string) } ?? 0
            if latest != text {
                text = latest
                if texts == nil { texts = ChangeList() }
                texts!.change(at: textCount) { $0.count(text) }
            }
            textCount += 1
        } else if state.isNumber {
            numbers.append(sum)
        }
        sum = RollupSum()
    }

    /// Appends the column's bytes; nothing where no stretch has the instance.
    func write(to bytes: inout HistoryBytes) {
        guard states.count > 0 else { return }
        states.write(to: &bytes)
        bytes.flag(texts != nil)
        texts?.write(to: &bytes)
        if numbers.count > 0 { numbers.write(to: &bytes) }
    }
}

/// Reads the stretches of a ``RollupColumn`` one after another.
struct RollupColumnReader: Sendable {
    private var column: ColumnReader
    /// The counts, then smallest, mean, largest, latest, and of a counter how much it rose.
    private var numbers: [NumberReader] = []

    /// Reads a column of so many stretches.
    init(_ cursor: HistoryCursor, count: Int, _ metric: MetricDeclaration) throws(ChunkDamage) {
        column = try ColumnReader(cursor, count: count, rollup: true)
        guard let rest = column.numberRest, rest.count > 0 else { return }
        var streams = rest.cursor
        for _ in 0..<(metric.kind == .counter ? 6 : 5) {
            numbers.append(NumberReader(try streams.section(), count: rest.count))
        }
        try streams.finish()
    }

    /// Reads the next stretch.
    mutating func next(_ texts: inout TextCache) throws(ChunkDamage) -> RollupStretch {
        let (state, text, _) = try column.next()
        var stretch = RollupStretch(
            bucket: .gap, increase: .nan, text: nil, textChanged: state.byte & CellState.textChanged != 0,
            status: state.status, isPresent: state.byte & CellState.present != 0)
        if state.isText { stretch.text = try texts.text(text) }
        if state.isNumber {
            let count = try numbers[0].next()
            guard count >= 1, count <= Double(UInt32.max) else { throw .outOfRange }
            let (low, mean) = (try numbers[1].next(), try numbers[2].next())
            // Each is rounded by itself.
            let high = max(try numbers[3].next(), low)
            stretch.bucket = SeriesBucket(
                count: UInt32(count), minimum: low, mean: min(max(mean, low), high), maximum: high,
                last: min(max(try numbers[4].next(), low), high))
            if numbers.count > 5 { stretch.increase = try numbers[5].next() }
        }
        return stretch
    }

    /// Moves past stretches.
    mutating func skip(_ count: Int) throws(ChunkDamage) {
        let before = column.numbersPassed
        try column.skip(count)
        for index in numbers.indices { try numbers[index].skip(column.numbersPassed - before) }
    }
}
