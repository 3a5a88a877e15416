import Contract

/// A widget's settings, checked against the declarations of its plugin.
public struct CheckedOptions: Sendable, Equatable {
    /// One value for each option of the plugin: the layout's or the default.
    public var values: [OptionValue]
    /// For each option whether the layout sets it.
    public var isSet: [Bool]
    /// The limits of each metric: the layout's or the default.
    public var limits: [Limits]
    /// All mistakes, in the order of the file.
    public var problems: [Problem]
}

/// Checks a widget's settings against the declarations of its plugin.
public struct OptionChecker {
    private let plugin: PluginDescription
    private let source: String
    private var result: CheckedOptions

    /// Checks all settings. The result has a value for every option and limits for every metric, whatever problems
    /// there are. `source` is the name of the file, for messages.
    public static func check(
        _ widget: WidgetConfiguration, against plugin: PluginDescription, source: String
    ) -> CheckedOptions {
        var checker = OptionChecker(plugin: plugin, source: source)
        for setting in widget.options { checker.take(setting) }
        checker.checkOrder(of: widget.options)
        checker.result.problems.sort { $0.position < $1.position }
        return checker.result
    }

    private init(plugin: PluginDescription, source: String) {
        self.plugin = plugin
        self.source = source
        result = CheckedOptions(
            values: plugin.options.map { $0.parsedDefault ?? $0.emptyValue },
            isSet: plugin.options.map { _ in false }, limits: plugin.metrics.map(\.limits), problems: [])
    }

    private mutating func take(_ setting: Setting) {
        if let index = plugin.options.firstIndex(where: { $0.key == setting.key }) {
            switch OptionReader.read(setting, as: plugin.options[index]) {
            case .success(let value):
                result.values[index] = value
                result.isSet[index] = true
            case .failure(let complaint):
                report(complaint.position, complaint.message, expected: complaint.expected)
            }
        } else if let (index, isCritical) = limit(named: setting.key) {
            takeLimit(setting, of: index, isCritical: isCritical)
        } else {
            reportUnknown(setting)
        }
    }

    /// The metric that a key ending in _warning or _critical sets a limit of.
    private func limit(named key: String) -> (metric: Int, isCritical: Bool)? {
        for (suffix, isCritical) in [("_warning", false), ("_critical", true)] where key.hasSuffix(suffix) {
            let id = key.dropLast(suffix.count)
            if let index = plugin.metrics.firstIndex(where: { $0.id == id }) { return (index, isCritical) }
        }
        return nil
    }

    private mutating func takeLimit(_ setting: Setting, of index: Int, isCritical: Bool) {
        let metric = plugin.metrics[index]
        guard metric.canHaveLimits else {
            let reason = metric.isNumeric ? "no value of it is better or worse" : "it is no number"
            let limits = limitKeys
            return report(
                setting.position, "metric \(Problem.quoted(metric.id)) has no limits: \(reason)",
                expected: limits.isEmpty ? nil : "one of \(limits.joined(separator: ", "))")
        }
        guard let value = OptionReader.limit(setting.value, unit: metric.unit) else {
            return report(
                setting.valuePosition,
                "\(Problem.quoted(setting.key)) is \(setting.value.summary)",
                expected: OptionReader.expectedLimit(unit: metric.unit) + ", or false for no limit")
        }
        if isCritical {
            result.limits[index].critical = value
        } else {
            result.limits[index].warning = value
        }
    }

    /// Reports a warning limit beyond the critical one, which would never take effect.
    private mutating func checkOrder(of settings: [Setting]) {
        for (index, metric) in plugin.metrics.enumerated() where metric.canHaveLimits {
            let limits = result.limits[index]
            let isWrong =
                metric.direction == .higherIsWorse
                ? limits.warning > limits.critical : limits.warning < limits.critical
            let (warning, critical) = ("\(metric.id)_warning", "\(metric.id)_critical")
            guard isWrong, let setting = settings.last(where: { $0.key == warning || $0.key == critical })
            else { continue }
            let side = metric.direction == .higherIsWorse ? "above" : "below"
            let both = settings.contains { $0.key == warning } && settings.contains { $0.key == critical }
            let other = setting.key == warning ? critical : warning
            report(
                setting.valuePosition,
                "\(warning) (\(Format.number(limits.warning, unit: metric.unit))) is \(side) \(critical)"
                    + " (\(Format.number(limits.critical, unit: metric.unit)))"
                    + (both ? "" : "; \(other) has its default: set it too"))
        }
    }

    private mutating func reportUnknown(_ setting: Setting) {
        let name = Problem.quoted(plugin.id)
        let keys = plugin.options.map(\.key)
        if LayoutKeys.top.contains(setting.key) {
            return report(
                setting.position,
                "\(Problem.quoted(setting.key)) is not an option of plugin \(name): it belongs at the top of the"
                    + " file, above the first [table]")
        }
        let nearest = Spelling.nearest(to: setting.key, in: keys + LayoutKeys.widget + limitKeys)
        var expected = keys.isEmpty ? nil : "one of \(keys.joined(separator: ", "))"
        if let limit = limitKeys.first {
            expected = (expected.map { $0 + ", or " } ?? "") + "a limit such as \(limit)"
        }
        report(
            setting.position, "plugin \(name) has no option \(Problem.quoted(setting.key))",
            expected: expected, suggestion: nearest)
    }

    private var limitKeys: [String] {
        plugin.metrics.filter(\.canHaveLimits).flatMap { ["\($0.id)_warning", "\($0.id)_critical"] }
    }

    private mutating func report(
        _ position: Position, _ message: String, expected: String? = nil, suggestion: String? = nil
    ) {
        result.problems.append(
            Problem(
                source: source, position: position, message: message, expected: expected,
                suggestion: suggestion))
    }
}

extension MetricDeclaration {
    /// Whether limits apply: to a number with a direction.
    public var canHaveLimits: Bool { isNumeric && direction != .none }
}
