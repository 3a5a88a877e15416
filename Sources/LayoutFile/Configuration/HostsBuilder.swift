import Core

/// Converts the tree of a `hosts.toml` to hosts.
struct HostsBuilder: FindingMistakes {
    static let maximumHosts = 10_000

    let source: String
    let surroundings: ConfigurationReader.Surroundings
    let dataSource: DataSource
    var problems: [Problem]
    private(set) var hosts: [HostConfiguration] = []

    init(
        source: String, surroundings: ConfigurationReader.Surroundings, dataSource: DataSource,
        problems: [Problem] = []
    ) {
        self.source = source
        self.surroundings = surroundings
        self.dataSource = dataSource
        self.problems = problems
    }

    mutating func read(_ nodes: [Node]) {
        switch version(of: nodes) {
        case .unreadable: return
        case .unnamed where OldHosts.isOld(nodes):
            readOld(nodes)
        case .unnamed:
            // A file with comments only has no other mistake.
            if nodes.isEmpty { return reportNoHosts() }
            reportMissingVersion()
            readCurrent(nodes)
        case .current: readCurrent(nodes)
        }
        EndpointCheck.report(in: hosts, to: &self)
    }

    private mutating func readCurrent(_ nodes: [Node]) {
        for node in nodes where !ConfigurationKeys.hosts.contains(node.key) { reportStray(node) }
        var common = HostSettings()
        if let defaults = nodes.first(where: { $0.key == "defaults" }) {
            readDefaults(defaults, into: &common)
        }
        guard let tables = nodes.first(where: { $0.key == "host" }) else { return reportNoHosts() }
        guard case .table(let entries) = tables.content else {
            return reportType(tables, expected: "a table for each host, such as [host.srv01]")
        }
        for entry in limited(entries) { readHost(entry, common: common) }
    }

    /// Limits the number of hosts: more are a mistake, and each would be polled.
    private mutating func limited(_ entries: [Node]) -> ArraySlice<Node> {
        if entries.count > Self.maximumHosts {
            report(
                entries[Self.maximumHosts].position, "the file has \(entries.count) hosts",
                expected: "\(Self.maximumHosts) at most")
        }
        return entries.prefix(Self.maximumHosts)
    }

    private mutating func reportNoHosts() {
        // A misspelled key is reported already.
        guard !problems.contains(where: { $0.severity == .error }) else { return }
        report(
            Position(), "the file names no host, so only this machine is watched",
            expected: "a table for each, such as [host.srv01]", severity: .warning)
    }

    private mutating func reportStray(_ node: Node) {
        if ConfigurationKeys.dashboard.contains(node.key) && !ConfigurationKeys.defaults.contains(node.key) {
            report(node.position, "unknown key \(Problem.quoted(node.key)): it belongs in dashboard.toml")
        } else if ConfigurationKeys.defaults.contains(node.key) {
            report(
                node.position,
                "unknown key \(Problem.quoted(node.key)): it belongs in [defaults] or in a [host.NAME] table")
        } else {
            reportUnknown(node, of: ConfigurationKeys.hosts)
        }
    }

    private mutating func readDefaults(_ node: Node, into settings: inout HostSettings) {
        guard case .table(let nodes) = node.content else {
            return reportType(node, expected: "a table: [defaults]")
        }
        for node in nodes where !take(node, into: &settings) {
            switch node.key {
            case "source":
                report(
                    node.position,
                    "unknown key \"source\" in [defaults]: for all hosts it is data_source in dashboard.toml")
            case "address":
                report(node.position, "unknown key \"address\" in [defaults]: every host has its own")
            default: reportUnknown(node, of: ConfigurationKeys.defaults, place: " in [defaults]")
            }
        }
    }

