import Contract

extension Snapshot {
    /// Sets the cells of what is foretold of a number, judged by limits, one for each metric of the schema.
    ///
    /// - Parameter row: The index of the instance.
    /// - Parameter moment: The Unix time in nanoseconds that the seconds count from.
    public mutating func set(
        _ outlook: Outlook, of foretold: ForecastPlan.Foretold, row: Int, at moment: Int64, limits: [Limits]
    ) {
        let range = outlook.range(at: moment)
        for (place, time) in [
            (foretold.likely, range?.likely), (foretold.early, range?.early), (foretold.late, range?.late),
        ] {
            set(time.map { .number(Self.seconds(from: moment, to: $0)) } ?? .absent, place, row, limits)
        }
        set(.text(outlook.words(at: moment)), foretold.outlook, row, limits)
    }

    /// Sets the cells of what is usual.
    ///
    /// - Parameter mark: How the value differs; nil: it does not.
    public mutating func set(
        _ band: UsualRange.Band, _ mark: UnusualMark?, of judged: ForecastPlan.Judged, row: Int
    ) {
        set(.number(band.low), judged.low, row, [])
        set(.number(band.high), judged.high, row, [])
        let words = mark.map { mark in
            let (low, high) = (
                Format.number(mark.usual.low, unit: judged.unit),
                Format.number(mark.usual.high, unit: judged.unit)
            )
            return "\(mark.isAbove ? "high" : "low"), usually \(low) to \(high)"
        }
        set(words.map { .text($0) } ?? .absent, judged.unusual, row, [])
    }

    private mutating func set(_ value: Value, _ metric: Int, _ row: Int, _ limits: [Limits]) {
        guard instances.indices.contains(row), instances[row].cells.indices.contains(metric) else { return }
        var cell = Cell(value: value)
        if case .number(let number) = value, metric < limits.count {
            cell.status = Judge.status(
                of: number, limits: limits[metric], direction: schema.metrics[metric].direction)
        }
        instances[row].cells[metric] = cell
    }

    /// Whole minutes; beyond two days whole hours, so that a value which means weeks does not change all the time.
    private static func seconds(from moment: Int64, to time: Int64) -> Double {
        let seconds = max(Double(time) - Double(moment), 0) / 1e9
        let unit = seconds < 2 * 86_400 ? 60.0 : 3600
        return (seconds / unit).rounded() * unit
    }

    /// Returns what the past tells of each of the plugin's own numbers of an instance, by its index; an index without an
    /// entry has nothing.
    public func foretold(_ instance: Instance) -> [Int: View.Foretold] {
        var all: [Int: View.Foretold] = [:]
        for (index, metric) in schema.metrics.enumerated().dropFirst(schema.ownCount) {
            guard let derived = metric.derived, index < instance.cells.count else { continue }
            let value = instance.cells[index].value
            switch (derived.part, value) {
            case (.outlook, .text(let words)):
                let (range, status) = range(before: index, of: instance)
                let kind = schema.metrics[derived.source].forecast.kind
                // That something is not full soon is no news.
                guard range != nil || kind == .wear else { break }
                all[derived.source, default: View.Foretold()].words = Outlook.forms(
                    words, range, of: kind, at: made)
                all[derived.source]!.status = status
            case (.usualLow, .number(let low)): all[derived.source, default: View.Foretold()].usual.low = low
            case (.usualHigh, .number(let high)):
                all[derived.source, default: View.Foretold()].usual.high = high
            case (.unusual, .text(let words)):
                all[derived.source, default: View.Foretold()].unusual = words.hasPrefix("low") ? .low : .high
            default: break
            }
        }
        return all
    }

    /// The dates that stand in the three cells before an outlook, and their worst status.
    private func range(before index: Int, of instance: Instance) -> (ForecastRange?, Status) {
        guard index >= 3 else { return (nil, .auto) }
        let cells = Array(instance.cells[index - 3..<index])
        let status = cells.reduce(Status.auto) { Status.worse($0, $1.status) }
        func time(_ cell: Cell) -> Int64? { cell.value.number.map { Span.after(made, by: $0 * 1e9) } }
        guard let likely = time(cells[0]), let early = time(cells[1]) else { return (nil, status) }
        return (ForecastRange(early: early, likely: likely, late: time(cells[2])), status)
    }
}

extension Schema {
    /// The characters of "2029 (2028-31)" and a few more.
    private var widestColumn: Int { 16 }

    /// Returns the words for a column that shows a foretold time: "2029 (2028-31)", "no sign of wear"; nil: the metric is
    /// no such time, or nothing is foretold.
    ///
    /// - Parameter metric: The index of the time.
    /// - Parameter cells: The cell of one instance for each metric that is asked for.
    /// - Parameter moment: The Unix time in nanoseconds of the values.
    public func words(ofForetold metric: Int, at moment: Int64, _ cells: (Int) -> Snapshot.Cell?) -> String? {
        guard metrics.indices.contains(metric), metrics[metric].derived?.part == .likely,
            case .text(let outlook)? = cells(metric + 3)?.value
        else { return nil }
        func time(_ place: Int) -> Int64? {
            cells(place)?.value.number.map { Span.after(moment, by: $0 * 1e9) }
        }
        guard outlook != "full", !outlook.hasPrefix(ForecastWords.fillingNow), let likely = time(metric),
            let early = time(metric + 1)
        else {
            let forms = [outlook] + ForecastWords.shorter(than: outlook)
            return forms.first { $0.unicodeScalars.count <= widestColumn } ?? forms.last
        }
        return ForecastWords.column(
            ForecastRange(early: early, likely: likely, late: time(metric + 2)), now: moment)
    }
}
