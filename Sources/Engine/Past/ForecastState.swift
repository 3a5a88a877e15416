import Contract
import Core

/// What the forecaster knows of one source.
@MainActor
final class ForecastState {
    let schema: Schema
    let plan: ForecastPlan
    /// Whether its forecasts are being made.
    var isAsking = false

    private let key: SeriesKey
    private var results = ForecastJob.Results()
    /// When the next forecasts are due, in Unix nanoseconds.
    private var due: Int64 = .min
    private var madeAt: Int64 = .min
    private var fills: [ForecastSubject: FillWatch] = [:]
    private var usual: [ForecastSubject: (watch: UnusualWatch, mark: UnusualMark?)] = [:]
    /// What tells one thing from another of the same name, and since when it is this one, if another was there before.
    private var identities: [ForecastSubject: (text: String, since: Int64?)] = [:]
    /// What the source has foretold itself in its latest snapshot, by the derived metric.
    private var said: Set<ForecastSubject> = []

    private static let hour: Int64 = 3_600_000_000_000
    /// Numbers of a source that are foretold, and that are judged by what is usual: what comes and goes by the thousand
    /// has no past worth asking for.
    private static let most = 64

    init(_ key: SeriesKey, _ schema: Schema) {
        self.key = key
        self.schema = schema
        plan = ForecastPlan(schema)
    }

    func isDue(at moment: Int64) -> Bool {
        // A clock that was put back must not end all forecasts.
        !isAsking && (moment >= due || moment < madeAt)
    }

    // MARK: Values

    /// Takes in the values of a snapshot.
    func take(_ snapshot: Snapshot) {
        let moment = snapshot.made
        said = subjects(saidBy: snapshot)
        for reading in readings(of: snapshot) {
            if let identity = reading.identity { see(identity, of: reading.subject, at: moment) }
            guard reading.foretold.declaration.kind == .fill, let size = reading.size else { continue }
            fills[reading.subject, default: FillWatch()].take(
                reading.value, size: size, peak: results.peaks[reading.subject], at: moment)
        }
        for (subject, value) in judged(in: snapshot) {
            let band = results.bands[subject]?[moment]
            usual[subject, default: (UnusualWatch(), nil)].mark =
                usual[subject, default: (UnusualWatch(), nil)].watch.take(value, usual: band, at: moment)
        }
    }

    private func see(_ identity: String, of subject: ForecastSubject, at moment: Int64) {
        guard let known = identities[subject] else { return identities[subject] = (identity, nil) }
        guard known.text != identity else { return }
        // Another drive under the same name: what was foretold is the other one's.
        identities[subject] = (identity, moment)
        results.outlooks[subject] = nil
        due = .min
    }

    private func subjects(saidBy snapshot: Snapshot) -> Set<ForecastSubject> {
        var said: Set<ForecastSubject> = []
        let places = plan.foretold.map(\.outlook) + plan.judged.map(\.low)
        for instance in snapshot.instances {
            for place in places
            where instance.cells.indices.contains(place) && instance.cells[place].value != .absent {
                said.insert(ForecastSubject(instance: instance.name, metric: place))
            }
        }
        return said
    }

    func job(for snapshot: Snapshot, zone: LocalZone) -> ForecastJob {
        let readings = readings(of: snapshot)
        return ForecastJob(
            key: key, schema: schema, moment: snapshot.made, zone: zone,
            wears: readings.filter { $0.foretold.declaration.kind == .wear },
            fills: readings.filter { $0.foretold.declaration.kind == .fill },
            judged: judgedSubjects(in: snapshot))
    }

    private func readings(of snapshot: Snapshot) -> [ForecastReading] {
        var readings: [ForecastReading] = []
        for instance in snapshot.instances {
            for foretold in plan.foretold where readings.count < Self.most {
                guard var reading = ForecastReading(foretold, of: instance) else { continue }
                reading.since = identities[reading.subject]?.since
                readings.append(reading)
            }
        }
        return readings
    }

    private func judgedSubjects(in snapshot: Snapshot)
        -> [(subject: ForecastSubject, judged: ForecastPlan.Judged)]
    {
        var subjects: [(subject: ForecastSubject, judged: ForecastPlan.Judged)] = []
        for instance in snapshot.instances {
            for judged in plan.judged where subjects.count < Self.most {
                guard instance.cells.indices.contains(judged.metric),
                    instance.cells[judged.metric].value.number != nil
                else { continue }
                subjects.append((ForecastSubject(instance: instance.name, metric: judged.metric), judged))
            }
        }
        return subjects
    }

    private func judged(in snapshot: Snapshot) -> [(ForecastSubject, Double)] {
        guard !plan.judged.isEmpty, !results.bands.isEmpty else { return [] }
        return snapshot.instances.flatMap { instance in
            plan.judged.compactMap { judged in
                guard instance.cells.indices.contains(judged.metric) else { return nil }
                let subject = ForecastSubject(instance: instance.name, metric: judged.metric)
                return instance.cells[judged.metric].value.number.map { (subject, $0) }
            }
        }
    }

    // MARK: Results

    func take(_ new: ForecastJob.Results, at moment: Int64) {
        isAsking = false
        results = new
        for (subject, values) in new.recent { fills[subject, default: FillWatch()].begin(values) }
        // Gone for an hour, an instance is forgotten.
        fills = fills.filter { new.recent[$0.key] != nil }
        usual = usual.filter { new.bands[$0.key] != nil }
        (madeAt, due) = (moment, moment + Self.hour + spread)
    }

    /// Part of an hour by which the next forecasts come later: what began together must not stay together.
    private var spread: Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(key.host) \(key.plugin)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(hash >> 44) * (Self.hour / 10) >> 20
    }

    /// Returns a snapshot with all that is known.
    func completed(_ snapshot: Snapshot, limits: [Limits]) -> Snapshot {
        guard !results.outlooks.isEmpty || !results.bands.isEmpty else { return snapshot }
        var whole = snapshot
        for (row, instance) in snapshot.instances.enumerated() {
            for foretold in plan.foretold {
                let subject = ForecastSubject(instance: instance.name, metric: foretold.metric)
                let isSaid = said.contains(ForecastSubject(instance: instance.name, metric: foretold.outlook))
                guard !isSaid, var outlook = results.outlooks[subject] else { continue }
                if case .fill(let forecast, _) = outlook {
                    outlook = .fill(forecast, filling: fills[subject]?.fullAt)
                }
                whole.set(outlook, of: foretold, row: row, at: snapshot.made, limits: limits)
            }
            for judged in plan.judged {
                let subject = ForecastSubject(instance: instance.name, metric: judged.metric)
                let isSaid = said.contains(ForecastSubject(instance: instance.name, metric: judged.low))
                guard !isSaid, let band = results.bands[subject]?[snapshot.made] else { continue }
                whole.set(band, usual[subject]?.mark, of: judged, row: row)
            }
        }
        return whole
    }
}
