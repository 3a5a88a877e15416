import Core
import Engine
import Platform

/// The past of a simulated fleet, which a thread computes.
@MainActor
final class SimulatedPast: PastSource {
    private let past: DemoPast
    private let clock: any Clock
    private let numbers: [String: Int]
    private let mailbox: LoopMailbox
    private let thread = WorkThread()

    /// Creates the past of a fleet. It goes up to the present of a clock.
    init(_ fleet: DemoFleet, clock: any Clock, mailbox: LoopMailbox) {
        past = DemoPast(fleet, until: clock.wall / 1_000_000_000)
        self.clock = clock
        numbers = Dictionary(
            fleet.configuration.hosts.enumerated().map { ($1.name, $0) },
            uniquingKeysWith: { first, _ in first })
        self.mailbox = mailbox
    }

    func ask(_ question: PastQuestion, _ answer: @escaping @MainActor (PastAnswer) -> Void) {
        let number = numbers[question.key.host]
        var past = past
        past.present = max(clock.wall / 1_000_000_000, past.until)
        thread.add { [past, mailbox] in
            let series = number.map { past.series(of: $0) } ?? []
            let curves = question.series.map { wanted in
                let found = series.first {
                    $0.plugin == question.key.plugin && $0.instance == wanted.instance
                        && $0.metric == wanted.metric
                }
                return found.map { past.curve(of: $0, in: question.window) }
                    ?? SeriesCurve(
                        start: question.window.start, step: question.window.step,
                        buckets: Array(repeating: .gap, count: question.window.count))
            }
            mailbox.post { answer(PastAnswer(curves: curves)) }
        }
    }
}
