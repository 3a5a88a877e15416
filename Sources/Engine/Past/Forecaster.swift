import Contract
import Core

/// Makes of the past what a snapshot tells of the future: when a drive is worn out, when something is full, and whether a
/// number is unusual. It adds that to each snapshot in the cells of the derived metrics.
///
/// A source is looked at anew once an hour, one source after the other. The past is asked, and the computing done, beside
/// the main thread; a snapshot has what was known when it came. Used on the main thread only.
@MainActor
public final class Forecaster {
    private let past: any PastSource
    private let work: any BackgroundWork
    private let zone: LocalZone
    private var sources: [SeriesKey: ForecastState] = [:]
    private let clock: (any Clock)?
    /// What somebody looks at, and what can wait.
    private var queue: [ForecastJob] = []
    private var idleQueue: [ForecastJob] = []
    private var isBusy = false
    private var isUrgent = false
    private var begun: UInt64 = 0
    /// When the next one that can wait may begin.
    private var next: UInt64 = 0

    /// Sources of which none has to wait.
    private static let fewSources = 24
    /// What nobody looks at takes one part in so many of the time.
    private static let share: UInt64 = 10

    /// Called when more is known of a source than its latest snapshot says.
    var onResults: (SeriesKey) -> Void = { _ in }

    /// Creates a forecaster, which must be given to the engine.
    ///
    /// - Parameter past: Answers what the numbers were.
    /// - Parameter work: Does the computing.
    /// - Parameter zone: Local time: people's weeks are in it.
    /// - Parameter clock: Spreads over time what nobody looks at; nil: that follows at once.
    public init(
        _ past: any PastSource, work: any BackgroundWork, zone: LocalZone = .utc, clock: (any Clock)? = nil
    ) {
        self.clock = clock
        self.past = past
        self.work = work
        self.zone = zone
    }

    /// Whether nothing that somebody looks at is being asked or computed.
    public var isIdle: Bool { queue.isEmpty && !(isBusy && isUrgent) }

    /// Returns a new snapshot with all that is known, and has done what is due. What a source has foretold itself, as a
    /// stored snapshot does, stays.
    ///
    /// - Parameter limits: One for each metric of the snapshot's schema.
    /// - Parameter isDrawn: Whether somebody looks at it.
    func complete(_ snapshot: Snapshot, limits: [Limits], isDrawn: Bool) -> Snapshot {
        let state = state(of: snapshot)
        guard !state.plan.isEmpty else { return snapshot }
        state.take(snapshot)
        if state.isDue(at: snapshot.made) {
            state.isAsking = true
            let job = state.job(for: snapshot, zone: zone)
            if isDrawn || sources.count <= Self.fewSources {
                queue.append(job)
            } else {
                idleQueue.append(job)
            }
            proceed()
        }
        return state.completed(snapshot, limits: limits)
    }

    /// Returns the latest snapshot of a source with all that is known by now.
    func again(_ snapshot: Snapshot, limits: [Limits]) -> Snapshot {
        sources[snapshot.key]?.completed(snapshot, limits: limits) ?? snapshot
    }

    /// Forgets a source.
    func forget(_ key: SeriesKey) {
        sources[key] = nil
        queue.removeAll { $0.key == key }
        idleQueue.removeAll { $0.key == key }
    }

    private func state(of snapshot: Snapshot) -> ForecastState {
        if let known = sources[snapshot.key], known.schema === snapshot.schema { return known }
        forget(snapshot.key)
        let state = ForecastState(snapshot.key, snapshot.schema)
        sources[snapshot.key] = state
        return state
    }

    private func proceed() {
        guard !isBusy else { return }
        isUrgent = !queue.isEmpty
        guard isUrgent || !idleQueue.isEmpty, isUrgent || (clock?.now ?? .max) >= next else { return }
        isBusy = true
        begun = clock?.now ?? 0
        let job = isUrgent ? queue.removeFirst() : idleQueue.removeFirst()
        ask(job, job.questions[...], [:])
    }

    /// Asks one question after the other, then computes.
    private func ask(
        _ job: ForecastJob, _ questions: ArraySlice<(span: ForecastJob.Span, question: PastQuestion)>,
        _ answers: [ForecastJob.Span: PastAnswer]
    ) {
        guard let next = questions.first else {
            return work.perform({ job.results(answers) }) { [weak self] in self?.take($0, of: job) }
        }
        past.ask(next.question) { [weak self] answer in
            var answers = answers
            answers[next.span] = answer
            self?.ask(job, questions.dropFirst(), answers)
        }
    }

    private func take(_ results: ForecastJob.Results, of job: ForecastJob) {
        isBusy = false
        if let state = sources[job.key], state.schema === job.schema, state.isAsking {
            state.take(results, at: job.moment)
            onResults(job.key)
        }
        if let clock, !isUrgent {
            next = clock.now + (clock.now - begun) * (Self.share - 1)
            clock.setTimer(self, at: next) { [weak self] in self?.proceed() }
        }
        proceed()
    }
}
