import Contract

/// Which of a plugin's metrics are foretold or judged by what is usual, from what, and where the results stand.
public struct ForecastPlan: Sendable {
    /// A metric that is foretold.
    public struct Foretold: Sendable {
        /// Its index in the schema.
        public var metric: Int
        /// How it is foretold.
        public var declaration: ForecastDeclaration
        /// Indices of what the forecast rests on; nil: there is none.
        public var size, written, powered, identity: Int?
        /// The index of the words.
        public var outlook: Int
        /// Indices of the times.
        var likely, early, late: Int
    }

    /// A metric that is judged by what is usual.
    public struct Judged: Sendable {
        /// Its index in the schema.
        public var metric: Int
        /// A smaller difference is never unusual.
        public var minimumEffect: Double
        /// Its unit.
        var unit: String
        /// The index of the lower end of what is usual.
        public var low: Int
        /// Indices of the upper end, and of how the value differs.
        var high, unusual: Int
    }

    /// The metrics that are foretold.
    public private(set) var foretold: [Foretold] = []
    /// The metrics that are judged by what is usual.
    public private(set) var judged: [Judged] = []

    /// Whether nothing is foretold or judged.
    public var isEmpty: Bool { foretold.isEmpty && judged.isEmpty }

    /// Makes the plan of a schema with its derived metrics.
    public init(_ schema: Schema) {
        var places: [Int: [DerivedMetric.Part: Int]] = [:]
        for (index, metric) in schema.metrics.enumerated() {
            if let derived = metric.derived { places[derived.source, default: [:]][derived.part] = index }
        }
        for (index, metric) in schema.metrics.enumerated() {
            guard let parts = places[index] else { continue }
            if let likely = parts[.likely], let early = parts[.early], let late = parts[.late],
                let outlook = parts[.outlook]
            {
                let forecast = metric.forecast
                func place(_ id: String) -> Int? { id.isEmpty ? nil : schema.index(of: id) }
                foretold.append(
                    Foretold(
                        metric: index, declaration: forecast, size: place(forecast.size),
                        written: place(forecast.written), powered: place(forecast.powered),
                        identity: place(forecast.identity), outlook: outlook, likely: likely, early: early,
                        late: late))
            }
            if let low = parts[.usualLow], let high = parts[.usualHigh], let unusual = parts[.unusual] {
                judged.append(
                    Judged(
                        metric: index, minimumEffect: metric.minimumEffect, unit: metric.unit, low: low,
                        high: high, unusual: unusual))
            }
        }
    }
}
