import Core

/// The version key of a file.
enum FileVersion {
    /// The current version.
    case current
    /// There is no version key.
    case unnamed
    /// A newer or invalid version: the rest of the file cannot be interpreted.
    case unreadable
}

extension FindingMistakes {
    /// Reads the version and reports one that is unreadable. Whether a missing version is a mistake is left to the
    /// caller.
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
