import Contract
import Core
import Platform

/// Checks that the columns of the overview are metrics of plugins.
@MainActor
struct ColumnCheck {
    let folder: PluginFolder
    let loader: DescriptionLoader

    /// The problem with one column; nil: it exists.
    func problem(with column: OverviewColumn, source: String, position: Position) -> Problem? {
        guard case .metric(let id, let metric) = column else { return nil }
        switch loader.description(of: id) {
        case .failure(let reason): return problem(reason, plugin: id, source: source, position: position)
        case .success(let plugin):
            let metrics = plugin.metrics.map(\.id)
            guard !metrics.contains(metric) else { return nil }
            return Problem(
                source: source, position: position,
                message: "plugin \(Problem.quoted(id)) has no metric \(Problem.quoted(metric))",
                expected: "one of \(metrics.joined(separator: ", "))",
                suggestion: Spelling.nearest(to: metric, in: metrics).map { "\(id).\($0)" })
        }
    }

    /// All problems with the columns of a layout's overview.
    func problems(in widget: WidgetConfiguration, source: String) -> [Problem] {
        let options = OptionChecker.check(widget, against: OverviewPanel.description, source: source).problems
        guard let setting = widget.options.first(where: { $0.key == "columns" }),
            case .list(let items) = setting.value
        else { return options }
        return options
            + zip(items, setting.itemPositions).compactMap { item, position in
                guard case .text(let text) = item else { return nil }
                if let column = OverviewColumn(text) {
                    return problem(with: column, source: source, position: position)
                }
                return Problem(
                    source: source, position: position, message: "\(Problem.quoted(text)) is no column",
                    expected: "PLUGIN.METRIC, \(OverviewColumn.words.joined(separator: ", "))",
                    suggestion: Spelling.nearest(to: text, in: OverviewColumn.words))
            }
    }

    /// A warning only, since another machine with the same files may have the plugin.
    func problem(
        _ reason: DescriptionLoader.Reason, plugin: String, source: String, position: Position
    ) -> Problem {
        switch reason {
        case .missing:
            Problem(
                .warning, source: source, position: position,
                message: "there is no plugin \(Problem.quoted(plugin)) on this machine",
                suggestion: Spelling.nearest(to: plugin, in: folder.available))
        case .broken(let sentence):
            Problem(source: source, position: position, message: Problem.printable(sentence))
        }
    }
}
