import Core

/// The format of `hosts.toml` before version 1: without a version, and with the hosts in a flat table or list.
///
///     [hosts]                         hosts = ["srv01", "cmbox"]
///     srv01 = "192.168.1.10"
enum OldHosts {
    static func isOld(_ nodes: [Node]) -> Bool {
        nodes.contains { $0.key == "hosts" } && !nodes.contains { $0.key == "host" || $0.key == "defaults" }
    }

    /// Converts each host to a table of the current format.
    static func entries(of nodes: [Node], reportingTo builder: inout HostsBuilder) -> [Node] {
        for node in nodes where node.key != "hosts" { builder.reportUnknown(node, of: ["hosts"]) }
        guard let hosts = nodes.first(where: { $0.key == "hosts" }) else { return [] }
        switch hosts.content {
        case .table(let items): return items.map { table($0.key, at: $0.position, address: $0) }
        case .list(let items): return list(items, &builder)
        case .scalar:
            builder.reportType(hosts, expected: "a table of name = \"address\", or a list of names")
            return []
        }
    }

    private static func list(_ items: [Node], _ builder: inout HostsBuilder) -> [Node] {
        var places: [String: Position] = [:]
        return items.enumerated().compactMap { index, item in
            guard case .scalar(.text(let name)) = item.content else {
                builder.report(
                    item.valuePosition, "item \(index + 1) of \"hosts\" is \(item.literal.summary)",
                    expected: "a host's name in quotes")
                return nil
            }
            if let first = places[name] {
                builder.report(
                    item.valuePosition, "\(Problem.quoted(name)) stands twice: first in line \(first.line)")
                return nil
            }
            places[name] = item.valuePosition
            return table(name, at: item.valuePosition, address: nil)
        }
    }

    private static func table(_ name: String, at position: Position, address: Node?) -> Node {
        var nodes: [Node] = []
        if var address {
            address.key = "address"
            nodes = [address]
        }
        return Node(key: name, position: position, valuePosition: position, content: .table(nodes))
    }
}

/// Converts files of older versions.
public enum ConfigurationMigration {
    public enum Outcome: Sendable {
        /// The file has the current version.
        case current
        /// The converted text, the version of the old file, and its number of hosts.
        case migrated(text: String, version: Int, hosts: Int)
        /// The file has mistakes, which must be corrected first.
        case wrong([Problem])
    }

    /// Converts a `hosts.toml` to the current version.
    public static func hosts(
        _ bytes: [UInt8], source: String, in surroundings: ConfigurationReader.Surroundings
    ) -> Outcome {
        let file: ParsedFile
        do throws(ParsedFile.Mistakes) {
            file = try ParsedFile(
                bytes, source: source, limit: ConfigurationReader.maximumSize, what: "a hosts.toml")
        } catch {
            return .wrong(error.problems)
        }
        var builder = HostsBuilder(
            source: source, surroundings: surroundings, dataSource: .http, problems: file.problems)
        builder.read(file.nodes)
        let problems = builder.problems.sortedForReading(source: source)
        if problems.contains(where: { $0.severity == .error }) { return .wrong(problems) }
        guard !file.nodes.contains(where: { $0.key == "version" }), OldHosts.isOld(file.nodes) else {
            return .current
        }
        let text = Configuration(hosts: builder.hosts).hostsToml
        return .migrated(text: text, version: 0, hosts: builder.hosts.count)
    }
}
