import Core

/// A number that is foretold or judged: an instance and the index of a metric in the schema.
struct ForecastSubject: Hashable, Sendable {
    let instance: String
    let metric: Int
}

/// What a snapshot tells of a number that is foretold.
struct ForecastReading: Sendable {
    let subject: ForecastSubject
    let foretold: ForecastPlan.Foretold
    /// The number.
    let value: Double
    /// What the forecast rests on, where the snapshot has it.
    let size, written, powered: Double?
    let identity: String?
    /// Since when it is what it is, in Unix nanoseconds: what was recorded before is another's; nil: not known.
    var since: Int64?

    /// Reads an instance; nil: it does not have the number.
    init?(_ foretold: ForecastPlan.Foretold, of instance: Snapshot.Instance) {
        func cell(_ place: Int?) -> Snapshot.Cell? {
            place.flatMap { instance.cells.indices.contains($0) ? instance.cells[$0] : nil }
        }
        guard let value = cell(foretold.metric)?.value.number else { return nil }
        subject = ForecastSubject(instance: instance.name, metric: foretold.metric)
        self.foretold = foretold
        self.value = value
        size =
            foretold.declaration.full > 0
            ? foretold.declaration.full : cell(foretold.size)?.value.number.flatMap { $0 > 0 ? $0 : nil }
        written = cell(foretold.written)?.value.number
        powered = cell(foretold.powered)?.value.number
        identity = cell(foretold.identity)?.value.text
    }
}
