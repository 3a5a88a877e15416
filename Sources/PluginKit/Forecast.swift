import PluginAPI

/// What is foretold of a number: the same words in several lengths, and their status.
public struct Forecast {
    /// The longest first, such as "worn out 2029 (2028-2031)", "2029". Never empty.
    public let forms: [String]
    /// The status of what is foretold, by the limits of the host's own metrics.
    public let status: Status

    /// The role for the words: muted while all is well.
    public var role: Role { status.trouble > 0 ? status.role : .muted }

    /// Returns the longest words that fit in `width` cells; nil: none do. Every character takes one cell.
    public func words(in width: Int) -> String? { forms.first { $0.unicodeScalars.count <= width } }
}

/// A value that is far from what it is at this hour of the week.
public struct Unusual {
    /// Whether the value is above what is usual, else below.
    public let isHigh: Bool

    /// The mark beside the value.
    public var mark: String { isHigh ? "↑" : "↓" }
}

extension Row {
    /// What is foretold of a metric that declares a forecast; nil: nothing, or the host does not foretell.
    public func forecast(_ metric: Metric) -> Forecast? {
        let value = value(metric)
        guard let forms = value.forecast, value.forecast_count > 0 else { return nil }
        return Forecast(
            forms: (0..<Int(value.forecast_count)).map { String(forms[$0]) },
            status: Status(rawValue: UInt8(truncatingIfNeeded: value.forecast_status)) ?? .auto)
    }

    /// Whether a number is unusual; nil: it is not, or nobody knows. To be remarked on, and never a status.
    public func unusual(_ metric: Metric) -> Unusual? {
        switch value(metric).unusual {
        case 1: Unusual(isHigh: true)
        case 2: Unusual(isHigh: false)
        default: nil
        }
    }

    /// What is usual for a metric at this hour of the week; nil: not known.
    public func usual(_ metric: Metric) -> ClosedRange<Double>? {
        let value = value(metric)
        // An older host leaves zeros.
        guard value.usual_low.isFinite, value.usual_high.isFinite, value.usual_low < value.usual_high
        else { return nil }
        return value.usual_low...value.usual_high
    }
}
