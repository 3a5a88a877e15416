/// How a metric is foretold, as its plugin declares it: the fields of `cm_metric` from `forecast` on.
public struct ForecastDeclaration: Sendable, Equatable {
    /// The kind of a forecast. Raw values are those of `CM_FORECAST_…`.
    ///
    /// `wear` is percent of a rated life that is used up, `fill` what is used of something that has a size.
    public enum Kind: UInt8, Sendable {
        case none = 0
        case wear, fill
    }

    /// What is foretold.
    public var kind: Kind
    /// Id of the metric that tells when it is full; empty: ``full`` does.
    public var size: String
    /// Id of the metric with what was written over the whole life; empty: not known.
    public var written: String
    /// Id of the metric with the seconds powered on over the whole life; empty: not known.
    public var powered: String
    /// Id of the text that tells one thing from another of the same name; empty: none does.
    public var identity: String
    /// The number at which it is full; 0: ``size`` tells.
    public var full: Double

    /// Creates a declaration.
    public init(
        _ kind: Kind, size: String = "", written: String = "", powered: String = "", identity: String = "",
        full: Double = 0
    ) {
        self.kind = kind
        self.size = size
        self.written = written
        self.powered = powered
        self.identity = identity
        self.full = full
    }

    /// Nothing is foretold.
    public static var none: ForecastDeclaration { ForecastDeclaration(.none) }
}

/// A metric that the host makes of the past of another one, beside those that a plugin declares.
public struct DerivedMetric: Sendable, Equatable {
    /// What it tells of the other metric.
    ///
    /// `likely`, `early` and `late` are seconds until the end that is foretold, `outlook` is that in words; `usualLow`
    /// and `usualHigh` are what is usual at the hour of the week, `unusual` says how a value differs from it.
    public enum Part: UInt8, Sendable {
        case likely = 0
        case early, late, outlook, usualLow, usualHigh, unusual
    }

    /// What it tells.
    public var part: Part
    /// The index of the metric that it is made of.
    public var source: Int

    /// Creates it.
    public init(_ part: Part, of source: Int) {
        self.part = part
        self.source = source
    }
}
