import Contract

/// What is foretold of one number.
public enum Outlook: Sendable, Equatable {
    /// When a drive is worn out.
    case wear(WearForecast)
    /// When something is full; `filling` is the Unix time in nanoseconds at which it is at the pace of the last hour, if
    /// it fills up within hours.
    case fill(FillForecast, filling: Int64?)

    /// The dates that are told; nil: there are none, or they are so far ahead that nobody can know.
    ///
    /// - Parameter moment: Unix time in nanoseconds.
    public func range(at moment: Int64) -> ForecastRange? {
        switch self {
        case .wear(.wornOut(let range, _)):
            let limit = Double(ForecastWords.wearYears) * Span.year
            return Double(range.likely) - Double(moment) > limit ? nil : range
        case .wear: return nil
        case .fill(_, .some(let time)): return ForecastRange(early: time, likely: time, late: time)
        case .fill(.full, nil): return ForecastRange(early: moment, likely: moment, late: moment)
        case .fill(.fullAt(let range), nil): return range
        case .fill: return nil
        }
    }

    /// The longest words, with what changes how they are to be read.
    ///
    /// - Parameter moment: Unix time in nanoseconds.
    public func words(at moment: Int64) -> String {
        switch self {
        case .wear(let forecast):
            // Hours that do not belong to the life are no bytes.
            let isByHours = forecast.remarks.contains(.byHours)
            let remarks = forecast.remarks.map { ForecastWords.words(of: $0, width: isByHours ? 35 : .max) }
            return ([ForecastWords.words(of: forecast, now: moment)] + remarks).joined(separator: ", ")
        case .fill(.full, _): return ForecastWords.words(of: .full(since: moment), now: moment)
        case .fill(_, .some(let time)): return ForecastWords.filling(fullAt: time, now: moment)
        case .fill(let forecast, nil): return ForecastWords.words(of: forecast, now: moment)
        }
    }

    /// Returns the words in several lengths, the longest first, from what a snapshot holds of an outlook.
    ///
    /// - Parameter words: The longest words.
    /// - Parameter range: The dates; nil: there are none.
    /// - Parameter moment: The Unix time in nanoseconds that the words are of.
    static func forms(
        _ words: String, _ range: ForecastRange?, of kind: ForecastDeclaration.Kind, at moment: Int64
    ) -> [String] {
        guard let range, words != "full" else { return [words] + ForecastWords.shorter(than: words) }
        var forms: [String]
        if words.hasPrefix(ForecastWords.fillingNow) {
            forms = ForecastWords.filling(fullAt: range.likely, now: moment)
        } else if kind == .wear {
            forms = ForecastWords.wear(range, now: moment)
        } else {
            forms = ForecastWords.fill(range, now: moment)
        }
        // Rounded seconds may make the first form another one than what was said.
        if forms.first != words { forms.insert(words, at: 0) }
        return forms
    }
}

extension WearForecast {
    /// What changes how the forecast is to be read.
    var remarks: [WearRemark] {
        if case .wornOut(_, let remarks) = self { remarks } else { [] }
    }
}
