import Core

/// What reads a file's tree and notes every mistake on the way.
protocol FindingMistakes {
    /// The file, as the user named it.
    var source: String { get }
    var problems: [Problem] { get set }
}

extension FindingMistakes {
    mutating func report(
        _ position: Position, _ message: String, expected: String? = nil, suggestion: String? = nil,
        severity: Problem.Severity = .error
    ) {
        problems.append(
            Problem(
                severity, source: source, position: position, message: message, expected: expected,
                suggestion: suggestion))
    }

    mutating func reportType(_ node: Node, expected: String) {
        report(
            node.valuePosition, "\(Problem.quoted(node.key)) is \(node.literal.summary)", expected: expected)
    }

    /// - Parameter place: behind the key, with a blank before it: " in a variant".
    mutating func reportUnknown(_ node: Node, of keys: [String], place: String = "") {
        report(
            node.position, "unknown key \(Problem.quoted(node.key))\(place)",
            expected: "one of \(keys.joined(separator: ", "))",
            suggestion: Spelling.nearest(to: node.key, in: keys))
    }
}

/// The time between two ticks or two questions, in nanoseconds.
enum Refresh {
    static let minimum: UInt64 = 100_000_000
    static let maximum: UInt64 = 86_400_000_000_000
}
