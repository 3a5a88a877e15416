import Core
import Engine

/// Finds the oldest value of a series by questions about shorter and shorter stretches.
@MainActor
final class GraphBeginning {
    private enum Found {
        case nothing
        /// Unix nanoseconds.
        case time(Int64)
    }

    private let key: SeriesKey
    private let number: PastSeries
    private let past: any PastSource
    private let onAnswer: () -> Void
    private var found: Found?

    private static let stretches = 400
    /// Nanoseconds of a stretch that is short enough.
    private static let exact: Int64 = 60_000_000_000

    /// Begins the search in the years before a time.
    init(
        _ key: SeriesKey, _ number: PastSeries, _ past: any PastSource, now: Int64,
        onAnswer: @escaping () -> Void
    ) {
        (self.key, self.number, self.past, self.onAnswer) = (key, number, past, onAnswer)
        let step = 10 * HistorySpan.year.nanoseconds / Int64(Self.stretches)
        ask(HistoryWindow(start: now - step * Int64(Self.stretches - 1), step: step, count: Self.stretches))
    }

    private func ask(_ window: HistoryWindow) {
        past.ask(PastQuestion(key, [number], window)) { [weak self] in self?.take($0, of: window) }
    }

    private func take(_ answer: PastAnswer, of window: HistoryWindow) {
        let first = answer.curves.first?.buckets.firstIndex { $0.count > 0 }
        if let first {
            let start = window.start + window.step * Int64(first)
            if window.step > Self.exact {
                let step = max(window.step / Int64(Self.stretches), Self.exact)
                let count = Int(window.step / step) + 1
                found = .time(start)
                return ask(HistoryWindow(start: start, step: step, count: count))
            }
            found = .time(start)
        } else if found == nil {
            found = .nothing
        }
        onAnswer()
    }

    /// Whether the search has ended without a value.
    var isNothing: Bool {
        if case .nothing = found { true } else { false }
    }

    /// Since when there are values; nil: not known yet.
    func words(_ zone: LocalZone, now: Int64) -> String? {
        switch found {
        case nil: return nil
        case .nothing: return "Nothing is recorded of this number yet."
        case .time(let time):
            let moment = zone.moment(at: time / 1_000_000_000)
            return "no values in this span; the oldest one is of "
                + "\(moment.date.weekday) \(moment.date.text) \(moment.shortClock)"
        }
    }
}
