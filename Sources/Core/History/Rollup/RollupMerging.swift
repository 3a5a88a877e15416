import Contract

extension RollupReader {
    /// Returns one rollup of several of the same source; stretches that several have are united, the earlier parts' values
    /// coming first. nil: there are no parts, their sources or metrics differ, a part's stretches are longer than `tier`,
    /// or the result would be beyond a bound.
    ///
    /// - Parameters:
    ///   - parts: In the order of time.
    ///   - tier: That of the result, the same as or longer than those of the parts.
    public static func merged(_ parts: [RollupReader], to tier: RollupTier) throws(ChunkDamage) -> [UInt8]? {
        guard let key = parts.first?.key, parts.allSatisfy({ $0.key == key && $0.tier.step <= tier.step }),
            let shared = schema(of: parts)
        else { return nil }
        var names = TextTable()
        for part in parts { for name in part.instances { _ = names.place(name) } }
        let lines = parts.map { part in part.starts.map { tier.index(of: Milliseconds.of($0)) } }
        let indices = Set(lines.joined()).sorted()
        let metrics = shared?.metrics ?? []
        guard indices.count <= HistoryFormat.mostRows,
            HistoryFormat.hasRoom(indices.count, instances: names.count, metrics: metrics.count)
        else { return nil }
        let rows = lines.map { line in line.map { index in indices.partitioningIndex { $0 >= index } } }
        var axis = RollupAxis()
        for (index, outage) in zip(indices, try outages(of: parts, rows, count: indices.count)) {
            axis.append(index, outage)
        }
        guard axis.table.count < HistoryFormat.mostFailures else { return nil }
        var (texts, columns): (TextTable, [RollupColumn]) = (TextTable(), [])
        var ordered: [String] = []
        for part in parts {
            for name in part.instances where names.place(name) == ordered.count { ordered.append(name) }
        }
        for name in ordered {
            for metric in metrics {
                columns.append(try column(name, metric, of: parts, rows, count: indices.count, &texts))
            }
        }
        return RollupRecord.encoded(key, tier, shared, axis, names, texts, columns)
    }

    /// Returns the schema that all parts with snapshots have; nil: they have several.
    private static func schema(of parts: [RollupReader]) -> Schema?? {
        let schemas = parts.compactMap(\.schema)
        guard let latest = schemas.last else { return .some(nil) }
        return schemas.allSatisfy { $0 == latest } ? .some(latest) : nil
    }

    private static func outages(of parts: [RollupReader], _ rows: [[Int]], count: Int)
        throws(ChunkDamage) -> [RollupOutage]
    {
        var united = [RollupOutage](repeating: RollupOutage(), count: count)
        for (part, rows) in zip(parts, rows) {
            for (row, outage) in zip(rows, try part.outages()) { united[row].unite(outage) }
        }
        return united
    }

    private static func column(
        _ name: String, _ metric: MetricDeclaration, of parts: [RollupReader], _ rows: [[Int]], count: Int,
        _ texts: inout TextTable
    ) throws(ChunkDamage) -> RollupColumn {
        var stretches = [[RollupStretch]](repeating: [], count: count)
        for (part, rows) in zip(parts, rows) {
            guard let own = try part.stretches(instance: name, metric: metric.id) else { continue }
            for (row, stretch) in zip(rows, own) { stretches[row].append(stretch) }
        }
        var column = RollupColumn(metric)
        for (row, several) in stretches.enumerated() {
            for stretch in several { column.add(stretch) }
            column.seal(at: row, &texts)
        }
        return column
    }
}
