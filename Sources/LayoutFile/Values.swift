import Core

/// Readers of single values. Each reports a wrong value and returns nil.
extension FindingMistakes {
    mutating func text(_ node: Node) -> String? {
        guard case .scalar(.text(let text)) = node.content else {
            reportType(node, expected: "a text in quotes")
            return nil
        }
        guard text.unicodeScalars.contains(where: { $0.value > 32 }) else {
            report(node.valuePosition, "\(Problem.quoted(node.key)) is empty")
            return nil
        }
        guard !text.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 9 }) else {
            report(node.valuePosition, "\(Problem.quoted(node.key)) has more than one line or a tab")
            return nil
        }
        return text
    }

    mutating func hostName(_ node: Node) -> String? {
        guard let name = text(node) else { return nil }
        let signs = "-._:".utf8
        guard name.utf8.count <= 253, name.utf8.allSatisfy({ $0.isLetterOrDigit || signs.contains($0) })
        else {
            reportType(node, expected: "a host name: letters, digits, \"-\" and \".\", 253 at most")
            return nil
        }
        return name
    }

    /// A text that is one of `words`, or any text where `words` is empty.
    mutating func word(_ node: Node, of words: [String]) -> String? {
        if words.isEmpty { return text(node) }
        guard case .scalar(.text(let word)) = node.content, words.contains(word) else {
            report(
                node.valuePosition, "\(Problem.quoted(node.key)) is \(node.literal.summary)",
                expected: "one of \(words.joined(separator: ", "))",
                suggestion: node.text.flatMap { Spelling.nearest(to: $0.string, in: words) })
            return nil
        }
        return word
    }

    mutating func truth(_ node: Node) -> Bool? {
        guard case .scalar(.bool(let value)) = node.content else {
            reportType(node, expected: "true or false")
            return nil
        }
        return value
    }

    /// A duration, or a bare number of seconds, in nanoseconds.
    mutating func duration(_ node: Node, from minimum: UInt64, to maximum: UInt64) -> UInt64? {
        let seconds: Double?
        switch node.literal {
        case .integer(let value): seconds = Double(value)
        case .float(let value): seconds = value
        case .text(let text): seconds = DurationText.seconds(text)
        default: seconds = nil
        }
        guard let seconds, seconds.isFinite else {
            reportType(node, expected: "a duration such as \(DurationText.example)")
            return nil
        }
        guard let value = DurationText.nanoseconds(seconds), value >= minimum, value <= maximum else {
            let (least, most) = (
                DurationText.exact(nanoseconds: minimum), DurationText.exact(nanoseconds: maximum)
            )
            reportType(node, expected: "a duration from \(least) to \(most)")
            return nil
        }
        return value
    }
}

extension LayoutBuilder {
    /// The time between two collects in nanoseconds, which must be a multiple of `refresh`.
    mutating func every(_ node: Node, refresh: UInt64) -> UInt64? {
        guard let value = duration(node, from: Refresh.minimum, to: 31 * Refresh.maximum) else {
            return nil
        }
        guard value % refresh != 0 else { return value }
        let tick = DurationText.exact(nanoseconds: refresh)
        let lower = value / refresh * refresh
        let upper = DurationText.exact(nanoseconds: lower + refresh)
        report(
            node.valuePosition,
            "\"every\" is \(DurationText.exact(nanoseconds: value)), which is not a whole number of \(tick) ticks",
            expected: lower == 0 ? upper : "\(DurationText.exact(nanoseconds: lower)) or \(upper)")
        return nil
    }
}
