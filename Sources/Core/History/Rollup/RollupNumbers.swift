import Contract

/// The numbers of a column's stretches while a rollup is written. They are encoded when they are asked for: streams of
/// their own for five or six numbers would take five times the memory of an hour's stretches.
struct RollupNumbers: Sendable {
    /// Of each stretch how many values there were, the smallest, mean, largest and latest, and of a counter how much it
    /// rose; or, where all values were the same, how many as a negative number, and the value.
    private var kept: [Double] = []
    /// The number of stretches.
    private(set) var count = 0
    private let choice: QuantumChoice
    private let isCounter: Bool

    init(_ metric: MetricDeclaration) {
        choice = QuantumChoice(metric)
        isCounter = metric.kind == .counter
    }

    /// The approximate number of bytes of it.
    var size: Int { kept.count }

    /// Takes in what has come in a stretch, which has numbers.
    mutating func append(_ sum: RollupSum) {
        count += 1
        let values = Double(min(sum.count, UInt64(UInt32.max)))
        if sum.minimum == sum.maximum, sum.mean == sum.maximum, sum.last == sum.maximum, sum.increase == 0 {
            kept += [-values, sum.last]
            return
        }
        kept.append(values)
        for number in [sum.minimum, sum.mean, sum.maximum, sum.last] {
            kept.append(number.isFinite ? number : sum.last)
        }
        if isCounter { kept.append(sum.increase.isFinite ? sum.increase : sum.last) }
    }

    /// Appends a section for each kind of number.
    func write(to bytes: inout HistoryBytes) {
        // A mean of whole numbers is not whole.
        let mean = choice == .exact ? QuantumChoice.plain : choice
        var streams = [.exact, choice, mean, choice, choice].map(NumberStream.init)
        if isCounter { streams.append(NumberStream(.exact)) }
        var place = 0
        while place < kept.count {
            let isSame = kept[place] < 0
            streams[0].append(kept[place].magnitude)
            for index in 1..<streams.count {
                let isIncrease = index == 5
                streams[index].append(isSame ? (isIncrease ? 0 : kept[place + 1]) : kept[place + index])
            }
            place += isSame ? 2 : streams.count
        }
        for stream in streams { bytes.section(stream.encoded) }
    }
}
