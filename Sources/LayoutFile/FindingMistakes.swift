import Core

/// Reads the tree of a file and collects all mistakes.
protocol FindingMistakes {
    /// The name of the file, as the user gave it.
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

    /// - Parameter place: words that follow the key in the message, with a blank before them: " in a variant".
    mutating func reportUnknown(_ node: Node, of keys: [String], place: String = "") {
        report(
            node.position, "unknown key \(Problem.quoted(node.key))\(place)",
            expected: "one of \(keys.joined(separator: ", "))",
            suggestion: Spelling.nearest(to: node.key, in: keys))
    }
}

/// Bounds of the time between two ticks or two requests, in nanoseconds.
enum Refresh {
    static let minimum: UInt64 = 100_000_000
    static let maximum: UInt64 = 86_400_000_000_000
}
