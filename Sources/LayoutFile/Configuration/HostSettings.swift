import Core

/// The settings that `[defaults]` and each `[host.NAME]` may have. nil: not set.
struct HostSettings {
    var role: String?
    var layout: Placed<String>?
    var refresh: UInt64?
    var timeout: UInt64?
    var endpoints = Endpoints()
    /// Separate from the ports, since a port can be disabled with false and enabled again.
    var paths: [HostAPI: String] = [:]
    var thresholds: [PluginThresholds] = []

    func apply(to host: inout HostConfiguration) {
        host.role = role
        host.layout = layout
        host.refresh = refresh ?? host.refresh
        host.timeout = timeout ?? host.timeout
        host.endpoints = endpoints
        for (api, path) in paths { host.endpoints[api]?.path = path }
    }
}

extension HostsBuilder {
    private static let minimumRefresh: UInt64 = 1_000_000_000
    private static let minimumTimeout: UInt64 = 100_000_000
    private static let maximumTimeout: UInt64 = 60_000_000_000

    /// - Returns: whether the key is one that hosts and defaults share.
    mutating func take(_ node: Node, into settings: inout HostSettings) -> Bool {
        switch node.key {
        case "role": settings.role = shortText(node) ?? settings.role
        case "layout":
            if let layout = text(node) {
                let isPath = layout.utf8.contains(UInt8(ascii: "/"))
                settings.layout = Placed(
                    isPath ? surroundings.resolved(layout, in: source) : layout, at: node.valuePosition)
            }
        case "refresh":
            settings.refresh =
                duration(node, from: Self.minimumRefresh, to: Refresh.maximum) ?? settings.refresh
        case "timeout":
            settings.timeout =
                duration(node, from: Self.minimumTimeout, to: Self.maximumTimeout) ?? settings.timeout
        case "ports": takePorts(node, into: &settings)
        case "paths": takePaths(node, into: &settings)
        case "thresholds": settings.thresholds += thresholds(node)
        default: return false
        }
        return true
    }

    private mutating func takePorts(_ node: Node, into settings: inout HostSettings) {
        let expected = "a port from 1 to 65535, or false where the host does not serve it"
        for (api, node) in entries(of: node, expected: "a table such as { drives = 6127, backups = false }") {
            switch node.literal {
            case .integer(let port) where (1...65535).contains(port):
                settings.endpoints[api] = Endpoint(port: port)
            case .bool(false): settings.endpoints[api] = nil
            default:
                report(
                    node.valuePosition, "\"ports.\(api.rawValue)\" is \(node.literal.summary)",
                    expected: expected)
            }
        }
    }

    private mutating func takePaths(_ node: Node, into settings: inout HostSettings) {
        for (api, node) in entries(of: node, expected: "a table such as { drives = \"/drives\" }") {
            guard case .scalar(.text(let path)) = node.content, Self.isPath(path) else {
                report(
                    node.valuePosition, "\"paths.\(api.rawValue)\" is \(node.literal.summary)",
                    expected:
                        "a path that begins with \"/\", at most 1024 letters, digits and signs of a URL;"
                        + " all else as %XX")
                continue
            }
            settings.paths[api] = path
        }
    }

    private mutating func entries(of node: Node, expected: String) -> [(HostAPI, Node)] {
        guard case .table(let nodes) = node.content else {
            reportType(node, expected: expected)
            return []
        }
        return nodes.compactMap { entry in
            if let api = HostAPI(rawValue: entry.key) { return (api, entry) }
            reportUnknown(
                entry, of: HostAPI.allCases.map(\.rawValue), place: " in \(Problem.quoted(node.key))")
            return nil
        }
    }

    /// Whether a text is a valid path of a URL. It has no fragment, which is never sent.
    private static func isPath(_ path: String) -> Bool {
        path.hasPrefix("/") && path.utf8.count <= 1024
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"#\"<>\\^`{|}".utf8.contains($0) }
    }
}

extension FindingMistakes {
    /// A short text for a heading or a column.
    mutating func shortText(_ node: Node) -> String? {
        guard let text = text(node) else { return nil }
        guard text.unicodeScalars.count <= 32 else {
            reportType(node, expected: "32 characters at most")
            return nil
        }
        return text
    }

    mutating func dataSource(_ node: Node, of sources: [DataSource]) -> DataSource? {
        let known = sources.map(\.rawValue)
        if case .scalar(.text(let word)) = node.content, DataSource.planned.contains(word) {
            report(
                node.valuePosition,
                "\(Problem.quoted(node.key)) is \(Problem.quoted(word)), which this cm-dashboard cannot do yet",
                expected: known.map { "\"\($0)\"" }.joined(separator: " or "))
            return nil
        }
        return word(node, of: known).flatMap(DataSource.init(rawValue:))
    }

    /// Reports a key that belongs at the top of the file and is inside a table.
    mutating func reportMisplaced(_ node: Node) {
        report(
            node.position,
            "unknown key \(Problem.quoted(node.key)): it belongs at the top of the file, above the first [table]"
        )
    }
}
