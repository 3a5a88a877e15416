import Contract

/// What has come of one series in the stretch in progress.
struct RollupSum: Sendable {
    private(set) var count: UInt64 = 0
    private(set) var minimum = Double.infinity
    private(set) var maximum = -Double.infinity
    private(set) var mean = 0.0
    private(set) var last = Double.nan
    private(set) var increase = 0.0
    private(set) var status = Status.auto
    private(set) var hasText = false
    private(set) var textChanged = false
    private(set) var isPresent = false

    /// Takes in that the instance is there, with a status.
    mutating func see(_ status: Status) {
        isPresent = true
        self.status = Status.worse(self.status, status)
    }

    /// Takes in a number. `rise` is how much a counter has risen since the one before.
    mutating func add(_ number: Double, rise: Double) {
        unite(count: 1, number, number, number, last: number, rise: rise)
    }

    /// Takes in a text.
    mutating func addText(changed: Bool) {
        hasText = true
        textChanged = textChanged || changed
    }

    /// Takes in what has come later in the same stretch.
    mutating func add(_ stretch: RollupStretch, textDiffers: Bool) {
        guard stretch.isPresent else { return }
        see(stretch.status)
        let bucket = stretch.bucket
        if bucket.count > 0 {
            unite(
                count: UInt64(bucket.count), bucket.minimum, bucket.mean, bucket.maximum, last: bucket.last,
                rise: stretch.increase.isNaN ? 0 : stretch.increase)
        }
        if stretch.text != nil { addText(changed: textDiffers) }
        textChanged = textChanged || stretch.textChanged
    }

    private mutating func unite(
        count more: UInt64, _ low: Double, _ middle: Double, _ high: Double, last: Double, rise: Double
    ) {
        count += more
        minimum = min(minimum, low)
        maximum = max(maximum, high)
        // Without a sum, which rounds more the longer the stretch is.
        let weight = Double(more) / Double(count)
        mean = mean * (1 - weight) + middle * weight
        self.last = last
        increase = min(increase + rise, .greatestFiniteMagnitude)
    }

    /// What it is, as a cell of the stretch.
    var state: CellState {
        guard isPresent else { return .nothing }
        // Merged stretches must give the same whichever of both came last.
        let kind = count > 0 ? CellState.number : hasText ? CellState.text : 0
        var state = CellState(kind: kind, status: status)
        state.byte |= (textChanged ? CellState.textChanged : 0) | CellState.present
        return state
    }
}
