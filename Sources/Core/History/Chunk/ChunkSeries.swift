import Contract

extension ChunkReader {
    /// Returns the numbers of one series, one for each sample, hold and failure; nil: the chunk does not have the series.
    /// Other series are not decoded.
    ///
    /// - Parameter metric: The metric's id.
    public func values(instance: String, metric: String) throws(ChunkDamage) -> SeriesValues? {
        guard let column = column(instance, metric) else { return nil }
        let cells = try cells(column.instance, column.metric) { (cell) throws(ChunkDamage) in cell.number }
        var result = SeriesValues(times: [], values: [])
        result.times.reserveCapacity(axis.rows.count)
        result.values.reserveCapacity(axis.rows.count)
        var (sample, latest) = (0, Double.nan)
        for (row, kind) in axis.rows.enumerated() where kind != .host {
            if kind == .sample {
                latest = cells[sample] ?? .nan
                sample += 1
            }
            guard row >= axis.carried else { continue }
            result.times.append(axis.times[row])
            result.values.append(kind == .failure ? .nan : latest)
        }
        return result
    }

    /// Returns the texts of one series where they change; nil: absent. Empty: the chunk does not have the series.
    ///
    /// - Parameter metric: The metric's id.
    public func texts(instance: String, metric: String) throws(ChunkDamage) -> [HistoryChange<String?>] {
        guard let column = column(instance, metric) else { return [] }
        let numbers = try cells(column.instance, column.metric) { (cell) throws(ChunkDamage) in
            cell.state.isText ? cell.text : nil
        }
        var texts = TextCache(texts)
        var changes: [HistoryChange<String?>] = []
        for change in self.changes(of: numbers) {
            guard let number = change.value else {
                changes.append(HistoryChange(time: change.time, value: nil))
                continue
            }
            changes.append(HistoryChange(time: change.time, value: try texts.text(number)))
        }
        return changes
    }

    /// Returns the statuses of one series where they change; nil: the instance is not there. Empty: the chunk does not
    /// have the series.
    ///
    /// - Parameter metric: The metric's id.
    public func statuses(instance: String, metric: String) throws(ChunkDamage) -> [HistoryChange<Status?>] {
        guard let column = column(instance, metric) else { return [] }
        return changes(
            of: try cells(column.instance, column.metric) { (cell) throws(ChunkDamage) in cell.state.status })
    }

    /// Returns one value for each sample; nil where the instance is not in it.
    private func cells<Value>(
        _ instance: Int, _ metric: Int,
        _ value: ((state: CellState, text: Int, number: Double)) throws(ChunkDamage) -> Value?
    ) throws(ChunkDamage) -> [Value?] {
        let spans = rosters.spans(of: instance)
        var column = try reader(instance, metric, count: spans.reduce(0) { $0 + $1.count })
        var cells = [Value?](repeating: nil, count: axis.samples)
        for span in spans { for sample in span { cells[sample] = try value(column.next()) } }
        return cells
    }

    /// Returns where values change, the opening state's at the time of the first row.
    private func changes<Value: Equatable & Sendable>(of cells: [Value?]) -> [HistoryChange<Value?>] {
        var changes: [HistoryChange<Value?>] = []
        var sample = 0
        for (row, kind) in axis.rows.enumerated() where kind == .sample {
            let cell = cells[sample]
            sample += 1
            if let last = changes.last {
                guard last.value != cell else { continue }
            }
            changes.append(
                HistoryChange(
                    time: axis.times[max(row, min(axis.carried, axis.times.count - 1))], value: cell))
        }
        return changes
    }
}
