import Core

/// Converts the tree of a `dashboard.toml` to settings.
struct DashboardBuilder: FindingMistakes {
    private static let maximumColumns = 32

    let source: String
    let surroundings: ConfigurationReader.Surroundings
    var problems: [Problem]
    private(set) var settings = DashboardSettings()

    init(source: String, surroundings: ConfigurationReader.Surroundings, problems: [Problem] = []) {
        self.source = source
        self.surroundings = surroundings
        self.problems = problems
    }

    mutating func read(_ nodes: [Node]) {
        switch version(of: nodes) {
        case .unreadable: return
        case .unnamed: if !nodes.isEmpty { reportMissingVersion() }
        case .current: break
        }
        for node in nodes {
            settings.positions[node.key] = node.position
            switch node.key {
            case "version": break
            case "refresh": settings.refresh = duration(node, from: Refresh.minimum, to: Refresh.maximum)
            case "theme": settings.theme = word(node, of: surroundings.themes)
            case "icons":
                settings.icons = word(node, of: IconSet.allCases.map(\.rawValue)).flatMap(
                    IconSet.init(rawValue:))
            case "data_source": readDataSource(node)
            case "plugins": readPlugins(node)
            case "overview": readOverview(node)
            case "thresholds": settings.thresholds = thresholds(node)
            case "history": settings.history = history(node)
            default: reportStray(node)
            }
        }
    }

    private mutating func reportStray(_ node: Node) {
        let name = Problem.quoted(node.key)
        if ["host", "hosts", "defaults"].contains(node.key) {
            report(node.position, "unknown key \(name): hosts stand in hosts.toml")
        } else if ConfigurationKeys.overview.contains(node.key) {
            report(node.position, "unknown key \(name): it belongs in [overview]")
        } else if HistorySettings.keys.contains(node.key) {
            report(node.position, "unknown key \(name): it belongs in [history]")
        } else {
            reportUnknown(node, of: ConfigurationKeys.dashboard)
        }
    }

    private mutating func readDataSource(_ node: Node) {
        if node.literal == .text(DataSource.local.rawValue) {
            return report(
                node.valuePosition, "\"data_source\" is \"local\", and all hosts would be this machine",
                expected: "source = \"local\" in the [host.NAME] of this machine")
        }
        settings.dataSource = dataSource(node, of: [.http]) ?? settings.dataSource
    }

    private mutating func readPlugins(_ node: Node) {
        for item in texts(node, expected: "a list of folders, such as [\"/opt/cm-plugins\"]") {
            let path = surroundings.resolved(item.value, in: source)
            settings.pluginFolders.append(Placed(path, at: item.position))
        }
    }

    private mutating func readOverview(_ node: Node) {
        guard case .table(let nodes) = node.content else {
            return reportType(node, expected: "a table: [overview]")
        }
        for node in nodes {
            if ConfigurationKeys.overview.contains(node.key) { settings.positions[node.key] = node.position }
            switch node.key {
            case "columns": readColumns(node)
            case "sort": readSort(node)
            case "roles":
                settings.overview.roles = distinct(
                    texts(node, expected: "a list of roles, such as [\"server\", \"lab\"]"), in: node
                ).map(\.value)
            case _ where ConfigurationKeys.dashboard.contains(node.key) && !node.isTable:
                reportMisplaced(node)
            default: reportUnknown(node, of: ConfigurationKeys.overview, place: " in [overview]")
            }
        }
    }

    private mutating func readColumns(_ node: Node) {
        let items = distinct(
            texts(node, expected: "a list of columns, such as [\"nvme.wear\", \"alert\"]"), in: node)
        guard items.count <= Self.maximumColumns else {
            return report(
                items[Self.maximumColumns].position, "\"columns\" has \(items.count) items",
                expected: "\(Self.maximumColumns) at most")
        }
        var columns: [Placed<OverviewColumn>] = []
        for item in items {
            guard let column = OverviewColumn(item.value) else {
                reportColumn(item.value, at: item.position, in: "columns")
                continue
            }
            guard column != .host else {
                report(item.position, "\"host\" is always the first column", expected: "the others only")
                continue
            }
            columns.append(Placed(column, at: item.position))
        }
        if case .list = node.content { settings.overview.columns = columns }
    }

    private mutating func readSort(_ node: Node) {
        guard let text = text(node) else { return }
        let isDescending = text.utf8.first == UInt8(ascii: "-")
        let name = isDescending ? String(decoding: text.utf8.dropFirst(), as: UTF8.self) : text
        guard let column = OverviewColumn(name) else {
            return reportColumn(name, at: node.valuePosition, in: "sort")
        }
        settings.overview.sort = OverviewSort(key: column, isDescending: isDescending)
    }

    private mutating func reportColumn(_ name: String, at position: Position, in key: String) {
        report(
            position, "\(Problem.quoted(name)) in \"\(key)\" is no column",
            expected:
                "PLUGIN.METRIC such as nvme.wear, or one of \(OverviewColumn.words.joined(separator: ", "))",
            suggestion: Spelling.nearest(to: name, in: OverviewColumn.words))
    }

    /// The texts of a list, or a single text; items that are not texts are reported.
    private mutating func texts(_ node: Node, expected: String) -> [Placed<String>] {
        if case .scalar(.text) = node.content {
            return text(node).map { [Placed($0, at: node.valuePosition)] } ?? []
        }
        guard case .list(let items) = node.content else {
            reportType(node, expected: expected)
            return []
        }
        return items.enumerated().compactMap { index, item in
            guard case .scalar(.text(let text)) = item.content,
                text.unicodeScalars.contains(where: { $0.value > 32 })
            else {
                report(
                    item.valuePosition,
                    "item \(index + 1) of \(Problem.quoted(node.key)) is \(item.literal.summary)",
                    expected: "a text in quotes")
                return nil
            }
            return Placed(text, at: item.valuePosition)
        }
    }

    private mutating func distinct(_ items: [Placed<String>], in node: Node) -> [Placed<String>] {
        var seen: Set<String> = []
        return items.filter { item in
            if seen.insert(item.value).inserted { return true }
            report(item.position, "\(Problem.quoted(item.value)) stands twice in \(Problem.quoted(node.key))")
            return false
        }
    }
}
