import Core

/// The forecasts of one source at one moment: what must be asked of the past, and what follows from the answers.
struct ForecastJob: Sendable {
    /// Results for each number.
    struct Results: Sendable {
        var outlooks: [ForecastSubject: Outlook] = [:]
        /// Values of the last hour, by which something is seen to fill up.
        var recent: [ForecastSubject: [TimedValue]] = [:]
        /// The most that was used on a day before.
        var peaks: [ForecastSubject: Double] = [:]
        var bands: [ForecastSubject: UsualBands] = [:]
    }

    let key: SeriesKey
    let schema: Schema
    /// Unix nanoseconds. Nothing later is looked at.
    let moment: Int64
    let zone: LocalZone
    let wears: [ForecastReading]
    let fills: [ForecastReading]
    let judged: [(subject: ForecastSubject, judged: ForecastPlan.Judged)]

    private static let hour: Int64 = 3_600_000_000_000
    private static let minute: Int64 = 60_000_000_000

    // MARK: Questions

    /// The spans that are asked for. A drive's life is looked at in quarters of a day: it writes day and night, and a
    /// forecast takes weeks.
    enum Span: CaseIterable, Sendable {
        case life, months, lastHour, halfYear

        fileprivate func window(before moment: Int64) -> HistoryWindow {
            let (step, length): (Int64, Int64) =
                switch self {
                case .life: (6 * hour, 400 * 24 * hour)
                case .months: (hour, 62 * 24 * hour)
                case .lastHour: (5 * minute, 70 * minute)
                case .halfYear: (hour, 182 * 24 * hour)
                }
            let into = ((moment % step) + step) % step
            // The last stretch ends before the moment, so that it holds nothing later.
            return HistoryWindow(
                start: moment - into - length, step: step, count: Int(length / step))
        }
    }

    /// The questions to the past, each with its span.
    var questions: [(span: Span, question: PastQuestion)] {
        Span.allCases.compactMap { span in
            var question = PastQuestion(key, series(of: span), span.window(before: moment))
            guard !question.series.isEmpty else { return nil }
            if span == .life {
                question.texts = wears.compactMap { reading in
                    reading.foretold.identity.map { series(reading.subject, $0) }
                }
            }
            return (span, question)
        }
    }

    private func series(of span: Span) -> [PastSeries] {
        switch span {
        case .life: wears.flatMap { reading in lifeMetrics(reading).map { series(reading.subject, $0) } }
        case .months, .lastHour: fills.map { series($0.subject, $0.foretold.metric) }
        case .halfYear: judged.map { series($0.subject, $0.judged.metric) }
        }
    }

    private func lifeMetrics(_ reading: ForecastReading) -> [Int] {
        [reading.foretold.metric, reading.foretold.written, reading.foretold.powered].compactMap { $0 }
    }

    private func series(_ subject: ForecastSubject, _ metric: Int) -> PastSeries {
        PastSeries(instance: subject.instance, metric: schema.metrics[metric].id)
    }

    // MARK: Results

    /// Computes the results. It takes tens of milliseconds for a drive, and may be called by any thread.
    func results(_ answers: [Span: PastAnswer]) -> Results {
        var results = Results()
        addWear(answers[.life] ?? PastAnswer(curves: []), to: &results)
        addFills(answers, to: &results)
        let curves = answers[.halfYear]?.curves ?? []
        for (place, subject) in judged.enumerated() where place < curves.count {
            results.bands[subject.subject] = UsualBands(
                curves[place], minimumEffect: subject.judged.minimumEffect, at: moment, zone: zone)
        }
        return results
    }

    private func addWear(_ answer: PastAnswer, to results: inout Results) {
        var (curve, text) = (0, 0)
        for reading in wears {
            let count = lifeMetrics(reading).count
            let curves = answer.curves.dropFirst(curve).prefix(count)
            curve += count
            var texts: [PastText] = []
            if reading.foretold.identity != nil {
                texts = text < answer.texts.count ? answer.texts[text] : []
                text += 1
            }
            let samples = WearPast(reading, Array(curves), texts, at: moment).samples
            results.outlooks[reading.subject] = .wear(WearForecast.make(from: samples, at: moment))
        }
    }

