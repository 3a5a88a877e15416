import Core
import Engine

/// The last day of the numbers in the overview. Only what is visible is asked for, source by source, and again after some
/// minutes.
@MainActor
final class FleetPast {
    /// A number of a host.
    struct Series: Hashable {
        let key: SeriesKey
        let number: PastSeries
    }

    private struct Known {
        /// The answer; nil: none has come, or there was no value in it.
        var past: Past?
        /// When it was asked for, Unix nanoseconds.
        var asked: Int64
    }

    private let engine: Engine
    /// By host, since most hosts of a large fleet have none.
    private var known: [String: [Series: Known]] = [:]
    /// What is to be asked next, and how many questions have no answer yet.
    private var queue: [PastQuestion] = []
    private var open = 0
    /// The hosts with answers that have not been told of.
    private var answered: Set<String> = []
    /// Called with the hosts that have other pasts, once all questions of a round are answered, so that columns are not
    /// moved by each answer.
    var onAnswer: (Set<String>) -> Void = { _ in }

    /// Cells of the widest curve: every number has a stretch of a curve for each half of them.
    private static let cells = 24
    /// The least number of stretches between the first and the last one with a value.
    private static let leastStretches = 2
    /// Nanoseconds after which a curve is asked for again.
    private static let lifetime: Int64 = 300_000_000_000
    /// So many questions are given to the source at a time, so that a graph that is opened need not wait for all.
    private static let mostOpen = 4
    /// So many hosts that are not visible are remembered.
    private static let mostHidden = 50

    init(_ engine: Engine) { self.engine = engine }

    /// Whether all that was asked for has been answered.
    var isSettled: Bool { open == 0 && queue.isEmpty }

    /// Whether there is a past of a host's numbers.
    func knows(_ host: String) -> Bool { known[host] != nil }

    /// The past of a number; nil: it is not known.
    subscript(series: Series) -> Past? { known[series.key.host]?[series]?.past }

    /// Asks for the past of the numbers that are visible, as far as it is not known or old.
    func show(_ visible: [Series]) {
        guard engine.past != nil, isSettled else { return }
        let now = engine.wall
        // A clock that was set back makes old what seems to be new.
        let due = visible.filter { series in
            guard let asked = known[series.key.host]?[series]?.asked else { return true }
            return !(0..<Self.lifetime).contains(now.subtractingReportingOverflow(asked).partialValue)
        }
        guard !due.isEmpty else { return }
        forgetHidden(Set(visible.map(\.key.host)))
        let window = HistorySpan.day.window(until: now, cells: Self.cells)
        var questions: [SeriesKey: [PastSeries]] = [:]
        var order: [SeriesKey] = []
        for series in due {
            if questions[series.key] == nil { order.append(series.key) }
            questions[series.key, default: []].append(series.number)
            known[series.key.host, default: [:]][series, default: Known(past: nil, asked: now)].asked = now
        }
        queue = order.map { PastQuestion($0, questions[$0] ?? [], window) }
        ask()
    }

    private func ask() {
        while open < Self.mostOpen, let question = queue.popLast() {
            open += 1
            engine.past?.ask(question) { [weak self] in self?.take($0, of: question) }
        }
    }

    private func take(_ answer: PastAnswer, of question: PastQuestion) {
        open -= 1
        for (number, curve) in zip(question.series, answer.curves) {
            let series = Series(key: question.key, number: number)
            guard known[question.key.host]?[series] != nil else { continue }
            known[question.key.host]?[series]?.past = Self.isLongEnough(curve) ? Past(curve) : nil
            answered.insert(question.key.host)
        }
        ask()
        guard isSettled else { return }
        let hosts = answered
        answered = []
        onAnswer(hosts)
    }

    /// Whether values go back for so long that a curve says more than the number beside it.
    private static func isLongEnough(_ curve: SeriesCurve) -> Bool {
        guard let first = curve.buckets.firstIndex(where: { $0.count > 0 }),
            let last = curve.buckets.lastIndex(where: { $0.count > 0 })
        else { return false }
        return last - first >= leastStretches
    }

    /// Forgets hosts that are not visible, where there are many.
    private func forgetHidden(_ visible: Set<String>) {
        let hidden = known.keys.filter { !visible.contains($0) }
        guard hidden.count > Self.mostHidden else { return }
        for host in hidden { known[host] = nil }
        answered.formUnion(hidden)
    }
}