    private mutating func readHost(_ entry: Node, common: HostSettings) {
        guard case .table(let nodes) = entry.content else {
            return report(
                entry.valuePosition, "\(Problem.quoted("host.\(entry.key)")) is \(entry.literal.summary)",
                expected: "a table: [host.\(Problem.printable(TOMLText.key(entry.key)))]")
        }
        let isNamed = checkName(entry)
        var settings = common
        settings.thresholds = []
        var (address, source) = (Node?.none, dataSource)
        for node in nodes where !take(node, into: &settings) {
            switch node.key {
            case "address": address = node
            case "source": source = dataSource(node, of: DataSource.allCases) ?? source
            default: reportStray(node, in: entry)
            }
        }
        guard let place = readAddress(address, of: entry, isNamed: isNamed) else { return }
        var host = HostConfiguration(name: entry.key, address: place, source: source)
        settings.apply(to: &host)
        host.thresholds = common.thresholds.overridden(by: settings.thresholds)
        host.position = entry.position
        check(host, nodes)
        hosts.append(host)
    }

    private mutating func reportStray(_ node: Node, in entry: Node) {
        if node.key == "version" { return reportMisplaced(node) }
        // Dots in an unquoted name create nested tables.
        if node.isTable {
            let name = TOMLText.quoted("\(entry.key).\(node.key)")
            guard Spelling.nearest(to: node.key, in: ConfigurationKeys.host) != nil else {
                return report(
                    node.position,
                    "host \(Problem.quoted(entry.key)) has no table \(Problem.quoted(node.key))",
                    expected: "[host.\(name)], if that is the host's name: a name with dots stands in quotes")
            }
        }
        reportUnknown(node, of: ConfigurationKeys.host, place: " in host \(Problem.quoted(entry.key))")
    }

    private mutating func checkName(_ entry: Node) -> Bool {
        let name = entry.key.utf8
        let isSound =
            (1...253).contains(name.count)
            && name.allSatisfy { HostAddress.isNameByte($0) || $0 == UInt8(ascii: ".") }
            && name.first != UInt8(ascii: "-") && name.first != UInt8(ascii: ".")
        if !isSound {
            report(
                entry.position, "\(Problem.quoted(entry.key)) is no name for a host",
                expected: "letters, digits, \"-\", \"_\" and \".\", 253 at most, a letter or digit first")
        }
        return isSound
    }

    /// The address of a host: its name, unless `address` is set.
    private mutating func readAddress(_ node: Node?, of entry: Node, isNamed: Bool) -> HostAddress? {
        if let node {
            guard let text = text(node) else { return nil }
            do throws(HostAddress.Refusal) { return try HostAddress(text) } catch {
                reportType(node, expected: error.expected)
                return nil
            }
        }
        // The mistake in the name is reported already.
        guard isNamed else { return nil }
        do throws(HostAddress.Refusal) { return try HostAddress(entry.key) } catch {
            report(
                entry.position, "host \(Problem.quoted(entry.key)) has no \"address\", and its name is none",
                expected: error.expected)
            return nil
        }
    }

    /// Reports values that are valid each by itself, but not together.
    private mutating func check(_ host: HostConfiguration, _ nodes: [Node]) {
        switch host.source {
        case .local:
            let useless = ["address", "refresh", "timeout", "ports", "paths"]
            for node in nodes where useless.contains(node.key) {
                report(
                    node.position,
                    "\(Problem.quoted(node.key)) has no use: host \(Problem.quoted(host.name))"
                        + " is local, and nothing is asked over the network", severity: .warning)
            }
        case .http:
            guard HostAPI.allCases.allSatisfy({ host.endpoints[$0] == nil }) else { return }
            report(
                host.position, "host \(Problem.quoted(host.name)) serves nothing: all its ports are false",
                expected: "one port at least, or source = \"local\"")
        }
    }

    private mutating func readOld(_ nodes: [Node]) {
        for entry in limited(OldHosts.entries(of: nodes, reportingTo: &self)) {
            readHost(entry, common: HostSettings())
        }
        let position = nodes.first { $0.key == "hosts" }?.position ?? Position()
        report(
            position, "the file has the shape of version 0",
            expected: "version \(ConfigurationKeys.version): \"cm-dashboard config migrate\" rewrites it, and"
                + " keeps the old one as hosts.toml.v0",
            severity: .warning)
    }
}
