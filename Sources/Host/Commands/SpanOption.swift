import ArgumentParser
import Core

extension HistorySpan: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }

    /// The name without blanks, as it is written on the command line.
    public var defaultValueDescription: String { name.filter { $0 != " " } }

    /// The names of all spans.
    public static var allValueStrings: [String] { allCases.map(\.defaultValueDescription) }
}
