import Core

/// What a file says about its own version.
enum FileVersion {
    /// The one that is written today.
    case current
    /// It says nothing.
    case unnamed
    /// A newer one, or nonsense: nothing else in the file can be judged.
    case unreadable
}

extension FindingMistakes {
    /// Reports a version that cannot be read. One that is not there is the caller's to judge.
    mutating func version(of nodes: [Node]) -> FileVersion {
        guard let node = nodes.first(where: { $0.key == "version" }) else { return .unnamed }
        guard case .scalar(.integer(let number)) = node.content, number >= ConfigurationKeys.version else {
            reportType(node, expected: "the number \(ConfigurationKeys.version)")
            return .unreadable
        }
        guard number > ConfigurationKeys.version else { return .current }
        report(
            node.valuePosition,
            "the file is of version \(number), and this cm-dashboard reads no version above"
                + " \(ConfigurationKeys.version)",
            expected: "a newer cm-dashboard, or a file of version \(ConfigurationKeys.version)")
        return .unreadable
    }

    mutating func reportMissingVersion() {
        report(
            Position(line: 1, column: 1), "there is no \"version\"",
            expected: "\"version = \(ConfigurationKeys.version)\" at the top of the file")
    }
}
