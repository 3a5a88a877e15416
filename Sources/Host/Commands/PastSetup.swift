import ArgumentParser
import Core
import Engine
import History
import Platform

extension Setup {
    /// Returns where a program that does not record finds the past; nil: nothing has been recorded.
    @MainActor
    func past(_ dashboard: Dashboard, _ loop: EventLoop) -> (any PastSource)? {
        let mailbox = LoopMailbox(loop)
        if let fleet {
            return SimulatedPast(fleet, clock: dashboard.engine.clock, mailbox: mailbox)
        }
        guard let place = StateFolder.path.map(HistoryPlace.init), place.exists else { return nil }
        return StoredPast(place, mailbox)
    }
}

extension HistorySpan: ExpressibleByArgument {
    public init?(argument: String) {
        self.init(argument)
    }

    /// The name without blanks, as it is written on the command line.
    public var defaultValueDescription: String { name.filter { $0 != " " } }

    /// The names of all spans.
    public static var allValueStrings: [String] { allCases.map(\.defaultValueDescription) }
}