    private func addFills(_ answers: [Span: PastAnswer], to results: inout Results) {
        for (place, reading) in fills.enumerated() {
            guard let size = reading.size else { continue }
            func curve(_ span: Span) -> SeriesCurve? {
                answers[span].flatMap { place < $0.curves.count ? $0.curves[place] : nil }
            }
            let hours = curve(.months)
            var values = hours?.values(at: moment, \.mean) ?? []
            values.append(TimedValue(reading.value, at: moment))
            results.outlooks[reading.subject] = .fill(
                FillForecast.make(from: values, size: size, at: moment), filling: nil)
            results.peaks[reading.subject] = FillingNow.usualPeak(
                of: hours?.values(at: moment, \.maximum) ?? [], at: moment)
            results.recent[reading.subject] = curve(.lastHour)?.values(at: moment, \.last) ?? []
        }
    }
}

/// The readings of a drive, of what was recorded and of the snapshot at hand.
private struct WearPast {
    private(set) var samples: [WearSample] = []

    /// A counter that is stored is rounded by less than this part of it.
    private static let rounding = 1e-3

    init(_ reading: ForecastReading, _ curves: [SeriesCurve], _ texts: [PastText], at moment: Int64) {
        guard let wear = curves.first else {
            samples = [Self.sample(reading, at: moment)]
            return
        }
        let written = reading.foretold.written == nil ? nil : curves.dropFirst().first
        let powered = reading.foretold.powered == nil ? nil : curves.dropFirst(written == nil ? 1 : 2).first
        var next = 0
        var identity: String?
        for (index, bucket) in wear.buckets.enumerated() where bucket.count > 0 {
            let time = min(wear.end(of: index), moment)
            if let since = reading.since, time <= since { continue }
            while next < texts.count, texts[next].time < time {
                identity = texts[next].text
                next += 1
            }
            func last(_ curve: SeriesCurve?) -> Double? {
                guard let curve, index < curve.buckets.count else { return nil }
                return curve.buckets[index].count > 0 ? curve.buckets[index].last : nil
            }
            samples.append(
                WearSample(
                    time: time, wear: bucket.last, written: last(written),
                    hours: last(powered).map { $0 / 3600 }, drive: identity))
        }
        var latest = Self.sample(reading, at: moment)
        if let before = samples.last {
            latest.written = Self.risen(latest.written, since: before.written)
            latest.hours = Self.risen(latest.hours, since: before.hours)
        }
        samples.append(latest)
    }

    private static func sample(_ reading: ForecastReading, at moment: Int64) -> WearSample {
        WearSample(
            time: moment, wear: reading.value, written: reading.written,
            hours: reading.powered.map { $0 / 3600 }, drive: reading.identity)
    }

    /// Returns a counter, which must not seem to fall because the one before was rounded up.
    private static func risen(_ value: Double?, since before: Double?) -> Double? {
        guard let value, let before, value < before, before - value <= rounding * before else { return value }
        return before
    }
}

extension SeriesCurve {
    /// When a stretch ends, in Unix nanoseconds.
    fileprivate func end(of index: Int) -> Int64 {
        let (length, isTooLong) = step.multipliedReportingOverflow(by: Int64(index + 1))
        return isTooLong ? .max : start.addingReportingOverflow(length).partialValue
    }

    /// One value of each stretch that has any, at its end, but not later than `moment`.
    fileprivate func values(at moment: Int64, _ value: (SeriesBucket) -> Double) -> [TimedValue] {
        buckets.enumerated().compactMap { index, bucket in
            bucket.count > 0 ? TimedValue(value(bucket), at: min(end(of: index), moment)) : nil
        }
    }
}

/// What is usual in the next hours.
struct UsualBands: Sendable, Equatable {
    /// The half-hour since 1970 of the first entry: time zones differ by half-hours.
    private let start: Int64
    private let bands: [UsualRange.Band?]

    private static let halfHour: Int64 = 1_800_000_000_000
    /// It is made anew each hour, and may be late.
    private static let count: Int64 = 6

    init(_ curve: SeriesCurve, minimumEffect: Double, at moment: Int64, zone: LocalZone) {
        var range = UsualRange(minimumEffect: minimumEffect)
        func offset(_ time: Int64) -> Int64 { Int64(zone.offset(at: time / 1_000_000_000)) }
        for (index, bucket) in curve.buckets.enumerated() where bucket.count > 0 {
            let time = curve.start + curve.step * Int64(index)
            range.add(bucket.mean, at: time, zone: offset(time))
        }
        let start = moment / Self.halfHour
        self.start = start
        bands = (0..<Self.count).map {
            let time = (start + $0) * Self.halfHour
            return range.band(at: time, zone: offset(time))
        }
    }

    /// Returns what is usual at a time; nil: not known.
    subscript(time: Int64) -> UsualRange.Band? {
        let index = time / Self.halfHour - start
        return bands.indices.contains(Int(clamping: index)) ? bands[Int(index)] : nil
    }
}
