import ContractEmbedded
import PluginAPI

/// Reads how a metric is foretold, and checks that what it names is declared.
enum ForecastCheck {
    /// Reads the fields from `forecast` on. A kind that a newer header has counts as none.
    static func forecast(of entry: cm_metric, field: String) throws(LoadError) -> ForecastDeclaration {
        guard let kind = ForecastDeclaration.Kind(rawValue: UInt8(clamping: entry.forecast)), kind != .none
        else { return .none }
        func id(_ string: cm_string, _ name: String) throws(LoadError) -> String {
            try DescriptorCheck.text(string, field: field + "." + name, limit: 64)
        }
        return ForecastDeclaration(
            kind, size: try id(entry.size, "size"), written: try id(entry.written, "written"),
            powered: try id(entry.powered, "powered"), identity: try id(entry.identity, "identity"),
            full: entry.full.isFinite && entry.full > 0 ? entry.full : 0)
    }

    static func check(_ metrics: [MetricDeclaration]) throws(LoadError) {
        for metric in metrics where metric.forecast.kind != .none {
            let forecast = metric.forecast
            guard metric.isNumeric else {
                throw LoadError("metric \(metric.id) is to be foretold and is no number (cm_metric.forecast)")
            }
            if forecast.kind == .fill, forecast.size.isEmpty, forecast.full == 0 {
                throw LoadError(
                    "metric \(metric.id) is to be foretold and says not when it is full: set cm_metric.full or size"
                )
            }
            for (field, id, isNumeric) in [
                ("size", forecast.size, true), ("written", forecast.written, true),
                ("powered", forecast.powered, true), ("identity", forecast.identity, false),
            ] where !id.isEmpty {
                guard let other = metrics.first(where: { $0.id == id }) else {
                    throw LoadError(
                        "metric \(metric.id) names \(id), which is not declared (cm_metric.\(field))")
                }
                guard other.isNumeric == isNumeric else {
                    let expected = isNumeric ? "a number" : "a text"
                    throw LoadError(
                        "metric \(metric.id) names \(id), which is not \(expected) (cm_metric.\(field))")
                }
            }
        }
    }
}
