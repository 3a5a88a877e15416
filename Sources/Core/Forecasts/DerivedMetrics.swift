import Contract

extension PluginDescription {
    /// Returns the description with the metrics that the host makes of the past, behind the plugin's own. A metric whose
    /// forecasts would have the id of another one has none, nor has one that would exceed the number of metrics.
    public func withDerivedMetrics() -> PluginDescription {
        var whole = self
        for (index, metric) in metrics.enumerated() {
            whole.add(metric.forecasts(at: index))
            whole.add(metric.usual(at: index))
        }
        return whole
    }

    private mutating func add(_ derived: [MetricDeclaration]) {
        let isTaken = metrics.contains { metric in derived.contains { $0.id == metric.id } }
        guard !isTaken, metrics.count + derived.count <= WireLimits.metrics,
            derived.allSatisfy({ $0.id.utf8.count <= WireLimits.name })
        else { return }
        metrics += derived
    }
}

extension MetricDeclaration {
    /// Seconds before something is full from which on that is a warning, unless a layout says otherwise.
    private static let soon = 6.0 * 3600

    fileprivate func forecasts(at index: Int) -> [MetricDeclaration] {
        let (end, words, limit): (String, String, Double)
        switch forecast.kind {
        case .none: return []
        case .wear: (end, words, limit) = ("worn_out", "worn out", .nan)
        case .fill: (end, words, limit) = ("full", "full", Self.soon)
        }
        let what = label.isEmpty ? id : label
        func time(_ suffix: String, _ label: String, _ part: DerivedMetric.Part, _ help: String)
            -> MetricDeclaration
        {
            MetricDeclaration(
                id: "\(id)_\(end)\(suffix)", label: "\(what) \(words)\(label)", unit: "seconds", help: help,
                direction: .lowerIsWorse, limits: Limits(warning: part == .likely ? limit : .nan),
                rememberDays: rememberDays, derived: DerivedMetric(part, of: index))
        }
        return [
            time("", "", .likely, "Time until \(id) is foretold to be \(words): the middle of the range."),
            time("_early", ", early", .early, "Time before which it is \(words) in one case of ten."),
            time("_late", ", late", .late, "Time after which it is \(words) in one case of ten."),
            MetricDeclaration(
                id: "\(id)_outlook", label: "\(what) outlook",
                help: "What is foretold of \(id), in words; why nothing is, where nothing is.", kind: .state,
                rememberDays: rememberDays, derived: DerivedMetric(.outlook, of: index)),
        ]
    }

    fileprivate func usual(at index: Int) -> [MetricDeclaration] {
        guard minimumEffect > 0, kind == .gauge else { return [] }
        let what = label.isEmpty ? id : label
        func bound(_ suffix: String, _ label: String, _ part: DerivedMetric.Part) -> MetricDeclaration {
            MetricDeclaration(
                id: "\(id)_usual_\(suffix)", label: "\(what), usually \(label)", unit: unit,
                help: "What \(id) usually is at this hour of the week, \(label).",
                derived: DerivedMetric(part, of: index))
        }
        return [
            bound("low", "from", .usualLow), bound("high", "to", .usualHigh),
            MetricDeclaration(
                id: "\(id)_unusual", label: "\(what), unusual",
                help:
                    "How \(id) differs from what is usual at this hour of the week; absent where it does not.",
                kind: .text, derived: DerivedMetric(.unusual, of: index)),
        ]
    }
}
